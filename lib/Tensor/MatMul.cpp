#include "mil/Tensor/Kernels.h"
#include <Eigen/Core>
#include <cmath>

using namespace mil;

template <typename V> using Matrices = Eigen::Map<const Eigen::Matrix<V, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>;

/// How far apart the matrices of `dims` are, in matrices, for every leading dimension of a result: 0 where they are broadcast.
static Tensor::Dims batchStrides(llvm::ArrayRef<int64_t> dims, size_t batchRank) {
  llvm::ArrayRef<int64_t> batch = dims.drop_back(2);
  Tensor::Dims own = rowMajorStrides(batch), strides(batchRank, 0);
  for (size_t i = 0; i < batch.size(); ++i)
    if (batch[i] != 1)
      strides[batchRank - batch.size() + i] = own[i];
  return strides;
}

/// The elements of x, widened: to double, or to integers without sign, whose overflow is defined.
static void readAll(const Tensor &x, std::vector<double> &out) {
  out.resize(size_t(x.count()));
  x.read(0, out);
}
static void readAll(const Tensor &x, std::vector<uint64_t> &out) {
  out.resize(size_t(x.count()));
  x.read(0, llvm::MutableArrayRef(reinterpret_cast<int64_t *>(out.data()), out.size()));
}
static void writeAt(Tensor &out, int64_t at, llvm::ArrayRef<double> values) { out.write(at, values); }
static void writeAt(Tensor &out, int64_t at, llvm::ArrayRef<uint64_t> values) {
  out.write(at, llvm::ArrayRef(reinterpret_cast<const int64_t *>(values.data()), values.size()));
}

template <typename V> static void multiply(const Tensor &x, const Tensor &y, Tensor &out) {
  // Only the operands are widened, never their broadcast forms, which may be far larger.
  std::vector<V> left, right;
  readAll(x, left);
  readAll(y, right);
  int64_t m = x.dim(-2), k = x.dim(-1), n = y.dim(-1);
  llvm::ArrayRef<int64_t> batch = out.dims().drop_back(2);
  Tensor::Dims leftStrides = batchStrides(x.dims(), batch.size()), rightStrides = batchStrides(y.dims(), batch.size());
  Eigen::Matrix<V, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> product(m, n);
  int64_t count = out.count() == 0 ? 0 : out.count() / (m * n);
  for (int64_t b = 0; b < count; ++b) {
    int64_t rest = b, l = 0, r = 0;
    for (size_t i = batch.size(); i-- > 0; rest /= batch[i]) {
      l += rest % batch[i] * leftStrides[i];
      r += rest % batch[i] * rightStrides[i];
    }
    product.noalias() = Matrices<V>(left.data() + l * m * k, m, k) * Matrices<V>(right.data() + r * k * n, k, n);
    writeAt(out, b * m * n, llvm::ArrayRef(product.data(), size_t(m * n)));
  }
}

Tensor mil::matmul(const Tensor &x, const Tensor &y, llvm::ArrayRef<int64_t> dims, DType result) {
  Tensor out(result, dims);
  x.isFloat() || y.isFloat() ? multiply<double>(x, y, out) : multiply<uint64_t>(x, y, out);
  return out;
}

void mil::softmaxRow(llvm::MutableArrayRef<double> row) {
  double greatest = -INFINITY, sum = 0;
  for (double value : row)
    greatest = std::max(greatest, value);
  for (double &value : row)
    sum += value = std::exp(value - greatest);
  for (double &value : row)
    value /= sum;
}
