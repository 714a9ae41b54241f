// Which operations an opset offers, and which opset an operation needs: for converters, before they build.
#include "mil/Build/FunctionBuilder.h"
#include "mil/Ops/Args.h"
#include "llvm/ADT/Twine.h"

using namespace mil;

static constexpr Opset programOpsets[] = {Opset::IOS15, Opset::IOS16, Opset::IOS17, Opset::IOS18, Opset::IOS26};

/// The lowest opset, from `from` on, whose version of the op accepts the operation unchanged; IOS26 if none does.
static Opset lowestFor(const Operation &op, const OpDefinition &definition, Opset from) {
  for (Opset opset : programOpsets) {
    if (opset < from)
      continue;
    const OpVersion *version = definition.at(opset);
    if (version && Args::bind(op, *version, nullptr))
      return opset;
  }
  return Opset::IOS26;
}

Requirement mil::requiredOpset(const Function &function) {
  Requirement required;
  function.body().walk([&](Operation &op) {
    const OpDefinition *definition = Catalogue::get().find(op.type());
    if (!definition)
      return;
    Opset needed = lowestFor(op, *definition, required.opset);
    if (needed > required.opset)
      required = {needed, &op};
  });
  return required;
}

std::string mil::whyNot(llvm::StringRef op, llvm::StringRef argument, DType type, Opset opset) {
  const OpDefinition *definition = Catalogue::get().find(op);
  if (!definition)
    return ("unknown op '" + llvm::Twine(op) + "'").str();
  const OpVersion *version = definition->at(opset);
  if (!version)
    return (llvm::Twine(op) + " needs opset " + textName(definition->versions.front()->since)).str();
  const Parameter *parameter = version->parameter(argument);
  if (!parameter)
    return (llvm::Twine(op) + " has no argument '" + argument + "' in " + textName(opset)).str();
  DTypeSet allowed = version->typesOf(*parameter);
  if (allowed.empty() || allowed.contains(type))
    return {};
  return (llvm::Twine(op) + ": '" + argument + "' takes " + allowed.str() + " in " + textName(opset)).str();
}
