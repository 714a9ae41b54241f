#include "mil/Ops/Catalogue.h"
#include "Families.h"
#include "mil/Ops/Args.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSet.h"

using namespace mil;

std::string DTypeSet::str() const {
  std::string text;
  forEach([&](DType type) {
    if (!text.empty())
      text += ", ";
    text += name(type);
  });
  return text;
}

const Parameter *OpVersion::parameter(llvm::StringRef name) const {
  int i = indexOf(name);
  return i < 0 ? nullptr : &parameters[size_t(i)];
}

int OpVersion::indexOf(llvm::StringRef name) const {
  for (size_t i = 0; i < parameters.size(); ++i)
    if (parameters[i].name == name)
      return int(i);
  return -1;
}

DTypeSet OpVersion::typesOf(const Parameter &parameter) const {
  return parameter.variable < 0 ? parameter.types : variables[size_t(parameter.variable)].types;
}

const OpVersion *OpDefinition::at(Opset opset) const {
  if (opset == Opset::Unknown)
    return &newest();
  if (opset < Opset::IOS15)
    opset = Opset::IOS15;
  for (const std::unique_ptr<OpVersion> &version : llvm::reverse(versions))
    if (version->since <= opset)
      return version.get();
  return nullptr;
}

const Catalogue &Catalogue::get() {
  static const Catalogue catalogue;
  return catalogue;
}

Catalogue::Catalogue() {
#define MIL_DEFINE_FAMILY(NAME) ops::define##NAME(*this);
  MIL_OP_FAMILIES(MIL_DEFINE_FAMILY)
#undef MIL_DEFINE_FAMILY
  llvm::sort(sorted, [](const OpDefinition *a, const OpDefinition *b) { return a->name < b->name; });
  for (const OpDefinition *op : sorted)
    familyNames.push_back(op->family);
  llvm::sort(familyNames);
  familyNames.erase(llvm::unique(familyNames), familyNames.end());
}

OpDefinition &Catalogue::define(llvm::StringRef name, llvm::StringRef family) {
  OpDefinition &op = *definitions.emplace_back(std::make_unique<OpDefinition>());
  op.name = name;
  op.family = family;
  [[maybe_unused]] bool isNew = byName.try_emplace(name, &op).second;
  assert(isNew && "an op is defined twice");
  sorted.push_back(&op);
  return op;
}

Opset mil::opsetOf(const Operation &op) {
  if (op.opsetTag())
    if (Opset tagged = opsetFromName(op.opsetTag()); tagged != Opset::Unknown)
      return tagged;
  const Function *function = op.function();
  return function ? function->opset() : Opset::Unknown;
}

const OpVersion *mil::versionOf(const Operation &op) {
  const OpDefinition *definition = Catalogue::get().find(op.type());
  if (!definition)
    return nullptr;
  // Most ops have one version only: then the opset, which may be many blocks away, isn't needed.
  bool isOne = definition->versions.size() == 1 && definition->newest().since == Opset::IOS15;
  return isOne ? &definition->newest() : definition->at(opsetOf(op));
}
