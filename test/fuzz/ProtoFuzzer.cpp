// Serialised models: whatever the bytes, reading them gives a model or an error; what was read can be written and read again, and is then
// written the same.

#include "mil/Proto/Proto.h"
#include <cstdint>
#include <cstdlib>

using namespace mil;

static std::unique_ptr<Model> read(llvm::StringRef bytes, Context &context, DiagnosticEngine &diags) {
  auto model = importModel(bytes, diags.sources().add("fuzz.mlmodel"), context, diags);
  return model ? std::move(*model) : nullptr;
}

static std::string write(const Model &model, DiagnosticEngine &diags) {
  std::string out;
  llvm::raw_string_ostream stream(out);
  if (!exportModel(model, nullptr, stream, diags))
    std::abort();
  return out;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  Context context;
  DiagnosticEngine diags;
  auto model = read({reinterpret_cast<const char *>(data), size}, context, diags);
  if (!model)
    return 0;
  std::string once = write(*model, diags);
  auto again = read(once, context, diags);
  if (!again || write(*again, diags) != once)
    std::abort();
  return 0;
}
