// Changing whole slices of a tensor.
#pragma once

#include "mil/Tensor/Kernels.h"

namespace mil {

/// The reverse of gather: `data`, a matrix, with the rows that the indices choose changed by those of `updates`, in order, as scatterAlong
/// does. `updates` has as many elements as there are indices times columns of `data`. Integers are not divided by 0.
Tensor scatterSlices(Tensor data, llvm::ArrayRef<int64_t> indices, const Tensor &updates, ScatterMode mode);

} // namespace mil
