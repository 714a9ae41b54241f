// Serialised models, compiled: whatever a model that can be read holds, it is refused or its text and metadata are made, and it is as it
// was.
#include "Exporting.h"
#include "mil/Compile/CompiledMetadata.h"
#include "mil/Compile/CompiledUnknowns.h"
#include "mil/Compile/CompilerTraces.h"
#include "mil/IR/Walk.h"
#include "mil/Text/Printer.h"
#include "llvm/Support/JSON.h"

using namespace mil;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  Context context;
  DiagnosticEngine diags;
  auto model = importModel({reinterpret_cast<const char *>(data), size}, diags.sources().add("fuzz.mlmodel"), context, diags);
  if (!model || !(*model)->description || !checkCompilable(**model, /*bestEffort=*/true, diags))
    return 0;
  std::string before = exported(**model, diags);
  CompileOptions options;
  forEachProgram(**model, [&](Program &program, const Model &part) {
    WithCompilerTraces traces(part, options);
    printProgram(program, llvm::nulls());
  });
  Guesses guesses;
  std::string metadata = printCompiledMetadata(**model, options, guesses);
  llvm::Expected<llvm::json::Value> parsed = llvm::json::parse(llvm::json::fixUTF8(metadata));
  if (!parsed || exported(**model, diags) != before)
    std::abort();
  return 0;
}
