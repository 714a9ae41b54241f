#include "mil/Compress/Hessian.h"
#include "mil/Compress/WeightValues.h"
#include <algorithm>
#include <cmath>
#include <numeric>

using namespace mil;

void Hessian::add(llvm::ArrayRef<float> vectors) {
  size_t n = size_t(inputs_), width = n * size_t(groups_), count = vectors.size() / width;
  std::vector<size_t> finite;
  for (size_t v = 0; v < count; ++v) {
    llvm::ArrayRef<float> x = vectors.slice(v * width, width);
    if (std::all_of(x.begin(), x.end(), [](float value) { return std::isfinite(value); }))
      finite.push_back(v);
  }
  seen += int64_t(finite.size());
  constexpr size_t rowsATask = 4; // which share a vector while it is in registers
  inParallel((width + rowsATask - 1) / rowsATask, [&](size_t task) {
    size_t first = task * rowsATask, last = std::min(first + rowsATask, width);
    for (size_t v : finite)
      for (size_t i = first; i < last; ++i) {
        const float *x = vectors.data() + v * width + i / n * n; // of the row's group
        double *row = sums.data() + i * n, by = double(x[i % n]);
        for (size_t j = 0; by != 0 && j <= i % n; ++j)
          row[j] += by * double(x[j]);
      }
  });
}

void Hessian::add(const Hessian &other) {
  for (size_t i = 0; i < sums.size(); ++i)
    sums[i] += other.sums[i];
  seen += other.seen;
}

std::vector<int64_t> Hessian::order(int64_t group) const {
  std::vector<int64_t> inputs(static_cast<size_t>(inputs_));
  std::iota(inputs.begin(), inputs.end(), 0);
  std::sort(inputs.begin(), inputs.end(),
            [&](int64_t a, int64_t b) { return std::pair(-at(group, a, a), a) < std::pair(-at(group, b, b), b); });
  return inputs;
}

/// The lower Cholesky factor of a symmetric matrix, in place of its lower triangle.
static void cholesky(std::vector<double> &a, size_t n) {
  for (size_t j = 0; j < n; ++j) {
    double *rowJ = a.data() + j * n;
    double pivot = rowJ[j];
    for (size_t k = 0; k < j; ++k)
      pivot -= rowJ[k] * rowJ[k];
    rowJ[j] = pivot = std::sqrt(std::max(pivot, 1e-300));
    constexpr size_t rowsATask = 64;
    size_t tasks = (n - j - 1 + rowsATask - 1) / rowsATask;
    auto column = [&](size_t task) {
      for (size_t i = j + 1 + task * rowsATask; i < std::min(n, j + 1 + (task + 1) * rowsATask); ++i) {
        double *rowI = a.data() + i * n, sum = rowI[j];
        for (size_t k = 0; k < j; ++k)
          sum -= rowI[k] * rowJ[k];
        rowI[j] = sum / pivot;
      }
    };
    constexpr size_t worthThreads = 1 << 18;
    if (j * (n - j) > worthThreads)
      inParallel(tasks, column);
    else
      for (size_t task = 0; task < tasks; ++task)
        column(task);
  }
}

std::vector<float> Hessian::factor(int64_t group, llvm::ArrayRef<int64_t> order) const {
  size_t n = size_t(inputs_);
  // With the order of rows and columns reversed, H = L L' gives H = U U' with U upper; then inverse(H) = inverse(U)' inverse(U) has the
  // lower factor inverse(U)'. What is wanted is its transpose, inverse(U), which is upper, too.
  std::vector<double> a(n * n);
  double mean = 0;
  for (size_t i = 0; i < n; ++i)
    mean += at(group, int64_t(i), int64_t(i)) / double(n);
  double damping = mean > 0 ? 0.01 * mean : 1;
  for (size_t i = 0; i < n; ++i)
    for (size_t j = 0; j <= i; ++j)
      a[i * n + j] = at(group, order[n - 1 - i], order[n - 1 - j]) + (i == j ? damping : 0);
  cholesky(a, n);
  std::vector<double> inverse(n * n); // of the lower factor, row by row of its transpose
  inParallel(n, [&](size_t column) {
    double *x = inverse.data() + column * n;
    for (size_t i = column; i < n; ++i) {
      double sum = i == column ? 1 : 0;
      for (size_t k = column; k < i; ++k)
        sum -= a[i * n + k] * x[k];
      x[i] = sum / a[i * n + i];
    }
  });
  // inverse[c * n + i] is inverse(L)[i][c]; reversing both orders makes it upper.
  std::vector<float> upper(n * n);
  for (size_t i = 0; i < n; ++i)
    for (size_t j = i; j < n; ++j)
      upper[i * n + j] = float(inverse[(n - 1 - j) * n + (n - 1 - i)]);
  return upper;
}

/// Rounds the rows of one group; `first` is the number of its first one.
static void roundGroup(llvm::MutableArrayRef<float> weight, int64_t first, int64_t rows, const Hessian &hessian, int64_t group,
                       llvm::function_ref<float(int64_t row, int64_t column, float value)> round) {
  size_t n = size_t(hessian.inputs());
  std::vector<int64_t> order = hessian.order(group);
  std::vector<float> upper = hessian.factor(group, order);
  constexpr int64_t rowsATask = 8; // which share a row of the factor while it is in the cache
  inParallel(size_t((rows + rowsATask - 1) / rowsATask), [&](size_t task) {
    int64_t from = first + int64_t(task) * rowsATask, to = std::min(from + rowsATask, first + rows);
    std::vector<float> ordered(size_t(to - from) * n);
    for (int64_t row = from; row < to; ++row)
      for (size_t j = 0; j < n; ++j)
        ordered[size_t(row - from) * n + j] = weight[size_t(row) * n + size_t(order[j])];
    for (size_t j = 0; j < n; ++j) {
      const float *factors = upper.data() + j * n;
      for (int64_t row = from; row < to; ++row) {
        float *w = ordered.data() + size_t(row - from) * n;
        float rounded = round(row, order[j], w[j]), error = (w[j] - rounded) / factors[j];
        weight[size_t(row) * n + size_t(order[j])] = rounded;
        if (error != 0)
          for (size_t k = j + 1; k < n; ++k)
            w[k] -= error * factors[k];
      }
    }
  });
}

void mil::roundByHessian(llvm::MutableArrayRef<float> weight, int64_t rows, const Hessian &hessian,
                         llvm::function_ref<float(int64_t row, int64_t column, float value)> round) {
  int64_t rowsAGroup = rows / hessian.groups();
  for (int64_t group = 0; group < hessian.groups(); ++group)
    roundGroup(weight, group * rowsAGroup, rowsAGroup, hessian, group, round);
}
