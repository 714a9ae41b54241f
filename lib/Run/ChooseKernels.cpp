// Asking the sources of fast kernels for a kernel, of one step or of several.

#include "Execution.h"
#include "mil/Ops/Infer.h"
#include "mil/Support/Work.h"
#include <deque>

using namespace mil;

static constexpr size_t longestChain = 8;

namespace mil {

/// The calls of a query under construction, in which only constants are held.
struct Execution::CallChain {
  std::vector<PlanStep *> steps;
  std::vector<const Args *> args; ///< the steps' own, or copies with the types that a dynamic step would have
  std::deque<Args> copies;
  std::vector<llvm::SmallVector<Type, 1>> results;

  void add(PlanStep &step, const Args &call) {
    llvm::SmallVector<Type, 1> types;
    for (size_t i = 0; i < call.resultCount(); ++i)
      types.push_back(call.resultType(i));
    steps.push_back(&step);
    args.push_back(&call);
    results.push_back(std::move(types));
  }
  /// The type of a value that one of the calls computes; null for others.
  const Type *typeOf(const Value *value) const {
    for (size_t i = 0; i < steps.size(); ++i)
      if (value && value->definingOp() == steps[i]->op)
        return &results[i][0];
    return nullptr;
  }
};

} // namespace mil

/// Whether the kernel, or its absence, was determined for what the steps now have: `results` are the types of the step's own ones.
bool Execution::isRightKernel(const PlanStep &step, llvm::ArrayRef<Type> results) const {
  const FastStep *fast = step.fast.get();
  if (!fast || (!step.isStatic && results != llvm::ArrayRef(fast->ownResults)))
    return false;
  for (const FastStep::Assumed &assumed : fast->assumed) {
    const Tensor *tensor = values[assumed.slot].tensor();
    if (bool(tensor) != bool(assumed.dims) || (tensor && tensor->dims() != llvm::ArrayRef(*assumed.dims)))
      return false;
  }
  // Another kernel, which computed an argument of a covered step early, may have been replaced.
  return fast->covered.empty() || llvm::all_of(fast->inputs, [&](const ValueSource &source) {
           return source.kind != ValueSource::Kind::Slot || values[source.slot];
         });
}

void Execution::dropKernel(BlockPlan &block, size_t at) {
  PlanStep &step = block.steps[at];
  if (!step.fast)
    return;
  for (uint32_t other : step.fast->covered)
    block.steps[other].isCovered = false;
  step.fast->covered.clear();
  step.fast->choice = {};
}

void Execution::dropKernels(BlockPlan &block) {
  for (PlanStep &step : block.steps) {
    step.fast.reset();
    step.isCovered = false;
    for (BlockPlan &nested : step.blocks)
      dropKernels(nested);
  }
}

static void holdConstants(Args &args, llvm::ArrayRef<ValueSource> sources) {
  for (auto [bound, source] : llvm::zip(args.bindings(), sources))
    if (source.kind == ValueSource::Kind::Slot)
      bound.held = nullptr;
}

static bool allStatic(llvm::ArrayRef<Type> types) {
  return llvm::all_of(types, [](Type type) { return type.isTensor() && type.hasStaticShape(); });
}

/// The step of an operation in this block, if a kernel of another step may compute it.
static PlanStep *fusibleStep(BlockPlan &block, const Operation *op) {
  auto found = block.stepOf.find(op);
  PlanStep *step = found == block.stepOf.end() ? nullptr : &block.steps[found->second];
  return step && step->kind == PlanStep::Kind::Compute && !step->isCovered && !step->args->version().effects ? step : nullptr;
}

/// The same of the operation that alone reads the only result of another one.
static PlanStep *readerOf(BlockPlan &block, const Operation &op) {
  if (op.resultCount() != 1 || !op.result()->hasOneUse() || !op.result()->firstUse()->user())
    return nullptr;
  return fusibleStep(block, op.result()->firstUse()->user());
}

/// The call of a step that follows those in a chain, with its constants; null if its types aren't known, or if an argument, `missing`,
/// isn't there before the chain runs.
const Args *Execution::callAfter(CallChain &chain, PlanStep &step, const Value *&missing) {
  work::count();
  Args &call = step.isStatic ? *step.args : chain.copies.emplace_back(*step.args);
  call.setRunning(options.precision == Precision::Declared ? DType::Invalid : DType::Float32, UINT64_MAX, nullptr);
  for (auto [bound, source] : llvm::zip(call.bindings(), step.sources)) {
    if (source.kind == ValueSource::Kind::None)
      continue;
    const Type *computed = chain.typeOf(bound.value);
    bound.held = computed ? nullptr : find(source);
    if (!computed && !bound.held) {
      missing = bound.value;
      return nullptr;
    }
    if (!step.isStatic)
      bound.type = computed ? *computed : typeOf(*bound.held, bound.type);
  }
  if (!step.isStatic) {
    Inferred inferred = inferTypes(call);
    if (inferred.outcome != Inferred::Outcome::Known || inferred.types.size() != 1 || !allStatic(inferred.types))
      return nullptr;
    call.setResultTypes(inferred.types);
  }
  holdConstants(call, step.sources);
  return &call;
}

/// Adds the step that alone reads the result of the last one, and before it the step that computes another of its arguments, if that isn't
/// there before the chain runs and nothing else reads it. False if there is none that can be fused.
bool Execution::extend(BlockPlan &block, CallChain &chain) {
  PlanStep *next = readerOf(block, *chain.steps.back()->op);
  if (!next)
    return false;
  auto add = [&](PlanStep &step, const Args &call) {
    dropKernel(block, size_t(&step - block.steps.data())); // of other shapes, with which it wasn't covered
    step.fast.reset();
    chain.add(step, call);
  };
  const Value *missing = nullptr;
  const Args *call = callAfter(chain, *next, missing);
  if (!call && missing) {
    PlanStep *other = fusibleStep(block, missing->definingOp());
    const Args *before = other && readerOf(block, *other->op) == next ? callAfter(chain, *other, missing) : nullptr;
    if (!before)
      return false;
    add(*other, *before);
    call = callAfter(chain, *next, missing);
  }
  if (!call)
    return false;
  add(*next, *call);
  return true;
}

/// Notes the shapes that the types of a step depend on.
void Execution::assume(FastStep &fast, const PlanStep &step) const {
  if (step.isStatic)
    return;
  for (const ValueSource &source : step.sources)
    if (source.kind == ValueSource::Kind::Slot) {
      const Tensor *tensor = values[source.slot].tensor();
      fast.assumed.push_back({source.slot, tensor ? std::optional(Dims(tensor->dims())) : std::nullopt});
    }
}

/// Leaves the arguments of the steps that it looks at without the values in slots.
void Execution::chooseKernel(BlockPlan &block, size_t at) {
  PlanStep &first = block.steps[at];
  dropKernel(block, at);
  first.fast = std::make_unique<FastStep>();
  FastStep &fast = *first.fast;
  CallChain chain;
  chain.add(first, *first.args);
  if (!first.isStatic)
    fast.ownResults = chain.results[0];
  if (first.args->version().effects)
    return;

  work::count();
  holdConstants(*first.args, first.sources);
  if (!allStatic(chain.results[0]))
    return;
  if (!observer && options.precision != Precision::Exact)
    while (chain.steps.size() < longestChain && extend(block, chain)) {
    }
  for (const PlanStep *step : chain.steps)
    assume(fast, *step);

  llvm::SmallVector<KernelCall, longestChain> calls;
  for (size_t i = 0; i < chain.steps.size(); ++i)
    calls.push_back({chain.steps[i]->op, chain.args[i], chain.results[i], options.precision});
  for (KernelSource source : kernelSources(options.precision))
    if ((fast.choice = source({calls, threads})))
      break;
  if (fast.choice)
    cover(block, fast, chain);
}

/// Makes the kernel that was chosen compute the steps that it covers.
void Execution::cover(BlockPlan &block, FastStep &fast, const CallChain &chain) {
  for (size_t i = 1; i < fast.choice.covers; ++i) {
    PlanStep &step = *chain.steps[i];
    step.isCovered = true;
    fast.covered.push_back(uint32_t(&step - block.steps.data()));
  }
  fast.results = chain.results[fast.choice.covers - 1];
  if (!chain.copies.empty()) // later, the steps won't tell
    fast.work = workOf(llvm::ArrayRef(chain.args).take_front(fast.choice.covers));
  for (const KernelChoice::Input &input : fast.choice.inputs) {
    const PlanStep &step = *chain.steps[input.call];
    fast.inputs.push_back(step.sources[step.args->indexOf(input.parameter) + input.binding]);
  }
}

OperationCost Execution::workOf(llvm::ArrayRef<const Args *> calls) {
  OperationCost work;
  for (const Args *call : calls) {
    OperationCost each = mil::costOf(*call);
    work.flops += each.flops, work.bytes += each.bytes;
    if (call != calls.back()) { // neither written nor read
      Type between = call->resultType(0);
      work.bytes -= 2 * double(*between.elementCount()) * bitWidth(between.dtype()) / 8;
    }
  }
  return work;
}

void Execution::countWork(const BlockPlan &block, const PlanStep &step, RunCosts::Step &into) {
  if (!step.args)
    return;
  OperationCost work;
  if (step.fast && step.fast->choice && step.fast->work) {
    work = *step.fast->work;
  } else {
    std::vector<const Args *> calls{&*step.args};
    if (step.fast && step.fast->choice)
      for (uint32_t covered : step.fast->covered)
        calls.push_back(&*block.steps[covered].args);
    work = workOf(calls);
  }
  into.flops += work.flops, into.bytes += work.bytes;
}
