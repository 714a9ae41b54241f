// What the Hessian of a layer does for its weight, which is a matrix of outputs and inputs in one order or the other; a conv's inputs are
// those of its window.
#include "Parts.h"

using namespace mil;

namespace {

struct AsMatrix {
  int64_t rows, columns;
  bool isTransposed;

  /// nullopt when the weight has no Hessian, or one of another size.
  static std::optional<AsMatrix> of(const WeightView &weight) {
    llvm::ArrayRef<int64_t> dims = weight.values->dims();
    if (!weight.hessian || dims.size() < 2 || !weight.outputs || *weight.outputs > (dims.size() == 2 ? 1u : 0u))
      return std::nullopt;
    int64_t rows = dims[*weight.outputs], columns = rows ? weight.values->count() / rows : 0;
    if (rows == 0 || columns != weight.hessian->inputs())
      return std::nullopt;
    return AsMatrix{rows, columns, *weight.outputs == 1};
  }
  int64_t elementOf(int64_t row, int64_t column) const { return isTransposed ? column * rows + row : row * columns + column; }
  int64_t columnOf(int64_t element) const { return isTransposed ? element / rows : element % columns; }
};

class DiagonalImportance : public WeightValues {
public:
  DiagonalImportance(llvm::ArrayRef<int64_t> dims, AsMatrix matrix, const Hessian &hessian)
      : WeightValues(DType::Float32, dims), matrix(matrix) {
    double count = double(std::max<int64_t>(hessian.count(), 1));
    for (int64_t i = 0; i < hessian.inputs(); ++i)
      means.push_back(float(hessian.at(i, i) / count));
  }
  bool read(int64_t from, llvm::MutableArrayRef<float> out) const override {
    for (size_t i = 0; i < out.size(); ++i)
      out[i] = means[size_t(matrix.columnOf(from + int64_t(i)))];
    return true;
  }

private:
  AsMatrix matrix;
  std::vector<float> means;
};

} // namespace

std::shared_ptr<const WeightValues> mil::importanceByHessian(const WeightView &weight) {
  std::optional<AsMatrix> matrix = AsMatrix::of(weight);
  return matrix ? std::make_shared<DiagonalImportance>(weight.values->dims(), *matrix, *weight.hessian) : nullptr;
}

std::shared_ptr<const std::vector<uint8_t>> mil::codesByHessian(const WeightView &weight,
                                                                llvm::function_ref<float(int64_t, float, uint8_t &)> one) {
  std::optional<AsMatrix> matrix = AsMatrix::of(weight);
  std::vector<float> rows(matrix && !weight.mask ? size_t(weight.values->count()) : 0);
  if (rows.empty() || !weight.values->read(0, rows))
    return nullptr;
  if (matrix->isTransposed) {
    std::vector<float> read = std::move(rows);
    rows.resize(read.size());
    for (int64_t row = 0; row < matrix->rows; ++row)
      for (int64_t column = 0; column < matrix->columns; ++column)
        rows[size_t(row * matrix->columns + column)] = read[size_t(matrix->elementOf(row, column))];
  }
  auto codes = std::make_shared<std::vector<uint8_t>>(rows.size());
  roundByHessian(rows, matrix->rows, *weight.hessian, [&](int64_t row, int64_t column, float value) {
    int64_t element = matrix->elementOf(row, column);
    return one(element, value, (*codes)[size_t(element)]);
  });
  return codes;
}
