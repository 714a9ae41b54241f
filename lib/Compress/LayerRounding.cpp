// What the Hessian of a layer does for its weight, which is a matrix of outputs and inputs in one order or the other, one for each group; a
// conv's inputs are those of its window.
#include "Parts.h"

using namespace mil;

namespace {

/// Outputs first: [outputs, inputs of a group, …]. Inputs first: [inputs, outputs of a group, …], which is how conv_transpose and a matmul
/// without transposition have it. Rows are the outputs of all groups, columns the inputs of one.
struct AsMatrix {
  int64_t rows, columns, groups, taps;
  bool inputsFirst;

  /// nullopt when the weight has no Hessian, or one of another size.
  static std::optional<AsMatrix> of(const WeightView &weight) {
    llvm::ArrayRef<int64_t> dims = weight.values->dims();
    if (!weight.hessian || dims.size() < 2 || !weight.outputs || *weight.outputs > 1 || weight.values->count() == 0)
      return std::nullopt;
    AsMatrix matrix{dims[0], 0, weight.hessian->groups(), weight.values->count() / (dims[0] * dims[1]), *weight.outputs == 1};
    if (matrix.inputsFirst)
      matrix.rows = dims[1] * matrix.groups;
    matrix.columns = weight.values->count() / matrix.rows;
    bool fits = matrix.rows * matrix.columns == weight.values->count() && matrix.rows % matrix.groups == 0 &&
                matrix.columns == weight.hessian->inputs();
    return fits ? std::optional(matrix) : std::nullopt;
  }
  int64_t rowsAGroup() const { return rows / groups; }
  int64_t elementOf(int64_t row, int64_t column) const {
    if (!inputsFirst)
      return row * columns + column;
    int64_t input = row / rowsAGroup() * (columns / taps) + column / taps;
    return (input * rowsAGroup() + row % rowsAGroup()) * taps + column % taps;
  }
  int64_t groupOf(int64_t element) const { return element / (rows * columns / groups); }
  int64_t columnOf(int64_t element) const {
    if (!inputsFirst)
      return element % columns;
    int64_t input = element / taps / rowsAGroup();
    return input % (columns / taps) * taps + element % taps;
  }
};

class DiagonalImportance : public WeightValues {
public:
  DiagonalImportance(llvm::ArrayRef<int64_t> dims, AsMatrix matrix, const Hessian &hessian)
      : WeightValues(DType::Float32, dims), matrix(matrix) {
    double count = double(std::max<int64_t>(hessian.count(), 1));
    means.reserve(size_t(hessian.groups() * hessian.inputs()));
    for (int64_t group = 0; group < hessian.groups(); ++group)
      for (int64_t i = 0; i < hessian.inputs(); ++i)
        means.push_back(float(hessian.at(group, i, i) / count));
  }
  bool read(int64_t from, llvm::MutableArrayRef<float> out) const override {
    for (size_t i = 0; i < out.size(); ++i) {
      int64_t element = from + int64_t(i);
      out[i] = means[size_t(matrix.groupOf(element) * matrix.columns + matrix.columnOf(element))];
    }
    return true;
  }

private:
  AsMatrix matrix;
  std::vector<float> means; ///< of each group's inputs
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
  if (matrix->inputsFirst) {
    std::vector<float> read(rows.size());
    read.swap(rows);
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
