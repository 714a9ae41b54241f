#include "Plan.h"
#include "mil/Ops/Infer.h"
#include "mil/Run/DiagnosticKinds.h"
#include "mil/Support/Work.h"
#include "llvm/ADT/DenseSet.h"

using namespace mil;

BlockPlan::BlockPlan() = default;
BlockPlan::BlockPlan(BlockPlan &&) = default;
BlockPlan &BlockPlan::operator=(BlockPlan &&) = default;
BlockPlan::~BlockPlan() = default;

namespace {

class Planner {
public:
  Planner(const Function &function, DiagnosticEngine &diags, const RunOptions &options)
      : function(function), diags(diags), options(options) {}

  Result<Plan> plan() {
    for (const Value *input : function.inputs())
      if (input->type().isState()) {
        stateOf[input] = uint32_t(plan_.states.size());
        plan_.states.push_back({input->name().str().str(), input->type().element()});
        plan_.stateValues.push_back(input);
      } else {
        plan_.inputs.push_back({input->name().str().str(), input->type()});
      }
    if (!planBlock(function.body(), plan_.body))
      return failure();
    for (const Operand &output : function.outputs())
      plan_.outputs.push_back({output.value() ? output.value()->name().str().str() : "", output.type()});
    plan_.slots = uint32_t(blockOfSlot.size());
    for (uint32_t slot = 0; slot < plan_.slots; ++slot)
      if (!isKept[slot])
        retire(slot);
    return std::move(plan_);
  }

private:
  uint32_t newSlot(const Value &value, uint32_t block) {
    uint32_t slot = uint32_t(blockOfSlot.size());
    slots[&value] = slot;
    blockOfSlot.push_back(block);
    lastUse.push_back(UINT32_MAX);
    isKept.push_back(false);
    return slot;
  }

  /// Empties a slot after its last reader, or after the step that computes it if there is none.
  void retire(uint32_t slot) {
    BlockPlan &block = *blocks[blockOfSlot[slot]];
    if (lastUse[slot] == UINT32_MAX)
      block.unread.push_back(slot);
    else
      block.steps[lastUse[slot]].dying.push_back(slot);
  }

  /// Where a value comes from; its reader is in the steps that are open.
  ValueSource sourceOf(const Value &value) {
    if (const Literal *literal = constantOf(&value))
      return {.kind = ValueSource::Kind::Literal, .literal = literal};
    if (value.definingOp() && decompressed.contains(value.definingOp()))
      return {.kind = ValueSource::Kind::Decompressed, .value = &value};
    auto found = slots.find(&value);
    if (found == slots.end())
      return {};
    lastUse[found->second] = openStep[blockOfSlot[found->second]];
    return {.kind = ValueSource::Kind::Slot, .slot = found->second};
  }
  ValueSource sourceOf(const Operand &operand) {
    if (operand.value())
      return sourceOf(*operand.value());
    return {.kind = ValueSource::Kind::Literal, .literal = operand.literal()};
  }

  /// Recursive on blocks, whose nesting readers bound (maxNesting).
  bool planBlock(const Block &block, BlockPlan &into) {
    uint32_t number = uint32_t(blocks.size());
    blocks.push_back(&into);
    openStep.push_back(0);
    for (const Value *input : block.inputs())
      if (!input->type().isState()) {
        into.inputs.push_back(newSlot(*input, number));
        into.inputValues.push_back(input);
      }
    size_t count = countSteps(block);
    into.steps.reserve(count); // steps stay where they are: plans of nested blocks are pointed to
    into.stepOf.reserve(unsigned(count));
    slots.reserve(unsigned(slots.size() + count));
    for (const Operation &op : block) {
      if (op.is("const") || decompressed.contains(&op))
        continue;
      openStep[number] = uint32_t(into.steps.size());
      into.stepOf[&op] = openStep[number];
      PlanStep &step = into.steps.emplace_back();
      step.op = &op;
      work::count();
      if (!planStep(step))
        return false;
      ++plan_.steps;
      step.firstResult = uint32_t(blockOfSlot.size());
      if (step.kind == PlanStep::Kind::WriteState && into.steps.size() > 1)
        noteUpdate(into.steps[into.steps.size() - 2], step);
      for (const Value &result : op.results()) {
        uint32_t slot = newSlot(result, number);
        lastUse[slot] = openStep[number];
      }
    }
    for (const Operand &output : const_cast<Block &>(block).outputs()) {
      ValueSource source = sourceOf(output);
      if (source.kind == ValueSource::Kind::Slot && blockOfSlot[source.slot] == number && !isKept[source.slot]) {
        isKept[source.slot] = true;
        into.kept.push_back(source.slot);
      }
      into.outputs.push_back(source);
    }
    return true;
  }

  /// The operations that have to be computed; notes those that decompress what is constant.
  size_t countSteps(const Block &block) {
    size_t count = 0;
    for (const Operation &op : block) {
      bool decompresses = op.isConstexpr() || op.is("dequantize");
      if (decompresses)
        op.forEachOperand([&](const Operand &operand) {
          const Operation *maker = operand.value() ? operand.value()->definingOp() : nullptr;
          decompresses &= constantOf(operand) || decompressed.contains(maker);
        });
      if (decompresses && op.resultCount())
        decompressed.insert(&op);
      else
        count += !op.is("const");
    }
    return count;
  }

  bool planStep(PlanStep &step) {
    const Operation &op = *step.op;
    if (options.custom.contains(op.type().str()))
      return planArguments(step, PlanStep::Kind::Custom);
    const OpVersion *version = versionOf(op);
    if (!version) {
      bool known = Catalogue::get().find(op.type());
      reportOn(op, diags, diag::NotComputed, op.type().str(), known ? "it was introduced in a later opset" : "it is not in the catalogue");
      return false;
    }
    std::optional<Args> args = Args::bind(op, *version, &diags);
    if (!args)
      return false;
    if (op.is("cond") || op.is("while_loop"))
      return planBlocks(step);
    if (op.is("read_state") || op.is("write_state"))
      return planState(step);
    if (!version->evaluate) {
      reportOn(op, diags, diag::NotComputed, op.type().str(), "its computation is unknown");
      return false;
    }
    return planCompute(step, std::move(*args));
  }

  bool planArguments(PlanStep &step, PlanStep::Kind kind) {
    step.kind = kind;
    step.op->forEachOperand([&](const Operand &operand) { step.sources.push_back(sourceOf(operand)); });
    return true;
  }

  bool planBlocks(PlanStep &step) {
    const Operation &op = *step.op;
    if (inferTypes(op, &diags).outcome == Inferred::Outcome::Failed ||
        !planArguments(step, op.is("cond") ? PlanStep::Kind::Cond : PlanStep::Kind::Loop))
      return false;
    step.blocks.resize(op.blocks().size());
    for (size_t i = 0; i < op.blocks().size(); ++i)
      if (!planBlock(*op.blocks()[i], step.blocks[i]))
        return false;
    return true;
  }

  bool planState(PlanStep &step) {
    const Operation &op = *step.op;
    auto found = stateOf.find(op.input("input"));
    if (found == stateOf.end()) {
      reportOn(op, diags, diag::NotComputed, op.type().str(), "it doesn't name a state of the function");
      return false;
    }
    step.state = found->second;
    step.kind = op.is("read_state") ? PlanStep::Kind::ReadState : PlanStep::Kind::WriteState;
    if (step.kind == PlanStep::Kind::ReadState)
      return true;
    step.sources.push_back(sourceOf(*op.operand("data")));
    return true;
  }

  static void noteUpdate(PlanStep &before, const PlanStep &write) {
    const ValueSource &data = write.sources[0];
    if (before.kind == PlanStep::Kind::Compute && data.kind == ValueSource::Kind::Slot && data.slot == before.firstResult)
      before.updates = write.state;
  }

  bool planCompute(PlanStep &step, Args args) {
    step.isStatic = true;
    for (Arg::Bound &bound : args.bindings()) {
      ValueSource source;
      if (bound.value && !bound.constant)
        source = sourceOf(*bound.value);
      else if (bound.constant && bound.constant->type().isTensor() && bitWidth(bound.constant->type().dtype()) != 0)
        source = {.kind = ValueSource::Kind::Literal, .literal = bound.constant};
      if (source.kind == ValueSource::Kind::Literal && source.literal->isBlob() && !source.literal->blob()) {
        reportOn(*step.op, diags, diag::WeightsMissing, source.literal->blobPath());
        return false;
      }
      step.isStatic &= bound.type.isTensor() && bound.type.hasStaticShape();
      step.checksValues |= source.kind != ValueSource::Kind::Literal && bound.type.isTensor() && !isFloat(bound.type.dtype());
      step.sources.push_back(source);
    }
    Inferred inferred = inferTypes(args);
    if (inferred.outcome == Inferred::Outcome::Failed)
      return false;
    step.isStatic &= inferred.outcome == Inferred::Outcome::Known;
    for (Type type : inferred.types)
      step.isStatic &= type.isTensor() && type.hasStaticShape();
    if (step.isStatic && inferred.types.size() == step.op->resultCount())
      args.setResultTypes(inferred.types);
    else
      step.isStatic = false;
    step.checksValues &= step.isStatic;
    step.args = std::move(args);
    return true;
  }

  const Function &function;
  DiagnosticEngine &diags;
  const RunOptions &options;
  Plan plan_;
  llvm::DenseMap<const Value *, uint32_t> slots, stateOf;
  llvm::DenseSet<const Operation *> decompressed;
  std::vector<uint32_t> blockOfSlot, lastUse;
  std::vector<bool> isKept;
  std::vector<BlockPlan *> blocks;
  std::vector<uint32_t> openStep; ///< the step that is being planned, one a block
};

} // namespace

Result<Plan> mil::planFunction(const Function &function, DiagnosticEngine &diags, const RunOptions &options) {
  Planner planner(function, diags, options);
  return planner.plan();
}
