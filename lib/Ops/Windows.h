// The windows of convolutions and pools: their parameters strides, dilations, pad_type and pad, read and checked in one place.
//
// x has the shape [N, C, D…] with one to three spatial dimensions D. The vectors have one element per spatial dimension, `pad` two: before
// and after. `pad` is only used if pad_type is "custom", although writers also write zeros for other values.
#pragma once

#include "mil/Ops/Args.h"
#include "mil/Tensor/Shapes.h"

namespace mil {

struct Windows {
  llvm::SmallVector<shapes::Window, 3> each; ///< one per spatial dimension; a size that is not known is Type::unknown
  shapes::Padding padding = shapes::Padding::Valid;
};

/// The result of reading windows. They are unknown, without an error, if a parameter is a constant whose bytes are missing.
struct WindowsOr {
  std::optional<Windows> windows;
  bool failed = false; ///< an error has been reported
};

/// Whether x has one to three spatial dimensions; reports an error otherwise.
bool checkSpatial(const Args &a);
/// The windows of a call whose x is [N, C, D…], with the given sizes. `dilated` ops have the parameter `dilations`.
WindowsOr readWindows(const Args &a, llvm::ArrayRef<int64_t> sizes, bool dilated);

} // namespace mil
