#include "mil/Passes/AllPasses.h"

// Each pass's file defines how it is made (MIL_PASS).
#define THEME(TITLE)
#define PASS(NAME, SENTENCE) mil::PassSource source_##NAME();
#include "Registry.def"

static void fill(mil::PassRegistry &registry) {
  llvm::StringRef theme;
#define THEME(TITLE) theme = TITLE;
#define PASS(NAME, SENTENCE) registry.add({#NAME, SENTENCE, theme, source_##NAME().make, source_##NAME().differs});
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
