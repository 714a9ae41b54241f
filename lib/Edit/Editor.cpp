#include "Editor.h"
#include "mil/Package/Package.h"
#include "mil/Pass/Interface.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using llvm::StringRef;

namespace mil {

Status editModel(Model &model, const ModelEdits &edits, DiagnosticEngine &diags, bool *changed) {
  Editor editor(model, edits, diags);
  Status status = editor.run();
  if (changed)
    *changed = editor.hasChanged();
  return status;
}

Status Editor::run() {
  if (!model.description)
    model.description.emplace();
  if (!model.program && edits.changesProgram())
    return diags.report({}, diag::EditNotProgram, describeInsteadOfProgram(model));
  if (!edits.function.empty() && !(model.program && model.program->function(edits.function)))
    return diags.report({}, diag::EditNothing, "function", edits.function, listFunctions());
  if (!renames() || !types() || !shapes() || !images() || !labels() || !texts() || !defaultFunction())
    return failure();
  model.specificationVersion = std::max(model.specificationVersion, requiredSpecificationVersion(model));
  return success();
}

std::vector<Function *> Editor::functions() const {
  std::vector<Function *> all;
  if (!model.program)
    return all;
  for (Function *function : model.program->functions())
    if (edits.function.empty() || function->name() == edits.function)
      all.push_back(function);
  return all;
}

Status Editor::refuse(const Function &function, StringRef name, const std::string &why) {
  return diags.report(function.location(), diag::EditRefused, function.name().str(), name, why);
}

std::string Editor::listFunctions() const {
  std::vector<std::string> names;
  if (model.program)
    for (const Function *function : model.program->functions())
      names.push_back("'" + function->name().str().str() + "'");
  return names.empty() ? "none" : llvm::join(names, ", ");
}

std::string Editor::listFeatures() const {
  std::vector<std::string> names;
  auto add = [&](StringRef name) {
    std::string quoted = "'" + name.str() + "'";
    if (!llvm::is_contained(names, quoted))
      names.push_back(quoted);
  };
  for (Function *function : functions()) {
    for (const Value *input : function->inputs())
      add(input->name());
    for (const Operand &output : function->outputs())
      if (output.value())
        add(output.value()->name());
  }
  return names.empty() ? "none" : llvm::join(names, ", ");
}

Result<std::vector<InterfaceValue>> Editor::valuesNamed(StringRef name) {
  using Role = InterfaceValue::Role;
  std::vector<InterfaceValue> found;
  for (Function *function : functions()) {
    FunctionDescription *description = descriptionOf(*function, &model);
    auto featureIn = [&](std::vector<FeatureDescription> FunctionDescription::*list) {
      return description ? findFeature(description->*list, name) : nullptr;
    };
    if (Value *input = function->body().input(name)) {
      bool isState = input->type().isState();
      found.push_back({function, input, featureIn(isState ? &FunctionDescription::states : &FunctionDescription::inputs),
                       isState ? Role::State : Role::Input});
    }
    for (const Operand &output : function->outputs())
      if (output.value() && output.value()->name() == name) {
        found.push_back({function, output.value(), featureIn(&FunctionDescription::outputs), Role::Output});
        break;
      }
  }
  if (found.empty())
    return diags.report({}, diag::EditNothing, "input, output or state", name, listFeatures());
  return found;
}

// ---- Texts ------------------------------------------------------------------

static std::string listKeys(const Metadata &metadata) {
  auto quoted = [](const auto &entry) { return "'" + entry.first + "'"; };
  return metadata.userDefined.empty() ? "none" : llvm::join(llvm::map_range(metadata.userDefined, quoted), ", ");
}

Status Editor::texts() {
  for (const auto &[name, text] : edits.featureTexts) {
    size_t count = 0;
    auto describe = [&](FunctionDescription &function) {
      for (auto *features : {&function.inputs, &function.outputs, &function.states})
        if (FeatureDescription *feature = findFeature(*features, name))
          changed = true, feature->shortDescription = text, ++count;
    };
    describe(model.description->main);
    for (FunctionDescription &function : model.description->functions)
      if (edits.function.empty() || function.name == edits.function)
        describe(function);
    if (!count)
      return diags.report({}, diag::EditNothing, "input, output or state", name, model.program ? listFeatures() : "others");
  }
  std::pair<const std::optional<std::string> &, std::string Metadata::*> fields[] = {{edits.description, &Metadata::shortDescription},
                                                                                     {edits.author, &Metadata::author},
                                                                                     {edits.license, &Metadata::license},
                                                                                     {edits.version, &Metadata::version}};
  Metadata metadata = model.description->metadata.value_or(Metadata());
  for (const auto &[text, field] : fields)
    if (text)
      metadata.*field = *text;
  for (const auto &[key, text] : edits.set)
    metadata.userDefined[key] = text;
  for (const std::string &key : edits.unset) {
    if (!metadata.userDefined.contains(key))
      return diags.report({}, diag::EditNothing, "user-defined metadata", key, listKeys(metadata));
    metadata.userDefined.erase(key);
  }
  if (metadata == model.description->metadata.value_or(Metadata()))
    return success();
  changed = true;
  model.description->metadata = std::move(metadata);
  return success();
}

Status Editor::defaultFunction() {
  if (edits.defaultFunction.empty())
    return success();
  ModelDescription &description = *model.description;
  if (!description.function(edits.defaultFunction)) {
    return diags.report({}, diag::EditNothing, "function", edits.defaultFunction, listFunctions());
  }
  if (!description.functions.empty()) // a model of one function has no default to say
    changed = true, description.defaultFunctionName = edits.defaultFunction;
  return success();
}

// ---- Labels -----------------------------------------------------------------

Status Editor::labels() {
  if (!edits.labels)
    return success();
  size_t count = 0;
  for (Function *function : functions())
    for (Operation &op : function->body())
      if (op.is("classify")) {
        if (!labelsOf(op))
          return failure();
        ++count;
      }
  return count ? success() : diags.report({}, diag::EditNothing, "operation", "classify", "none: the model is not a classifier");
}

Status Editor::labelsOf(Operation &classify) {
  const Function &function = *classify.function();
  const Literal *old = classify.constant("classes");
  Type type = old ? old->type() : Type();
  if (!type.isList() || !type.element().isTensor() || type.element().dtype() != DType::String)
    return refuse(function, "classify", "has labels that are not strings");
  if (int64_t(edits.labels->size()) != type.length())
    return refuse(function, "classify",
                  "has " + std::to_string(type.length()) + " labels, but " + std::to_string(edits.labels->size()) + " were given");
  Context &context = function.program().context();
  std::vector<const Literal *> elements;
  for (const std::string &label : *edits.labels)
    elements.push_back(Literal::string(context, label));
  const Literal *made = Literal::list(context, type, elements);
  changed = true;
  // The list is a separate constant, or part of the call.
  Value *value = classify.input("classes");
  if (value && value->definingOp() && value->definingOp()->is("const") && value->hasOneUse())
    value->definingOp()->setAttribute(context.intern("val"), made);
  else
    classify.setArgument(context.intern("classes"), Binding(made));
  return success();
}

} // namespace mil
