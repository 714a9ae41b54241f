#include "Execution.h"
#include "mil/Ops/Infer.h"
#include "mil/Run/DiagnosticKinds.h"
#include "mil/Support/Random.h"
#include "mil/Support/Work.h"
#include "mil/Tensor/Kernels.h"
#include "llvm/Support/MathExtras.h"
#include <chrono>

using namespace mil;

Execution::Execution(const Function &function, Plan planned, const RunOptions &options)
    : plan(std::move(planned)), options(options), context(function.program().context()), threads(options.threads),
      pool(std::make_shared<MemoryPool>()), meter(memoryLimit(options)), values(plan.slots) {}

// ---- Values -----------------------------------------------------------------

void Execution::put(uint32_t slot, RuntimeValue value) {
  meter.remove(values[slot]);
  meter.add(value);
  values[slot] = std::move(value);
}

void Execution::release(uint32_t slot) {
  meter.remove(values[slot]);
  values[slot] = {};
}

const RuntimeValue *Execution::find(const ValueSource &source) {
  switch (source.kind) {
  case ValueSource::Kind::None:
    return nullptr;
  case ValueSource::Kind::Slot:
    return values[source.slot] ? &values[source.slot] : nullptr;
  case ValueSource::Kind::Literal:
    return constants.of(*source.literal, *diags);
  case ValueSource::Kind::Decompressed:
    return constants.decompressed(*source.value, options.precision, *diags);
  }
  return nullptr;
}

/// The static type of what is held, with the element type that the program gives it.
Type Execution::typeOf(const RuntimeValue &value, Type declared) const {
  const Tensor *tensor = value.tensor();
  if (!tensor || !declared.isTensor() || (declared.hasRank() && declared.dims() == tensor->dims()))
    return declared;
  return Type::tensor(context, declared.dtype(), tensor->dims());
}

/// Converts a value to the type in which it is held; reports an error and returns false if it isn't of the program's type.
bool Execution::settle(RuntimeValue &value, Type type, const Operation *op, llvm::StringRef name) {
  Tensor *tensor = value.tensor();
  if (!type.isTensor() || !tensor)
    return true;
  Type held = Type::tensor(context, type.dtype(), tensor->dims());
  if (!agrees(type, held)) {
    Location where = op ? op->location() : Location();
    auto report = diags->report(where, diag::ValueDiffers, held.str(), name, type.str());
    if (op && !where.hasOffset())
      std::move(report).in(op->describe());
    return false;
  }
  DType wanted = heldType(type.dtype(), options.precision);
  if (tensor->dtype() != wanted)
    value = convert(*tensor, wanted);
  return true;
}

bool Execution::settle(PlanStep &step, std::vector<RuntimeValue> results) {
  const Operation &op = *step.op;
  for (unsigned round = 0; round < 2; ++round) {
    for (size_t i = 0; i < results.size(); ++i)
      if (!settle(results[i], op.result(i)->type(), &op, op.result(i)->name()))
        return false;
    if (!observer || round == 1)
      break;
    if (!observer->after(op, results))
      return false;
  }
  for (size_t i = 0; i < results.size(); ++i)
    put(step.firstResult + uint32_t(i), std::move(results[i]));
  return true;
}

// ---- Blocks -----------------------------------------------------------------

bool Execution::run(std::vector<RuntimeValue> inputs, States &runStates, std::vector<RuntimeValue> &outputs, DiagnosticEngine &runDiags,
                    RunObserver *runObserver, RunCosts *runCosts) {
  states = &runStates, diags = &runDiags, observer = runObserver, costs = runCosts;
  if (watched != (observer != nullptr)) {
    dropKernels(plan.body);
    watched = observer != nullptr;
  }
  for (const auto &[name, tensor] : runStates)
    meter.add(tensor);
  meter.resetPeak();
  draws = 0, costOf.clear();
  LoopThreads divided([this](size_t parts, llvm::function_ref<void(size_t)> work) { threads.parallel(parts, work); });
  bool done = runBlock(plan.body, std::move(inputs), outputs);
  if (options.progress)
    options.progress(plan.body.steps.size(), plan.body.steps.size());
  for (uint32_t slot = 0; slot < plan.slots; ++slot)
    if (values[slot])
      release(slot);
  for (const auto &[name, tensor] : runStates)
    meter.remove(tensor);
  if (costs)
    costs->peakBytes = meter.peakBytes();
  ++runs;
  return done;
}

bool Execution::runBlock(BlockPlan &block, std::vector<RuntimeValue> inputs, std::vector<RuntimeValue> &outputs) {
  for (size_t i = 0; i < block.inputs.size(); ++i) {
    if (!settle(inputs[i], block.inputValues[i]->type(), nullptr, block.inputValues[i]->name()))
      return false;
    if (observer)
      observer->entering(*block.inputValues[i], inputs[i]);
    put(block.inputs[i], std::move(inputs[i]));
  }
  inputs.clear();
  for (uint32_t slot : block.unread)
    release(slot);
  for (size_t i = 0; i < block.steps.size(); ++i) {
    if (options.progress && &block == &plan.body)
      options.progress(i, block.steps.size());
    if (options.cancelled && options.cancelled()) {
      diags->report({}, diag::RunCancelled);
      return false;
    }
    if (!block.steps[i].isCovered && !runStep(block, i))
      return false;
    for (uint32_t slot : block.steps[i].dying)
      release(slot);
  }
  size_t errors = diags->errorCount();
  for (const ValueSource &source : block.outputs) {
    const RuntimeValue *value = find(source);
    if (diags->errorCount() != errors)
      return false; // a constant can't be read
    outputs.push_back(value ? *value : RuntimeValue());
  }
  for (uint32_t slot : block.kept)
    release(slot);
  return true;
}

bool Execution::runStep(BlockPlan &block, size_t at) {
  PlanStep &step = block.steps[at];
  auto start = std::chrono::steady_clock::now();
  bool done = false;
  switch (step.kind) {
  case PlanStep::Kind::Compute:
    done = compute(block, at);
    break;
  case PlanStep::Kind::Custom:
    done = runCustom(step);
    break;
  case PlanStep::Kind::Cond:
    done = runCond(step);
    break;
  case PlanStep::Kind::Loop:
    done = runLoop(step);
    break;
  case PlanStep::Kind::ReadState:
  case PlanStep::Kind::WriteState:
    done = runState(step);
    break;
  }
  if (costs) {
    auto [entry, isNew] = costOf.try_emplace(step.op, costs->steps.size());
    if (isNew)
      costs->steps.push_back({.op = step.op});
    RunCosts::Step &cost = costs->steps[entry->second];
    cost.seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    ++cost.calls;
    cost.fast = step.fast && step.fast->choice;
    cost.covered = cost.fast ? unsigned(step.fast->choice.covers) : 1;
    if (costs->countWork)
      countWork(block, step, cost);
  }
  return done;
}

bool Execution::runCond(PlanStep &step) {
  const RuntimeValue *pred = find(step.sources[0]);
  const Tensor *chosen = pred ? pred->tensor() : nullptr;
  if (!chosen || chosen->count() != 1)
    return reportOn(*step.op, *diags, diag::NotComputed, "cond", "pred is not one bool"), false;
  std::vector<RuntimeValue> outputs;
  if (!runBlock(step.blocks[chosen->integer(0) ? 0 : 1], {}, outputs))
    return false;
  return settle(step, std::move(outputs));
}

bool Execution::runLoop(PlanStep &step) {
  std::vector<RuntimeValue> variables;
  for (const ValueSource &source : step.sources) {
    const RuntimeValue *value = find(source);
    variables.push_back(value ? *value : RuntimeValue());
  }
  for (uint64_t round = 0; round < options.maxIterations; ++round) {
    std::vector<RuntimeValue> condition;
    if (!runBlock(step.blocks[0], variables, condition))
      return false;
    const Tensor *goesOn = condition.size() == 1 ? condition[0].tensor() : nullptr;
    if (!goesOn || goesOn->count() != 1)
      return reportOn(*step.op, *diags, diag::NotComputed, "while_loop", "its condition is not one bool"), false;
    if (!goesOn->integer(0))
      return settle(step, std::move(variables));
    std::vector<RuntimeValue> next;
    if (!runBlock(step.blocks[1], std::move(variables), next))
      return false;
    variables = std::move(next);
  }
  reportOn(*step.op, *diags, diag::LoopTooLong, options.maxIterations);
  return false;
}

bool Execution::runState(PlanStep &step) {
  const Port &port = plan.states[step.state];
  Tensor &held = states->find(port.name)->second;
  if (step.kind == PlanStep::Kind::ReadState) {
    std::vector<RuntimeValue> results;
    results.push_back(held);
    return settle(step, std::move(results));
  }
  const RuntimeValue *data = find(step.sources[0]);
  RuntimeValue value = data ? *data : RuntimeValue();
  if (!value.tensor())
    return reportOn(*step.op, *diags, diag::NotComputed, "write_state", "it has no tensor to write"), false;
  if (!settle(value, port.type, step.op, port.name))
    return false;
  meter.remove(RuntimeValue(held));
  meter.add(value);
  held = *value.tensor();
  return true;
}

bool Execution::runCustom(PlanStep &step) {
  std::vector<RuntimeValue> arguments;
  for (const ValueSource &source : step.sources) {
    const RuntimeValue *value = find(source);
    arguments.push_back(value ? *value : RuntimeValue());
  }
  std::optional<std::vector<RuntimeValue>> results = options.custom.find(step.op->type().str())->second(*step.op, arguments);
  if (!results || results->size() != step.op->resultCount()) {
    reportOn(*step.op, *diags, diag::NotComputed, step.op->type().str(), "its kernel returned no results");
    return false;
  }
  return settle(step, std::move(*results));
}

// ---- Operations -------------------------------------------------------------

bool Execution::compute(BlockPlan &block, size_t at) {
  PlanStep &step = block.steps[at];
  if (!bind(step) || (!step.isStatic && !inferShapes(step)) || (step.checksValues && !checkValues(step)))
    return false;
  llvm::SmallVector<Type, 1> results;
  for (size_t i = 0; i < step.args->resultCount(); ++i)
    results.push_back(step.args->resultType(i));
  uint64_t bytes = resultBytes(*step.args, results, options.precision);
  if (!checkMemory(step, bytes))
    return false;
  if (options.fastKernels) {
    if (!isRightKernel(step, results)) {
      chooseKernel(block, at);
      if (!bind(step))
        return false;
    }
    if (step.fast->choice) {
      if (std::optional<bool> done = runKernel(block, at))
        return *done;
      dropKernel(block, at); // the steps that it covers are computed one by one
    }
  }
  uint64_t scratch = referenceScratch(*step.args, results);
  if (!checkMemory(step, llvm::SaturatingAdd(bytes, scratch)))
    return false;
  meter.note(bytes + scratch);
  return evaluate(step);
}

/// Lets the call see what its arguments hold.
bool Execution::bind(PlanStep &step) {
  Args &args = *step.args;
  DType floats = options.precision == Precision::Declared ? DType::Invalid
                 : options.precision == Precision::Fp32   ? DType::Float32
                                                          : DType::Float64;
  args.setRunning(floats, UINT64_MAX, diags);
  size_t errors = diags->errorCount();
  for (auto [bound, source] : llvm::zip(args.bindings(), step.sources)) {
    if (source.kind == ValueSource::Kind::None)
      continue;
    bound.held = find(source);
    if (!bound.held)
      return diags->errorCount() != errors
                 ? false
                 : (reportOn(*step.op, *diags, diag::NotComputed, step.op->type().str(), "an argument has no value"), false);
    if (!step.isStatic)
      bound.type = typeOf(*bound.held, bound.type);
  }
  return true;
}

bool Execution::inferShapes(PlanStep &step) {
  work::count();
  Inferred inferred = inferTypes(*step.args);
  if (inferred.outcome == Inferred::Outcome::Failed)
    return false;
  if (inferred.outcome == Inferred::Outcome::Unknown || inferred.types.size() != step.op->resultCount()) {
    inferred.types.clear();
    for (const Value &result : step.op->results())
      inferred.types.push_back(result.type());
  }
  step.args->setResultTypes(inferred.types);
  return true;
}

/// Holds begins, lengths and the like, of which planning knew no values, to the operation's rule.
bool Execution::checkValues(const PlanStep &step) { return inferTypes(*step.args).outcome != Inferred::Outcome::Failed; }

bool Execution::checkMemory(const PlanStep &step, uint64_t bytes) {
  if (meter.allows(bytes))
    return true;
  reportOn(*step.op, *diags, diag::TooMuchMemory, step.op->type().str(), bytes, meter.liveBytes(), meter.limitBytes());
  return false;
}

bool Execution::evaluate(PlanStep &step) {
  const OpVersion &version = step.args->version();
  if (version.effects)
    step.args->setSeed(mixBits(mixBits(options.seed + seedStep) ^ mixBits(runs + 1) ^ ++draws));
  size_t before = diags->errorCount();
  Folded evaluated = version.evaluate(*step.args);
  if (evaluated.values.size() != step.op->resultCount()) {
    if (diags->errorCount() == before)
      reportOn(*step.op, *diags, diag::NotComputed, step.op->type().str(), "its result is undefined for these values");
    return false;
  }
  return settle(step, {std::make_move_iterator(evaluated.values.begin()), std::make_move_iterator(evaluated.values.end())});
}
