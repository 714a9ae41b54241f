// .npy and .npz files of any content: read or refused, within the memory that the limit leaves.
#include "mil/Run/Arrays.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  mil::ArrayLimits limits{.maxBytes = 1 << 24};
  std::string why;
  (void)mil::parseNpy({data, size}, why, limits);
  (void)mil::parseNpz({data, size}, why, "", limits);
  return 0;
}
