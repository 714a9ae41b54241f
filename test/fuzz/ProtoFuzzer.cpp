// Serialised models: reading any bytes gives a model or an error; what was read can be written and read again, and is then
// written the same.

#include "Exporting.h"
#include <cstdint>

using namespace mil;

static std::unique_ptr<Model> read(llvm::StringRef bytes, Context &context, DiagnosticEngine &diags) {
  auto model = importModel(bytes, diags.sources().add("fuzz.mlmodel"), context, diags);
  return model ? std::move(*model) : nullptr;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  Context context;
  DiagnosticEngine diags;
  auto model = read({reinterpret_cast<const char *>(data), size}, context, diags);
  if (!model)
    return 0;
  std::string once = exported(*model, diags);
  auto again = read(once, context, diags);
  if (!again || exported(*again, diags) != once)
    std::abort();
  return 0;
}
