// LayerVectors: where the vectors lie, in the input of a layer, that its weight is multiplied with.
//
// Of a conv a vector is what the window sees at a position, of a conv_transpose what reaches a position of the result: for each channel and
// tap the element of x that comes there by the tap, or 0. Channels come group by group, so that each group's part is in one piece.
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
  llvm::SmallVector<int64_t, 3> outputSizes;    ///< of a conv_transpose whose result's shape is stated
  shapes::Padding padding = shapes::Padding::Valid;
  llvm::SmallVector<int64_t, 6> pads; ///< custom ones

  /// Those of an operation that reads a weight by `use`, and the value in which they lie; nullopt for other operations.
  static std::optional<LayerVectors> of(const Operation &op, const Operand &use, const Value *&input);
  /// The vectors in a value, one behind the other, at most 2,048 of them, evenly spread; empty when the value is of another shape.
  std::vector<float> in(const Tensor &value) const;
  bool operator==(const LayerVectors &other) const;
};

} // namespace mil
