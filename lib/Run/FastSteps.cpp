// Steps that fast kernels compute.

#include "Execution.h"
#include "mil/Run/DiagnosticKinds.h"
#include "llvm/Support/MathExtras.h"

using namespace mil;

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
