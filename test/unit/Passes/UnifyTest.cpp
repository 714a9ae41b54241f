// What functions are unified into computes what they did, by running both: random programs with changed weights, and a cache of keys at
// several lengths over several steps.
#include "mil/Link/Unify.h"
#include "Ops/RandomCalls.h"
#include "RandomPrograms.h"
#include "mil/IR/Cloning.h"
#include "mil/Link/Bind.h"
#include "mil/Pass/PassManager.h"
#include "mil/Passes/AllPasses.h"
#include "mil/Run/Executable.h"
#include "mil/Text/Parser.h"
#include "mil/Text/Printer.h"
#include <cmath>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <map>

using namespace mil;
using namespace mil::test;

namespace {

using Values = std::map<std::string, Tensor, std::less<>>;

/// A model around functions of a program.
OpenedModel openedFrom(std::unique_ptr<Program> program, const std::string &path) {
  OpenedModel opened;
  opened.path = path;
  opened.model = std::make_unique<Model>();
  opened.model->program = std::move(program);
  ModelDescription &description = opened.model->description.emplace();
  for (const Function *function : opened.model->program->functions()) {
    description.functions.push_back(describeFunction(*function));
    description.functions.back().name = function->name().str().str();
  }
  return opened;
}

struct UnifyTest : testing::Test {
  Context context;
  DiagnosticEngine diags;

  static Tensor tensor(DType type, llvm::ArrayRef<int64_t> dims, llvm::function_ref<double(int64_t)> element) {
    Tensor values(type, dims);
    for (int64_t i = 0; i < values.count(); ++i)
      values.write(i, llvm::ArrayRef<double>{element(i)});
    return values;
  }

  /// Runs a function on inputs, and states, by name; the outputs, and what states hold at the end, by name. Empty when it can't be run.
  Values run(const Function &function, const Values &given) {
    RunOptions options;
    options.threads = 1, options.fastKernels = false;
    Result<std::unique_ptr<Executable>> executable = Executable::make(function, diags, options);
    if (!executable)
      return {};
    NamedValues inputs;
    States states;
    for (const Port &port : (*executable)->inputs())
      if (auto value = given.find(port.name); value != given.end())
        inputs[port.name] = value->second;
    for (const Port &port : (*executable)->states())
      if (auto value = given.find(port.name); value != given.end())
        states.insert_or_assign(port.name, value->second);
    Result<NamedValues> outputs = (*executable)->run(inputs, states, diags);
    if (!outputs)
      return {};
    Values results(states.begin(), states.end());
    for (const auto &[name, value] : *outputs)
      results.insert_or_assign(name, *value.tensor());
    return results;
  }

  std::string lastMessage() const { return diags.diagnostics().empty() ? "" : diags.diagnostics().back().message; }
};

bool identical(const Tensor &a, const Tensor &b) {
  if (a.dims() != b.dims() || a.dtype() != b.dtype())
    return false;
  for (int64_t i = 0; i < a.count(); ++i) {
    double x = a.number(i), y = b.number(i);
    if (x != y && !(std::isnan(x) && std::isnan(y)))
      return false;
  }
  return true;
}

// ---- Weights ----------------------------------------------------------------

/// Other values for the floating-point constants that no rule of an operation asks to be constant.
size_t changeWeights(Function &function, Dice &dice) {
  size_t changed = 0;
  std::vector<Operation *> constants;
  function.body().walk([&](Operation &op) {
    const Literal *value = op.constantValue();
    if (value && value->isTensor() && isFloat(value->type().dtype()) && value->type().dtype() != DType::BFloat16 && dice.oneIn(2))
      constants.push_back(&op);
  });
  for (Operation *op : constants) {
    bool isFree = op->result()->hasUses();
    for (const Operand &use : op->result()->uses()) {
      const OpVersion *version = use.user() ? versionOf(*use.user()) : nullptr;
      bool takesAny = version && (use.user()->is("linear") || use.user()->is("layer_norm"));
      for (const Argument &argument : version ? use.user()->arguments() : llvm::ArrayRef<Argument>())
        for (const Operand &binding : argument.bindings())
          if (&binding == &use) {
            const Parameter *parameter = version->parameter(argument.name);
            takesAny = parameter && (!parameter->constant || (takesAny && (argument.name == "weight" || argument.name == "bias")));
          }
      isFree &= takesAny && !use.user()->is("conv") && !use.user()->is("conv_transpose");
    }
    if (!isFree)
      continue;
    Tensor tensor = *Tensor::fromLiteral(*op->constantValue(), 1 << 20, nullptr);
    for (int64_t i = 0; i < tensor.count(); ++i)
      tensor.write(i, llvm::ArrayRef<double>{double(int(dice.below(64)) - 32) / 16});
    op->setAttribute(function.program().context().intern("val"), tensor.toLiteral(function.program().context(), op->result()->type()));
    ++changed;
  }
  return changed;
}

/// Whether a function has an operation of a type.
bool hasOperation(const Function &function, llvm::StringRef type) {
  bool found = false;
  std::as_const(function.body()).walk([&](const Operation &op) { found |= op.is(type); });
  return found;
}

TEST_F(UnifyTest, RandomProgramsWithOtherWeights) {
  size_t unified = 0, compared = 0, bound = 0;
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    std::string why;
    std::unique_ptr<Model> model = randomModel(context, seed, 12, why);
    if (!model || model->program->functions().empty())
      continue;
    Function &first = *model->program->functions().front();
    Function &second = *cloneFunction(first, *model->program, context.intern("other"));
    for (Function *function : llvm::SmallVector<Function *>(model->program->functions()))
      if (function != &first && function != &second)
        model->program->eraseFunction(function);
    Dice dice(seed);
    if (!changeWeights(second, dice))
      continue;
    std::string names[] = {first.name().str().str(), "other"};
    OpenedModel opened = openedFrom(std::move(model->program), "random.mil");
    MergeInput input{&opened};
    Result<UnifiedModel> one = unifyModels(input, {}, context, diags);
    if (!one) // gamma of an odd layer_norm, dtype rules of matmul
      continue;
    ++unified;
    const Function &made = *one->model->program->function("main");
    for (size_t i = 0; i < 2; ++i) {
      const Function &source = *opened.model->program->function(names[i]);
      Values inputs;
      for (const Value *each : source.inputs()) {
        Type type = each->type().isState() ? each->type().element() : each->type();
        llvm::SmallVector<int64_t, 6> dims(type.dims().begin(), type.dims().end());
        for (int64_t &dim : dims)
          dim = dim < 0 ? 3 : dim;
        inputs.insert_or_assign(each->name().str().str(),
                                tensor(type.dtype(), dims, [&](int64_t) { return double(int(dice.below(5)) - 2); }));
      }
      Values before = run(source, inputs);
      if (!one->adapters.empty())
        for (const NamedArray &array : one->adapters[i].arrays)
          inputs.insert_or_assign(array.name, *Tensor::fromLiteral(*array.value, 1 << 20, &diags));
      Values after = run(made, inputs);
      if (before.empty() || after.empty())
        continue;
      ++compared;
      bool isExact = !hasOperation(source, "linear") && !hasOperation(source, "layer_norm");
      for (auto &[name, value] : before)
        if (isExact)
          EXPECT_TRUE(after.count(name) && identical(value, after.at(name))) << "seed " << seed << ", output " << name;
    }
    // Binding gives the second function again.
    if (one->adapters.empty())
      continue;
    OpenedModel back;
    back.path = "one.mil";
    back.model = std::move(one->model);
    ASSERT_TRUE(bindModel(back, one->adapters[1].arrays, diags)) << "seed " << seed << ": " << lastMessage();
    EXPECT_EQ(back.model->program->function("main")->inputs().size(), second.inputs().size()) << "seed " << seed;
    ++bound;
  }
  EXPECT_GT(unified, 60u);
  EXPECT_GT(compared, 80u);
  EXPECT_GT(bound, 60u);
}

// ---- Sizes ------------------------------------------------------------------

/// One head of attention over a cache of `context` keys: a mask and positions that are constants, an update at a position, sizes in constants.
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
    Tensor state = tensor(DType::Float16, {size, 2}, [](int64_t at) { return at; });
    Tensor whole = tensor(DType::Float16, {8, 2}, [](int64_t at) { return at; }); // what lies behind the beginning stays
    for (int64_t step = 0; step < size; ++step) {
      Values common{{"position", tensor(DType::Int32, {1}, [&](int64_t) { return double(step); })},
                    {"scores", tensor(DType::Float16, {1, size}, [&](int64_t at) { return double((at + step) % 3) / 4; })},
                    {"x", tensor(DType::Float16, {1, 2}, [&](int64_t at) { return double(step + at) / 8; })}};
      Values before = common, after = common;
      before.insert_or_assign("cache", state), after.insert_or_assign("cache", whole);
      before = run(source, before), after = run(made, after);
      ASSERT_FALSE(before.empty());
      ASSERT_FALSE(after.empty());
      for (const char *name : {"y", "z"})
        EXPECT_TRUE(identical(before.at(name), after.at(name))) << name << " of length " << size << ", step " << step;
      state = before.at("cache"), whole = after.at("cache");
      for (int64_t at = 0; at < 16; ++at)
        EXPECT_EQ(whole.number(at), at < 2 * size ? state.number(at) : double(at));
    }
  }
}

} // namespace
