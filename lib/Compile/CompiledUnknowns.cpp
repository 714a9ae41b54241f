#include "mil/Compile/CompiledUnknowns.h"
#include "FlexibleShapes.h"
#include "mil/Compile/CompiledModel.h"
#include "mil/Compile/DiagnosticKinds.h"
#include "mil/IR/Names.h"
#include "mil/Package/DiagnosticKinds.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"

using namespace llvm;

namespace mil {

namespace {

/// The newest specification version of which compiled models were seen.
constexpr int newestKnown = 10;

class CompilableCheck {
public:
  CompilableCheck(bool bestEffort, DiagnosticEngine &diags) : bestEffort(bestEffort), diags(diags) {}

  bool run(const Model &model) {
    if (!model.description) {
      refuse(model, diag::NotDescribed, "the model");
      return false;
    }
    modelItself(model);
    if (model.program)
      program(model);
    else if (model.pipeline)
      pipeline(model);
    else
      refuse(model, diag::NotCompilable, "the model");
    return ok;
  }

private:
  static Location placeOf(const Model &model) { return model.sourceFile ? Location::ofFile(model.sourceFile) : Location(); }

  template <typename... Args> void refuse(const Model &model, DiagKind kind, const Args &...args) {
    ok = false;
    diags.report(placeOf(model), kind, args...);
  }

  /// `what` is reported once.
  void unknown(Location place, const std::string &what, std::string context = "") {
    if (!told.insert(what).second)
      return;
    ok &= bestEffort;
    diags.report(place, bestEffort ? diag::CompileGuess : diag::CompileUnknown, what).in(std::move(context));
  }
  void unknown(const Operation &op, const std::string &what) {
    unknown(op.location(), what, op.location().hasOffset() ? "" : op.describe());
  }

  void modelItself(const Model &model) {
    Location place = placeOf(model);
    if (model.specificationVersion > newestKnown)
      unknown(place, "a model of specification version " + std::to_string(model.specificationVersion));
    if (model.updatable || !model.description->trainingInputs.empty())
      unknown(place, "a model that can be trained");
    if (model.program && !model.description->functions.empty())
      for (const FunctionDescription &function : model.description->functions)
        interface(model, function);
    else if (model.program)
      interface(model, model.description->main);
  }

  void interface(const Model &model, const FunctionDescription &described) {
    if (!described.predictedFeatureName.empty() || !described.predictedProbabilitiesName.empty())
      unknown(placeOf(model), "a program that is a classifier");
    const Function *function = model.program->function(described.name.empty() ? "main" : described.name);
    if (!function)
      return;
    if (std::string what = unknownOfFlexibleShapes(*function, described); !what.empty())
      unknown(function->location(), what);
    else if (guessesFlexibleImages(*function, described))
      diags.report(function->location(), diag::CompileGuess, "an image of flexible size, which is an array in the program,");
  }

  // ---- Programs: what has no known form as text -----------------------------

  void program(const Model &model) {
    for (const Attribute &attribute : model.program->attributes())
      if (!(attribute.name == "buildInfo"))
        unknown(placeOf(model), "the program attribute '" + attribute.name.str().str() + "'");
    for (const Function *function : model.program->functions()) {
      Opset opset = function->opset();
      if (opset < Opset::IOS15 || opset > Opset::IOS26)
        unknown(function->location(), "the opset '" + function->opsetName().str().str() + "'");
      for (const Attribute &attribute : function->attributes())
        if (!(attribute.name == "FlexibleShapeInformation"))
          unknown(function->location(), "the function attribute '" + attribute.name.str().str() + "'");
      if (!function->body().attributes().empty())
        unknown(function->location(), "an attribute of a block");
      name(function->name(), function->location());
      for (const Value *input : function->inputs())
        name(input->name(), function->location());
      std::as_const(function->body()).walk([this](const Operation &op) { operation(op); });
    }
  }

  void name(Name name, Location place) {
    if (!isIdentifier(name))
      unknown(place, "the name '" + name.str().str() + "', which is not an identifier");
  }

  void operation(const Operation &op) {
    for (const Value &result : op.results())
      name(result.name(), op.location());
    if (!op.blocks().empty())
      unknown(op, "an operation with nested blocks");
    if (op.opsetTag())
      unknown(op, "an operation with its own opset");
    op.forEachOperand([&](const Operand &operand) {
      if (operand.literal())
        literal(op, *operand.literal());
    });
    for (const Attribute &attribute : op.attributes())
      literal(op, *attribute.value);
  }

  void literal(const Operation &op, const Literal &value) {
    switch (value.kind()) {
    case Literal::Kind::Blob:
      return;
    case Literal::Kind::Tensor:
      if (value.elementCount() == 0)
        unknown(op, "a constant without elements");
      else if (isFloat(value.type().dtype()) && hasNaN(value))
        unknown(op, "a constant that is not a number");
      return;
    case Literal::Kind::Strings:
      for (StringRef text : value.strings())
        if (any_of(text, [](char c) { return c == '\\' || !isPrint(c); }))
          unknown(op, "a string with backslashes or non-ASCII characters");
      return;
    case Literal::Kind::List:
      for (const Literal *element : value.elements()) // as deep as readers let literals nest
        literal(op, *element);
      return;
    case Literal::Kind::Tuple:
    case Literal::Kind::Dict:
    case Literal::Kind::Opaque:
      unknown(op, "a constant that is a tuple or dictionary");
    }
  }

  static bool hasNaN(const Literal &value) {
    for (size_t i = 0, count = size_t(value.elementCount()); i != count; ++i)
      if (double element = value.elementAsDouble(i); element != element)
        return true;
    return false;
  }

  // ---- Pipelines ------------------------------------------------------------

  void pipeline(const Model &model) {
    if (model.pipeline->field != CompiledModel::PipelineModel)
      unknown(placeOf(model), "a pipeline that is a classifier or regressor");
    for (const auto &[i, stage] : enumerate(model.pipeline->models))
      stageItself(model, *stage, "model " + std::to_string(i));
  }

  void stageItself(const Model &model, const Model &stage, const std::string &name) {
    if (!stage.description) {
      refuse(model, diag::NotDescribed, name + " of the pipeline");
    } else if (stage.pipeline) {
      unknown(placeOf(model), "a pipeline within a pipeline");
      pipeline(stage); // as deep as readers let pipelines be
    } else if (stage.program) {
      modelItself(stage);
      program(stage);
    } else if (!stage.otherType || stage.otherType->field != CompiledModel::NonMaximumSuppression) {
      refuse(model, diag::NotCompilable, name + " of the pipeline");
    }
  }

  bool bestEffort;
  DiagnosticEngine &diags;
  StringSet<> told;
  bool ok = true;
};

} // namespace

Status checkCompilable(const Model &model, bool bestEffort, DiagnosticEngine &diags) {
  return CompilableCheck(bestEffort, diags).run(model) ? success() : failure();
}

} // namespace mil
