// One model as text and as a message: what can be read and is sound can be written in either form, is accepted again, verifies as strictly
// as it did, and is the same text.
#include "Exporting.h"
#include "TextLosses.h"
#include "mil/IR/Verifier.h"
#include "mil/Text/Parser.h"
#include "mil/Text/Printer.h"
#include "mil/Verify/Verify.h"
#include <cstdint>

using namespace mil;

static std::string print(const Program &program) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  printProgram(program, stream);
  return text;
}

static bool verifiesStrictly(const Program &program) {
  DiagnosticEngine quiet;
  return verifyStructure(program, quiet) && verifyOperations(program, quiet, {.strict = true});
}

static std::unique_ptr<Model> read(llvm::StringRef bytes, Context &context, DiagnosticEngine &diags) {
  uint32_t file = diags.sources().add("fuzz", bytes);
  if (bytes.starts_with("\x08")) {
    auto model = importModel(bytes, file, context, diags);
    return model ? std::move(*model) : nullptr;
  }
  auto program = parseProgram(bytes, file, context, diags);
  if (!program)
    return nullptr;
  auto model = std::make_unique<Model>();
  model->program = std::move(*program);
  model->specificationVersion = 9;
  return model;
}

/// Ends the process unless `again` is what was written of `program`.
static void hold(bool strict, const Program *again) {
  DiagnosticEngine quiet;
  if (!again || !verifyStructure(*again, quiet) || (strict && !verifiesStrictly(*again)))
    std::abort();
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  Context context;
  DiagnosticEngine diags;
  auto model = read({reinterpret_cast<const char *>(data), size}, context, diags);
  if (!model || !model->program || !verifyStructure(*model->program, diags) || hasUnnamedTypes(*model))
    return 0;
  bool strict = verifiesStrictly(*model->program);
  std::string text = print(*model->program);
  auto parsed = parseProgram(text, diags.sources().add("text", text), context, diags);
  hold(strict, parsed ? parsed->get() : nullptr);
  if (print(**parsed) != text)
    std::abort();

  // Text has types that a message hasn't; those are refused.
  std::string message;
  llvm::raw_string_ostream stream(message);
  DiagnosticEngine refused;
  if (!exportModel(*model, nullptr, stream, refused))
    return 0;
  auto imported = importModel(message, diags.sources().add("message"), context, diags);
  hold(strict, imported ? (*imported)->program.get() : nullptr);
  return 0;
}
