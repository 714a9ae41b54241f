// Steps that fast kernels compute: asking for kernels, and running them.

#include "Execution.h"
#include "mil/Ops/Infer.h"
#include "mil/Run/DiagnosticKinds.h"
#include "mil/Support/Work.h"
#include "llvm/Support/MathExtras.h"
#include <deque>

using namespace mil;

static constexpr size_t longestChain = 8;

/// Whether the kernel, or its absence, was determined for the current types of the arguments.
bool Execution::isRightKernel(const PlanStep &step) const {
  if (!step.fast)
    return false;
  if (step.isStatic)
    return true;
  llvm::ArrayRef<Arg::Bound> bindings = step.args->bindings();
  for (size_t i = 0; i < bindings.size(); ++i)
    if (bindings[i].type != step.fast->types[i])
      return false;
  return step.fast->types.size() == bindings.size();
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

namespace {

/// A chain of calls under construction, in which only constants are held.
struct Chain {
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
};

} // namespace

static void holdConstants(Args &args, llvm::ArrayRef<ValueSource> sources) {
  for (auto [bound, source] : llvm::zip(args.bindings(), sources))
    if (source.kind == ValueSource::Kind::Slot)
      bound.held = nullptr;
}

/// The work of calls that one kernel computes.
static OperationCost workOf(llvm::ArrayRef<const Args *> calls) {
  OperationCost work;
  for (const Args *call : calls) {
    OperationCost each = costOf(*call);
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

static bool allStatic(llvm::ArrayRef<Type> types) {
  return llvm::all_of(types, [](Type type) { return type.isTensor() && type.hasStaticShape(); });
}

/// The step that alone reads the result of the last one in a chain, if it can be fused; its constants are held already, in `args`.
PlanStep *Execution::readerOf(BlockPlan &block, const Operation &last, Type result, std::deque<Args> &copies, const Args *&args) {
  if (last.resultCount() != 1 || !last.result()->hasOneUse() || !last.result()->firstUse()->user())
    return nullptr;
  auto found = block.stepOf.find(last.result()->firstUse()->user());
  PlanStep *next = found == block.stepOf.end() ? nullptr : &block.steps[found->second];
  if (!next || next->kind != PlanStep::Kind::Compute || next->isCovered || next->args->version().effects)
    return nullptr;
  work::count();
  Args &call = next->isStatic ? *next->args : copies.emplace_back(*next->args);
  call.setRunning(options.precision == Precision::Declared ? DType::Invalid : DType::Float32, UINT64_MAX, nullptr);
  for (auto [bound, source] : llvm::zip(call.bindings(), next->sources)) {
    if (source.kind == ValueSource::Kind::None)
      continue;
    bool isLast = bound.value == last.result();
    bound.held = isLast ? nullptr : find(source);
    if (!isLast && !bound.held) // not there before the chain runs
      return nullptr;
    if (!next->isStatic)
      bound.type = isLast ? result : typeOf(*bound.held, bound.type);
  }
  if (!next->isStatic) {
    Inferred inferred = inferTypes(call);
    if (inferred.outcome != Inferred::Outcome::Known || inferred.types.size() != 1 || !allStatic(inferred.types))
      return nullptr;
    call.setResultTypes(inferred.types);
  }
  holdConstants(call, next->sources);
  args = &call;
  return next;
}

/// Leaves the arguments of the steps that it looks at without the values in slots.
void Execution::chooseKernel(BlockPlan &block, size_t at) {
  PlanStep &first = block.steps[at];
  dropKernel(block, at);
  first.fast = std::make_unique<FastStep>();
  for (const Arg::Bound &bound : first.args->bindings())
    first.fast->types.push_back(bound.type);
  if (first.args->version().effects)
    return;

  work::count();
  holdConstants(*first.args, first.sources);
  Chain chain;
  chain.add(first, *first.args);
  if (!allStatic(chain.results[0]))
    return;
  while (!observer && options.precision != Precision::Exact && chain.steps.size() < longestChain) {
    const Args *args = nullptr;
    PlanStep *next = readerOf(block, *chain.steps.back()->op, chain.results.back()[0], chain.copies, args);
    if (!next)
      break;
    chain.add(*next, *args);
  }

  llvm::SmallVector<KernelCall, longestChain> calls;
  for (size_t i = 0; i < chain.steps.size(); ++i)
    calls.push_back({chain.steps[i]->op, chain.args[i], chain.results[i], options.precision});
  FastStep &fast = *first.fast;
  for (KernelSource source : kernelSources(options.precision))
    if ((fast.choice = source({calls, threads})))
      break;
  if (!fast.choice)
    return;
  for (size_t i = 1; i < fast.choice.covers; ++i) {
    chain.steps[i]->isCovered = true;
    fast.covered.push_back(uint32_t(chain.steps[i] - block.steps.data()));
  }
  fast.results = chain.results[fast.choice.covers - 1];
  if (!chain.copies.empty()) // later, the steps won't tell
    fast.work = workOf(llvm::ArrayRef(chain.args).take_front(fast.choice.covers));
  for (const KernelChoice::Input &input : fast.choice.inputs) {
    const PlanStep &step = *chain.steps[input.call];
    fast.inputs.push_back(step.sources[step.args->indexOf(input.parameter) + input.binding]);
  }
}

/// The input of a step's kernel in whose memory the result may be, taken from its slot; nothing if somebody else needs it, or the kernel
/// doesn't want it.
std::optional<Tensor> Execution::takeInPlace(BlockPlan &block, size_t at) {
  PlanStep &step = block.steps[at];
  FastStep &fast = *step.fast;
  int from = fast.choice.inPlace;
  if (from < 0 || fast.inputs[size_t(from)].kind != ValueSource::Kind::Slot)
    return std::nullopt;
  uint32_t slot = fast.inputs[size_t(from)].slot;
  bool dies = llvm::is_contained(step.dying, slot) ||
              llvm::any_of(fast.covered, [&](uint32_t i) { return llvm::is_contained(block.steps[i].dying, slot); });
  bool once = llvm::count_if(fast.inputs, [&](const ValueSource &s) { return s.kind == ValueSource::Kind::Slot && s.slot == slot; }) == 1;
  Tensor *tensor = values[slot].tensor();
  uint64_t size = uint64_t(*fast.results[0].elementCount()) * (bitWidth(heldType(fast.results[0].dtype(), options.precision)) / 8);
  if (!dies || !once || tensor->byteCount() != size)
    return std::nullopt;
  leaveState(step, *tensor);
  if (!tensor->ownsMemory()) {
    keepUpdated(step, *tensor);
    return std::nullopt;
  }
  meter.remove(values[slot]);
  Tensor taken = std::move(*tensor);
  values[slot] = {};
  return taken;
}

/// The state that the next step writes what this one computes to lets go of its memory, if that is the tensor's.
void Execution::leaveState(const PlanStep &step, const Tensor &tensor) {
  Tensor *held = step.updates ? &states->find(plan.states[*step.updates].name)->second : nullptr;
  if (!held || held->memoryOwner() != tensor.memoryOwner())
    return;
  meter.remove(RuntimeValue(*held));
  *held = Tensor(tensor.dtype(), {0});
  meter.add(RuntimeValue(*held));
}

/// The reverse, with what has been computed.
void Execution::keepUpdated(const PlanStep &step, const Tensor &tensor) {
  Tensor *held = step.updates ? &states->find(plan.states[*step.updates].name)->second : nullptr;
  if (!held || held->count() != 0)
    return;
  meter.remove(RuntimeValue(*held));
  *held = tensor;
  meter.add(RuntimeValue(*held));
}

/// Where a constant, which is seen as this tensor, is in a weight file.
static Blob::FileRange rangeOf(const ValueSource &source, const Tensor &tensor) {
  const Blob *blob = source.kind == ValueSource::Kind::Literal && source.literal->isBlob() ? source.literal->blob() : nullptr;
  if (!blob || tensor.isInMemory() || !blob->memory().empty())
    return {};
  return blob->fileRange();
}

/// Nothing when the kernel can't compute these values: the reference will.
std::optional<bool> Execution::runKernel(BlockPlan &block, size_t at) {
  PlanStep &step = block.steps[at];
  FastStep &fast = *step.fast;
  PlanStep *last = fast.covered.empty() ? &step : &block.steps[fast.covered.back()];
  uint64_t bytes = llvm::SaturatingAdd(resultBytes(*last->args, fast.results, options.precision), fast.choice.scratchBytes);
  if (!checkMemory(*last, bytes))
    return false;

  llvm::SmallVector<const Tensor *, 4> inputs;
  llvm::SmallVector<Blob::FileRange, 4> files;
  for (const ValueSource &source : fast.inputs) {
    const RuntimeValue *value = find(source);
    if (!value || !value->tensor())
      return std::nullopt;
    inputs.push_back(value->tensor());
    if (options.runsOnce && !fast.hasRun)
      files.push_back(rangeOf(source, *value->tensor()));
  }
  fast.hasRun = true;
  llvm::SmallVector<Tensor, 1> results;
  std::optional<Tensor> borrowed; // the input whose memory the result takes
  if (std::optional<Tensor> taken = takeInPlace(block, at)) {
    borrowed = Tensor::over(taken->dtype(), taken->dims(), taken->bytes().data(), nullptr);
    inputs[size_t(fast.choice.inPlace)] = &*borrowed;
    results.push_back(std::move(*taken).retyped(heldType(fast.results[0].dtype(), options.precision), fast.results[0].dims()));
  }
  for (size_t i = results.size(); i < fast.results.size(); ++i) {
    DType type = heldType(fast.results[i].dtype(), options.precision);
    uint64_t size = uint64_t(*fast.results[i].elementCount()) * std::max(1u, bitWidth(type) / 8);
    std::shared_ptr<uint8_t> memory = pool->take(size);
    if (!memory)
      return std::nullopt;
    results.push_back(Tensor::in(type, fast.results[i].dims(), std::move(memory)));
  }
  std::shared_ptr<uint8_t> scratch = fast.choice.scratchBytes ? pool->take(fast.choice.scratchBytes) : nullptr;
  meter.note(fast.choice.scratchBytes);
  Kernel::Run run{inputs, results, {scratch.get(), fast.choice.scratchBytes}, threads, files};
  if ((fast.choice.scratchBytes && !scratch) || !fast.choice.kernel->run(run)) {
    dropKernel(block, at);
    if (!borrowed)
      return std::nullopt;
    keepUpdated(step, results[0]);
    // The reference can't tell why: what the input held has been written over.
    reportOn(*step.op, *diags, diag::NotComputed, step.op->type().str(), "its result is undefined for these values");
    return false;
  }
  if (borrowed)
    keepUpdated(step, results[0]);
  std::vector<RuntimeValue> settled;
  for (Tensor &result : results)
    settled.push_back(std::move(result));
  return settle(*last, std::move(settled));
}
