// A small net that recognises digits, trained here: images of 12 x 12 points, drawn from ten patterns that are shifted, scaled and noisy,
// and two layers of weights, by stochastic gradient descent. The same weights on every machine, nearly.
#pragma once

#include "TestFolder.h"
#include "mil/Arrays/WriteArrays.h"
#include "mil/Build/FunctionBuilder.h"
#include "mil/IR/Context.h"
#include "mil/Tensor/Tensor.h"
#include <Eigen/Dense>
#include <random>

namespace mil {

class DigitNet {
public:
  static constexpr int side = 12, inputs = side * side, hidden = 48, digits = 10;

  DigitNet() {
    first = Eigen::MatrixXf::NullaryExpr(hidden, inputs, [&] { return 0.1f * normal(); });
    second = Eigen::MatrixXf::NullaryExpr(digits, hidden, [&] { return 0.2f * normal(); });
    std::vector<int> shown;
    const Eigen::MatrixXf images = draw(40 * batch, shown, 7);
    for (int step = 0; step < 700; ++step) {
      int from = step % 40 * batch;
      train(images.middleRows(from, batch), &shown[size_t(from)]);
    }
  }

  /// Images, one a row, and the digits that they show; others for each seed.
  Eigen::MatrixXf draw(int count, std::vector<int> &shown, unsigned seed) {
    random.seed(seed);
    Eigen::MatrixXf images(count, inputs);
    shown.resize(size_t(count));
    for (int i = 0; i < count; ++i) {
      shown[size_t(i)] = int(random() % digits);
      int down = int(random() % 3), right = int(random() % 3);
      float ink = 0.7f + 0.1f * float(random() % 6);
      for (int y = 0; y < side; ++y)
        for (int x = 0; x < side; ++x) {
          int row = y - 1 - down, column = x - 2 - right;
          bool isSet = row >= 0 && row < 9 && column >= 0 && column < 7 && isInk(shown[size_t(i)], row, column);
          images(i, y * side + x) = (isSet ? ink : 0) + 0.08f * normal();
        }
    }
    return images;
  }

  /// linear, relu, linear; weights of fp16 called "first" and "second".
  std::unique_ptr<Model> model(Context &context, DiagnosticEngine &diags) const {
    ModelBuilder builder(context, Opset::IOS18);
    FunctionBuilder f = builder.function("main");
    Value *x = f.input("x", DType::Float16, {1, inputs});
    Value *h = f.op("linear", {{"x", x}, {"weight", f.constant("first", literalOf(context, first))}}, "h");
    Value *r = f.op("relu", {{"x", h}}, "r");
    f.output(f.op("linear", {{"x", r}, {"weight", f.constant("second", literalOf(context, second))}}, "y"));
    Result<std::unique_ptr<Model>> made = builder.finish(diags);
    EXPECT_TRUE(bool(made)) << builder.error();
    return made ? std::move(*made) : nullptr;
  }

  /// Images as a file of data.
  static std::string write(const TestFolder &folder, const std::string &name, const Eigen::MatrixXf &images) {
    Tensor tensor(DType::Float32, {images.rows(), images.cols()});
    Eigen::Map<Eigen::Matrix<float, -1, -1, Eigen::RowMajor>>(reinterpret_cast<float *>(tensor.bytes().data()), images.rows(),
                                                              images.cols()) = images;
    DiagnosticEngine diags;
    EXPECT_TRUE(bool(writeArrays(folder.path(name), {{"x", RuntimeValue(std::move(tensor))}}, false, diags)));
    return folder.path(name);
  }

private:
  static constexpr int batch = 32;

  float normal() { // sums of uniform numbers, which are the same everywhere
    float sum = 0;
    for (int i = 0; i < 6; ++i)
      sum += float(random() % 4096) / 4096 - 0.5f;
    return sum * 1.4142f;
  }
  /// Seven segments.
  static bool isInk(int digit, int row, int column) {
    static constexpr int segments[digits] = {0x3F, 0x06, 0x5B, 0x4F, 0x66, 0x6D, 0x7D, 0x07, 0x7F, 0x6F};
    int lit = segments[digit];
    bool left = column < 2, right = column > 4, upper = row <= 4, lower = row >= 4;
    return (row < 2 && lit & 0x01) || (right && upper && lit & 0x02) || (right && lower && lit & 0x04) || (row > 6 && lit & 0x08) ||
           (left && lower && lit & 0x10) || (left && upper && lit & 0x20) || (row >= 4 && row <= 5 && lit & 0x40);
  }
  void train(const Eigen::MatrixXf &x, const int *shown) {
    Eigen::MatrixXf h = (x * first.transpose()).cwiseMax(0.f), y = h * second.transpose();
    Eigen::MatrixXf gradient(batch, digits);
    for (int i = 0; i < batch; ++i) {
      Eigen::RowVectorXf e = (y.row(i).array() - y.row(i).maxCoeff()).exp();
      gradient.row(i) = e / e.sum();
      gradient(i, shown[i]) -= 1;
    }
    const float rate = 0.3f / batch;
    Eigen::MatrixXf back = (gradient * second).cwiseProduct((h.array() > 0).cast<float>().matrix());
    second -= rate * gradient.transpose() * h;
    first -= rate * back.transpose() * x;
  }
  static const Literal *literalOf(Context &context, const Eigen::MatrixXf &matrix) {
    Tensor tensor(DType::Float16, {matrix.rows(), matrix.cols()});
    for (int row = 0; row < matrix.rows(); ++row) {
      std::vector<double> values(matrix.row(row).begin(), matrix.row(row).end());
      tensor.write(row * matrix.cols(), llvm::ArrayRef<double>(values));
    }
    return tensor.toLiteral(context, Type::tensor(context, DType::Float16, {matrix.rows(), matrix.cols()}));
  }

  std::mt19937 random;
  Eigen::MatrixXf first, second;
};

} // namespace mil
