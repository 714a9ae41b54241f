#include "CrossingValues.h"
#include "llvm/ADT/STLExtras.h"

namespace mil {

Passage passageOf(Type type, Opset opset, int specificationVersion) {
  if (!type.isTensor())
    return {DType::Invalid, "it is not a tensor"};
  if (!type.hasRank())
    return {DType::Invalid, "its rank is unknown"};
  bool castsSmallIntegers = opset >= Opset::IOS17;
  DType none = DType::Invalid;
  const char *obstacle = "no type that interfaces support can represent its values";
  switch (type.dtype()) {
  case DType::Float32:
  case DType::Int32:
    return {type.dtype()};
  case DType::Float16:
    return {specificationVersion >= mil::specificationVersion(Opset::IOS16) ? DType::Float16 : DType::Float32};
  case DType::Bool:
    return {DType::Int32};
  case DType::Int8:
    if (specificationVersion >= mil::specificationVersion(Opset::IOS26))
      return {DType::Int8};
    [[fallthrough]];
  case DType::UInt8:
  case DType::Int16:
  case DType::UInt16:
    return {castsSmallIntegers ? DType::Int32 : none, obstacle};
  default:
    return {none, obstacle};
  }
}

const Crossing &CrossingValues::crossing(Value *value) { return cross(value, value->type().isScalar()); }
const Crossing &CrossingValues::exit(Value *value) { return cross(value, false); }

const Crossing &CrossingValues::cross(Value *value, bool asVector) {
  auto [it, isNew] = known.try_emplace(value);
  Crossing &crossing = it->second;
  if (!isNew)
    return crossing;
  Context &context = function.program().context();
  Passage passage = passageOf(value->type(), function.opset(), specificationVersion);
  assert(passage);
  Type type = value->type().withDType(context, passage.dtype);
  crossing.value = value;
  crossing.name = value->name();
  crossing.type = asVector ? type.withDims(context, {1}) : type;
  if (!crossing.isChanged())
    return crossing;
  if (!names)
    names.emplace(function);
  std::string stem = value->name().str().str(), as = crossing.isCast() ? stem + "_as_" + mil::name(passage.dtype).str() : stem;
  crossing.name = names->fresh(asVector ? as + "_as_vector" : as);
  for (auto [side, suffix] : {std::pair(&crossing.giver, "_given"), std::pair(&crossing.taker, "_taken")}) {
    side->dtype = names->fresh(stem + "_dtype" + suffix);
    if (asVector)
      side->axes = names->fresh(stem + "_axes" + suffix);
    if (asVector && crossing.isCast())
      side->between = names->fresh(as + suffix);
  }
  return crossing;
}

} // namespace mil
