#include "ModelFunctions.h"
#include "mil/Link/DiagnosticKinds.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"

using llvm::ArrayRef;

namespace mil {

std::vector<const Function *> functionsInOrder(const Model &model) {
  std::vector<const Function *> order;
  llvm::StringSet<> listed;
  for (const FunctionDescription &description : model.description->functions)
    if (const Function *function = model.program->function(description.name); function && listed.insert(description.name).second)
      order.push_back(function);
  for (const Function *function : model.program->functions())
    if (!listed.contains(function->name()))
      order.push_back(function);
  return order;
}

const FunctionDescription *interfaceOf(const Model &model, const Function &function) {
  const ModelDescription &description = *model.description;
  if (!description.functions.empty())
    return description.function(function.name());
  if (model.program->functions().size() != 1)
    return nullptr;
  bool empty = description.main.inputs.empty() && description.main.outputs.empty() && description.main.states.empty();
  bool silent = function.inputs().empty() && function.outputs().empty();
  return empty && !silent ? nullptr : &description.main;
}

std::string quotedNames(ArrayRef<const Function *> functions) {
  return llvm::join(llvm::map_range(functions, [](const Function *function) { return "'" + function->name().str().str() + "'"; }), ", ");
}

Result<std::vector<const Function *>> functionsNamed(const OpenedModel &opened, ArrayRef<std::string> names, bool allByDefault,
                                                     DiagnosticEngine &diags) {
  const Model &model = *opened.model;
  if (!model.program)
    return diags.report({}, diag::SliceNotProgram, opened.path, describeInsteadOfProgram(model));
  std::vector<const Function *> all = functionsInOrder(model), found;
  if (all.empty())
    return diags.report({}, diag::SliceNoFunctions, opened.path);
  if (names.empty() && allByDefault)
    return all;
  std::string standard = model.description->defaultFunctionName;
  if (standard.empty())
    standard = all.front()->name().str().str();
  for (const std::string &name : names.empty() ? ArrayRef<std::string>(standard) : names) {
    const Function *function = model.program->function(name);
    if (!function)
      return diags.report({}, diag::SliceUnknownFunction, opened.path, name, quotedNames(all));
    if (!llvm::is_contained(found, function))
      found.push_back(function);
  }
  return found;
}

std::unique_ptr<Model> emptyModelLike(const Model &from, Context &context) {
  auto model = std::make_unique<Model>();
  model->specificationVersion = from.specificationVersion;
  model->protoExtra = from.protoExtra;
  ModelDescription &description = model->description.emplace();
  description.metadata = from.description->metadata;
  description.protoExtra = from.description->protoExtra;
  model->program = std::make_unique<Program>(context);
  Program &program = *model->program;
  program.setVersion(from.program->version());
  program.setDialect13(from.program->dialect13());
  program.setDocString(from.program->docString());
  program.setProtoExtra(&program, from.program->protoExtra(from.program.get()));
  for (const Attribute &attribute : from.program->attributes())
    program.setAttribute(attribute.name, attribute.value);
  return model;
}

} // namespace mil
