// A function that is unified from others with other weights computes what they did: both are run, for random programs.
#include "RandomPrograms.h"
#include "UnifyFixture.h"
#include "mil/Diff/Diff.h"
#include "mil/IR/Cloning.h"
#include "mil/Link/Bind.h"

using namespace mil;
using namespace mil::test;

namespace {

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

class UnifiedPrograms : public UnifyTest {
protected:
  /// Whether both functions run on random inputs; if so, their outputs have to be the same.
  bool computesTheSame(const Function &source, const Function &made, llvm::ArrayRef<NamedArray> adapter, Dice &dice) {
    RunOutcome given = randomInputs(source, dice);
    NamedValues all = given.outputs;
    for (const NamedArray &array : adapter)
      all[array.name] = *Tensor::fromLiteral(*array.value, 1 << 20, nullptr);
    for (Precision precision : {Precision::Declared, Precision::Exact}) {
      std::optional<RunOutcome> before = run(source, given.outputs, given.states, precision);
      std::optional<RunOutcome> after = run(made, all, given.states, precision);
      EXPECT_EQ(bool(before), bool(after));
      if (!before || !after)
        return false;
      // fp16 sums with a bias are rounded once more where they are written apart, but not where nothing is rounded.
      if (precision == Precision::Exact || !isWrittenApart(made))
        EXPECT_EQ(firstApart(*before, *after), "") << "function " << source.name().str().str();
    }
    return true;
  }

  /// Binding gives the function again.
  void expectBoundIs(const Function &function, const UnifiedModel &one, llvm::ArrayRef<NamedArray> adapter) {
    OpenedModel source = openedFrom(std::make_unique<Program>(context), "source.mil");
    cloneFunction(function, *source.model->program, context.intern("main"));
    source.model->description->functions.clear();
    source.model->description->main = describeFunction(*source.model->program->function("main"));
    ASSERT_TRUE(runPasses(*source.model, "dead_code_elimination")) << lastMessage();
    OpenedModel back;
    back.model = std::make_unique<Model>();
    back.model->specificationVersion = source.model->specificationVersion;
    back.model->program = std::make_unique<Program>(context);
    cloneFunction(*one.model->program->function("main"), *back.model->program, context.intern("main"));
    back.model->description = one.model->description;
    ASSERT_TRUE(bindModel(back, adapter, diags)) << lastMessage();
    Result<ModelDifference> difference = diffModels(*source.model, *back.model, diags, {.ignoreNames = true});
    ASSERT_TRUE(difference);
    for (const FunctionDifference &each : difference->functions)
      EXPECT_EQ(each.interface.size() + each.operations.size() + each.constants.size(), 0u) << "function " << function.name().str().str();
  }
};

TEST_F(UnifiedPrograms, RandomWithOtherWeights) {
  constexpr size_t wanted = 200;
  size_t unified = 0, exact = 0;
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
    SCOPED_TRACE("seed " + std::to_string(seed));
    const Function &made = *one->model->program->function("main");
    const Program &sources = *opened.model->program;
    if (!computesTheSame(*sources.function(names[0]), made, one->adapters[0].arrays, dice) ||
        !computesTheSame(*sources.function(names[1]), made, one->adapters[1].arrays, dice))
      continue;
    ++unified;
    exact += !isWrittenApart(made);
    for (size_t i = 0; i < 2; ++i)
      expectBoundIs(*sources.function(names[i]), *one, one->adapters[i].arrays);
    ASSERT_FALSE(HasFatalFailure());
  }
  EXPECT_EQ(unified, wanted);
  EXPECT_GT(exact, wanted / 2);
}

} // namespace
