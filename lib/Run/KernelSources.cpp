// The sources of fast kernels, in the order in which they are asked.

#include "FastKernels.h"

using namespace mil;

llvm::ArrayRef<KernelSource> mil::kernelSources() {
  static constexpr KernelSource sources[] = {fast::choose};
  return sources;
}
