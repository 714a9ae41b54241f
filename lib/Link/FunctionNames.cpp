#include "FunctionNames.h"
#include "ModelFunctions.h"
#include "mil/IR/Names.h"
#include "mil/Link/DiagnosticKinds.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Path.h"

using llvm::ArrayRef;
using llvm::StringRef;

namespace mil {

namespace {

/// The part of an input's path that can name its function.
std::string stem(const OpenedModel &model) {
  StringRef path = StringRef(model.path).rtrim('/');
  if (path == "-")
    return "stdin";
  StringRef name = llvm::sys::path::stem(path);
  return isReservedWord(name) ? "model_" + name.str() : sanitizedIdentifier(name, "model_");
}

/// What a taken function is called on the command line.
std::string source(const TakenFunction &taken, ArrayRef<MergeInput> inputs) {
  return inputs[taken.input].model->path + ":" + taken.function->name().str().str();
}

} // namespace

Result<std::vector<TakenFunction>> takeFunctions(ArrayRef<MergeInput> inputs, DiagnosticEngine &diags) {
  std::vector<TakenFunction> taken;
  bool failed = false;
  for (size_t i = 0; i < inputs.size(); ++i) {
    const MergeInput &input = inputs[i];
    const Model &model = *input.model->model;
    if (!model.program) {
      diags.report({}, diag::MergeNotProgram, input.model->path, describeInsteadOfProgram(model));
      failed = true;
      continue;
    }
    std::vector<const Function *> functions = functionsInOrder(model);
    if (functions.empty()) {
      diags.report({}, diag::MergeNoFunctions, input.model->path);
      failed = true;
    } else if (!input.function.empty()) {
      const Function *function = model.program->function(input.function);
      if (function)
        functions = {function};
      else {
        diags.report({}, diag::MergeUnknownFunction, input.model->path, input.function, quotedNames(functions));
        failed = true;
      }
    } else if (!input.name.empty() && functions.size() > 1) {
      diags.report({}, diag::MergeNameOfSeveral, input.name, input.model->path, quotedNames(functions), input.name, input.model->path,
                   functions.front()->name());
      failed = true;
    }
    for (const Function *function : functions)
      taken.push_back({i, function, interfaceOf(model, *function), function->name().str().str()});
  }
  if (failed)
    return failure();
  return taken;
}

Status nameFunctions(llvm::MutableArrayRef<TakenFunction> taken, ArrayRef<MergeInput> inputs, DiagnosticEngine &diags) {
  llvm::StringMap<unsigned> bearers;
  std::vector<unsigned> takenOfInput(inputs.size());
  for (TakenFunction &function : taken) {
    const MergeInput &input = inputs[function.input];
    if (!input.name.empty()) {
      if (!isIdentifier(input.name))
        return diags.report({}, diag::MergeBadName, input.name);
      function.name = input.name;
    }
    ++bearers[function.name];
    ++takenOfInput[function.input];
  }
  for (TakenFunction &function : taken)
    if (const MergeInput &input = inputs[function.input]; input.name.empty() && bearers[function.name] > 1)
      function.name = stem(*input.model) + (takenOfInput[function.input] > 1 ? "_" + function.function->name().str().str() : "");

  llvm::StringMap<const TakenFunction *> byName;
  bool failed = false;
  for (const TakenFunction &function : taken) {
    auto [it, isNew] = byName.try_emplace(function.name, &function);
    if (isNew)
      continue;
    std::string second = source(function, inputs);
    diags.report({}, diag::MergeNameClash, function.name, source(*it->second, inputs), second, second);
    failed = true;
  }
  return failed ? failure() : success();
}

} // namespace mil
