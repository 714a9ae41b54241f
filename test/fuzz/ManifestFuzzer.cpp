// Any bytes as Manifest.json: refused with an error, or read; what was read is written and read again the same.
#include "mil/Package/Manifest.h"
#include <cstdlib>

using namespace mil;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  llvm::StringRef text(reinterpret_cast<const char *>(data), size);
  DiagnosticEngine diags;
  Result<Manifest> manifest = parseManifest(text, diags.sources().add("Manifest.json", text), diags);
  if (bool(manifest) == diags.hadError())
    std::abort();
  if (!manifest)
    return 0;
  std::string printed = printManifest(*manifest);
  Result<Manifest> again = parseManifest(printed, diags.sources().add("again", printed), diags);
  if (!again || !(*again == *manifest))
    std::abort();
  return 0;
}
