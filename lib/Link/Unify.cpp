#include "mil/Link/Unify.h"
#include "FunctionNames.h"
#include "LowRank.h"
#include "ModelFunctions.h"
#include "Sizes.h"
#include "WeightInputs.h"
#include "mil/IR/ConstantQueries.h"
#include "mil/IR/Verifier.h"
#include "mil/IR/Walk.h"
#include "mil/Link/DiagnosticKinds.h"
#include "mil/Pass/Interface.h"
#include "mil/Verify/Verify.h"

using llvm::ArrayRef;

namespace mil {

namespace {

/// The bytes of the constants that a function holds when it is loaded, small ones not counted, each once.
uint64_t weightBytes(const Function &function) {
  constexpr uint64_t fromElements = 10;
  uint64_t bytes = 0;
  llvm::DenseSet<const void *> counted;
  forEachLiteral(function.body(), [&](const Literal &literal, const LiteralPlace &) {
    const void *content = literal.isBlob() || literal.isTensor() ? contentOf(literal) : nullptr;
    if (content && literal.elementCount() >= fromElements && counted.insert(content).second)
      bytes += literal.isBlob() ? literal.blob()->size() : literal.bytes().size();
  });
  return bytes;
}

class Unifier {
public:
  Unifier(ArrayRef<MergeInput> inputs, const UnifyOptions &options, Context &context, DiagnosticEngine &diags)
      : inputs(inputs), options(options), context(context), diags(diags) {}

  Result<UnifiedModel> unify() {
    if (!takeAll() || !compareConstants())
      return failure();
    Result<Alignment> alignment = Alignment::make(functions, identity, diags);
    if (!alignment || !compareInterfaces(*alignment))
      return failure();
    makeModel();
    UnifiedFunction made(*functions[0].function, *unified.model, diags);
    std::vector<DifferingConstant> constants = differingConstants(*alignment, identity);
    UnifiedSources sources{*alignment, identity, functions};
    if (haveSizes(*alignment) && !solveSizes(made, sources, constants, options, unified))
      return failure();
    if (!addWeights(made, sources, constants) || !made.removeDead())
      return failure();
    Model &model = *unified.model;
    model.specificationVersion = std::max(model.specificationVersion, requiredSpecificationVersion(model));
    if (!verifyModel(model, diags))
      return failure();
    unified.weightBytesAfter = weightBytes(made.function());
    pairInterfaces(made, *alignment);
    return std::move(unified);
  }

private:
  Status takeAll() {
    for (const MergeInput &input : inputs)
      if (!llvm::is_contained(unified.sources, input.model))
        unified.sources.push_back(input.model);
    if (unified.sources.size() > 1)
      for (const MergeInput &input : inputs)
        if (!applyOverlays(*input.model, diags))
          return failure();
    Result<std::vector<TakenFunction>> found = takeFunctions(inputs, diags);
    if (!found)
      return failure();
    taken = std::move(*found);
    if (taken.size() < 2)
      return diags.report({}, diag::UnifyTooFew);
    if (!nameFunctions(taken, inputs, diags))
      return failure();
    for (const TakenFunction &each : taken) {
      if (!verifyStructure(*each.function, diags))
        return failure();
      functions.push_back({each.function, each.name});
      descriptions.push_back(each.description ? *each.description : describeFunction(*each.function));
      unified.functions.push_back(each.name);
      unified.weightBytesBefore += weightBytes(*each.function);
    }
    return success();
  }

  Status compareConstants() {
    for (const AlignedFunction &each : functions)
      forEachLiteral(each.function->body(), [&](const Literal &literal, const LiteralPlace &place) {
        if (place.isWhole || place.isArgument)
          identity.add(&literal);
      });
    return identity.unify(diags);
  }

  /// Features of the same places must be of the same kind: an image can't replace an array.
  Status compareInterfaces(const Alignment &alignment) {
    for (size_t i = 1; i < functions.size(); ++i) {
      auto compare = [&](const Value *value, const Value *other, std::vector<FeatureDescription> FunctionDescription::*list) -> Status {
        const FeatureDescription *mine = findFeature(descriptions[0].*list, value->name());
        const FeatureDescription *theirs = other ? findFeature(descriptions[i].*list, other->name()) : nullptr;
        if (!mine || !theirs || sameKind(*mine, *theirs))
          return success();
        return diags
            .report(functions[0].function->location(), diag::UnifyDiffers, functions[0].name, functions[i].name,
                    "'" + value->name().str().str() + "' is described as different kinds of features")
            .note(functions[i].function->location(), diag::UnifyThere, functions[i].name, "the interface");
      };
      for (Value *input : functions[0].function->inputs())
        if (!compare(input, alignment.value(input, i), &FunctionDescription::inputs))
          return failure();
      for (const Operand &output : functions[0].function->outputs())
        if (output.value() && !compare(output.value(), alignment.value(output.value(), i), &FunctionDescription::outputs))
          return failure();
    }
    return success();
  }

  static bool sameKind(const FeatureDescription &mine, const FeatureDescription &theirs) {
    if (!mine.type || !theirs.type)
      return true;
    if (mine.type->type.index() != theirs.type->type.index() || mine.type->optional != theirs.type->optional)
      return false;
    if (const auto *image = mine.type->as<ImageFeature>())
      return image->colorSpace == theirs.type->as<ImageFeature>()->colorSpace;
    if (const auto *array = mine.type->as<MultiArrayFeature>())
      return array->dataType == theirs.type->as<MultiArrayFeature>()->dataType;
    return true;
  }

  bool haveSizes(const Alignment &alignment) const {
    for (Value *input : functions[0].function->inputs())
      for (size_t i = 1; i < functions.size(); ++i)
        if (alignment.value(input, i)->type() != input->type())
          return true;
    return false;
  }

  void makeModel() {
    unified.model = emptyModelLike(*inputs[taken[0].input].model->model, context);
    ModelDescription &description = *unified.model->description;
    description.main = descriptions[0];
    description.main.name.clear();
  }

  /// What the result's inputs and outputs are called in each function.
  void pairInterfaces(UnifiedFunction &made, const Alignment &alignment) {
    for (size_t i = 0; i < functions.size(); ++i) {
      UnifiedSource &source = unified.sourceOf.emplace_back();
      source.function = functions[i].function;
      for (Value *input : functions[0].function->inputs())
        if (Value *other = alignment.value(input, i))
          source.inputs[made.copyOf(input)->name().str().str()] = other->name().str().str();
      for (auto [output, result] : llvm::zip(functions[0].function->outputs(), made.function().outputs()))
        if (Value *other = output.value() ? alignment.value(output.value(), i) : nullptr; other && result.value())
          source.outputs[result.value()->name().str().str()] = other->name().str().str();
    }
  }

  Status addWeights(UnifiedFunction &made, const UnifiedSources &sources, std::vector<DifferingConstant> &constants) {
    if (constants.empty())
      return success();
    for (const AlignedFunction &each : functions)
      unified.adapters.push_back({each.name, {}});
    WeightInputs weights(made, sources, options, unified.adapters);
    if (options.lowRank && !addLowRank(made, sources, weights, *options.lowRank, constants, unified.lowRank))
      return failure();
    if (!weights.add(constants))
      return failure();
    return options.states ? weights.addLoader() : success();
  }

  ArrayRef<MergeInput> inputs;
  const UnifyOptions &options;
  Context &context;
  DiagnosticEngine &diags;
  std::vector<TakenFunction> taken;
  std::vector<AlignedFunction> functions;
  std::vector<FunctionDescription> descriptions;
  ConstantEquivalence identity;
  UnifiedModel unified;
};

} // namespace

Result<UnifiedModel> unifyModels(ArrayRef<MergeInput> inputs, const UnifyOptions &options, Context &context, DiagnosticEngine &diags) {
  return Unifier(inputs, options, context, diags).unify();
}

bool canUnify(const Program &program) {
  if (program.functions().size() < 2)
    return false;
  DiagnosticEngine quiet;
  std::vector<AlignedFunction> functions;
  for (const Function *function : program.functions()) {
    if (!verifyStructure(*function, quiet))
      return false;
    functions.push_back({function, function->name().str().str()});
  }
  return bool(Alignment::make(functions, ConstantEquivalence(), quiet));
}

} // namespace mil
