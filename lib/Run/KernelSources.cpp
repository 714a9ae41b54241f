// The sources of fast kernels, in the order in which they are tried.

#include "FastKernels.h"

using namespace mil;

llvm::ArrayRef<KernelSource> mil::kernelSources(Precision precision) {
  static constexpr KernelSource fastest[] = {fast::choose}, exact[] = {fast::chooseExact};
  return precision == Precision::Exact ? exact : fastest;
}
