#include "Export.h"
#include "mil/IR/DiagnosticKinds.h"
#include "mil/Proto/DiagnosticKinds.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/JSON.h"
#include <cstring>

namespace mil {

std::string Exporting::text(llvm::StringRef text) {
  if (llvm::json::isUTF8(text))
    return text.str();
  report(diag::NotUtf8, "'" + llvm::json::fixUTF8(text) + "'");
  return {};
}

bool Exporting::fits(llvm::StringRef what, uint64_t size) {
  if (size > wire::maxMessageSize)
    report(diag::MessageTooLarge, what, size);
  return size <= wire::maxMessageSize;
}

namespace {

template <typename Field> auto &elementAt(Field &field, int i) {
  while (field.size() <= i)
    field.Add();
  return *field.Mutable(i);
}

// ---- Types ------------------------------------------------------------------

void exportDimension(int64_t dim, milspec::Dimension &message) {
  if (dim >= 0)
    message.mutable_constant()->set_size(uint64_t(dim));
  else
    message.mutable_unknown()->set_variadic(dim == Type::variadic);
}

void exportTensorType(Type type, milspec::TensorType &message) {
  message.set_datatype(milspec::DataType(type.dtype()));
  bool isListed = type.hasRank() || !type.dims().empty(); // variadic dimensions are
  message.set_rank(isListed ? int64_t(type.rank()) : -1);
  auto &dims = *message.mutable_dimensions();
  while (size_t(dims.size()) > type.rank())
    dims.RemoveLast();
  for (auto [i, dim] : llvm::enumerate(type.dims()))
    exportDimension(dim, elementAt(dims, int(i)));
}

// ---- Constants --------------------------------------------------------------

template <typename T, typename Field> void exportWide(llvm::ArrayRef<uint8_t> bytes, Field &values) {
  int count = int(bytes.size() / sizeof(T));
  values.Resize(count, T());
  if constexpr (llvm::endianness::native == llvm::endianness::little) {
    if (count)
      std::memcpy(values.mutable_data(), bytes.data(), size_t(count) * sizeof(T));
  } else {
    for (int i = 0; i < count; ++i)
      values.Set(i, llvm::support::endian::read<T, llvm::endianness::little>(bytes.data() + size_t(i) * sizeof(T)));
  }
}

template <typename T, typename Field> void exportWidened(llvm::ArrayRef<uint8_t> bytes, Field &values) {
  values.Resize(int(bytes.size() / sizeof(T)), 0);
  for (int i = 0; i < values.size(); ++i)
    values.Set(i, llvm::support::endian::read<T, llvm::endianness::little>(bytes.data() + size_t(i) * sizeof(T)));
}

/// Each element type has the field in which the reference stores it.
void exportTensor(const Literal &literal, milspec::TensorValue &message) {
  llvm::ArrayRef<uint8_t> bytes = literal.bytes();
  switch (literal.type().dtype()) {
  case DType::Float32:
    return exportWide<float>(bytes, *message.mutable_floats()->mutable_values());
  case DType::Float64:
    return exportWide<double>(bytes, *message.mutable_doubles()->mutable_values());
  case DType::Int32:
    return exportWide<int32_t>(bytes, *message.mutable_ints()->mutable_values());
  case DType::Int16:
    return exportWidened<int16_t>(bytes, *message.mutable_ints()->mutable_values());
  case DType::UInt16:
    return exportWidened<uint16_t>(bytes, *message.mutable_ints()->mutable_values());
  case DType::Int64:
  case DType::UInt64:
    return exportWide<int64_t>(bytes, *message.mutable_longints()->mutable_values());
  case DType::Bool:
    return exportWide<bool>(bytes, *message.mutable_bools()->mutable_values());
  default:
    message.mutable_bytes()->set_values(bytes.data(), bytes.size());
    return;
  }
}

void exportElements(Exporting &at, const Literal &literal, google::protobuf::RepeatedPtrField<milspec::Value> &values, unsigned depth) {
  for (const Literal *element : literal.elements())
    exportLiteral(at, *element, *values.Add(), depth + 1);
}

void exportDictionary(Exporting &at, const Literal &literal, milspec::DictionaryValue &message, unsigned depth) {
  auto elements = literal.elements();
  for (size_t i = 0; i + 1 < elements.size(); i += 2) {
    milspec::DictionaryValue::KeyValuePair &pair = elementAt(*message.mutable_values(), int(i / 2));
    exportLiteral(at, *elements[i], *pair.mutable_key(), depth + 1);
    exportLiteral(at, *elements[i + 1], *pair.mutable_value(), depth + 1);
  }
}

void exportImmediate(Exporting &at, const Literal &literal, milspec::Value::ImmediateValue &message, unsigned depth) {
  switch (literal.kind()) {
  case Literal::Kind::Tensor:
    return exportTensor(literal, *message.mutable_tensor());
  case Literal::Kind::Strings: {
    auto &values = *message.mutable_tensor()->mutable_strings();
    for (llvm::StringRef value : literal.strings())
      values.add_values(at.text(value));
    return;
  }
  case Literal::Kind::List:
    return exportElements(at, literal, *message.mutable_list()->mutable_values(), depth);
  case Literal::Kind::Tuple:
    return exportElements(at, literal, *message.mutable_tuple()->mutable_values(), depth);
  case Literal::Kind::Dict:
    return exportDictionary(at, literal, *message.mutable_dictionary(), depth);
  case Literal::Kind::Blob:
  case Literal::Kind::Opaque:
    return at.report(diag::NotExportable, "the constant '" + literal.text().str() + "'");
  }
}

} // namespace

void exportType(Exporting &at, Type type, milspec::ValueType &message, unsigned depth) {
  if (!type)
    return at.report(diag::MissingType, "a value");
  if (depth > maxNesting)
    return at.report(diag::NotExportable, "a type nested more than " + std::to_string(maxNesting) + " deep");
  // Starts from what was read, when that had more than the IR holds.
  if (!type.protoExtra().empty() && !wire::parse(type.protoExtra(), message))
    return at.report(diag::NotExportable, "the type '" + type.str() + "'");
  switch (type.kind()) {
  case Type::Kind::Tensor:
    return exportTensorType(type, *message.mutable_tensortype());
  case Type::Kind::List:
    exportDimension(type.length(), *message.mutable_listtype()->mutable_length());
    return exportType(at, type.element(), *message.mutable_listtype()->mutable_type(), depth + 1);
  case Type::Kind::Tuple: {
    auto &types = *message.mutable_tupletype()->mutable_types();
    while (size_t(types.size()) > type.elements().size())
      types.RemoveLast();
    for (auto [i, element] : llvm::enumerate(type.elements()))
      exportType(at, element, elementAt(types, int(i)), depth + 1);
    return;
  }
  case Type::Kind::Dict:
    exportType(at, type.element(), *message.mutable_dictionarytype()->mutable_keytype(), depth + 1);
    return exportType(at, type.valueType(), *message.mutable_dictionarytype()->mutable_valuetype(), depth + 1);
  case Type::Kind::State:
    return exportType(at, type.element(), *message.mutable_statetype()->mutable_wrappedtype(), depth + 1);
  case Type::Kind::Opaque:
    if (type.protoExtra().empty())
      at.report(diag::NotExportable, "the type '" + type.opaqueText().str() + "'");
    return;
  }
}

void exportLiteral(Exporting &at, const Literal &literal, milspec::Value &message, unsigned depth) {
  if (depth > maxNesting)
    return at.report(diag::NotExportable, "a constant nested more than " + std::to_string(maxNesting) + " deep");
  if (!literal.protoExtra().empty() && !wire::parse(literal.protoExtra(), message))
    message.Clear();
  message.set_docstring(at.text(literal.docString()));
  exportType(at, literal.type(), *message.mutable_type());
  std::optional<BlobPlace> place;
  if (at.place && *at.place && (literal.isBlob() || literal.isTensor()))
    place = (*at.place)(literal);
  if (literal.isBlob() && !place)
    place = BlobPlace{literal.blobPath().str(), literal.blobOffset()};
  if (!place)
    return exportImmediate(at, literal, *message.mutable_immediatevalue(), depth);
  message.mutable_blobfilevalue()->set_filename(at.text(place->path));
  message.mutable_blobfilevalue()->set_offset(place->offset);
}

void exportAttributes(Exporting &at, llvm::ArrayRef<Attribute> attributes,
                      google::protobuf::RepeatedPtrField<milspec::AttributeEntry> &entries) {
  for (const Attribute &attribute : attributes) {
    milspec::AttributeEntry &entry = *entries.Add();
    entry.set_key(at.text(attribute.name));
    exportLiteral(at, *attribute.value, *entry.mutable_value());
  }
}

} // namespace mil
