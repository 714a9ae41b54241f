// Renaming in two steps, so that names can change places: first everything to a name that nothing has, then to the new one.
#include "Editor.h"
#include "mil/IR/Names.h"
#include "mil/Pass/Interface.h"
#include "mil/Pass/Rewriter.h"
#include "llvm/ADT/STLExtras.h"

namespace mil {

namespace {

/// The value of a function's body, or of a block within, that has a name and is not one of the interface; null for none.
Value *innerValue(Function &function, llvm::StringRef name) {
  Value *found = nullptr;
  function.body().walk([&](Operation &op) {
    for (Value &result : op.results())
      if (result.name() == name && !functionOutput(&result))
        found = &result;
    for (Block *block : op.blocks())
      for (Value *input : block->inputs())
        if (input->name() == name)
          found = input;
  });
  return found;
}

bool isInterfaceName(const Function &function, llvm::StringRef name) {
  return function.body().input(name) ||
         llvm::any_of(function.outputs(), [&](const Operand &output) { return output.value() && output.value()->name() == name; });
}

} // namespace

Status Editor::renames() {
  std::vector<Renaming> values;
  FunctionRenamings renamed;
  if (!listRenamings(values, renamed) || !checkFree(values) || !checkFree(renamed))
    return failure();
  changed |= !values.empty() || !renamed.empty();
  for (const Renaming &each : values)
    renameInterface(*each.function, &model, *each.value, NameScope(*each.function).fresh(each.from + "_renamed"));
  for (const Renaming &each : values) {
    // Values within the function are renamed instead: their names aren't visible outside.
    if (Value *inner = innerValue(*each.function, each.to))
      inner->setName(NameScope(*each.function).fresh(each.to + "_inner"));
    renameInterface(*each.function, &model, *each.value, each.to);
  }
  renameFunctions(renamed);
  return success();
}

Status Editor::listRenamings(std::vector<Renaming> &values, FunctionRenamings &renamed) {
  for (const auto &[from, to] : edits.renames) {
    if (!isIdentifier(to))
      return diags.report({}, diag::EditName, from, to,
                          "names consist of letters, digits and _, don't start with a digit, and are not keywords");
    if (Function *function = model.program->function(from); function && edits.function.empty()) {
      renamed.emplace_back(function, to);
      continue;
    }
    Result<std::vector<InterfaceValue>> found = valuesNamed(from);
    if (!found)
      return failure();
    for (const InterfaceValue &each : *found)
      if (llvm::none_of(values, [&](const Renaming &known) { return known.value == each.value; }))
        values.push_back({each.function, each.value, from, to});
  }
  return success();
}

/// No two values of an interface have one name afterwards.
Status Editor::checkFree(llvm::ArrayRef<Renaming> values) {
  for (const Renaming &each : values) {
    auto anotherHas = [&](std::string Renaming::*name) {
      return llvm::any_of(values, [&](const Renaming &other) {
        return other.function == each.function && other.value != each.value && other.*name == each.to;
      });
    };
    bool isTaken = anotherHas(&Renaming::to) || (isInterfaceName(*each.function, each.to) && !anotherHas(&Renaming::from));
    if (isTaken && each.from != each.to)
      return diags.report(each.function->location(), diag::EditName, each.from, each.to,
                          "function '" + each.function->name().str().str() + "' has an input, output or state with that name");
  }
  return success();
}

Status Editor::checkFree(const FunctionRenamings &renamed) {
  auto newName = [&](const Function *function) -> llvm::StringRef {
    for (const auto &[each, to] : renamed)
      if (each == function)
        return to;
    return function->name();
  };
  for (const auto &[function, to] : renamed)
    if (llvm::count_if(model.program->functions(), [&, &name = to](const Function *each) { return newName(each) == name; }) > 1)
      return diags.report(function->location(), diag::EditName, function->name().str(), to, "a function with that name exists");
  return success();
}

void Editor::renameFunctions(const FunctionRenamings &renamed) {
  if (renamed.empty())
    return;
  ModelDescription &description = *model.description;
  // A model without a list of functions has one, called main.
  if (description.functions.empty()) {
    description.functions.push_back(std::move(description.main));
    description.functions.back().name = "main";
    description.main = {};
    description.defaultFunctionName = "main";
  }
  std::vector<std::pair<FunctionDescription *, std::string>> described;
  std::string standard = description.defaultFunctionName;
  for (const auto &[function, to] : renamed) {
    std::string from = function->name().str().str();
    if (FunctionDescription *each = description.function(from))
      described.emplace_back(each, to);
    if (description.defaultFunctionName == from)
      standard = to;
  }
  Context &context = model.program->context();
  for (const auto &[function, to] : renamed)
    function->setName(context.intern(to));
  for (auto &[each, to] : described)
    each->name = to;
  description.defaultFunctionName = standard;
}

} // namespace mil
