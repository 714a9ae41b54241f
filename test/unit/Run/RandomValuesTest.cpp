// Random inputs and weights: in the range that the operations which use them require.
#include "mil/Run/Inputs.h"
#include "mil/Run/RandomWeights.h"
#include "mil/Text/Parser.h"
#include <gmock/gmock.h>

using namespace mil;

namespace {

class RandomValuesTest : public testing::Test {
protected:
  Context context;
  DiagnosticEngine diags;
  Model model;
  std::string text;

  /// A runner of a function with these parameters, body and output; null after a complaint.
  std::unique_ptr<ModelRunner> runner(const std::string &parameters, const std::string &body, bool givesWeights = false) {
    text = "program(1.3) { func main<ios18>(" + parameters + ") {" + body + "} -> (y); }";
    Result<std::unique_ptr<Program>> parsed = parseProgram(text, diags.sources().add("test.mil", text), context, diags);
    if (!parsed)
      return nullptr;
    model.program = std::move(*parsed);
    if (givesWeights)
      giveRandomWeights(model, 1);
    Result<std::unique_ptr<ModelRunner>> made = ModelRunner::make(model, "", diags, {});
    return made ? std::move(*made) : nullptr;
  }
  static std::vector<double> numbers(const RuntimeValue &value) {
    std::vector<double> result(size_t(value.tensor()->count()));
    value.tensor()->read(0, llvm::MutableArrayRef(result));
    return result;
  }
  std::string complaints() {
    std::string all;
    for (const Diagnostic &diagnostic : diags.diagnostics())
      all += diagnostic.message + "\n";
    return all;
  }
};

TEST_F(RandomValuesTest, IndicesAreInRange) {
  struct Case {
    const char *parameters, *body;
    int limit; ///< of the elements of `i`
  };
  const Case cases[] = {
      {"tensor<int32, [200]> i, tensor<fp32, [9, 2]> x",
       "tensor<fp32, [200, 2]> y = gather(x = x, indices = i, axis = int32(0), batch_dims = int32(0), validate_indices = bool(false));", 9},
      {"tensor<int32, [200, 2]> i, tensor<fp32, [9, 7]> x",
       "tensor<fp32, [200]> y = gather_nd(x = x, indices = i, batch_dims = int32(0), validate_indices = bool(false));", 7},
      {"tensor<int32, [3, 200]> i, tensor<fp32, [3, 9]> x",
       "tensor<fp32, [3, 200]> y = gather_along_axis(x = x, indices = i, axis = int32(-1), validate_indices = bool(false));", 9},
      {"tensor<int32, [200]> i, tensor<fp32, [9]> x",
       "tensor<fp32, [200]> u = cast(x = i, dtype = string(\"fp32\"));"
       "tensor<fp32, [9]> y = scatter(data = x, indices = i, updates = u, axis = int32(0), mode = string(\"add\"), validate_indices = "
       "bool(false));",
       9},
      {"tensor<int32, [200]> i",
       "tensor<fp32, [200, 9]> y = one_hot(indices = i, one_hot_vector_size = int32(9), axis = int32(-1), on_value = fp32(1), off_value = "
       "fp32(0));",
       9},
      // As a position in a table from 2 on.
      {"tensor<int32, [200]> i, tensor<fp32, [9, 2]> x",
       "tensor<int32, [200]> p = add(x = i, y = int32(2));"
       "tensor<fp32, [200, 2]> y = gather(x = x, indices = p, axis = int32(0), batch_dims = int32(0), validate_indices = bool(false));",
       7},
      // Behind the guard of converters against negative indices.
      {"tensor<int32, [200]> i, tensor<fp32, [9, 2]> x",
       "tensor<bool, [200]> legal = greater_equal(x = i, y = int32(0));"
       "tensor<int32, [2]> s = shape(x = x);"
       "int32 size = slice_by_index(x = s, begin = tensor<int32, [1]>([0]), end = tensor<int32, [1]>([1]), squeeze_mask = tensor<bool, "
       "[1]>([true]));"
       "tensor<int32, [200]> shifted = add(x = i, y = size);"
       "tensor<int32, [200]> p = select(cond = legal, a = i, b = shifted);"
       "tensor<fp32, [200, 2]> y = gather(x = x, indices = p, axis = int32(0), batch_dims = int32(0), validate_indices = bool(false));",
       9},
      // As numbers of a tuple.
      {"tensor<int32, [200]> i, tensor<int32, [200]> j, tensor<fp32, [5, 9]> x",
       "tensor<int32, [200, 2]> p = stack(values = (i, j), axis = int32(1));"
       "tensor<fp32, [200]> y = gather_nd(x = x, indices = p, batch_dims = int32(0), validate_indices = bool(false));",
       5},
  };
  for (const Case &each : cases) {
    std::unique_ptr<ModelRunner> made = runner(each.parameters, each.body);
    ASSERT_TRUE(made) << each.body << complaints();
    Result<NamedValues> inputs = randomInputs(*made, 0, diags);
    ASSERT_TRUE(inputs) << complaints();
    std::vector<double> drawn = numbers((*inputs)["i"]);
    EXPECT_THAT(drawn, testing::Each(testing::AllOf(testing::Ge(0), testing::Lt(each.limit)))) << each.body;
    EXPECT_THAT(drawn, testing::Contains(each.limit - 1)) << each.body;
    States states = made->newStates();
    EXPECT_TRUE(made->run(*inputs, states, diags)) << each.body << complaints();
  }
}

TEST_F(RandomValuesTest, InputsOfLogarithmsAreNotNegative) {
  std::unique_ptr<ModelRunner> made =
      runner("tensor<fp32, [64]> power, tensor<fp32, [64]> other", "tensor<fp32, [64]> more = add(x = power, y = fp32(0x1p-10));"
                                                                   "tensor<fp32, [64]> logarithm = log(x = more);"
                                                                   "tensor<fp32, [64]> y = add(x = logarithm, y = other);");
  ASSERT_TRUE(made) << complaints();
  Result<NamedValues> inputs = randomInputs(*made, 0, diags);
  ASSERT_TRUE(inputs) << complaints();
  EXPECT_THAT(numbers((*inputs)["power"]), testing::Each(testing::Ge(0)));
  EXPECT_THAT(numbers((*inputs)["other"]), testing::Contains(testing::Lt(0)));
}

TEST_F(RandomValuesTest, WeightsOfLogarithmsAreNotNegative) {
  const char *body = "tensor<fp32, [8, 64]> filters = const()[val = tensor<fp32, [8, 64]>(BLOBFILE(path = "
                     "string(\"@model_path/weights/weight.bin\"), offset = uint64(64)))];"
                     "tensor<fp32, [64, 4]> power = square(x = sound);"
                     "tensor<fp32, [8, 4]> mel = matmul(x = filters, y = power);"
                     "tensor<fp32, [8, 4]> more = add(x = mel, y = fp32(0x1p-20));"
                     "tensor<fp32, [8, 4]> y = log(x = more);";
  std::unique_ptr<ModelRunner> made = runner("tensor<fp32, [64, 4]> sound", body, true);
  ASSERT_TRUE(made) << complaints();
  Result<NamedValues> inputs = randomInputs(*made, 0, diags);
  ASSERT_TRUE(inputs) << complaints();
  States states = made->newStates();
  Result<NamedValues> outputs = made->run(*inputs, states, diags);
  ASSERT_TRUE(outputs) << complaints();
  EXPECT_THAT(numbers((*outputs)["y"]), testing::Each(testing::Gt(-20)));
}

} // namespace
