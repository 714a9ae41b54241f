// Products with weights in a file, which the first run reads and later runs see mapped.
#include "../TestFolder.h"
#include "RunFixture.h"
#include "mil/Tensor/Tensor.h"
#include <fmt/format.h>

using namespace mil;

namespace {

struct Shape {
  int64_t rows, columns, depth;
};

class WeightFileTest : public RunTest {
protected:
  TestFolder folder;

  /// Element i of a matrix, small enough that sums of a few hundred products are exact in fp32.
  static double weight(int64_t i) { return double(i * 7 % 31 - 15) / 8; }
  static double input(int64_t i) { return double(i * 5 % 13 - 6) / 4; }
  static Tensor matrix(DType type, int64_t rows, int64_t columns, double (*element)(int64_t)) {
    std::vector<double> values;
    for (int64_t i = 0; i < rows * columns; ++i)
      values.push_back(element(i));
    Tensor tensor(type, {rows, columns});
    tensor.write(0, values);
    return tensor;
  }

  /// Plans linear(x, w), where w is the second weight of its file.
  void planLinear(DType type, Shape shape) {
    BlobDType stored = type == DType::Float16 ? BlobDType::Float16 : BlobDType::Float32;
    Tensor weights = matrix(type, shape.columns, shape.depth, weight);
    Result<std::unique_ptr<BlobWriter>> writer = BlobWriter::create(folder.path("w"), diags);
    ASSERT_TRUE(writer);
    ASSERT_TRUE((*writer)->append(*borrowedBlob(stored, 4, std::as_const(weights).bytes().take_front(4 * weights.elementSize())), diags));
    Result<uint64_t> offset = (*writer)->append(*borrowedBlob(stored, uint64_t(weights.count()), std::as_const(weights).bytes()), diags);
    ASSERT_TRUE(offset && (*writer)->finish(diags));
    std::string dtype = type == DType::Float16 ? "fp16" : "fp32";
    text = fmt::format(R"(program(1.3)
{{ func main<ios18>(tensor<{0}, [{1}, {3}]> x) {{
    tensor<{0}, [{2}, {3}]> w = const()[val = tensor<{0}, [{2}, {3}]>(BLOBFILE(path = string("@model_path/w"), offset = uint64({4})))];
    tensor<{0}, [{1}, {2}]> y = linear(x = x, weight = w);
  }} -> (y);
}})",
                       dtype, shape.rows, shape.columns, shape.depth, *offset);
    blobs = std::make_unique<BlobResolver>(folder.path());
    Result<std::unique_ptr<Program>> parsed = parseProgram(text, diags.sources().add("test.mil", text), context, diags, {blobs.get()});
    ASSERT_TRUE(parsed) << complaints();
    executable.reset();
    program = std::move(*parsed);
    Result<std::unique_ptr<Executable>> made = Executable::make(*program->function("main"), diags, {.threads = 2, .runsOnce = true});
    ASSERT_TRUE(made) << complaints();
    executable = std::move(*made);
    states = executable->newStates();
  }

  std::unique_ptr<BlobResolver> blobs;
};

TEST_F(WeightFileTest, FirstRunsHaveTheBitsOfLaterOnes) {
  for (DType type : {DType::Float32, DType::Float16})
    for (int64_t rows : {1, 2, 3, 4, 5})
      for (Shape shape : {Shape{rows, 70, 37}, Shape{rows, 1000, 160}, Shape{rows, 3, 400}}) {
        SCOPED_TRACE(fmt::format("{} rows, {} columns, depth {}", shape.rows, shape.columns, shape.depth));
        planLinear(type, shape);
        ASSERT_TRUE(executable);
        Tensor x = matrix(type, shape.rows, shape.depth, input);
        std::vector<double> first = run({{"x", x}}), second = run({{"x", x}}), expected;
        for (int64_t row = 0; row < shape.rows; ++row)
          for (int64_t column = 0; column < shape.columns; ++column) {
            double sum = 0;
            for (int64_t k = 0; k < shape.depth; ++k)
              sum += input(row * shape.depth + k) * weight(column * shape.depth + k);
            Tensor rounded(type, {1});
            rounded.write(0, llvm::ArrayRef(sum));
            expected.push_back(rounded.number(0));
          }
        EXPECT_EQ(first, expected);
        EXPECT_EQ(second, expected);
      }
}

} // namespace
