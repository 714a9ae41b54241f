// LayerVectors: finds the vectors in the input of a layer that are multiplied with its weight.
//
// For a conv, a vector consists of the elements that the window covers at a position. For a conv_transpose, it consists of the elements of
// x that contribute to a position of the result: one for each channel and element of the window, or 0. Channels are ordered by group, so
// that the part of each group is contiguous.
#pragma once

#include "mil/IR/Operation.h"
#include "mil/Tensor/Shapes.h"
#include "mil/Tensor/Tensor.h"

namespace mil {

struct LayerVectors {
  enum class Kind : uint8_t { Rows, Columns, Windows, TransposedWindows } kind = Kind::Rows;
  int64_t inputs = 0; ///< of a group
  int64_t groups = 1;
  llvm::SmallVector<shapes::Window, 3> windows; ///< of a conv, without its pads
  llvm::SmallVector<int64_t, 3> outputSizes;    ///< of a conv_transpose that specifies the shape of its result
  shapes::Padding padding = shapes::Padding::Valid;
  llvm::SmallVector<int64_t, 6> pads; ///< custom ones

  /// The vectors of an operation that reads a weight by `use`, and the value that contains them; nullopt for other operations.
  static std::optional<LayerVectors> of(const Operation &op, const Operand &use, const Value *&input);
  /// The contiguous vectors in a value, at most 2,048 of them, evenly spread; empty if the value has another shape.
  std::vector<float> in(const Tensor &value) const;
  bool operator==(const LayerVectors &other) const;
};

} // namespace mil
