#include "Border.h"
#include "llvm/ADT/STLExtras.h"

namespace mil {

Passage passageOf(Type type, Opset opset, int specificationVersion) {
  if (!type.isTensor())
    return {DType::Invalid, "it is no tensor"};
  if (!type.hasRank() || llvm::is_contained(type.dims(), Type::variadic))
    return {DType::Invalid, "its rank is not known"};
  bool castsSmallIntegers = opset >= Opset::IOS17;
  DType none = DType::Invalid;
  const char *obstacle = "no type of an interface holds its values";
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

const Crossing &Border::crossing(Value *value) {
  auto [it, isNew] = known.try_emplace(value);
  Crossing &crossing = it->second;
  if (!isNew)
    return crossing;
  Context &context = function.program().context();
  Passage passage = passageOf(value->type(), function.opset(), specificationVersion);
  assert(passage);
  crossing = {value, value->name(), value->type().withDType(context, passage.dtype), {}, {}};
  if (crossing.isCast()) {
    if (!names)
      names.emplace(function);
    std::string stem = value->name().str().str();
    crossing.name = names->fresh(stem + "_as_" + mil::name(passage.dtype).str());
    crossing.giver = names->fresh(stem + "_dtype_given");
    crossing.taker = names->fresh(stem + "_dtype_taken");
  }
  return crossing;
}

} // namespace mil
