// Fast kernels against the reference: random legal calls of every operation that has one, and shapes large enough to be cut into blocks.
#include "CompareKernels.h"
#include <gtest/gtest.h>

using namespace mil;
using namespace mil::test;

namespace {

constexpr const char *opsWithKernels[] = {
    "abs",
    "acos",
    "add",
    "argsort",
    "asin",
    "atan",
    "atanh",
    "avg_pool",
    "batch_norm",
    "cast",
    "clamped_relu",
    "clip",
    "concat",
    "conv",
    "conv_transpose",
    "cos",
    "cosh",
    "einsum",
    "elu",
    "equal",
    "erf",
    "exp",
    "exp2",
    "floor_div",
    "gather",
    "gelu",
    "greater",
    "greater_equal",
    "gru",
    "instance_norm",
    "inverse",
    "l2_norm",
    "l2_pool",
    "layer_norm",
    "leaky_relu",
    "less",
    "less_equal",
    "linear",
    "local_response_norm",
    "log",
    "logical_and",
    "logical_or",
    "logical_xor",
    "lstm",
    "matmul",
    "max_pool",
    "maximum",
    "minimum",
    "mod",
    "mul",
    "not_equal",
    "pow",
    "prelu",
    "real_div",
    "reduce_l1_norm",
    "reduce_l2_norm",
    "reduce_log_sum_exp",
    "reduce_max",
    "reduce_mean",
    "reduce_min",
    "reduce_sum",
    "reduce_sum_square",
    "relu",
    "relu6",
    "resize",
    "resize_bilinear",
    "resize_nearest_neighbor",
    "rnn",
    "rsqrt",
    "scaled_dot_product_attention",
    "scaled_tanh",
    "select",
    "sigmoid",
    "sigmoid_hard",
    "sign",
    "silu",
    "sin",
    "sinh",
    "softmax",
    "softplus",
    "softplus_parametric",
    "softsign",
    "sqrt",
    "square",
    "sub",
    "tan",
    "tanh",
    "threshold",
    "thresholded_relu",
    "topk",
    "transpose",
    "upsample_bilinear",
    "upsample_nearest_neighbor",
};

/// Each step of a recurrent network passes its errors on to the next.
constexpr double recurrentUnits = 128;

struct FastKernelsTest : testing::TestWithParam<const char *> {};

TEST_P(FastKernelsTest, AreCloseToTheReference) {
  unsigned fast = 0;
  for (const auto &version : Catalogue::get().find(GetParam())->versions) {
    Dice dice(3);
    unsigned accepted = 0;
    for (unsigned tries = 0; accepted < 40 && tries < 20000; ++tries) {
      Context context;
      ModelBuilder model(context, version->since);
      Operation *op = randomCall(model, *version, dice);
      auto isTensor = [](const Value &result) { return result.type().isTensor(); };
      if (!op || !op->resultCount() || !llvm::all_of(op->results(), isTensor))
        continue;
      // A negative epsilon may leave next to nothing of a variance: no number of roundings bounds what comes of that.
      const Operand *epsilon = op->operand("epsilon");
      if (const Literal *number = epsilon ? constantOf(*epsilon) : nullptr; number && number->elementAsDouble(0) < 0)
        continue;
      ++accepted;
      llvm::SmallVector<Value *, 3> outputs;
      for (Value &result : op->results())
        outputs.push_back(&result);
      op->block()->setOutputs(outputs);
      bool isRecurrent = op->is("lstm") || op->is("gru") || op->is("rnn");
      fast += compareKernels(op->program(), dice, false, isRecurrent ? recurrentUnits : 16);
      if (HasFailure())
        return;
    }
  }
  EXPECT_GT(fast, 0u) << "no call had a fast kernel";
}

INSTANTIATE_TEST_SUITE_P(Ops, FastKernelsTest, testing::ValuesIn(opsWithKernels),
                         [](const testing::TestParamInfo<const char *> &info) { return std::string(info.param); });

// ---- Larger shapes ----------------------------------------------------------

/// A function of one model, its inputs and constants made as it is built.
struct Sample {
  explicit Sample(DType type, uint64_t seed) : type(type), model(context, Opset::IOS18), f(model.function("main")), dice(seed) {}
  Value *input(llvm::ArrayRef<int64_t> dims) { return f.input("x", type, dims); }
  Value *constant(llvm::ArrayRef<int64_t> dims) { return f.constant("c", randomLiteral(context, dice, type, dims)); }
  Value *op(llvm::StringRef name, std::initializer_list<GivenArgument> arguments) { return f.op(name, arguments); }
  void expectClose(Value *output, bool extremes = false, double units = 16) {
    ASSERT_TRUE(model.ok()) << model.error();
    f.output(output);
    EXPECT_TRUE(compareKernels(output->definingOp()->program(), dice, extremes, units)) << "no fast kernel";
  }

  DType type;
  Context context;
  ModelBuilder model;
  FunctionBuilder f;
  Dice dice;
};

struct FastShapesTest : testing::TestWithParam<DType> {};
using Dims = Tensor::Dims;

TEST_P(FastShapesTest, Matmul) {
  for (auto [m, k, n] : {std::array<int64_t, 3>{1, 300, 700},
                         {2, 513, 33},
                         {4, 64, 1000},
                         {1, 70, 219}, // 128 + 64 + 16 + 8 + 3 columns
                         {3, 131, 251},
                         {4, 9, 100},
                         {1, 3, 40},
                         {5, 257, 17},
                         {37, 600, 41},
                         {500, 3, 300},
                         {130, 256, 1},
                         {1, 70, 1},
                         {6, 0, 5}})
    for (bool transposeX : {false, true})
      for (bool transposeY : {false, true}) {
        Sample p(GetParam(), 1);
        Value *x = p.input(transposeX ? Dims{2, k, m} : Dims{2, m, k}), *y = p.input(transposeY ? Dims{n, k} : Dims{k, n});
        p.expectClose(p.op("matmul", {{"x", x}, {"y", y}, {"transpose_x", transposeX}, {"transpose_y", transposeY}}));
      }
}

TEST_P(FastShapesTest, LinearWithActivationAndResidual) {
  for (int64_t rows : {1, 3, 50}) {
    Sample p(GetParam(), 2);
    Value *x = p.input({rows, 300});
    Value *y = p.op("linear", {{"x", x}, {"weight", p.constant({310, 300})}, {"bias", p.constant({310})}});
    y = p.op("gelu", {{"x", p.op("mul", {{"x", y}, {"y", 0.125}})}});
    p.expectClose(p.op("add", {{"x", p.input({rows, 310})}, {"y", y}}));
  }
}

TEST_P(FastShapesTest, Convolutions) {
  struct Case {
    Dims x, weight;
    int64_t groups;
    Dims strides, dilations;
    const char *padding;
  };
  const Case cases[] = {
      {{2, 8, 19, 23}, {12, 8, 3, 3}, 1, {1, 1}, {1, 1}, "same"},
      {{1, 8, 30, 31}, {12, 8, 3, 3}, 1, {2, 2}, {1, 1}, "same"},
      {{1, 3, 33, 40}, {10, 3, 7, 7}, 1, {2, 2}, {1, 1}, "same"},
      {{1, 24, 9, 9}, {24, 1, 3, 3}, 24, {1, 1}, {1, 1}, "same"},
      {{1, 24, 20, 9}, {48, 1, 3, 5}, 24, {2, 1}, {1, 2}, "valid"},
      {{2, 16, 11, 11}, {20, 16, 1, 1}, 1, {1, 1}, {1, 1}, "valid"},
      {{1, 16, 11, 11}, {20, 8, 1, 1}, 2, {2, 2}, {1, 1}, "valid"},
      {{1, 6, 50}, {4, 6, 5}, 1, {3}, {2}, "same"},
      {{1, 3, 6, 7, 8}, {5, 3, 3, 2, 3}, 1, {1, 2, 1}, {1, 1, 2}, "same"},
      // Enough rows for what the windows see to be laid out once.
      {{2, 40, 7, 7}, {130, 40, 3, 3}, 1, {1, 1}, {1, 1}, "same"},
      {{1, 300, 15, 13}, {240, 150, 1, 1}, 2, {1, 2}, {1, 1}, "valid"},
  };
  for (const Case &c : cases) {
    Sample p(GetParam(), 3);
    Value *y = p.op("conv", {{"x", p.input(c.x)},
                             {"weight", p.constant(c.weight)},
                             {"bias", p.constant({c.weight[0]})},
                             {"strides", llvm::ArrayRef<int64_t>(c.strides)},
                             {"dilations", llvm::ArrayRef<int64_t>(c.dilations)},
                             {"groups", c.groups},
                             {"pad_type", c.padding}});
    p.expectClose(p.op("relu", {{"x", y}}));
  }
}

TEST_P(FastShapesTest, TransposedConvolutions) {
  for (int64_t groups : {1, 2}) {
    Sample p(GetParam(), 4);
    Value *y = p.op("conv_transpose", {{"x", p.input({2, 6, 9, 11})},
                                       {"weight", p.constant({6, 4, 3, 4})},
                                       {"bias", p.constant({4 * groups})},
                                       {"groups", groups},
                                       {"pad_type", "valid"}});
    p.expectClose(y);
  }
}

TEST_P(FastShapesTest, Recurrent) {
  for (const char *direction : {"forward", "reverse", "bidirectional"})
    for (int64_t batch : {1, 6}) {
      bool both = direction == std::string("bidirectional");
      constexpr int64_t steps = 3, hidden = 37, inputs = 21; // more steps of such weights are chaos
      Sample p(GetParam(), 7);
      Value *x = p.input({steps, batch, inputs}), *h = p.input({batch, hidden * (1 + both)}), *c = p.input({batch, hidden * (1 + both)});
      std::vector<GivenArgument> arguments{{"x", x},
                                           {"initial_h", h},
                                           {"initial_c", c},
                                           {"weight_ih", p.constant({4 * hidden, inputs})},
                                           {"weight_hh", p.constant({4 * hidden, hidden})},
                                           {"bias", p.constant({4 * hidden})},
                                           {"peephole", p.constant({3 * hidden})},
                                           {"direction", direction},
                                           {"output_sequence", batch == 1}};
      if (both) {
        arguments.push_back({"weight_ih_back", p.constant({4 * hidden, inputs})});
        arguments.push_back({"weight_hh_back", p.constant({4 * hidden, hidden})});
      }
      p.expectClose(p.f.op("lstm", arguments), false, recurrentUnits);
    }
  for (bool resetAfter : {false, true}) {
    Sample p(GetParam(), 8);
    Value *x = p.input({5, 3, 20}), *h = p.input({3, 33});
    p.expectClose(p.op("gru", {{"x", x},
                               {"initial_h", h},
                               {"weight_ih", p.constant({99, 20})},
                               {"weight_hh", p.constant({99, 33})},
                               {"bias", p.constant({99})},
                               {"input_bias", p.constant({99})},
                               {"reset_after", resetAfter},
                               {"output_sequence", true}}),
                  false, recurrentUnits);
  }
}

TEST_P(FastShapesTest, NormalizationOfChannels) {
  for (Dims dims : {Dims{2, 70, 1, 50}, Dims{3, 40, 1, 1}}) {
    Sample p(GetParam(), 9);
    Value *x = p.input(dims);
    p.expectClose(p.op("layer_norm", {{"x", x},
                                      {"axes", llvm::ArrayRef<int64_t>{1}},
                                      {"gamma", p.constant({dims[1]})},
                                      {"beta", p.constant({dims[1]})},
                                      {"epsilon", 1e-3}}));
    Sample soft(GetParam(), 10);
    soft.expectClose(soft.op("softmax", {{"x", soft.input(dims)}, {"axis", 1}}));
  }
}

TEST_P(FastShapesTest, Resizing) {
  for (bool align : {false, true}) {
    Sample p(GetParam(), 11);
    Value *x = p.input({2, 3, 37, 50});
    p.expectClose(
        p.op("relu", {{"x", p.op("upsample_bilinear",
                                 {{"x", x}, {"scale_factor_height", 2.0}, {"scale_factor_width", 1.5}, {"align_corners", align}})}}));
  }
  Sample p(GetParam(), 12);
  p.expectClose(p.op("resize_nearest_neighbor", {{"x", p.input({2, 3, 37, 50})}, {"target_size_height", 90}, {"target_size_width", 33}}));
}

TEST_P(FastShapesTest, ElementsOfOtherTypes) {
  Sample p(GetParam(), 13);
  Value *a = p.input({7, 1, 130, 200}), *b = p.input({5, 1, 200}), *less = p.op("less", {{"x", a}, {"y", b}});
  Value *chosen = p.op("select", {{"cond", less}, {"a", p.input({1, 200})}, {"b", p.input({7, 5, 130, 200})}});
  p.expectClose(p.op("cast", {{"x", p.op("cast", {{"x", chosen}, {"dtype", "int32"}})}, {"dtype", "fp32"}}));
}

TEST_P(FastShapesTest, Attention) {
  for (auto [queries, keys] : {std::pair<int64_t, int64_t>{1, 1100}, {2, 17000}, {130, 70}, {130, 600}, {33, 600}}) {
    Sample p(GetParam(), 5);
    Value *q = p.input({1, 2, queries, 16}), *k = p.input({1, 2, keys, 16}), *v = p.input({1, 2, keys, 24});
    p.expectClose(
        p.op("scaled_dot_product_attention", {{"query", q}, {"key", k}, {"value", v}, {"attn_mask", p.input({1, 1, queries, keys})}}));
    Sample masked(GetParam(), 6);
    q = masked.input({1, 2, queries, 16}), k = masked.input({1, 2, keys, 16}), v = masked.input({1, 2, keys, 24});
    Value *mask = masked.f.input("m", DType::Bool, {queries, keys});
    masked.expectClose(masked.op("scaled_dot_product_attention", {{"query", q}, {"key", k}, {"value", v}, {"attn_mask", mask}}));
  }
}

TEST_P(FastShapesTest, RowsAndLines) {
  for (int64_t axis : {0, 1, 2}) {
    Sample p(GetParam(), 7);
    p.expectClose(p.op("softmax", {{"x", p.input({5, 70, 33})}, {"axis", axis}}));
    Sample sum(GetParam(), 8);
    sum.expectClose(sum.op("reduce_mean", {{"x", sum.input({5, 70, 600})}, {"axes", llvm::ArrayRef<int64_t>(axis)}, {"keep_dims", true}}));
    Sample most(GetParam(), 9);
    most.expectClose(most.op("reduce_max", {{"x", most.input({5, 70, 600})}, {"axes", llvm::ArrayRef<int64_t>(axis)}}), /*extremes=*/true);
  }
  Sample window(GetParam(), 11);
  window.expectClose(window.op("local_response_norm", {{"x", window.input({2, 21, 50, 47})}, {"size", 5}}));
  Sample p(GetParam(), 10);
  p.expectClose(
      p.op("layer_norm", {{"x", p.input({3, 40, 100})}, {"axes", {-1}}, {"gamma", p.constant({100})}, {"beta", p.constant({100})}}));
}

TEST_P(FastShapesTest, Moves) {
  for (llvm::ArrayRef<int64_t> perm : {Dims{0, 2, 1, 3}, Dims{3, 1, 0, 2}, Dims{2, 3, 0, 1}, Dims{0, 1, 3, 2}}) {
    Sample p(GetParam(), 13);
    p.expectClose(p.op("transpose", {{"x", p.input({3, 70, 5, 130})}, {"perm", perm}}));
  }
  for (int64_t axis : {0, 1, 2}) {
    Sample p(GetParam(), 14);
    Dims first{3, 50, 300}, second = first;
    second[size_t(axis)] = 7;
    p.expectClose(p.op("concat", {{"values", {p.input(first), p.input(second)}}, {"axis", axis}}));
  }
}

// What no rounding excuses: NaN, infinities, signs of zeros.
TEST_P(FastShapesTest, ExtremesOfElements) {
  for (const char *op :
       {"abs",   "acos",  "asin",    "atan", "atanh", "ceil", "cos",  "cosh",     "erf",      "exp",  "exp2",   "floor", "relu",
        "relu6", "round", "sigmoid", "sign", "silu",  "sin",  "sinh", "softplus", "softsign", "sqrt", "square", "tan",   "tanh"}) {
    Sample p(GetParam(), 11);
    p.expectClose(p.op(op, {{"x", p.input({3, 333})}}), /*extremes=*/true);
  }
  for (const char *op : {"add", "floor_div", "maximum", "minimum", "mod", "mul", "pow", "real_div", "sub"})
    for (bool swap : {false, true}) {
      Sample p(GetParam(), 12);
      Value *x = p.input({3, 1, 40}), *y = p.op("abs", {{"x", p.input({3, 20, 40})}});
      p.expectClose(p.op(op, {{"x", swap ? y : x}, {"y", swap ? x : y}}), /*extremes=*/true);
    }
}

INSTANTIATE_TEST_SUITE_P(Types, FastShapesTest, testing::Values(DType::Float16, DType::Float32),
                         [](const testing::TestParamInfo<DType> &info) { return name(info.param).str(); });

} // namespace
