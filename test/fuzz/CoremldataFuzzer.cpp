// Any bytes as coremldata.bin: refused with an error, or read; what was read is the same bytes when written.
#include "mil/Compile/CompiledModel.h"
#include <cstdlib>

using namespace mil;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  llvm::StringRef bytes(reinterpret_cast<const char *>(data), size);
  DiagnosticEngine diags;
  uint32_t file = diags.sources().add("coremldata.bin");
  Result<CompiledModel> model = parseCompiledModel(bytes, file, diags);
  if (bool(model) == diags.hadError() || (model && printCompiledModel(*model) != bytes))
    std::abort();
  (void)bool(parseModelNames(bytes, file, diags));
  return 0;
}
