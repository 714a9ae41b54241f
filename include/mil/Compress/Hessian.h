// Hessians: what a layer's inputs say about which errors of its weight matter, and rounding by it (GPTQ).
//
// The squared error of the outputs of y = W x, over inputs that were seen, is sum over rows of (w - q)' H (w - q), with H the sum of x x'.
// Rounding every element by itself ignores what is off the diagonal of H. GPTQ rounds column after column, and lets the columns to come
// make up for what each rounding took: with U the upper Cholesky factor of the inverse of H, the error of column j, divided by U[j][j], is
// taken from the columns k behind it, U[j][k] times each.
//
//   Hessian hessian(inputs);
//   hessian.add(x, rows);                              // for all data
//   roundByHessian(weight, rows, hessian, [&](int64_t row, int64_t column, float value) { return nearest(value); });
//
// Columns come in the order of how much they matter, the greatest diagonal of H first, while there are many left to make up for them.
//
// A conv of several groups has a Hessian for each, of the inputs that the group sees; the rows of its weight belong to the groups in order.
//
// No gradients, and no more than one layer at a time: E. Frantar et al., "GPTQ: accurate post-training quantization for generative
// pre-trained transformers", ICLR 2023. Cost: inputs^2 / 2 a vector that is added, inputs^3 for the factor, rows · inputs^2 / 2 for the
// rounding, 8 · inputs^2 bytes.
#pragma once

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include <algorithm>
#include <cstdint>
#include <vector>

namespace mil {

class Hessian {
public:
  explicit Hessian(int64_t inputs, int64_t groups = 1) : inputs_(inputs), groups_(groups), sums(size_t(groups * inputs * inputs)) {}
  int64_t inputs() const { return inputs_; } ///< of a group
  int64_t groups() const { return groups_; }
  int64_t count() const { return seen; }
  /// Adds vectors of the inputs of all groups, one behind the other. Vectors that are not finite are left out.
  void add(llvm::ArrayRef<float> vectors);
  /// Adds what another one of as many inputs and groups has seen.
  void add(const Hessian &other);
  double at(int64_t group, int64_t i, int64_t j) const {
    return sums[size_t((group * inputs_ + std::max(i, j)) * inputs_ + std::min(i, j))];
  }
  /// The inputs of a group by their diagonal, the greatest first.
  std::vector<int64_t> order(int64_t group) const;
  /// The upper Cholesky factor of the inverse, after a hundredth of the mean of the diagonal was added to that; row-major, floats. Rows and
  /// columns are in the given order of the inputs.
  std::vector<float> factor(int64_t group, llvm::ArrayRef<int64_t> order) const;

private:
  int64_t inputs_, groups_, seen = 0;
  std::vector<double> sums; ///< the lower triangle of each group's matrix
};

/// Rounds a weight of rows x hessian.inputs() in place, by several threads; `rows` is a multiple of the groups. `round` is called once for each element, with what it is by
/// then, and returns what it becomes.
void roundByHessian(llvm::MutableArrayRef<float> weight, int64_t rows, const Hessian &hessian,
                    llvm::function_ref<float(int64_t row, int64_t column, float value)> round);

} // namespace mil
