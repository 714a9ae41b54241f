// Kernels that compute several operations: the values are those of the operations one by one, also when shapes change from run to run.
#include "Ops/RandomCalls.h"
#include "RunFixture.h"
#include <cmath>

using namespace mil;
using testing::ElementsAre;

namespace {

Tensor waves(DType type, llvm::ArrayRef<int64_t> dims, double step) {
  Tensor tensor(type, dims);
  for (int64_t i = 0; i < tensor.count(); ++i)
    tensor.write(i, llvm::ArrayRef(std::sin(step * double(i))));
  return tensor;
}

class FusedStepsTest : public RunTest {
protected:
  /// The output `name`, after a run of `steps` steps.
  std::vector<double> runIn(size_t steps, const NamedValues &inputs, llvm::StringRef name) {
    RunCosts costs;
    Result<NamedValues> results = executable->run(inputs, states, diags, nullptr, &costs);
    EXPECT_TRUE(results) << complaints();
    EXPECT_EQ(costs.steps.size(), steps);
    return results ? numbers(results->find(name.str())->second) : std::vector<double>();
  }
};

/// An attention of two heads, whose keys or values, or both, are joined of two parts.
struct Decoder {
  std::string type;
  int64_t queries, width;
  bool joinsKeys, joinsValues;

  std::string source(const std::string &outputs) const {
    std::string head = "tensor<" + type + ", [1, 2, ", q = std::to_string(queries), w = std::to_string(width);
    auto join = [&](bool joins, const std::string &name, const std::string &size) {
      return joins ? " " + head + "702, " + size + "]> " + name + " = concat(values = (" + name + "_old, " + name +
                         "_new), axis = int32(-2), interleave = bool(false));\n"
                   : "";
    };
    auto operand = [](bool joins, const std::string &name) { return joins ? name : name + "_all"; };
    return "func main<ios18>(" + head + q + ", 8]> q, " + head + "500, 8]> k_old, " + head + "202, 8]> k_new, " + head +
           "702, 8]> k_all, " + head + "500, " + w + "]> v_old, " + head + "202, " + w + "]> v_new, " + head + "702, " + w +
           "]> v_all, tensor<bool, [" + q + ", 702]> mask) {\n" + join(joinsKeys, "k", "8") + join(joinsValues, "v", w) + " " + head + q +
           ", " + w + "]> y = scaled_dot_product_attention(query = q, key = " + operand(joinsKeys, "k") +
           ", value = " + operand(joinsValues, "v") + ", attn_mask = mask);\n " + head + q + ", " + w + "]> z = relu(x = y);\n } -> (" +
           outputs + ");";
  }

  NamedValues inputs() const {
    DType held = type == "fp32" ? DType::Float32 : DType::Float16;
    Tensor mask(DType::Bool, {queries, 702});
    for (int64_t i = 0; i < mask.count(); ++i)
      mask.write(i, llvm::ArrayRef(int64_t(i % 5 != 0)));
    return {{"q", waves(held, {1, 2, queries, 8}, 0.7)},     {"k_old", waves(held, {1, 2, 500, 8}, 0.3)},
            {"k_new", waves(held, {1, 2, 202, 8}, 1.1)},     {"k_all", waves(held, {1, 2, 702, 8}, 0.9)},
            {"v_old", waves(held, {1, 2, 500, width}, 1.3)}, {"v_new", waves(held, {1, 2, 202, width}, 0.6)},
            {"v_all", waves(held, {1, 2, 702, width}, 0.4)}, {"mask", mask}};
  }
};

// The concats of a decoder's cache aren't computed if only attention uses them; that must not change a bit.
TEST_F(FusedStepsTest, AttentionReadsTheParts) {
  for (const char *type : {"fp32", "fp16"})
    for (int64_t queries : {1, 3, 5})
      for (int64_t width : {8, 53, 300})
        for (auto [keys, values] : {std::pair(true, false), {false, true}, {true, true}}) {
          Decoder decoder{type, queries, width, keys, values};
          SCOPED_TRACE(decoder.source("z"));
          size_t joins = size_t(keys) + size_t(values);
          ASSERT_TRUE(plan(decoder.source("z"))) << complaints();
          std::vector<double> fused = runIn(queries <= 4 ? 1 : joins + 1, decoder.inputs(), "z");
          ASSERT_TRUE(plan(decoder.source(std::string("z") + (keys ? ", k" : "") + (values ? ", v" : "")))) << complaints();
          EXPECT_EQ(fused, runIn(joins + 1, decoder.inputs(), "z"));
        }
}

TEST_F(FusedStepsTest, KernelsAreChosenAgainForOtherShapesOfLaterSteps) {
  ASSERT_TRUE(plan(R"(func main<ios17>(tensor<fp32, [1, 2]> a, tensor<fp32, [?, 2]> b) {
    tensor<fp32, [1, 2]> x = relu(x = a);
    tensor<fp32, [?, 2]> y = add(x = x, y = b);
  } -> (y);)"))
      << complaints();
  Tensor a = vector({-1, 1}).withDims({1, 2}), one = vector({1, 2}).withDims({1, 2}), two = vector({1, 2, 3, 4}).withDims({2, 2});
  EXPECT_THAT(runIn(1, {{"a", a}, {"b", one}}, "y"), ElementsAre(1, 3));
  EXPECT_THAT(runIn(2, {{"a", a}, {"b", two}}, "y"), ElementsAre(1, 3, 3, 5));
  EXPECT_THAT(runIn(1, {{"a", a}, {"b", one}}, "y"), ElementsAre(1, 3));
}

// With the first shapes the addition begins a kernel, which computes the sine, too; with the second ones it is part of another kernel.
TEST_F(FusedStepsTest, StepsOfOneKernelBecomeStepsOfAnother) {
  ASSERT_TRUE(plan(R"(func main<ios17>(tensor<fp32, [?, 2]> a, tensor<fp32, [?, 2]> b) {
    tensor<fp32, [?, 2]> x = relu(x = a);
    tensor<fp32, [?, 2]> sum = add(x = x, y = b);
    tensor<fp32, [?, 2]> y = square(x = sum);
  } -> (y);)"))
      << complaints();
  Tensor one = vector({-1, 1}).withDims({1, 2}), two = vector({1, 2, 3, 4}).withDims({2, 2});
  for (int round = 0; round < 2; ++round) {
    EXPECT_THAT(runIn(2, {{"a", one}, {"b", two}}, "y"), ElementsAre(1, 9, 9, 25));
    EXPECT_THAT(runIn(1, {{"a", two}, {"b", two}}, "y"), ElementsAre(4, 16, 36, 64));
  }
}

// With few queries, attention is computed together with the concat, so that the addition can be part of the kernel of the steps before it.
TEST_F(FusedStepsTest, ValuesThatAreNoLongerThereEarly) {
  const char *source = R"(func main<ios18>(tensor<fp32, [1, ?, 2]> q, tensor<fp32, [1, 3, 2]> k, tensor<fp32, [1, 1, 2]> new,
                                          tensor<fp32, [1, 4, 2]> v, tensor<fp32, [1, 1, 2]> a) {
    tensor<fp32, [1, 4, 2]> keys = concat(values = (k, new), axis = int32(1), interleave = bool(false));
    tensor<fp32, [1, 1, 2]> x = relu(x = a);
    tensor<fp32, [1, 1, 2]> next = square(x = x);
    tensor<fp32, [1, ?, 2]> other = scaled_dot_product_attention(query = q, key = keys, value = v);
    tensor<fp32, [1, ?, 2]> y = add(x = next, y = other);
  } -> (y);)";
  auto inputs = [](int64_t queries) {
    return NamedValues{{"q", waves(DType::Float32, {1, queries, 2}, 0.7)},
                       {"k", waves(DType::Float32, {1, 3, 2}, 0.3)},
                       {"new", waves(DType::Float32, {1, 1, 2}, 1.1)},
                       {"v", waves(DType::Float32, {1, 4, 2}, 0.9)},
                       {"a", waves(DType::Float32, {1, 1, 2}, 1)}};
  };
  constexpr int64_t queries[] = {1, 6, 1};
  constexpr size_t steps[] = {2, 3, 2};
  std::vector<std::vector<double>> expected;
  for (int64_t each : queries) {
    ASSERT_TRUE(plan(source)) << complaints();
    expected.push_back(run(inputs(each)));
  }
  ASSERT_TRUE(plan(source)) << complaints();
  for (size_t i = 0; i < 3; ++i)
    EXPECT_EQ(runIn(steps[i], inputs(queries[i]), "y"), expected[i]);
}

/// A program of random operations on values of one or three rows, which broadcast, and two outputs of it.
std::string randomProgram(test::Dice &dice) {
  std::vector<std::string> values{"a", "b", "c"};
  std::string source = "func main<ios17>(tensor<fp32, [?, 4]> a, tensor<fp32, [?, 4]> b, tensor<fp32, [1, 4]> c) {\n";
  for (int i = 0; i < 12; ++i) {
    std::string x = dice.oneIn(3) ? dice.pick(values) : values.back(), y = dice.pick(values), name = "v" + std::to_string(i), call;
    switch (dice.below(6)) {
    case 0:
    case 1:
      call = std::string(dice.pick({"relu", "tanh", "square"})) + "(x = " + x + ")";
      break;
    case 2:
      call = "reduce_mean(x = " + x + ", axes = tensor<int32, [1]>([0]), keep_dims = bool(true))";
      break;
    case 3:
      call = "linear(x = " + x + ", weight = tensor<fp32, [4, 4]>([[1, 0, 2, 1], [0, 1, 1, 0], [2, 0, 1, 0], [1, 1, 0, 1]]))";
      break;
    default:
      call = std::string(dice.pick({"add", "sub", "maximum"})) + "(x = " + x + ", y = " + y + ")";
    }
    source += " tensor<fp32, [?, ?]> " + name + " = " + call + ";\n";
    values.push_back(name);
  }
  return source + "} -> (v11, v" + std::to_string(dice.below(11)) + ");";
}

// What a program computes doesn't depend on the shapes that it ran with before.
TEST_F(FusedStepsTest, EarlierShapesChangeNothing) {
  test::Dice dice(1);
  for (int round = 0; round < 60; ++round) {
    std::string source = randomProgram(dice);
    SCOPED_TRACE(source);
    ASSERT_TRUE(plan(source, {.threads = 1})) << complaints();
    std::unique_ptr<Program> usedProgram = std::move(program);
    std::unique_ptr<Executable> used = std::move(executable);
    for (int step = 0; step < 6; ++step) {
      NamedValues inputs{{"a", waves(DType::Float32, {dice.pick({1, 3}), 4}, 0.7)},
                         {"b", waves(DType::Float32, {dice.pick({1, 3}), 4}, 0.3)},
                         {"c", waves(DType::Float32, {1, 4}, 1.1)}};
      ASSERT_TRUE(plan(source, {.threads = 1}));
      Result<NamedValues> expected = executable->run(inputs, states, diags), found = used->run(inputs, states, diags);
      ASSERT_TRUE(expected && found) << complaints();
      for (auto &[name, value] : *expected)
        EXPECT_EQ(numbers(found->find(name)->second), numbers(value)) << name << " in step " << step;
    }
  }
}

} // namespace
