#include "mil/Link/Extract.h"
#include "ModelFunctions.h"
#include "Slice.h"
#include "mil/IR/Cloning.h"
#include "mil/IR/Verifier.h"
#include "mil/Link/DiagnosticKinds.h"
#include "llvm/ADT/Sequence.h"

using llvm::ArrayRef;

namespace mil {

namespace {

/// Finds the slice that leads to some values of a function.
class BackwardSlice {
public:
  BackwardSlice(const Function &function, int specificationVersion, DiagnosticEngine &diags)
      : body(function), crossings(function, specificationVersion), specificationVersion(specificationVersion), diags(diags) {}

  Result<Slice> make(const ExtractOptions &options) {
    if (!findInputs(options.inputs) || !findOutputs(options.outputs))
      return failure();
    listStates();
    reach();
    if (!checkInputs())
      return failure();
    for (unsigned number : llvm::seq(0u, unsigned(body.steps().size())))
      if (taken.contains(number))
        slice.ops.push_back(body.steps()[number]);
    slice.close(body, crossings);
    return std::move(slice);
  }

private:
  Status findInputs(ArrayRef<std::string> names) {
    for (const std::string &name : names) {
      Result<Value *> value = body.find(name, diags);
      if (!value)
        return failure();
      if (body.isConstant(*value))
        return diags.report((*value)->definingOp()->location(), diag::SliceNotAStep, name, body.kindOf(*value));
      if (!body.isInput(*value) && !checkPassage(**value))
        return failure();
      if (given.insert(*value).second)
        inputs.push_back(*value);
    }
    return success();
  }

  Status findOutputs(ArrayRef<std::string> names) {
    if (names.empty()) {
      for (const Operand &output : body.function().outputs())
        if (output.value() && !llvm::is_contained(slice.results, output.value()))
          slice.results.push_back(output.value());
      return success();
    }
    for (const std::string &name : names) {
      Result<Value *> value = body.find(name, diags);
      if (!value)
        return failure();
      if (!body.stepOf(*value))
        return diags.report(body.function().location(), diag::SliceNotAStep, name, body.kindOf(*value));
      if (body.isReturned(*value)) {
        if (!llvm::is_contained(slice.results, *value))
          slice.results.push_back(*value);
        continue;
      }
      if (!checkPassage(**value))
        return failure();
      if (llvm::none_of(slice.exits, [&](const Crossing &each) { return each.value == *value; }))
        slice.exits.push_back(crossings.exit(*value));
    }
    return success();
  }

  Status checkPassage(const Value &value) {
    Passage passage = passageOf(value.type(), body.function().opset(), specificationVersion);
    if (!passage)
      return diags.report(value.definingOp()->location(), diag::SliceCrossing, value.name(), value.type().str(), passage.obstacle);
    return success();
  }

  /// Which steps change which state: all that take one, but for those that only read it.
  void listStates() {
    for (unsigned number : llvm::seq(0u, unsigned(body.steps().size()))) {
      Operation &step = *body.steps()[number];
      if (!step.is("read_state"))
        body.forEachRead(step, [&](Value *value) {
          if (value->type().isState())
            writers[value].push_back(number);
        });
    }
  }

  /// Takes the steps that the outputs need.
  void reach() {
    llvm::SmallVector<unsigned> pending;
    auto take = [&](unsigned number) {
      if (taken.insert(number).second)
        pending.push_back(number);
    };
    auto need = [&](Value *value) {
      if (given.contains(value)) {
        reached.insert(value);
      } else if (std::optional<unsigned> step = body.stepOf(value)) {
        take(*step);
      } else if (value->type().isState()) {
        for (unsigned writer : std::exchange(writers[value], {}))
          take(writer);
      }
    };
    std::vector<Value *> outputs = slice.results;
    for (const Crossing &exit : slice.exits)
      outputs.push_back(exit.value);
    // An output is computed even where it is an input, too: checkInputs tells.
    for (Value *value : outputs)
      if (std::optional<unsigned> step = body.stepOf(value))
        take(*step);
    while (!pending.empty())
      body.forEachRead(*body.steps()[pending.pop_back_val()], need);
  }

  Status checkInputs() {
    for (const Value *value : inputs) {
      std::optional<unsigned> step = body.stepOf(value);
      bool computed = step && taken.contains(*step);
      if (computed || !reached.contains(value))
        return diags.report(body.function().location(), diag::ExtractInput, value->name(),
                            computed ? "includes the operation that computes it" : "doesn't read it");
    }
    return success();
  }

  FunctionBody body;
  CrossingValues crossings;
  int specificationVersion;
  DiagnosticEngine &diags;
  Slice slice;
  std::vector<Value *> inputs;
  llvm::DenseSet<const Value *> given, reached;
  llvm::DenseSet<unsigned> taken;
  llvm::DenseMap<const Value *, std::vector<unsigned>> writers;
};

class Extraction {
public:
  Extraction(OpenedModel &opened, const ExtractOptions &options, Context &context, DiagnosticEngine &diags)
      : opened(opened), from(*opened.model), options(options), context(context), diags(diags) {}

  Result<std::unique_ptr<Model>> run() {
    Result<std::vector<const Function *>> functions = functionsNamed(opened, options.functions, /*allByDefault=*/false, diags);
    if (!functions || !applyOverlays(opened, diags))
      return failure();
    made = emptyModelLike(from, context);
    bool wholeFunctions = options.inputs.empty() && options.outputs.empty();
    if (!wholeFunctions && functions->size() > 1)
      return diags.report({}, diag::ExtractSeveral, quotedNames(*functions));
    if (!options.defaultFunction.empty() &&
        llvm::none_of(*functions, [&](const Function *function) { return function->name() == options.defaultFunction; }))
      return diags.report({}, diag::ExtractDefault, options.defaultFunction, quotedNames(*functions));
    if (functions->size() > 1) {
      copyAll(*functions);
    } else if (wholeFunctions) {
      copyAlone(*functions->front());
    } else if (!copySlice(*functions->front())) {
      return failure();
    }
    bool hasTraining = from.updatable || !from.description->trainingInputs.empty();
    if (hasTraining && !keepsTraining)
      diags.report({}, diag::SliceTrainingLeftOut, opened.path);
    return std::move(made);
  }

private:
  FunctionDescription interfaceOf(const Function &function) const {
    const FunctionDescription *described = mil::interfaceOf(from, function);
    return described ? *described : describeFunction(function);
  }

  void copyAll(ArrayRef<const Function *> functions) {
    ModelDescription &description = *made->description;
    for (const Function *function : functions) {
      cloneFunction(*function, *made->program, function->name());
      description.functions.push_back(interfaceOf(*function));
      description.functions.back().name = function->name().str();
    }
    description.defaultFunctionName = functions.front()->name().str();
    for (const std::string &wanted : {from.description->defaultFunctionName, options.defaultFunction})
      if (made->program->function(wanted))
        description.defaultFunctionName = wanted;
  }

  /// A model that was plain stays what it was.
  void copyAlone(const Function &function) {
    cloneFunction(function, *made->program, context.intern("main"));
    made->description->main = interfaceOf(function);
    made->description->main.name.clear();
    if (!from.description->functions.empty())
      return;
    keepsTraining = true;
    made->updatable = from.updatable;
    made->description->trainingInputs = from.description->trainingInputs;
  }

  Status copySlice(const Function &function) {
    if (!function.specializations().empty())
      return diags.report(function.location(), diag::SliceSpecialized, function.name());
    if (!verifyStructure(function, diags))
      return failure();
    Result<Slice> slice = BackwardSlice(function, from.specificationVersion, diags).make(options);
    if (!slice)
      return failure();
    const Function &copy = *cloneSlice(function, *slice, *made->program, context.intern("main"));
    made->description->main = describeSlice(*slice, copy, mil::interfaceOf(from, function));
    made->description->main.name.clear();
    return success();
  }

  OpenedModel &opened;
  const Model &from;
  const ExtractOptions &options;
  Context &context;
  DiagnosticEngine &diags;
  std::unique_ptr<Model> made;
  bool keepsTraining = false;
};

} // namespace

Result<std::unique_ptr<Model>> extractModel(OpenedModel &opened, const ExtractOptions &options, Context &context, DiagnosticEngine &diags) {
  return Extraction(opened, options, context, diags).run();
}

} // namespace mil
