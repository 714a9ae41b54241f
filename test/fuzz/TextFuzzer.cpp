// Any bytes as MIL text: refused with an error, or read; what was read is printed, read again and printed the same.
#include "mil/IR/Verifier.h"
#include "mil/Text/Parser.h"
#include "mil/Text/Printer.h"
#include <cstdlib>

using namespace mil;

static std::string print(const Program &program) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  printProgram(program, stream);
  return text;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  llvm::StringRef text(reinterpret_cast<const char *>(data), size);
  DiagnosticEngine diags;
  Context context;
  auto program = parseProgram(text, diags.sources().add("model.mil", text), context, diags);
  if (bool(program) == diags.hadError())
    std::abort();
  if (!program)
    return 0;
  if (!verifyStructure(**program, diags))
    return 0;
  std::string printed = print(**program);
  auto again = parseProgram(printed, diags.sources().add("again", printed), context, diags);
  if (!again || print(**again) != printed)
    std::abort();
  return 0;
}
