// Kernels of Precision::Exact against evaluation by definition, in double; the same bits for any number of threads.
#include "Ops/RandomCalls.h"
#include "mil/Run/Executable.h"
#include <cmath>
#include <gtest/gtest.h>

using namespace mil;
using namespace mil::test;

namespace {

struct ExactCase {
  ExactCase() : model(context, Opset::IOS18), f(model.function("main")), dice(1) {}
  Value *input(llvm::ArrayRef<int64_t> dims) { return f.input("x", DType::Float32, dims); }
  Value *constant(llvm::ArrayRef<int64_t> dims, DType type = DType::Float32) {
    return f.constant("c", randomLiteral(context, dice, type, dims));
  }

  Tensor run(const Function &function, bool kernels, unsigned threads) {
    NamedValues inputs;
    for (const Value *input : function.inputs()) {
      Dice values(7);
      Tensor tensor(DType::Float32, input->type().dims());
      for (int64_t i = 0; i < tensor.count(); ++i)
        tensor.write(i, llvm::ArrayRef<double>{(double(values.below(2001)) - 1000) / 500});
      inputs[input->name().str().str()] = std::move(tensor);
    }
    DiagnosticEngine diags;
    RunOptions options;
    options.precision = Precision::Exact, options.fastKernels = kernels, options.threads = threads;
    Result<std::unique_ptr<Executable>> executable = Executable::make(function, diags, options);
    States states;
    RunCosts costs;
    Result<NamedValues> outputs = executable ? (*executable)->run(inputs, states, diags, nullptr, &costs) : Result<NamedValues>(failure());
    EXPECT_TRUE(outputs);
    if (!outputs)
      return Tensor(DType::Float64, {0});
    EXPECT_EQ(llvm::any_of(costs.steps, [](const RunCosts::Step &step) { return step.fast; }), kernels);
    return *outputs->begin()->second.tensor();
  }
  void expectExact(Value *output) {
    ASSERT_TRUE(model.ok()) << model.error();
    f.output(output);
    const Function &function = *output->definingOp()->program().functions().front();
    Tensor reference = run(function, false, 1), first = run(function, true, 1);
    ASSERT_EQ(first.dims(), reference.dims());
    ASSERT_EQ(first.dtype(), DType::Float64);
    for (int64_t i = 0; i < first.count(); ++i)
      ASSERT_NEAR(first.number(i), reference.number(i), 1e-11) << i;
    for (unsigned threads : {2, 7})
      EXPECT_EQ(run(function, true, threads).bytes(), first.bytes());
  }
  Context context;
  ModelBuilder model;
  FunctionBuilder f;
  Dice dice;
};

using Dims = Tensor::Dims;

TEST(ExactKernelsTest, Matmul) {
  for (auto [m, k, n] : {std::array<int64_t, 3>{1, 300, 70},
                         {2, 33, 5},
                         {3, 700, 17},
                         {4, 64, 600},
                         {97, 129, 131},
                         {6, 1, 300},
                         {130, 256, 1},
                         {500, 513, 290}})
    for (bool transposeX : {false, true})
      for (bool transposeY : {false, true}) {
        ExactCase c;
        Value *x = c.input(transposeX ? Dims{2, k, m} : Dims{2, m, k}), *y = c.input(transposeY ? Dims{n, k} : Dims{k, n});
        c.expectExact(c.f.op("matmul", {{"x", x}, {"y", y}, {"transpose_x", transposeX}, {"transpose_y", transposeY}}));
      }
}

TEST(ExactKernelsTest, Linear) {
  ExactCase c;
  c.expectExact(c.f.op("linear", {{"x", c.input({3, 50, 40})}, {"weight", c.constant({77, 40})}, {"bias", c.constant({77})}}));
}

// Half of the panels' width, and rows that nothing is laid out for, by weights of each type.
TEST(ExactKernelsTest, LinearOfHalves) {
  for (int64_t rows : {1, 2, 3, 4, 25})
    for (DType type : {DType::Float16, DType::Float32}) {
      ExactCase c;
      Value *x = c.f.input("x", type, {rows, 301});
      c.expectExact(c.f.op("linear", {{"x", x}, {"weight", c.constant({37, 301}, type)}, {"bias", c.constant({37}, type)}}));
    }
}

TEST(ExactKernelsTest, Convolutions) {
  for (int64_t groups : {1, 2})
    for (const char *padding : {"same", "valid"}) {
      ExactCase c;
      c.expectExact(c.f.op("conv", {{"x", c.input({2, 8, 13, 17})},
                                    {"weight", c.constant({12, 8 / groups, 3, 2})},
                                    {"bias", c.constant({12})},
                                    {"strides", llvm::ArrayRef<int64_t>{2, 1}},
                                    {"dilations", llvm::ArrayRef<int64_t>{1, 2}},
                                    {"groups", groups},
                                    {"pad_type", padding}}));
    }
}

TEST(ExactKernelsTest, PointwiseAndDepthwiseConvolutions) {
  for (auto [groups, size] : {std::pair<int64_t, int64_t>{1, 1}, {2, 1}, {8, 3}, {8, 5}}) {
    ExactCase c;
    c.expectExact(c.f.op("conv", {{"x", c.input({2, 8, 13, 17})},
                                  {"weight", c.constant({16, 8 / groups, size, size})},
                                  {"strides", llvm::ArrayRef<int64_t>{1, size > 3 ? 2 : 1}},
                                  {"groups", groups},
                                  {"pad_type", "same"}}));
  }
}

TEST(ExactKernelsTest, TransposedConvolutions) {
  for (int64_t groups : {1, 2})
    for (const char *padding : {"same", "valid", "custom"}) {
      ExactCase c;
      c.expectExact(c.f.op("conv_transpose", {{"x", c.input({2, 8, 13, 7})},
                                              {"weight", c.constant({8, 12 / groups, 3, 2})},
                                              {"bias", c.constant({12})},
                                              {"strides", llvm::ArrayRef<int64_t>{2, 1}},
                                              {"dilations", llvm::ArrayRef<int64_t>{1, 2}},
                                              {"groups", groups},
                                              {"pad", llvm::ArrayRef<int64_t>{1, 0, 0, 2}},
                                              {"pad_type", padding}}));
    }
}

TEST(ExactKernelsTest, Attention) {
  for (bool masked : {false, true}) {
    ExactCase c;
    Value *q = c.input({1, 2, 130, 16}), *k = c.input({1, 2, 70, 16}), *v = c.input({1, 2, 70, 24});
    std::vector<GivenArgument> arguments{{"query", q}, {"key", k}, {"value", v}};
    if (masked)
      arguments.push_back({"attn_mask", c.input({1, 1, 130, 70})});
    c.expectExact(c.f.op("scaled_dot_product_attention", arguments));
  }
}

TEST(ExactKernelsTest, Moves) {
  ExactCase transposed;
  transposed.expectExact(
      transposed.f.op("transpose", {{"x", transposed.input({3, 70, 5, 13})}, {"perm", llvm::ArrayRef<int64_t>{2, 1, 3, 0}}}));
  ExactCase joined;
  joined.expectExact(joined.f.op("concat", {{"values", {joined.input({3, 50, 30}), joined.input({3, 7, 30})}}, {"axis", 1}}));
  ExactCase chosen;
  chosen.expectExact(chosen.f.op("gather", {{"x", chosen.input({5, 40})}, {"indices", llvm::ArrayRef<int64_t>{4, 0, 2}}, {"axis", 0}}));
}

} // namespace
