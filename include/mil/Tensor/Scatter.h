// Changing whole slices of a tensor.
#pragma once

#include "mil/Tensor/Kernels.h"

namespace mil {

/// The inverse of gather: `data`, a matrix, with the rows that the indices select changed by the rows of `updates`, in order, as by
/// scatterAlong. `updates` has as many elements as there are indices times columns of `data`. For Div, no integer update may be 0.
Tensor scatterSlices(Tensor data, llvm::ArrayRef<int64_t> indices, const Tensor &updates, ScatterMode mode);

} // namespace mil
