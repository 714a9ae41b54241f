// What functions are unified into computes what they did, by running both: random programs with changed weights, and a cache of keys at
// several lengths over several steps.
#include "mil/Link/Unify.h"
#include "Ops/RandomCalls.h"
#include "RandomPrograms.h"
#include "mil/Diff/Diff.h"
#include "mil/IR/Cloning.h"
#include "mil/Link/Bind.h"
#include "mil/Pass/PassManager.h"
#include "mil/Passes/AllPasses.h"
#include "mil/Run/Executable.h"
#include "mil/Text/Parser.h"
#include <cstring>
#include <fmt/format.h>
#include <gtest/gtest.h>

using namespace mil;
using namespace mil::test;

namespace {

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

/// What a run gives: outputs by name, and what states hold at the end.
struct Outcome {
  NamedValues outputs;
  States states;
};

bool identical(const Tensor &a, const Tensor &b) { return a.dtype() == b.dtype() && a.dims() == b.dims() && a.bytes() == b.bytes(); }

struct UnifyTest : testing::Test {
  Context context;
  DiagnosticEngine diags;

  /// Runs a function, from states that are given; nullopt when it can't be run.
  std::optional<Outcome> run(const Function &function, const NamedValues &inputs, States states,
                             Precision precision = Precision::Declared) {
    DiagnosticEngine quiet;
    Result<std::unique_ptr<Executable>> executable = Executable::make(function, quiet, {.precision = precision, .threads = 1});
    if (!executable)
      return std::nullopt;
    Result<NamedValues> outputs = (*executable)->run(inputs, states, quiet);
    if (!outputs)
      return std::nullopt;
    return Outcome{std::move(*outputs), std::move(states)};
  }

  static Tensor random(Type type, Dice &dice) {
    Tensor::Dims dims(type.dims().begin(), type.dims().end());
    for (int64_t &dim : dims)
      dim = dim < 0 ? 3 : dim;
    Tensor values(type.dtype(), dims);
    for (int64_t i = 0; i < values.count(); ++i)
      values.write(i, llvm::ArrayRef<double>{double(int(dice.below(17)) - 8) / (isFloat(type.dtype()) ? 4 : 2)});
    return values;
  }
  /// Random inputs and states of a function.
  static Outcome randomInputs(const Function &function, Dice &dice) {
    Outcome given;
    for (const Value *input : function.inputs())
      if (std::string name = input->name().str().str(); input->type().isState())
        given.states.insert_or_assign(name, random(input->type().element(), dice));
      else
        given.outputs[name] = random(input->type(), dice);
    return given;
  }
  /// Whether all outputs and states of one run are those of the other, bit by bit; the first that isn't.
  static std::string firstApart(const Outcome &before, const Outcome &after) {
    for (const auto &[name, value] : before.outputs) {
      auto found = after.outputs.find(name);
      if (value.tensor() &&
          (found == after.outputs.end() || !found->second.tensor() || !identical(*value.tensor(), *found->second.tensor())))
        return name;
    }
    for (const auto &[name, value] : before.states)
      if (auto found = after.states.find(name); found == after.states.end() || !identical(value, found->second))
        return name;
    return "";
  }

  Status runPasses(Model &model, llvm::StringRef passes) {
    Result<PassList> list = parsePasses(passes, allPasses(), diags);
    PassManager manager(allPasses());
    if (!list || !manager.add(*list, diags) || !manager.run(model, diags))
      return failure();
    return success();
  }

  std::string lastMessage() const { return diags.diagnostics().empty() ? "" : diags.diagnostics().back().message; }
};

// ---- Weights ----------------------------------------------------------------

/// Other values for the floating-point constants that no rule of an operation requires to be constant.
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
      bool takesAny = version && (use.user()->is("linear") || use.user()->is("layer_norm") || use.user()->is("conv"));
      for (const Argument &argument : version ? use.user()->arguments() : llvm::ArrayRef<Argument>())
        for (const Operand &binding : argument.bindings())
          if (&binding == &use) {
            const Parameter *parameter = version->parameter(argument.name);
            takesAny = parameter && (!parameter->constant || (takesAny && (argument.name == "weight" || argument.name == "bias")));
          }
      isFree &= takesAny && !use.user()->is("conv_transpose");
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

/// Whether an operation was written in others, so that fp16 results are rounded once more.
bool isWrittenApart(const Function &function) {
  bool found = false;
  std::as_const(function.body()).walk([&](const Operation &op) {
    llvm::StringRef name = op.opName();
    found |= name.ends_with("_unbiased") || name.ends_with("_unscaled") || name.ends_with("_product");
  });
  return found;
}

TEST_F(UnifyTest, RandomProgramsWithOtherWeights) {
  constexpr size_t wanted = 200;
  size_t unified = 0, exact = 0, bound = 0;
  for (uint64_t seed = 1; seed <= 20 * wanted && unified < wanted; ++seed) {
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
    if (!one || one->adapters.empty()) // gamma of an odd layer_norm, dtype rules of matmul; weights that no output depends on
      continue;
    const Function &made = *one->model->program->function("main");
    bool isApart = isWrittenApart(made), isCompared = true;
    for (size_t i = 0; i < 2 && isCompared; ++i) {
      const Function &source = *opened.model->program->function(names[i]);
      Outcome given = randomInputs(source, dice);
      NamedValues all = given.outputs;
      for (const NamedArray &array : one->adapters[i].arrays)
        all[array.name] = *Tensor::fromLiteral(*array.value, 1 << 20, nullptr);
      for (Precision precision : {Precision::Declared, Precision::Exact}) {
        std::optional<Outcome> before = run(source, given.outputs, given.states, precision);
        std::optional<Outcome> after = run(made, all, given.states, precision);
        EXPECT_EQ(bool(before), bool(after)) << "seed " << seed;
        isCompared = before && after;
        // fp16 sums with a bias are rounded once more where they are written apart, but not where nothing is rounded.
        if (isCompared && (precision == Precision::Exact || !isApart))
          EXPECT_EQ(firstApart(*before, *after), "") << "seed " << seed << ", function " << names[i];
      }
    }
    if (!isCompared)
      continue;
    ++unified;
    exact += !isApart;

    // Binding gives each function again.
    for (size_t i = 0; i < 2; ++i) {
      OpenedModel source = openedFrom(std::make_unique<Program>(context), "source.mil");
      cloneFunction(*opened.model->program->function(names[i]), *source.model->program, context.intern("main"));
      source.model->description->functions.clear();
      source.model->description->main = describeFunction(*source.model->program->function("main"));
      ASSERT_TRUE(runPasses(*source.model, "dead_code_elimination")) << lastMessage();
      OpenedModel back;
      back.model = std::make_unique<Model>();
      back.model->specificationVersion = source.model->specificationVersion;
      back.model->program = std::make_unique<Program>(context);
      cloneFunction(made, *back.model->program, context.intern("main"));
      back.model->description = one->model->description;
      ASSERT_TRUE(bindModel(back, one->adapters[i].arrays, diags)) << "seed " << seed << ": " << lastMessage();
      Result<ModelDifference> difference = diffModels(*source.model, *back.model, diags, {.ignoreNames = true});
      ASSERT_TRUE(difference);
      size_t differing = 0;
      for (const FunctionDifference &each : difference->functions)
        differing += each.interface.size() + each.operations.size() + each.constants.size();
      EXPECT_EQ(differing, 0u) << "seed " << seed << ", function " << names[i];
      ++bound;
    }
  }
  EXPECT_EQ(unified, wanted);
  EXPECT_GT(exact, wanted / 2);
  EXPECT_EQ(bound, 2 * wanted);
}

// ---- Sizes ------------------------------------------------------------------

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
      std::optional<Outcome> before = run(source, given, state), after = run(made, given, whole);
      ASSERT_TRUE(before && after);
      state = before->states, whole = after->states;
      before->states.clear();
      EXPECT_EQ(firstApart(*before, *after), "") << "length " << size << ", step " << step;
      for (int64_t at = 0; at < 16; ++at)
        EXPECT_EQ(whole.at("cache").number(at), at < 2 * size ? state.at("cache").number(at) : double(at));
    }
  }
}

// ---- Random programs of several sizes ---------------------------------------

/// A random program over matrices [n, 4], with constants of all kinds that converters make of a size: the same operations for each `n`.
class SizedProgram {
public:
  SizedProgram(Context &context, uint64_t seed, int64_t n) : model(context, Opset::IOS17), f(model.function("main")), dice(seed), n(n) {
    type = dice.oneIn(2) ? DType::Float32 : DType::Float16;
    for (size_t i = 0, count = 1 + dice.below(2); i < count; ++i)
      pool.push_back(f.input("x" + std::to_string(i), type, {n, 4}));
    for (size_t i = 0, count = 3 + dice.below(6); i < count; ++i)
      step();
    f.output(pool.back(), "y");
  }

  OpenedModel finish(DiagnosticEngine &diags) {
    OpenedModel opened;
    opened.path = "sized.mil";
    if (Result<std::unique_ptr<Model>> made = model.finish(diags))
      opened.model = std::move(*made);
    return opened;
  }

private:
  Value *any() { return pool[dice.below(pool.size())]; }
  /// A constant whose element at a place doesn't depend on `n`.
  Value *table(DType element, llvm::ArrayRef<int64_t> dims, llvm::function_ref<double(int64_t row, int64_t column)> value) {
    Tensor values(element, dims);
    int64_t columns = dims.size() > 1 ? dims[1] : 1;
    for (int64_t i = 0; i < values.count(); ++i)
      values.write(i, llvm::ArrayRef<double>{value(i / columns, i % columns)});
    return f.constant("table", values.toLiteral(f.context(), Type::tensor(f.context(), element, dims)));
  }
  Value *number(double value) { return f.constant("number", Literal::number(f.context(), type, value)); }
  Value *op(llvm::StringRef name, std::initializer_list<GivenArgument> arguments) { return f.op(name, arguments); }

  void step() {
    Value *x = any(), *y = any(), *made = nullptr;
    int salt = int(dice.below(7));
    switch (dice.below(13)) {
    case 0: // a table of positions
      made = op("add", {{"x", x}, {"y", table(type, {n, 4}, [&](int64_t i, int64_t k) { return double((i * 3 + k + salt) % 5); })}});
      break;
    case 1: { // attention under a causal mask
      Value *scores = op("matmul", {{"x", x}, {"y", y}, {"transpose_y", true}});
      scores = op("mul", {{"x", scores}, {"y", number(0.5)}});
      scores = op("add", {{"x", scores}, {"y", table(type, {n, n}, [](int64_t i, int64_t k) { return k <= i ? 0.0 : -1000.0; })}});
      made = op("matmul", {{"x", op("softmax", {{"x", scores}, {"axis", -1}})}, {"y", y}});
      break;
    }
    case 2: // flat, and back
      made = op("relu", {{"x", op("reshape", {{"x", x}, {"shape", Given(std::vector<int64_t>{4 * n})}})}});
      made = op("reshape", {{"x", made}, {"shape", Given(std::vector<int64_t>{n, 4})}});
      break;
    case 3: // a mean, by a factor that is 1/n
      made = op("reduce_sum", {{"x", x}, {"axes", {0}}, {"keep_dims", true}});
      made = op("sub", {{"x", x}, {"y", op("mul", {{"x", made}, {"y", number(1.0 / double(n))}})}});
      break;
    case 4:
      made = op("fill", {{"shape", Given(std::vector<int64_t>{n, 4})}, {"value", number(salt)}});
      made = op("add", {{"x", x}, {"y", made}});
      break;
    case 5: {
      Value *row = table(type, {1, 4}, [&](int64_t, int64_t k) { return double(k + salt); });
      made = op("mul", {{"x", x}, {"y", op("tile", {{"x", row}, {"reps", Given(std::vector<int64_t>{n, 1})}})}});
      break;
    }
    case 6: { // the first row moved to the end
      Value *first = op("slice_by_index", {{"x", x}, {"begin", {0, 0}}, {"end", {1, 4}}});
      Value *rest = op("slice_by_index", {{"x", x}, {"begin", {1, 0}}, {"end", Given(std::vector<int64_t>{n, 4})}});
      made = op("concat", {{"values", Given(std::vector<Value *>{rest, first})}, {"axis", 0}, {"interleave", false}});
      break;
    }
    case 7: { // the second half of twice as much
      Value *both = op("concat", {{"values", Given(std::vector<Value *>{x, y})}, {"axis", 0}, {"interleave", false}});
      made =
          op("slice_by_index", {{"x", both}, {"begin", Given(std::vector<int64_t>{n, 0})}, {"end", Given(std::vector<int64_t>{2 * n, 4})}});
      break;
    }
    case 8: // heads
      made = op("reshape", {{"x", x}, {"shape", Given(std::vector<int64_t>{n, 2, 2})}});
      made = op("transpose", {{"x", made}, {"perm", {1, 0, 2}}});
      made = op("tanh", {{"x", made}});
      made = op("transpose", {{"x", made}, {"perm", {1, 0, 2}}});
      made = op("reshape", {{"x", made}, {"shape", Given(std::vector<int64_t>{n, 4})}});
      break;
    case 9: // positions
      made = op("range_1d", {{"start", 0}, {"end", n}, {"step", 1}});
      made = op("reshape", {{"x", op("cast", {{"x", made}, {"dtype", type == DType::Float16 ? "fp16" : "fp32"}})},
                            {"shape", Given(std::vector<int64_t>{n, 1})}});
      made = op("add", {{"x", x}, {"y", made}});
      break;
    case 10: // all but the last row, and one more
      made = op("slice_by_index", {{"x", x}, {"begin", {0, 0}}, {"end", Given(std::vector<int64_t>{n - 1, 4})}});
      made = op("concat",
                {{"values", Given(std::vector<Value *>{table(type, {1, 4}, [&](int64_t, int64_t k) { return double(k - salt); }), made})},
                 {"axis", 0},
                 {"interleave", false}});
      break;
    case 11: // rows by positions that are a constant
      made = op("gather", {{"x", x}, {"indices", table(DType::Int32, {n}, [](int64_t i, int64_t) { return double(i / 2); })}, {"axis", 0}});
      break;
    default:
      made = op(dice.oneIn(2) ? "add" : "maximum", {{"x", x}, {"y", y}});
    }
    if (made)
      pool.push_back(made);
  }

  ModelBuilder model;
  FunctionBuilder f;
  Dice dice;
  int64_t n;
  DType type;
  std::vector<Value *> pool;
};

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
      Outcome given = randomInputs(source, dice);
      std::optional<Outcome> before = run(source, given.outputs, {}), after = run(made, given.outputs, {});
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
