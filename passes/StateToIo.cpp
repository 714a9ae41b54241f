// state_to_io: a state becomes an input, and what it holds in the end an output.
//
//   func main(state<tensor<fp16, [1, 8]>> cache, …) {
//     r = read_state(input = cache);  …  write_state(data = new, input = cache);  … } -> (y)
//     =>   func main(tensor<fp16, [1, 8]> cache, …) { …  cache_out = identity(x = new) } -> (y, cache_out)
//
// The inverse of io_to_state: for devices and tools without states, and to look at what a state holds. `states=cache,…` names some; without
// it all states of all functions become inputs and outputs. The input has the name of the state, the output that name with `suffix`.
// Whoever runs the model gives zeros at first, and then what came out.
//
// What is read is what was written last before it, in the order of the operations. A state that is used within a block, or by operations
// other than read_state and write_state, stays, with a warning; one that was named is an error.
//
// Exact.
#include "mil/IR/Names.h"
#include "mil/Pass/DiagnosticKinds.h"
#include "mil/Pass/Interface.h"
#include "mil/Pass/Rewriter.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSet.h"

using namespace mil;

namespace {
struct StateToIo : Pass {
  Option<std::vector<std::string>> named{*this, "states", "The states to turn into inputs and outputs; empty: all"};
  Option<std::string> suffix{*this, "suffix", "Suffix for the name of an output, after the name of its state", "_out"};

  PassResult run(PassRun &run) override {
    uint64_t taken = 0;
    llvm::StringSet<> met;
    for (Function *function : run.program.functions()) {
      std::optional<NameScope> names; // of this function alone: functions that share a state have equal outputs
      for (Value *input : function->inputs()) {
        if (!input->type().isState() || (!named->empty() && !llvm::is_contained(*named, input->name().str())))
          continue;
        met.insert(input->name().str());
        if (canTake(*input)) {
          take(*function, *input, names ? *names : names.emplace(*function), run);
          ++taken;
        } else if (!refuse(*function, *input, run)) {
          return PassResult::Failed;
        }
      }
    }
    for (const std::string &each : *named)
      if (!met.contains(each)) {
        (void)run.diags.report({}, diag::PassNamesNothing, each, "state_to_io");
        return PassResult::Failed;
      }
    if (taken)
      run.count("states turned into inputs and outputs", taken);
    if (taken && run.model) // an input can need a later version than a state of its type
      run.model->specificationVersion = std::max(run.model->specificationVersion, requiredSpecificationVersion(*run.model));
    return changedIf(taken != 0);
  }

  /// Whether it is only read and written, in the function's own block.
  static bool canTake(const Value &state) {
    const Block *body = state.inputOf();
    return llvm::all_of(state.uses(), [&](const Operand &use) {
      const Operation *user = use.user();
      return user && user->block() == body && (user->is("read_state") || user->is("write_state"));
    });
  }

  /// An error where it was named, else a warning.
  Status refuse(const Function &function, const Value &state, PassRun &run) const {
    if (!named->empty())
      return run.diags.report(function.location(), diag::PassRefused, "state_to_io", function.name().str(), usedElsewhere(state));
    run.diags.report(function.location(), diag::PassSkipped, "state_to_io", function.name().str(), usedElsewhere(state));
    return success();
  }
  static std::string usedElsewhere(const Value &state) {
    return "state '" + state.name().str().str() + "' is used in a nested block, or by operations other than read_state and write_state";
  }

  void take(Function &function, Value &state, NameScope &names, PassRun &run) const {
    Rewriter rewriter(function, run);
    Type type = state.type().element();
    llvm::SmallVector<Operation *, 4> accesses;
    for (Operation &op : function.body())
      if ((op.is("read_state") || op.is("write_state")) && op.input("input") == &state)
        accesses.push_back(&op);
    state.setType(type);
    Value *now = &state;
    for (Operation *op : accesses) {
      rewriter.setInsertionPoint(op);
      now = op->is("read_state") ? replaceRead(*op, now, rewriter) : written(*op, rewriter);
      op->erase();
    }
    // An output of its own, even where the value is one already: it has the state's name.
    rewriter.setInsertionPointToEnd(function.body());
    Operation *identity = rewriter.createTyped("identity", type, ArgumentSpec("x", now));
    Value *last = identity->result();
    setName(*identity, names.fresh(state.name().str().str() + *suffix), rewriter);
    llvm::SmallVector<Value *, 8> outputs;
    for (const Operand &output : function.outputs())
      outputs.push_back(output.value());
    outputs.push_back(last);
    function.body().setOutputs(outputs);
    describe(function, run.model, state.name(), last->name());
  }

  /// Lets the readers of a read_state read the value itself; where it is an output, an identity of its name stays one.
  static Value *replaceRead(Operation &read, Value *now, Rewriter &rewriter) {
    Value *result = read.result();
    if (!functionOutput(result)) {
      result->replaceAllUsesWith(now);
      return now;
    }
    Operation *identity = rewriter.createTyped("identity", now->type(), ArgumentSpec("x", now));
    Name name = result->name();
    result->replaceAllUsesWith(identity->result());
    result->setName(rewriter.fresh(name.str().str() + "_read"));
    setName(*identity, name, rewriter);
    return now;
  }

  static Value *written(Operation &write, Rewriter &rewriter) {
    if (Value *data = write.input("data"))
      return data;
    return rewriter.constant(write.constant("data"), "written");
  }

  static void setName(Operation &op, Name name, Rewriter &rewriter) {
    op.result()->setName(name);
    op.setAttribute(rewriter.context().intern("name"), Literal::string(rewriter.context(), name));
  }

  /// The state's feature becomes that of an input, and one of an output is added.
  static void describe(Function &function, Model *model, llvm::StringRef state, llvm::StringRef output) {
    FunctionDescription *description = descriptionOf(function, model);
    FeatureDescription *feature = description ? findFeature(description->states, state) : nullptr;
    if (!feature)
      return;
    FeatureDescription taken = *feature;
    const StateFeature *held = taken.type ? taken.type->as<StateFeature>() : nullptr;
    if (held)
      taken.type->type = MultiArrayFeature(held->array);
    llvm::erase_if(description->states, [&](const FeatureDescription &each) { return each.name == state; });
    description->inputs.push_back(taken);
    taken.name = output.str();
    description->outputs.push_back(std::move(taken));
  }
};
} // namespace

MIL_PASS(state_to_io, StateToIo)
