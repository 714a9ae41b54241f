#include "Differences.h"
#include "llvm/ADT/StringMap.h"

namespace mil {

const Literal *ConstantPlace::literal(const Alignment &alignment, size_t i) const {
  return isAttribute ? alignment.operation(op, i)->attribute(name) : constantOf(alignment.operand(op, name, binding, i));
}

size_t DifferingConstant::firstOther(const ConstantEquivalence &identity) const {
  for (size_t i = 1; i < values.size(); ++i)
    if (values[i]->type() != type() || identity.representative(values[i]) != identity.representative(values[0]))
      return i;
  return 0;
}

/// The name of a constant: that of its value, else of its reader.
static std::string nameOf(const ConstantPlace &place) {
  if (!place.isAttribute)
    if (const Value *value = place.op->argument(place.name)->operands[place.binding].value())
      return value->name().str().str();
  std::string owner = place.op->resultCount() ? place.op->result()->name().str().str() : place.op->opName().str();
  return owner + "_" + place.name.str().str();
}

std::vector<DifferingConstant> differingConstants(const Alignment &alignment, const ConstantEquivalence &identity) {
  std::vector<DifferingConstant> all;
  llvm::StringMap<size_t> known; // by what it is in each function
  auto visit = [&](const ConstantPlace &place) {
    DifferingConstant constant;
    std::string key;
    auto add = [&](const void *pointer) { key.append(reinterpret_cast<const char *>(&pointer), sizeof pointer); };
    for (size_t i = 0; i < alignment.functionCount(); ++i) {
      const Literal *literal = constant.values.emplace_back(place.literal(alignment, i));
      add(literal->type().pointer());
      add(identity.representative(literal));
    }
    if (!constant.firstOther(identity))
      return;
    auto [it, isNew] = known.try_emplace(key, all.size());
    if (isNew) {
      constant.name = nameOf(place);
      all.push_back(std::move(constant));
    }
    all[it->second].places.push_back(place);
  };
  for (Operation *op : alignment.operations()) {
    for (const Argument &argument : op->arguments())
      for (unsigned i = 0; i < argument.count; ++i)
        if (constantOf(argument.operands[i]))
          visit({op, argument.name, i, false});
    for (const Attribute &attribute : op->attributes())
      if (attribute.name != "name")
        visit({op, attribute.name, 0, true});
  }
  return all;
}

} // namespace mil
