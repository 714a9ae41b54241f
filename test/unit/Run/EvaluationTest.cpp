// Evaluation functions that go over runs of elements, against the definition of each element.
#include "mil/Run/Executable.h"
#include "mil/Support/Work.h"
#include "mil/Tensor/Kernels.h"
#include "mil/Text/Parser.h"
#include <cmath>
#include <gmock/gmock.h>

using namespace mil;

namespace {

using Numbers = std::vector<double>;

class EvaluationTest : public testing::Test {
protected:
  /// The result of a function with inputs of fp32 or int32 named as in `inputs`.
  Tensor run(const std::string &signature, const std::string &body, const NamedValues &inputs) {
    std::string text = "program(1.3)\n{\nfunc main<ios17>(" + signature + ") { " + body + " } -> (y);\n}\n";
    Result<std::unique_ptr<Program>> program = parseProgram(text, diags.sources().add("test.mil", text), context, diags);
    Result<std::unique_ptr<Executable>> executable =
        program ? Executable::make(*(*program)->function("main"), diags, options) : Result<std::unique_ptr<Executable>>(failure());
    States states;
    Result<NamedValues> outputs = executable ? (*executable)->run(inputs, states, diags) : Result<NamedValues>(failure());
    EXPECT_TRUE(outputs) << (diags.diagnostics().empty() ? "" : diags.diagnostics()[0].message);
    return outputs ? *outputs->begin()->second.tensor() : Tensor(DType::Float32, {0});
  }
  static Numbers numbers(const Tensor &tensor) {
    Numbers all(size_t(tensor.count()));
    tensor.read(0, llvm::MutableArrayRef(all));
    return all;
  }
  /// Numbers from -10 to 10 that differ from their neighbours, a few of them 0.
  static Tensor sample(DType type, llvm::ArrayRef<int64_t> dims) {
    Tensor tensor(type, dims);
    Numbers values(size_t(tensor.count()));
    for (size_t i = 0; i < values.size(); ++i)
      values[i] = double(int64_t(i) * 37 % 161 - 80) / 8;
    tensor.write(0, llvm::ArrayRef<double>(values));
    return tensor;
  }
  Context context;
  DiagnosticEngine diags;
  RunOptions options;
};

TEST_F(EvaluationTest, LocalResponseNormLooksAtNeighbouringChannels) {
  options.fastKernels = false;
  constexpr int64_t channels = 7, positions = 600;
  Tensor x = sample(DType::Float32, {2, channels, positions});
  for (int64_t size : {1, 2, 5, 9}) {
    Tensor y = run("tensor<fp32, [2, 7, 600]> x",
                   "tensor<fp32, [2, 7, 600]> y = local_response_norm(alpha = fp32(0x1p-1), beta = fp32(0x1.8p-1), k = fp32(0x1p+1), "
                   "size = int32(" +
                       std::to_string(size) + "), x = x);",
                   {{"x", x}});
    ASSERT_EQ(y.count(), x.count());
    for (int64_t i = 0; i < y.count(); ++i) {
      int64_t c = i / positions % channels;
      double sum = 0;
      for (int64_t k = std::max<int64_t>(0, c - size / 2); k <= std::min(channels - 1, c + (size - 1) / 2); ++k)
        sum += std::pow(x.number(i + (k - c) * positions), 2);
      ASSERT_EQ(y.number(i), double(float(x.number(i) / std::pow(2 + 0.5 / double(size) * sum, 0.75)))) << size << " " << i;
    }
  }
}

TEST_F(EvaluationTest, BandPartKeepsDiagonals) {
  Tensor x = sample(DType::Float32, {2, 5, 7});
  for (int64_t lower : {-1, 0, 2, 9})
    for (int64_t upper : {-1, 0, 3, 2147483647}) {
      Tensor y = run("tensor<fp32, [2, 5, 7]> x",
                     "tensor<fp32, [2, 5, 7]> y = band_part(lower = int32(" + std::to_string(lower) + "), upper = int32(" +
                         std::to_string(upper) + "), x = x);",
                     {{"x", x}});
      for (int64_t i = 0; i < y.count(); ++i) {
        int64_t m = i / 7 % 5, n = i % 7;
        bool isKept = (lower < 0 || m - n <= lower) && (upper < 0 || n - m <= upper);
        ASSERT_EQ(y.number(i), isKept ? x.number(i) : 0) << lower << " " << upper << " " << i;
      }
    }
}

TEST_F(EvaluationTest, NonZeroGivesPositionsInOrder) {
  Tensor x = sample(DType::Float32, {3, 4, 50});
  Numbers expected;
  for (int64_t i = 0; i < x.count(); ++i)
    if (x.number(i) != 0)
      expected.insert(expected.end(), {double(i / 200), double(i / 50 % 4), double(i % 50)});
  ASSERT_LT(expected.size(), size_t(3 * x.count()));
  EXPECT_EQ(numbers(run("tensor<fp32, [3, 4, 50]> x", "tensor<int32, [?, 3]> y = non_zero(x = x);", {{"x", x}})), expected);
}

TEST_F(EvaluationTest, ModIsExact) {
  Numbers left, right;
  for (double x : {0.0, 1.0, 3.0, 0.3, 7.7, 1e-30, 1e30, 16777216.0, 3.4e38})
    for (double y : {1.0, 3.0, 0.1, 0.3, 1e-3, 7.7, 1e30, 1e-40, 5.0, double(INFINITY)})
      for (double sign : {1.0, -1.0})
        left.push_back(float(x * sign)), right.push_back(float(y)), left.push_back(float(x)), right.push_back(float(-y * sign));
  Tensor x = Tensor(DType::Float32, {int64_t(left.size())}), y = x;
  x.write(0, llvm::ArrayRef<double>(left)), y.write(0, llvm::ArrayRef<double>(right));
  std::string type = "tensor<fp32, [" + std::to_string(left.size()) + "]> ";
  Numbers rest = numbers(run(type + "a, " + type + "b", type + "y = mod(x = a, y = b);", {{"a", x}, {"b", y}}));
  for (size_t i = 0; i < left.size(); ++i) {
    double expected = std::fmod(left[i], right[i]);
    if (expected != 0 && (expected < 0) != (right[i] < 0))
      expected += right[i];
    ASSERT_EQ(rest[i], double(float(expected))) << left[i] << " mod " << right[i];
  }
}

TEST_F(EvaluationTest, SecondPowersAreThoseOfPow) {
  Tensor x(DType::Float32, {8});
  Numbers values{0.1f, -0.0, -3.3f, 1e-30f, 3e38, INFINITY, -INFINITY, NAN};
  x.write(0, llvm::ArrayRef<double>(values));
  Tensor y = run("tensor<fp32, [8]> x", "tensor<fp32, [8]> y = pow(x = x, y = fp32(0x1p+1));", {{"x", x}});
  for (int64_t i = 0; i < 7; ++i) {
    ASSERT_EQ(y.number(i), double(float(std::pow(x.number(i), 2)))) << i;
    ASSERT_FALSE(std::signbit(y.number(i))) << i;
  }
  EXPECT_TRUE(std::isnan(y.number(7)));
}

TEST_F(EvaluationTest, UniformNumbersAreBelowTheUpperEnd) {
  for (auto [low, high] : {std::pair("0x0p+0", 1.0), {"-0x1.2p+0", -1.0}}) {
    std::string end = high > 0 ? "0x1p+0" : "-0x1p+0";
    Tensor y = run("fp32 unused",
                   "tensor<fp16, [20000]> y = random_uniform(high = fp16(" + end + "), low = fp16(" + low +
                       "), seed = int32(5), shape = tensor<int32, [1]>([20000]));",
                   {{"unused", Tensor(DType::Float32, {})}});
    double greatest = -INFINITY;
    for (double value : numbers(y))
      greatest = std::max(greatest, value);
    EXPECT_LT(greatest, high);
    EXPECT_GT(greatest, high - 0.01);
  }
}

TEST_F(EvaluationTest, CastsWrapAround) {
  Tensor x(DType::Float32, {9});
  x.write(0, llvm::ArrayRef<double>{1.9, -1.9, 127, 128, -128.5, -129, 255.5, 256, NAN});
  auto cast = [&](const std::string &type) {
    return numbers(run("tensor<fp32, [9]> x", "tensor<" + type + ", [9]> y = cast(dtype = string(\"" + type + "\"), x = x);", {{"x", x}}));
  };
  EXPECT_EQ(cast("int8"), (Numbers{1, -1, 127, -128, -128, 127, -1, 0, 0}));
  EXPECT_EQ(cast("uint8"), (Numbers{1, 255, 127, 128, 128, 127, 255, 0, 0}));
  EXPECT_EQ(cast("int16"), (Numbers{1, -1, 127, 128, -128, -129, 255, 256, 0}));
  EXPECT_EQ(cast("uint16"), (Numbers{1, 65535, 127, 128, 65408, 65407, 255, 256, 0}));
  x.write(0, llvm::ArrayRef<double>{1.9, -0.9, 127, 255.9, 7, 0, 0, 9, 3});
  EXPECT_EQ(cast("uint8"), (Numbers{1, 0, 127, 255, 7, 0, 0, 9, 3}));
}

TEST_F(EvaluationTest, UpdatesOfOneElementAreRoundedOnce) {
  // 2048 + 1 + 1 in fp16: rounded after each addition it would stay 2048.
  Tensor data(DType::Float16, {1, 2}), indices = Tensor::vector(DType::Int32, {0, 0}), updates(DType::Float16, {2, 2});
  data.write(0, llvm::ArrayRef<double>{2048, 4});
  updates.write(0, llvm::ArrayRef<double>{1, 10, 1, -3});
  std::string signature = "tensor<fp16, [1, 2]> d, tensor<int32, [2]> i, tensor<fp16, [2, 2]> u";
  auto scattered = [&](const std::string &mode) {
    return numbers(
        run(signature,
            "tensor<fp16, [1, 2]> y = scatter(axis = int32(0), data = d, indices = i, mode = string(\"" + mode + "\"), updates = u);",
            {{"d", data}, {"i", indices}, {"u", updates}}));
  };
  EXPECT_EQ(scattered("add"), (Numbers{2050, 11}));
  EXPECT_EQ(scattered("sub"), (Numbers{2046, -3}));
  EXPECT_EQ(scattered("mul"), (Numbers{2048, -120}));
  EXPECT_EQ(scattered("div"), (Numbers{2048, double(float(-0x1.11p-3))}));
  EXPECT_EQ(scattered("max"), (Numbers{2048, 10}));
  EXPECT_EQ(scattered("min"), (Numbers{1, -3}));
  EXPECT_EQ(scattered("update"), (Numbers{1, -3}));
}

TEST_F(EvaluationTest, AllChannelsAreSampledAtTheSamePlaces) {
  Tensor x = sample(DType::Float32, {2, 3, 4, 5}), coordinates = sample(DType::Float32, {2, 2, 3, 2});
  Tensor y = run("tensor<fp32, [2, 3, 4, 5]> x, tensor<fp32, [2, 2, 3, 2]> c",
                 "tensor<fp32, [2, 3, 2, 3]> y = resample(align_corners = bool(true), coordinates = c, coordinates_mode = "
                 "string(\"unnormalized\"), padding_mode = string(\"border\"), padding_value = fp32(0x0p+0), sampling_mode = "
                 "string(\"nearest\"), x = x);",
                 {{"x", x}, {"c", coordinates}});
  for (int64_t i = 0; i < y.count(); ++i) {
    int64_t image = i / 18, place = image * 6 + i % 6;
    double column = std::clamp(coordinates.number(2 * place), 0.0, 4.0), row = std::clamp(coordinates.number(2 * place + 1), 0.0, 3.0);
    ASSERT_EQ(y.number(i), x.number(i / 6 * 20 + int64_t(std::nearbyint(row)) * 5 + int64_t(std::nearbyint(column)))) << i;
  }
}

TEST_F(EvaluationTest, PermutationsMoveEveryElement) {
  Tensor x = sample(DType::Float32, {3, 5, 33, 41});
  llvm::SmallVector<int64_t, 4> perm{0, 1, 2, 3};
  do {
    Tensor y = permute(x, perm);
    Tensor::Dims from = rowMajorStrides(x.dims()), to = rowMajorStrides(y.dims());
    for (int64_t i = 0; i < y.count(); i += 7) {
      int64_t source = 0;
      for (size_t d = 0; d < 4; ++d)
        source += i / to[d] % y.dims()[d] * from[size_t(perm[d])];
      ASSERT_EQ(y.number(i), x.number(source)) << i;
    }
  } while (std::next_permutation(perm.begin(), perm.end()));
}

// ---- Work -------------------------------------------------------------------

/// The work of planning and running `operations` operations once, and of running them again.
static std::pair<uint64_t, uint64_t> workOfRuns(size_t operations, const char *dims) {
  Context context;
  DiagnosticEngine diags;
  std::string type = "tensor<fp32, [" + std::string(dims) + "]> ", text = "program(1.3)\n{\nfunc main<ios17>(" + type + "v0) {\n";
  for (size_t i = 0; i < operations; ++i) { // chains of some length, with and without a second use
    std::string x = "v" + std::to_string(i), y = "v" + std::to_string(i + 1);
    text += type + y + (i % 40 == 39 ? " = add(x = " + x + ", y = " + x + ");\n" : " = relu(x = " + x + ");\n");
  }
  text += "} -> (v" + std::to_string(operations) + ");\n}\n";
  Result<std::unique_ptr<Program>> program = parseProgram(text, diags.sources().add("test.mil", text), context, diags);
  EXPECT_TRUE(program);
  uint64_t begin = work::steps();
  Result<std::unique_ptr<Executable>> executable = Executable::make(*(*program)->function("main"), diags, {.threads = 1});
  EXPECT_TRUE(executable);
  States states;
  Tensor x(DType::Float32, {4});
  EXPECT_TRUE((*executable)->run({{"v0", x}}, states, diags));
  uint64_t first = work::steps();
  EXPECT_TRUE((*executable)->run({{"v0", x}}, states, diags));
  return {first - begin, work::steps() - first};
}

TEST(PlanningTest, WorkIsProportionalToTheOperations) {
  for (const char *dims : {"4", "?"}) {
    auto [few, fewAgain] = workOfRuns(1000, dims);
    auto [many, manyAgain] = workOfRuns(4000, dims);
    EXPECT_GE(few, 1000u);
    EXPECT_LE(few, 1000u * 12) << dims;
    EXPECT_LE(many, few * 4 + 100) << dims;
    EXPECT_LE(manyAgain, fewAgain * 4 + 100) << dims;
  }
}

TEST(PlanningTest, StaticProgramsAreInferredOnce) {
  EXPECT_EQ(workOfRuns(1000, "4").second, 0u);
  EXPECT_GT(workOfRuns(1000, "?").second, 0u);
}

} // namespace
