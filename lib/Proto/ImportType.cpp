#include "Import.h"
#include "mil/IR/Verifier.h"
#include "mil/Proto/DiagnosticKinds.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/SaveAndRestore.h"

namespace mil {

namespace {

bool hasExtra(const milspec::Dimension &dim) {
  return wire::hasUnknown(dim) || wire::hasUnknown(dim.constant()) || wire::hasUnknown(dim.unknown());
}

/// Whether a type has anything at its own level that the IR has no field for.
bool hasExtra(const milspec::ValueType &type) {
  if (wire::hasUnknown(type) || wire::hasUnknown(type.listtype()) || hasExtra(type.listtype().length()) ||
      wire::hasUnknown(type.tupletype()) || wire::hasUnknown(type.dictionarytype()) || wire::hasUnknown(type.statetype()))
    return true;
  const milspec::TensorType &tensor = type.tensortype();
  return wire::hasUnknown(tensor) || tensor.attributes_size() ||
         llvm::any_of(tensor.dimensions(), [](const milspec::Dimension &dim) { return hasExtra(dim); });
}

Type malformedType(Importing &at, llvm::StringRef what) {
  at.report(diag::MalformedType, what);
  return {};
}

/// A size, unknown or variadic; nullopt when it is none (not reported).
std::optional<int64_t> importDimension(const milspec::Dimension &dim) {
  if (dim.has_unknown())
    return dim.unknown().variadic() ? Type::variadic : Type::unknown;
  if (!dim.has_constant() || dim.constant().size() > uint64_t(INT64_MAX))
    return std::nullopt;
  return int64_t(dim.constant().size());
}

Type importTensorType(Importing &at, const milspec::TensorType &tensor) {
  DType dtype = dtypeFromProto(tensor.datatype());
  if (dtype == DType::Invalid) {
    at.report(diag::UnknownDataType, int(tensor.datatype()));
    return {};
  }
  if (tensor.rank() == -1 && tensor.dimensions_size() == 0)
    return Type::unrankedTensor(*at.context, dtype);
  // Writers other than the reference leave the rank out.
  if (tensor.rank() != 0 && tensor.rank() != tensor.dimensions_size())
    return malformedType(at, "a tensor's rank isn't its number of dimensions");
  llvm::SmallVector<int64_t, 8> dims;
  for (const milspec::Dimension &message : tensor.dimensions()) {
    auto dim = importDimension(message);
    if (!dim)
      return malformedType(at, "a dimension is neither unknown nor a size of 63 bits");
    dims.push_back(*dim);
  }
  return Type::tensor(*at.context, dtype, dims);
}

Type importListType(Importing &at, const milspec::ListType &list) {
  auto length = importDimension(list.length());
  if (!length)
    return malformedType(at, "a list's length is neither unknown nor a size of 63 bits");
  Type element = importType(at, list.type());
  return element ? Type::list(*at.context, element, *length) : Type();
}

Type importTupleType(Importing &at, const milspec::TupleType &tuple) {
  llvm::SmallVector<Type, 4> elements;
  for (const milspec::ValueType &message : tuple.types()) {
    elements.push_back(importType(at, message));
    if (!elements.back())
      return {};
  }
  return Type::tuple(*at.context, elements);
}

Type importPlainType(Importing &at, const milspec::ValueType &message) {
  switch (message.type_case()) {
  case milspec::ValueType::kTensorType:
    return importTensorType(at, message.tensortype());
  case milspec::ValueType::kListType:
    return importListType(at, message.listtype());
  case milspec::ValueType::kTupleType:
    return importTupleType(at, message.tupletype());
  case milspec::ValueType::kDictionaryType: {
    Type key = importType(at, message.dictionarytype().keytype());
    Type value = key ? importType(at, message.dictionarytype().valuetype()) : Type();
    return value ? Type::dict(*at.context, key, value) : Type();
  }
  case milspec::ValueType::kStateType: {
    Type wrapped = importType(at, message.statetype().wrappedtype());
    return wrapped ? Type::state(*at.context, wrapped) : Type();
  }
  case milspec::ValueType::TYPE_NOT_SET:
    break;
  }
  // A kind of type from after this was written rides along as bytes.
  if (wire::hasUnknown(message))
    return Type::opaque(*at.context, "unknown_type");
  return malformedType(at, "it is empty");
}

} // namespace

Type importType(Importing &at, const milspec::ValueType &message) {
  llvm::SaveAndRestore deeper(at.depth, at.depth + 1);
  if (at.depth > maxNesting)
    return malformedType(at, "it is nested too deeply");
  Type type = importPlainType(at, message);
  return type && hasExtra(message) ? type.withProtoExtra(*at.context, wire::serialize(message)) : type;
}

} // namespace mil
