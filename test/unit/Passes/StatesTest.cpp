// A decoder whose caches are inputs and outputs, fed back step by step, and the one that io_to_state makes of it: both compute attention
// over all tokens so far.
#include "mil/Pass/PassManager.h"
#include "mil/Passes/AllPasses.h"
#include "mil/Run/Executable.h"
#include "mil/Text/Parser.h"
#include <cmath>
#include <fmt/format.h>
#include <gtest/gtest.h>

using namespace mil;

namespace {

constexpr int64_t steps = 64, width = 4;

std::string decoder() {
  std::string places;
  for (int64_t i = 0; i < steps; ++i)
    places += (i ? ", " : "") + std::to_string(i);
  return fmt::format(R"(program(1.3)
{{
    func main<ios18>(tensor<fp16, [64, 4]> keys, tensor<int32, [1]> position, tensor<fp16, [64, 4]> values, tensor<fp16, [1, 4]> x) {{
            tensor<int32, [1]> zero = const()[name = string("zero"), val = tensor<int32, [1]>([0])];
            tensor<int32, [1]> one = const()[name = string("one"), val = tensor<int32, [1]>([1])];
            tensor<int32, [1]> four = const()[name = string("four"), val = tensor<int32, [1]>([4])];
            tensor<int32, [1, 64]> places = const()[name = string("places"), val = tensor<int32, [1, 64]>([[{}]])];
            fp16 half = const()[name = string("half"), val = fp16(0x1p-1)];
            fp16 never = const()[name = string("never"), val = fp16(-0x1.388p+13)];
            int32 first = const()[name = string("first"), val = int32(0)];
            int32 last = const()[name = string("last"), val = int32(-1)];
            bool no = const()[name = string("no"), val = bool(false)];
            bool yes = const()[name = string("yes"), val = bool(true)];
            tensor<int32, [2]> begin = concat(axis = first, interleave = no, values = (position, zero))[name = string("begin")];
            tensor<int32, [1]> next = add(x = position, y = one)[name = string("next")];
            tensor<int32, [2]> end = concat(axis = first, interleave = no, values = (next, four))[name = string("end")];
            tensor<fp16, [1, 4]> value = mul(x = x, y = half)[name = string("value")];
            tensor<fp16, [64, 4]> new_keys = slice_update(begin = begin, end = end, update = x, x = keys)[name = string("new_keys")];
            tensor<fp16, [64, 4]> new_values = slice_update(begin = begin, end = end, update = value, x = values)[name = string("new_values")];
            tensor<fp16, [1, 64]> scores = matmul(transpose_x = no, transpose_y = yes, x = x, y = new_keys)[name = string("scores")];
            tensor<bool, [1, 64]> later = greater(x = places, y = position)[name = string("later")];
            tensor<fp16, [1, 64]> masked = select(a = never, b = scores, cond = later)[name = string("masked")];
            tensor<fp16, [1, 64]> weights = softmax(axis = last, x = masked)[name = string("weights")];
            tensor<fp16, [1, 4]> y = matmul(transpose_x = no, transpose_y = no, x = weights, y = new_values)[name = string("y")];
        }} -> (y, new_keys, new_values);
}}
)",
                     places);
}

/// The token of a step: multiples of 1/8, which fp16 holds.
double token(int64_t step, int64_t column) { return double((step * 7 + column * 3) % 13 - 6) / 8; }

/// Attention of a step over all steps until then, written down once more.
std::vector<double> attention(int64_t step) {
  std::vector<double> result(width);
  double sum = 0;
  for (int64_t other = 0; other <= step; ++other) {
    double score = 0;
    for (int64_t column = 0; column < width; ++column)
      score += token(step, column) * token(other, column);
    sum += std::exp(score);
    for (int64_t column = 0; column < width; ++column)
      result[size_t(column)] += std::exp(score) * token(other, column) / 2;
  }
  for (double &value : result)
    value /= sum;
  return result;
}

TEST(StatesTest, ADecoderWithACacheOverManySteps) {
  Context context;
  DiagnosticEngine diags;
  std::string text = decoder();
  Result<std::unique_ptr<Program>> plain = parseProgram(text, 0, context, diags), held = parseProgram(text, 0, context, diags);
  ASSERT_TRUE(plain && held);
  PassManager manager(allPasses());
  ASSERT_TRUE(manager.add({{"io_to_state", {}}}, diags));
  Result<bool> changed = manager.run(**held, diags);
  ASSERT_TRUE(changed && *changed);
  Result<std::unique_ptr<Executable>> fedBack = Executable::make(*(*plain)->function("main"), diags);
  Result<std::unique_ptr<Executable>> stateful = Executable::make(*(*held)->function("main"), diags);
  ASSERT_TRUE(fedBack && stateful);
  ASSERT_EQ((*stateful)->states().size(), 2u);

  States states = (*stateful)->newStates(), none;
  NamedValues inputs{{"keys", Tensor(DType::Float16, {steps, width})}, {"values", Tensor(DType::Float16, {steps, width})}};
  for (int64_t step = 0; step < steps; ++step) {
    Tensor x(DType::Float16, {1, width});
    for (int64_t column = 0; column < width; ++column)
      x.write(column, llvm::ArrayRef<double>{token(step, column)});
    NamedValues own{{"position", Tensor::vector(DType::Int32, {step})}, {"x", x}};
    inputs["position"] = own["position"], inputs["x"] = x;
    Result<NamedValues> first = (*fedBack)->run(inputs, none, diags), second = (*stateful)->run(own, states, diags);
    ASSERT_TRUE(first && second);
    std::vector<double> expected = attention(step);
    for (int64_t column = 0; column < width; ++column) {
      double value = first->find("y")->second.tensor()->number(column);
      EXPECT_NEAR(value, expected[size_t(column)], 2e-3) << "step " << step;
      EXPECT_EQ(value, second->find("y")->second.tensor()->number(column)) << "step " << step;
    }
    inputs["keys"] = first->find("new_keys")->second, inputs["values"] = first->find("new_values")->second;
  }
}

} // namespace
