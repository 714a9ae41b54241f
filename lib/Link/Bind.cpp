#include "mil/Link/Bind.h"
#include "ConstantForms.h"
#include "FoldedFactors.h"
#include "ModelFunctions.h"
#include "mil/IR/Verifier.h"
#include "mil/Link/DiagnosticKinds.h"
#include "mil/Pass/Interface.h"
#include "mil/Pass/PassManager.h"
#include "mil/Passes/AllPasses.h"
#include "mil/Verify/Verify.h"

namespace mil {

namespace {

class Binder {
public:
  Binder(Model &model, Function &function, DiagnosticEngine &diags)
      : model(model), function(function), diags(diags), run(*model.program, &model, diags), rewriter(function, run) {}

  Status bind(llvm::ArrayRef<NamedArray> arrays) {
    for (const NamedArray &array : arrays)
      if (!bindOne(array))
        return failure();
    foldFactors(function, rewriter);
    writeWithConstants(function, rewriter);
    return runPass("dead_code_elimination");
  }

private:
  Context &context() { return run.program.context(); }
  Status refuse(const NamedArray &array, const std::string &why) {
    return diags.report(function.location(), diag::BindArray, array.name, why);
  }

  Status bindOne(const NamedArray &array) {
    Value *input = function.body().input(array.name);
    if (!input)
      return refuse(array, "function '" + function.name().str().str() + "' has no such input");
    Type wanted = input->type().isState() ? input->type().element() : input->type();
    if (wanted != array.value->type())
      return refuse(array, "it is " + array.value->type().str() + ", but the input is " + input->type().str());
    if (functionOutput(input))
      return refuse(array, "the input is an output, too");
    if (function.body().empty())
      return refuse(array, "the input is unused");
    std::string name = input->name().str().str();
    input->setName(rewriter.fresh(name + "_input")); // the constant has the input's name
    Value *read = input;
    if (input->type().isState() && !(read = readOf(*input)))
      return refuse(array, "the state is written, so it can't be replaced by a constant");
    llvm::SmallVector<Operation *, 2> conversions; // from the input to what is read
    if (read != input)
      conversions.push_back(read->definingOp());
    const Literal *literal = array.value;
    while (Operation *op = conversionOf(*read, name)) {
      read = op->result();
      conversions.push_back(op);
      if (!(literal = convertedConstant(literal, read->type(), diags, context())))
        return refuse(array, "it can't be converted to " + read->type().str());
    }
    rewriter.setInsertionPoint(&function.body().front());
    Value *constant = rewriter.constant(literal, name);
    constant->setName(context().intern(name));
    constant->definingOp()->setAttribute(context().intern("name"), Literal::string(context(), name));
    read->replaceAllUsesWith(constant);
    for (Operation *op : llvm::reverse(conversions))
      rewriter.erase(*op);
    function.body().eraseInput(input->index());
    if (FunctionDescription *description = descriptionOf(function, &model))
      for (auto *features : {&description->inputs, &description->states})
        llvm::erase_if(*features, [&](const FeatureDescription &each) { return each.name == name; });
    return success();
  }

  /// The one value read from a state that nothing else is done to; null for none.
  static Value *readOf(Value &state) {
    Operation *read = state.hasOneUse() ? state.firstUse()->user() : nullptr;
    return read && read->is("read_state") ? read->result() : nullptr;
  }

  /// The cast or reshape that unifying inserted after an input; null if there is none.
  static Operation *conversionOf(const Value &value, llvm::StringRef name) {
    Operation *op = value.hasOneUse() ? value.firstUse()->user() : nullptr;
    bool converts = op && (op->is("cast") || op->is("squeeze") || op->is("reshape")) && op->result()->type().hasStaticShape();
    llvm::StringRef rest = converts ? op->opName() : "";
    return rest.consume_front(name) && (rest.starts_with("_cast") || rest.starts_with("_shaped")) ? op : nullptr;
  }

  Status runPass(llvm::StringRef name) {
    std::unique_ptr<Pass> pass = allPasses().find(name)->make();
    return pass->run(run) == PassResult::Failed ? failure() : success();
  }

  Model &model;
  Function &function;
  DiagnosticEngine &diags;
  PassRun run;
  Rewriter rewriter;
};

} // namespace

Status bindModel(OpenedModel &opened, llvm::ArrayRef<NamedArray> arrays, DiagnosticEngine &diags) {
  Result<std::vector<const Function *>> found = functionsNamed(opened, {}, /*allByDefault=*/false, diags);
  if (!found || !verifyStructure(*found->front(), diags))
    return failure();
  Model &model = *opened.model;
  Function *function = model.program->function(found->front()->name());
  for (Function *other : llvm::SmallVector<Function *>(model.program->functions()))
    if (other != function)
      model.program->eraseFunction(other);
  ModelDescription &description = *model.description;
  if (!description.functions.empty()) {
    if (FunctionDescription *own = description.function(function->name()))
      description.main = std::move(*own);
    description.main.name.clear();
    description.functions.clear();
    description.defaultFunctionName.clear();
    function->setName(opened.model->program->context().intern("main"));
  }
  if (!Binder(model, *function, diags).bind(arrays))
    return failure();
  return verifyModel(model, diags);
}

} // namespace mil
