// A function that is unified from others of several sizes computes what they did: both are run, for a cache of keys at several lengths over
// several steps, and for random programs.
#include "SizedProgram.h"
#include "UnifyFixture.h"
#include "mil/IR/Cloning.h"
#include "mil/Text/Parser.h"
#include <fmt/format.h>

using namespace mil;
using namespace mil::test;

namespace {

/// One head of attention over a cache of `context` keys: a mask and positions that are constants, an update at a position, sizes in
/// constants.
std::string attention(int context) {
  std::string table, mask;
  for (int row = 0; row < context; ++row) {
    table += fmt::format("{}[{}.0, {}.0]", row ? ", " : "", row % 3, 1 - row % 2);
    mask += (row ? ", [" : "[");
    for (int column = 0; column < context; ++column)
      mask += fmt::format("{}{}.0", column ? ", " : "", column <= row ? 0 : -100);
    mask += "]";
  }
  return fmt::format(R"(program(1.3)
{{
    func main<ios18>(state<tensor<fp16, [{0}, 2]>> cache, tensor<int32, [1]> position, tensor<fp16, [1, {0}]> scores, tensor<fp16, [1, 2]> x) {{
            tensor<fp16, [{0}, 2]> table = const()[name = string("table"), val = tensor<fp16, [{0}, 2]>([{1}])];
            tensor<fp16, [{0}, {0}]> mask = const()[name = string("mask"), val = tensor<fp16, [{0}, {0}]>([{2}])];
            int32 zero = const()[name = string("zero"), val = int32(0)];
            bool no = const()[name = string("no"), val = bool(false)];
            bool yes = const()[name = string("yes"), val = bool(true)];
            tensor<fp16, [1, 2]> place = gather(axis = zero, batch_dims = zero, indices = position, validate_indices = no, x = table)[name = string("place")];
            tensor<fp16, [1, 2]> key = add(x = x, y = place)[name = string("key")];
            tensor<fp16, [{0}, 2]> before = read_state(input = cache)[name = string("before")];
            tensor<int32, [1]> nought = const()[name = string("nought"), val = tensor<int32, [1]>([0])];
            tensor<int32, [1]> one = const()[name = string("one"), val = tensor<int32, [1]>([1])];
            tensor<int32, [1]> two = const()[name = string("two"), val = tensor<int32, [1]>([2])];
            tensor<int32, [1]> next = add(x = position, y = one)[name = string("next")];
            tensor<int32, [2]> begin = concat(axis = zero, interleave = no, values = (position, nought))[name = string("begin")];
            tensor<int32, [2]> end = concat(axis = zero, interleave = no, values = (next, two))[name = string("end")];
            tensor<fp16, [{0}, 2]> after = slice_update(begin = begin, end = end, update = key, x = before)[name = string("after")];
            write_state(data = after, input = cache);
            tensor<fp16, [{0}, 2]> keys = read_state(input = cache)[name = string("keys")];
            tensor<fp16, [1, {0}]> row = gather(axis = zero, batch_dims = zero, indices = position, validate_indices = no, x = mask)[name = string("row")];
            tensor<fp16, [1, {0}]> product = matmul(transpose_x = no, transpose_y = yes, x = x, y = keys)[name = string("product")];
            tensor<fp16, [1, {0}]> masked = add(x = product, y = row)[name = string("masked")];
            tensor<fp16, [1, {0}]> all = add(x = masked, y = scores)[name = string("all")];
            int32 last = const()[name = string("last"), val = int32(-1)];
            tensor<fp16, [1, {0}]> weight = softmax(axis = last, x = all)[name = string("weight")];
            fp16 share = const()[name = string("share"), val = fp16({3})];
            tensor<fp16, [1, {0}]> shared = mul(x = weight, y = share)[name = string("shared")];
            tensor<int32, [1]> shape = const()[name = string("shape"), val = tensor<int32, [1]>([{0}])];
            tensor<fp16, [{0}]> flat = reshape(shape = shape, x = shared)[name = string("flat")];
            tensor<int32, [1]> reps = const()[name = string("reps"), val = tensor<int32, [1]>([{0}])];
            tensor<fp16, [1]> half = const()[name = string("half"), val = tensor<fp16, [1]>([0x1p-1])];
            tensor<fp16, [{0}]> halves = tile(reps = reps, x = half)[name = string("halves")];
            tensor<fp16, [{0}]> y = add(x = flat, y = halves)[name = string("y")];
            tensor<fp16, [1, 2]> z = matmul(transpose_x = no, transpose_y = no, x = shared, y = keys)[name = string("z")];
        }} -> (y, z);
}}
)",
                     context, table, mask, 1.0 / context);
}

TEST_F(UnifyTest, CachesOfSeveralLengthsStepByStep) {
  const std::vector<int64_t> contexts{4, 2, 8};
  std::vector<std::unique_ptr<OpenedModel>> models;
  std::vector<MergeInput> inputs;
  for (int64_t size : contexts) {
    Result<std::unique_ptr<Program>> program = parseProgram(attention(int(size)), 0, context, diags);
    ASSERT_TRUE(program) << lastMessage();
    models.push_back(std::make_unique<OpenedModel>(openedFrom(std::move(*program), "attention.mil")));
    inputs.push_back({models.back().get(), "", "length_" + std::to_string(size)});
  }
  Result<UnifiedModel> one = unifyModels(inputs, {}, context, diags);
  ASSERT_TRUE(one) << lastMessage();
  const Function &made = *one->model->program->function("main");
  ASSERT_EQ(one->shapes.size(), 1u);
  EXPECT_EQ(one->shapes[0].input, "scores");
  EXPECT_EQ(one->shapes[0].shapes, (std::vector<std::vector<int64_t>>{{1, 4}, {1, 2}, {1, 8}}));
  for (size_t i = 0; i < contexts.size(); ++i) {
    int64_t size = contexts[i];
    const Function &source = *models[i]->model->program->functions().front();
    auto numbers = [](DType type, Tensor::Dims dims, auto element) {
      Tensor tensor(type, dims);
      for (int64_t at = 0; at < tensor.count(); ++at)
        tensor.write(at, llvm::ArrayRef<double>{double(element(at))});
      return tensor;
    };
    auto same = [](int64_t at) { return double(at); };
    States state, whole;
    state.emplace("cache", numbers(DType::Float16, {size, 2}, same));
    whole.emplace("cache", numbers(DType::Float16, {8, 2}, same)); // the elements after the first ones are kept
    for (int64_t step = 0; step < size; ++step) {
      NamedValues given;
      given["position"] = numbers(DType::Int32, {1}, [&](int64_t) { return step; });
      given["scores"] = numbers(DType::Float16, {1, size}, [&](int64_t at) { return double((at + step) % 3) / 4; });
      given["x"] = numbers(DType::Float16, {1, 2}, [&](int64_t at) { return double(step + at) / 8; });
      std::optional<RunOutcome> before = run(source, given, state), after = run(made, given, whole);
      ASSERT_TRUE(before && after);
      state = before->states, whole = after->states;
      before->states.clear();
      EXPECT_EQ(firstApart(*before, *after), "") << "length " << size << ", step " << step;
      for (int64_t at = 0; at < 16; ++at)
        EXPECT_EQ(whole.at("cache").number(at), at < 2 * size ? state.at("cache").number(at) : double(at));
    }
  }
}

std::map<std::string, size_t> operationCounts(const Function &function) {
  std::map<std::string, size_t> counts;
  std::as_const(function.body()).walk([&](const Operation &op) {
    if (!op.is("const"))
      ++counts[op.type().str().str()];
  });
  return counts;
}

TEST_F(UnifyTest, RandomProgramsOfSeveralSizes) {
  constexpr size_t wanted = 200;
  size_t unified = 0, materialized = 0;
  for (uint64_t seed = 1; seed <= wanted; ++seed) {
    const int64_t sizes[] = {5, 3, 8};
    std::vector<OpenedModel> models;
    for (int64_t n : sizes)
      models.push_back(SizedProgram(context, seed, n).finish(diags));
    std::vector<MergeInput> inputs;
    for (auto [model, n] : llvm::zip(models, sizes)) {
      ASSERT_TRUE(model.model) << "seed " << seed << ": " << lastMessage();
      inputs.push_back({&model, "", "size_" + std::to_string(n)});
    }
    Result<UnifiedModel> one = unifyModels(inputs, {}, context, diags);
    ASSERT_TRUE(one) << "seed " << seed << ": " << lastMessage();
    ++unified;
    const Function &made = *one->model->program->function("main");
    Dice dice(seed);
    for (auto [model, n] : llvm::zip(models, sizes)) {
      const Function &source = *model.model->program->function("main");
      RunOutcome given = randomInputs(source, dice);
      std::optional<RunOutcome> before = run(source, given.outputs, {}), after = run(made, given.outputs, {});
      ASSERT_TRUE(before && after) << "seed " << seed << ", size " << n;
      EXPECT_EQ(firstApart(*before, *after), "") << "seed " << seed << ", size " << n;

      // With its size given, the function is the source again.
      Model fixed;
      fixed.specificationVersion = one->model->specificationVersion;
      fixed.program = std::make_unique<Program>(context);
      cloneFunction(made, *fixed.program, context.intern("main"));
      fixed.description = one->model->description;
      std::string shapes;
      for (const Value *input : source.inputs())
        shapes += (shapes.empty() ? "" : ",") + fmt::format("{}:{}x4", input->name().str().str(), n);
      ASSERT_TRUE(runPasses(fixed, "materialize_symbolic_shape_program{inputs=" + shapes + "},const_elimination,dead_code_elimination"))
          << lastMessage();
      ASSERT_TRUE(runPasses(*model.model, "const_elimination,dead_code_elimination")) << lastMessage();
      const Function &back = *fixed.program->function("main");
      for (const Operand &output : back.outputs())
        EXPECT_TRUE(output.type().hasStaticShape()) << "seed " << seed << ", size " << n;
      EXPECT_EQ(operationCounts(back), operationCounts(source)) << "seed " << seed << ", size " << n;
      std::as_const(back.body()).walk([&](const Operation &op) {
        for (const Value &result : op.results())
          EXPECT_TRUE(result.type().hasStaticShape()) << "seed " << seed << ", size " << n << ", " << op.describe();
      });
      after = run(back, given.outputs, {});
      ASSERT_TRUE(after);
      EXPECT_EQ(firstApart(*before, *after), "") << "seed " << seed << ", size " << n;
      ++materialized;
    }
  }
  EXPECT_EQ(unified, wanted);
  EXPECT_EQ(materialized, 3 * wanted);
}

} // namespace
