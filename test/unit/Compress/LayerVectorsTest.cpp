// The vectors of a layer, times its weight, are what the layer gives.
#include "LayerVectors.h"
#include "mil/Build/FunctionBuilder.h"
#include "mil/Compress/LayerInputs.h"
#include "mil/IR/Context.h"
#include <gtest/gtest.h>
#include <random>

using namespace mil;

namespace {

class LayerVectorsTest : public testing::Test {
protected:
  Tensor randomTensor(llvm::ArrayRef<int64_t> dims) {
    Tensor tensor(DType::Float32, dims);
    std::vector<double> values;
    for (int64_t i = 0; i < tensor.count(); ++i)
      values.push_back(double(int(random() % 17)) / 8 - 1);
    tensor.write(0, llvm::ArrayRef<double>(values));
    return tensor;
  }
  const Literal *literalOf(const Tensor &tensor) { return tensor.toLiteral(context, Type::tensor(context, DType::Float32, tensor.dims())); }

  /// Runs `type` of x and the weight under the given names, and compares element (row, vector) with the result at `place(row, vector)`.
  void check(llvm::StringRef type, llvm::StringRef xName, const Tensor &x, llvm::StringRef weightName, const Tensor &weight,
             std::vector<GivenArgument> more, bool isTransposed, llvm::function_ref<int64_t(int64_t, int64_t, int64_t)> place) {
    ModelBuilder builder(context, Opset::IOS18);
    FunctionBuilder f = builder.function("main");
    Value *in = f.input("in", DType::Float32, x.dims()), *w = f.constant("w", literalOf(weight));
    more.push_back({xName, in});
    more.push_back({weightName, w});
    f.output(f.op(type, more, "y"));
    Result<std::unique_ptr<Model>> model = builder.finish(diags);
    ASSERT_TRUE(model) << builder.error();
    Result<std::vector<FunctionRun>> runs = functionRuns(**model, diags);
    ASSERT_TRUE(runs);
    States states;
    Result<NamedValues> outputs = (*runs)[0].runner->run({{"in", x}}, states, diags);
    ASSERT_TRUE(outputs);
    const Tensor &y = *outputs->at("y").tensor();

    const Value *input = nullptr;
    std::optional<LayerVectors> layer = LayerVectors::of(*w->firstUse()->user(), *w->firstUse(), input);
    ASSERT_TRUE(layer);
    EXPECT_EQ(input->name().str(), "in");
    std::vector<float> vectors = layer->in(x);
    int64_t n = layer->inputs, width = n * layer->groups, count = int64_t(vectors.size()) / width, rows = weight.count() / n;
    int64_t ofGroup = rows / layer->groups, taps = weight.count() / (weight.dims()[0] * weight.dims()[1]);
    // Of inputs-first weights: [inputs, outputs of a group, taps].
    auto elementOf = [&](int64_t row, int64_t k) {
      return isTransposed ? ((row / ofGroup * (n / taps) + k / taps) * ofGroup + row % ofGroup) * taps + k % taps : row * n + k;
    };
    ASSERT_EQ(rows * count, y.count());
    for (int64_t row = 0; row < rows; ++row)
      for (int64_t v = 0; v < count; ++v) {
        double sum = 0;
        for (int64_t k = 0; k < n; ++k)
          sum += weight.number(elementOf(row, k)) * double(vectors[size_t(v * width + row / ofGroup * n + k)]);
        ASSERT_NEAR(sum, y.number(place(row, v, rows)), 1e-4) << type.str() << " row " << row << ", vector " << v;
      }
  }

  Context context;
  DiagnosticEngine diags;
  std::mt19937 random{5};
};

int64_t behindEachOther(int64_t row, int64_t vector, int64_t rows) { return vector * rows + row; }

// A kernel of size 0 has no inputs.
TEST_F(LayerVectorsTest, NoneOfAnEmptyKernel) {
  LayerVectors layer;
  layer.kind = LayerVectors::Kind::Windows;
  layer.windows.push_back({0, 1, 1, 0, 0});
  EXPECT_TRUE(layer.in(randomTensor({1, 2, 5})).empty());
}

} // namespace

TEST_F(LayerVectorsTest, Linear) {
  check("linear", "x", randomTensor({2, 3, 5}), "weight", randomTensor({4, 5}), {}, false, behindEachOther);
}

TEST_F(LayerVectorsTest, Matmul) {
  // x · w, x · w', x' · w
  check("matmul", "x", randomTensor({2, 3, 5}), "y", randomTensor({5, 4}), {}, true, behindEachOther);
  check("matmul", "x", randomTensor({2, 3, 5}), "y", randomTensor({4, 5}), {{"transpose_y", true}}, false, behindEachOther);
  check("matmul", "x", randomTensor({2, 5, 3}), "y", randomTensor({5, 4}), {{"transpose_x", true}}, true, behindEachOther);
  // w · x: its vectors are columns
  auto column = [](int64_t row, int64_t vector, int64_t) { return row * 3 + vector; };
  check("matmul", "y", randomTensor({5, 3}), "x", randomTensor({4, 5}), {}, false, column);
  check("matmul", "y", randomTensor({3, 5}), "x", randomTensor({4, 5}), {{"transpose_y", true}}, false, column);
  check("matmul", "y", randomTensor({5, 3}), "x", randomTensor({5, 4}), {{"transpose_x", true}}, true, column);
}

TEST_F(LayerVectorsTest, Conv) {
  auto plane = [](int64_t positions) {
    return [positions](int64_t row, int64_t vector, int64_t rows) {
      return (vector / positions * rows + row) * positions + vector % positions;
    };
  };
  check("conv", "x", randomTensor({2, 3, 6, 5}), "weight", randomTensor({4, 3, 3, 2}), {}, false, plane(4 * 4));
  check("conv", "x", randomTensor({2, 3, 6, 5}), "weight", randomTensor({4, 3, 3, 2}), {{"pad_type", "same"}, {"strides", {2, 1}}}, false,
        plane(3 * 5));
  check("conv", "x", randomTensor({1, 2, 7, 6}), "weight", randomTensor({3, 2, 2, 2}),
        {{"pad_type", "custom"}, {"pad", {1, 0, 2, 1}}, {"dilations", {2, 1}}}, false, plane(6 * 8));
  check("conv", "x", randomTensor({2, 4, 9}), "weight", randomTensor({3, 4, 3}), {{"strides", {2}}}, false, plane(4));
  check("conv", "x", randomTensor({1, 2, 4, 5, 3}), "weight", randomTensor({3, 2, 2, 2, 2}), {}, false, plane(3 * 4 * 2));
}

TEST_F(LayerVectorsTest, GroupsAndTransposedConv) {
  auto plane = [](int64_t positions) {
    return [positions](int64_t row, int64_t vector, int64_t rows) {
      return (vector / positions * rows + row) * positions + vector % positions;
    };
  };
  check("conv", "x", randomTensor({2, 6, 5, 5}), "weight", randomTensor({4, 3, 3, 2}), {{"groups", 2}}, false, plane(3 * 4));
  check("conv", "x", randomTensor({1, 4, 5, 5}), "weight", randomTensor({8, 1, 3, 3}), {{"groups", 4}, {"pad_type", "same"}}, false,
        plane(25));
  check("conv_transpose", "x", randomTensor({2, 3, 4, 5}), "weight", randomTensor({3, 4, 3, 2}), {}, true, plane(6 * 6));
  check("conv_transpose", "x", randomTensor({1, 4, 3, 3}), "weight", randomTensor({4, 3, 4, 3}), {{"strides", {2, 3}}, {"groups", 2}}, true,
        plane(8 * 9));
  check("conv_transpose", "x", randomTensor({2, 3, 5}), "weight", randomTensor({3, 2, 4}),
        {{"strides", {2}}, {"pad_type", "custom"}, {"pad", {1, 2}}, {"dilations", {2}}}, true, plane(12));
  check("conv_transpose", "x", randomTensor({1, 2, 4, 4}), "weight", randomTensor({2, 3, 3, 3}),
        {{"strides", {2, 2}}, {"pad_type", "same"}}, true, plane(8 * 8));
  check("conv_transpose", "x", randomTensor({1, 2, 4, 4}), "weight", randomTensor({2, 3, 3, 3}),
        {{"strides", {2, 2}}, {"pad_type", "same"}, {"output_shape", {1, 3, 7, 8}}}, true, plane(7 * 8));
}

TEST_F(LayerVectorsTest, OthersHaveNone) {
  ModelBuilder builder(context, Opset::IOS18);
  FunctionBuilder f = builder.function("main");
  Value *x = f.input("x", DType::Float32, {4, 4}), *w = f.constant("w", literalOf(randomTensor({4, 4})));
  Value *table = f.constant("table", literalOf(randomTensor({10, 4}))), *i = f.input("i", DType::Int32, {3});
  f.output(f.op("mul", {{"x", x}, {"y", w}}, "y"));
  f.output(f.op("gather", {{"x", table}, {"indices", i}, {"axis", 0}}, "z"));
  ASSERT_TRUE(builder.ok()) << builder.error();
  const Value *input = nullptr;
  for (Value *each : {w, table})
    EXPECT_FALSE(LayerVectors::of(*each->firstUse()->user(), *each->firstUse(), input));
}
