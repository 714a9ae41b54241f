// Hessians of layers, and rounding of weights with them (GPTQ).
//
// The squared error of the outputs of y = W x over a set of inputs is the sum over rows of (w - q)' H (w - q), with H the sum of x x'.
// Rounding every element separately ignores the off-diagonal elements of H. GPTQ rounds one column after the other and compensates the
// error of each in the remaining columns: with U the upper Cholesky factor of the inverse of H, the error of column j, divided by U[j][j]
// and multiplied by U[j][k], is subtracted from each later column k.
//
//   Hessian hessian(inputs);
//   hessian.add(x, rows);                              // for all data
//   roundByHessian(weight, rows, hessian, [&](int64_t row, int64_t column, float value) { return nearest(value); });
//
// Columns are rounded in descending order of the diagonal of H, so that the most important ones have the most columns left to compensate.
//
// A conv with several groups has a Hessian for the inputs of each group; the rows of its weight belong to the groups in order.
//
// It needs no gradients, and one layer at a time. Source: E. Frantar et al., "GPTQ: accurate post-training quantization for generative
// pre-trained transformers", ICLR 2023. Cost: inputs^2 / 2 per added vector, inputs^3 for the factor, rows · inputs^2 / 2 for the rounding,
// 8 · inputs^2 bytes.
#pragma once

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include <algorithm>
#include <cstdint>
#include <vector>

namespace mil {

/// The Hessian of a layer's squared error: sums of products of its inputs, for each group of channels.
class Hessian {
public:
  explicit Hessian(int64_t inputs, int64_t groups = 1) : inputs_(inputs), groups_(groups), sums(size_t(groups * inputs * inputs)) {}
  int64_t inputs() const { return inputs_; } ///< of a group
  int64_t groups() const { return groups_; }
  int64_t count() const { return seen; }
  /// Adds contiguous vectors of the inputs of all groups. Vectors that are not finite are skipped.
  void add(llvm::ArrayRef<float> vectors);
  /// Adds the vectors of another Hessian with the same numbers of inputs and groups.
  void add(const Hessian &other);
  /// Element (i, j) of the matrix of a group.
  double at(int64_t group, int64_t i, int64_t j) const {
    return sums[size_t((group * inputs_ + std::max(i, j)) * inputs_ + std::min(i, j))];
  }
  /// The indices of the inputs of a group in descending order of the diagonal.
  std::vector<int64_t> order(int64_t group) const;
  /// The upper Cholesky factor of the inverse, after adding a hundredth of the mean of the diagonal to the diagonal; row-major, floats.
  /// Rows and columns are ordered as in `order`.
  std::vector<float> factor(int64_t group, llvm::ArrayRef<int64_t> order) const;

private:
  int64_t inputs_, groups_, seen = 0;
  std::vector<double> sums; ///< the lower triangle of each group's matrix
};

/// Rounds a weight of rows x hessian.inputs() in place, with several threads; `rows` is a multiple of the number of groups. `round` is
/// called once for each element with its current value and returns the rounded value.
void roundByHessian(llvm::MutableArrayRef<float> weight, int64_t rows, const Hessian &hessian,
                    llvm::function_ref<float(int64_t row, int64_t column, float value)> round);

} // namespace mil
