// .npy, .npz and .safetensors files of any content: read or refused, and never more memory than the limit leaves.
#include "mil/Arrays/ArrayFile.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  mil::ArrayLimits limits{.maxBytes = 1 << 22};
  std::string why;
  std::shared_ptr<const mil::ArrayFile> file = mil::ArrayFile::parse({data, size}, why);
  if (!file) {
    if (why.empty())
      __builtin_trap(); // refused without a reason
    return 0;
  }
  for (const mil::StoredArray &array : file->arrays()) {
    std::optional<mil::Tensor> tensor = file->load(array, why, limits);
    if (tensor && tensor->byteCount() != array.bytes)
      __builtin_trap();
  }
  return 0;
}
