// The windows of convolutions and pools: their parameters strides, dilations, pad_type and pad, read and checked in one place.
//
// x has the shape [N, C, D…] with one to three spatial dimensions D; the vectors have an element for each of them, `pad` two: before and
// after. `pad` counts only when pad_type is "custom", though writers put zeros there for the others too.
#pragma once

#include "mil/Ops/Args.h"
#include "mil/Tensor/Shapes.h"

namespace mil {

struct Windows {
  llvm::SmallVector<shapes::Window, 3> each; ///< one a spatial dimension; a size that is not known is Type::unknown
  shapes::Padding padding = shapes::Padding::Valid;
};

/// What reading windows gives: they can be unknown, when a parameter is a constant whose bytes are not there, without being wrong.
struct WindowsOr {
  std::optional<Windows> windows;
  bool failed = false; ///< and has been reported
};

/// Whether x has one to three spatial dimensions; complains otherwise.
bool checkSpatial(const Args &a);
/// The windows of a call whose x is [N, C, D…], with the given sizes. `dilated` ops have the parameter `dilations`.
WindowsOr readWindows(const Args &a, llvm::ArrayRef<int64_t> sizes, bool dilated);

} // namespace mil
