#include "mil/Passes/AllPasses.h"
#include "mil/Pass/PassManager.h"

// Each pass's file defines how it is made (MIL_PASS).
#define THEME(TITLE)
#define PASS(NAME, SENTENCE) mil::PassSource source_##NAME();
#include "Registry.def"

static mil::Keeps keepsOf(llvm::StringRef pass) {
#define KEEPS(HOW, NAME)                                                                                                                   \
  if (pass == #NAME)                                                                                                                       \
    return mil::Keeps::HOW;
#include "Keeps.def"
  return mil::Keeps::Bits;
}

static void fill(mil::PassRegistry &registry) {
  llvm::StringRef theme;
#define THEME(TITLE) theme = TITLE;
#define PASS(NAME, SENTENCE) registry.add({#NAME, SENTENCE, theme, source_##NAME().make, source_##NAME().differs, keepsOf(#NAME)});
#include "Registry.def"
}

const mil::PassRegistry &mil::allPasses() {
  static const PassRegistry registry = [] {
    PassRegistry filled;
    fill(filled);
    return filled;
  }();
  return registry;
}

mil::Status mil::runPasses(Model &model, llvm::StringRef list, DiagnosticEngine &diags) {
  Result<PassList> passes = parsePasses(list, allPasses(), diags);
  PassManager manager(allPasses());
  return passes && manager.add(*passes, diags) && manager.run(model, diags) ? success() : failure();
}
