#include "Import.h"
#include "mil/IR/DiagnosticKinds.h"
#include "mil/IR/Verifier.h"
#include "mil/Proto/DiagnosticKinds.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/SaveAndRestore.h"
#include <cstring>

namespace mil {

namespace {

const Literal *malformedValue(Importing &at, Type type, llvm::StringRef what) {
  at.report(diag::MalformedValue, type.str(), what);
  return nullptr;
}

/// Checks the number of elements found against the type, which may leave one dimension open.
bool checkCount(Importing &at, Type type, uint64_t found) {
  if (type.hasStaticShape()) {
    auto count = type.elementCount();
    if (!count)
      at.report(diag::LiteralShape, type.str());
    else if (uint64_t(*count) != found)
      at.report(diag::LiteralCount, type.str(), *count, found);
    else
      return true;
    return false;
  }
  uint64_t known = 1;
  unsigned open = 0;
  for (int64_t dim : type.dims())
    if (dim == Type::unknown)
      ++open;
    else if (dim < 0 || __builtin_mul_overflow(known, uint64_t(dim), &known))
      open = 2;
  if (type.hasRank() && open == 1 && (known ? found % known == 0 : found == 0))
    return true;
  at.report(diag::LiteralShape, type.str());
  return false;
}

llvm::MutableArrayRef<uint8_t> allocate(Importing &at, uint64_t size) {
  return {static_cast<uint8_t *>(at.context->arena().Allocate(size, llvm::Align(8))), size_t(size)};
}

llvm::ArrayRef<uint8_t> toBytes(llvm::StringRef text) { return {reinterpret_cast<const uint8_t *>(text.data()), text.size()}; }

/// Elements that are as wide on the wire as in the literal.
template <typename T, typename Field> const Literal *importWide(Importing &at, Type type, const Field &values) {
  if (!checkCount(at, type, uint64_t(values.size())))
    return nullptr;
  auto bytes = allocate(at, uint64_t(values.size()) * sizeof(T));
  if constexpr (llvm::endianness::native == llvm::endianness::little) {
    if (values.size())
      std::memcpy(bytes.data(), values.data(), bytes.size());
  } else {
    for (int i = 0; i < values.size(); ++i)
      llvm::support::endian::write<T, llvm::endianness::little>(bytes.data() + size_t(i) * sizeof(T), T(values[i]));
  }
  return Literal::tensorOver(*at.context, type, bytes);
}

/// Elements that are narrower in the literal than on the wire. Sub-byte ones are packed LSB first.
template <typename Field> const Literal *importNarrow(Importing &at, Type type, const Field &values) {
  if (!checkCount(at, type, uint64_t(values.size())))
    return nullptr;
  unsigned width = bitWidth(type.dtype());
  bool isSigned = isSignedInteger(type.dtype());
  int64_t low = isSigned ? -(int64_t(1) << (width - 1)) : 0, high = (int64_t(1) << (width - (isSigned ? 1 : 0))) - 1;
  auto bytes = allocate(at, *packedSize(type.dtype(), uint64_t(values.size())));
  std::fill(bytes.begin(), bytes.end(), uint8_t(0));
  uint64_t position = 0;
  for (int64_t value : values) {
    if (value < low || value > high) {
      at.report(diag::ValueOutOfRange, value, name(type.dtype()));
      return nullptr;
    }
    uint64_t bits = uint64_t(value) & ((uint64_t(1) << width) - 1);
    for (unsigned done = 0; done < width;) {
      unsigned shift = unsigned(position & 7), taken = std::min(8 - shift, width - done);
      bytes[position >> 3] |= uint8_t(((bits >> done) & ((1u << taken) - 1)) << shift);
      done += taken, position += taken;
    }
  }
  return Literal::tensorOver(*at.context, type, bytes);
}

template <typename T, typename Field> const Literal *importIntegers(Importing &at, Type type, const Field &values) {
  if (!isInteger(type.dtype()))
    return malformedValue(at, type, "its elements are given as integers");
  // The bits of a uint32 in an int32 are taken as they are.
  unsigned width = bitWidth(type.dtype());
  if (width == sizeof(T) * 8)
    return importWide<T>(at, type, values);
  if (width < sizeof(T) * 8)
    return importNarrow(at, type, values);
  return malformedValue(at, type, "its elements are given as integers of 32 bits");
}

/// Some writers declare the number of elements of palettized or sub-byte data that they give packed in bytes.
const Literal *importPacked(Importing &at, Type type, llvm::StringRef values, uint64_t expected) {
  for (unsigned bits : {1, 2, 3, 4, 6}) {
    if (bitWidth(type.dtype()) != 8 || expected > UINT64_MAX / 8 || values.size() != (expected * bits + 7) / 8)
      continue;
    Type packed = Type::tensor(*at.context, type.dtype(), int64_t(values.size()));
    at.report(diag::PackedElements, values.size(), type.str(), packed.str());
    at.correction = {type, packed};
    return Literal::tensor(*at.context, packed, toBytes(values));
  }
  at.report(diag::LiteralSize, type.str(), expected, values.size());
  return nullptr;
}

const Literal *importBytes(Importing &at, Type type, llvm::StringRef values) {
  unsigned width = bitWidth(type.dtype());
  if (!width)
    return malformedValue(at, type, "its elements are given as bytes");
  if (!type.hasStaticShape()) {
    if (!checkCount(at, type, uint64_t(values.size()) * 8 / width))
      return nullptr;
  } else {
    auto count = type.elementCount();
    auto expected = count ? packedSize(type.dtype(), uint64_t(*count)) : std::nullopt;
    if (!expected) {
      at.report(diag::LiteralShape, type.str());
      return nullptr;
    }
    if (*expected != values.size())
      return importPacked(at, type, values, *expected);
  }
  if (type.dtype() == DType::Bool && llvm::any_of(values, [](char byte) { return byte != 0 && byte != 1; }))
    return malformedValue(at, type, "a byte is neither 0 nor 1");
  return Literal::tensor(*at.context, type, toBytes(values));
}

const Literal *importStrings(Importing &at, Type type, const milspec::TensorValue::RepeatedStrings &message) {
  if (!checkCount(at, type, uint64_t(message.values_size())))
    return nullptr;
  llvm::SmallVector<llvm::StringRef, 4> values(message.values().begin(), message.values().end());
  return Literal::strings(*at.context, type, values);
}

const Literal *importTensor(Importing &at, Type type, const milspec::TensorValue &message) {
  DType dtype = type.dtype();
  switch (message.value_case()) {
  case milspec::TensorValue::kFloats:
    return dtype == DType::Float32 ? importWide<float>(at, type, message.floats().values())
                                   : malformedValue(at, type, "its elements are given as floats");
  case milspec::TensorValue::kDoubles:
    return dtype == DType::Float64 ? importWide<double>(at, type, message.doubles().values())
                                   : malformedValue(at, type, "its elements are given as doubles");
  case milspec::TensorValue::kInts:
    return importIntegers<int32_t>(at, type, message.ints().values());
  case milspec::TensorValue::kLongInts:
    return importIntegers<int64_t>(at, type, message.longints().values());
  case milspec::TensorValue::kBools:
    return dtype == DType::Bool ? importWide<bool>(at, type, message.bools().values())
                                : malformedValue(at, type, "its elements are given as bools");
  case milspec::TensorValue::kStrings:
    return dtype == DType::String ? importStrings(at, type, message.strings())
                                  : malformedValue(at, type, "its elements are given as strings");
  case milspec::TensorValue::kBytes:
    return importBytes(at, type, message.bytes().values());
  case milspec::TensorValue::VALUE_NOT_SET:
    break;
  }
  return malformedValue(at, type, "it has no elements");
}

/// An element of a list, tuple or dictionary. Text writes the type of the whole only, so that an element must be of the type given there.
bool importElement(Importing &at, Type expected, const milspec::Value &message, llvm::SmallVectorImpl<const Literal *> &elements) {
  const Literal *element = importLiteral(at, message);
  if (!element)
    return false;
  if (element->type() != expected) {
    at.report(diag::ElementType, element->type().str(), expected.str());
    return false;
  }
  elements.push_back(element);
  return true;
}

const Literal *importList(Importing &at, Type type, const milspec::ListValue &message) {
  if (!type.isList())
    return malformedValue(at, type, "its value is a list");
  if (type.length() >= 0 && type.length() != message.values_size()) {
    at.report(diag::LiteralCount, type.str(), type.length(), message.values_size());
    return nullptr;
  }
  llvm::SmallVector<const Literal *, 8> elements;
  for (const milspec::Value &value : message.values())
    if (!importElement(at, type.element(), value, elements))
      return nullptr;
  return Literal::list(*at.context, type, elements);
}

const Literal *importTuple(Importing &at, Type type, const milspec::TupleValue &message) {
  if (type.kind() != Type::Kind::Tuple)
    return malformedValue(at, type, "its value is a tuple");
  if (type.elements().size() != size_t(message.values_size())) {
    at.report(diag::LiteralCount, type.str(), type.elements().size(), message.values_size());
    return nullptr;
  }
  llvm::SmallVector<const Literal *, 8> elements;
  for (auto [expected, value] : llvm::zip(type.elements(), message.values()))
    if (!importElement(at, expected, value, elements))
      return nullptr;
  return Literal::tuple(*at.context, type, elements);
}

const Literal *importDictionary(Importing &at, Type type, const milspec::DictionaryValue &message) {
  if (type.kind() != Type::Kind::Dict)
    return malformedValue(at, type, "its value is a dictionary");
  llvm::SmallVector<const Literal *, 16> elements;
  for (const milspec::DictionaryValue::KeyValuePair &pair : message.values())
    if (!importElement(at, type.element(), pair.key(), elements) || !importElement(at, type.valueType(), pair.value(), elements))
      return nullptr;
  return Literal::dict(*at.context, type, elements);
}

const Literal *importImmediate(Importing &at, Type type, const milspec::Value::ImmediateValue &message) {
  switch (message.value_case()) {
  case milspec::Value::ImmediateValue::kTensor:
    return type.isTensor() ? importTensor(at, type, message.tensor()) : malformedValue(at, type, "its value is a tensor");
  case milspec::Value::ImmediateValue::kList:
    return importList(at, type, message.list());
  case milspec::Value::ImmediateValue::kTuple:
    return importTuple(at, type, message.tuple());
  case milspec::Value::ImmediateValue::kDictionary:
    return importDictionary(at, type, message.dictionary());
  case milspec::Value::ImmediateValue::VALUE_NOT_SET:
    break;
  }
  return malformedValue(at, type, "it has no value");
}

const Literal *importBlob(Importing &at, Type type, const milspec::Value::BlobFileValue &message) {
  if (!type.isTensor() || !bitWidth(type.dtype()))
    return malformedValue(at, type, "its value is in a weight file");
  const Blob *blob = nullptr;
  if (at.blobs) {
    auto found = at.blobs->resolve(message.filename(), message.offset(), at.location(), at.diags);
    if (!found) {
      at.report(diag::BlobUsedHere, message.offset(), message.filename());
      return nullptr;
    }
    blob = *found;
  }
  return Literal::blob(*at.context, type, blob, message.filename(), message.offset());
}

// ---- What the IR has no field for -------------------------------------------

/// A Value with nothing but the unknown fields of `value` and of the messages that it consists of (not those of its type and elements,
/// which have their own).
class ExtraCollector {
public:
  std::string collect(const milspec::Value &value) {
    keep(value, [&] { return &shell; });
    if (value.has_blobfilevalue())
      keep(value.blobfilevalue(), [&] { return shell.mutable_blobfilevalue(); });
    if (value.has_immediatevalue())
      collectImmediate(value.immediatevalue());
    return any ? wire::serialize(shell) : std::string();
  }

private:
  template <typename Message, typename Place> void keep(const Message &message, Place place) {
    if (!wire::hasUnknown(message))
      return;
    wire::mutableUnknown(*place()) = wire::unknown(message);
    any = true;
  }

  void collectImmediate(const milspec::Value::ImmediateValue &value) {
    auto out = [&] { return shell.mutable_immediatevalue(); };
    keep(value, out);
    if (value.has_list())
      keep(value.list(), [&] { return out()->mutable_list(); });
    if (value.has_tuple())
      keep(value.tuple(), [&] { return out()->mutable_tuple(); });
    if (value.has_dictionary())
      collectDictionary(value.dictionary());
    if (value.has_tensor())
      collectTensor(value.tensor());
  }

  void collectDictionary(const milspec::DictionaryValue &value) {
    auto out = [&] { return shell.mutable_immediatevalue()->mutable_dictionary(); };
    keep(value, out);
    for (int i = 0; i < value.values_size(); ++i)
      keep(value.values(i), [&] {
        while (out()->values_size() <= i)
          out()->add_values();
        return out()->mutable_values(i);
      });
  }

  void collectTensor(const milspec::TensorValue &value) {
    auto out = [&] { return shell.mutable_immediatevalue()->mutable_tensor(); };
    keep(value, out);
    if (value.has_floats())
      keep(value.floats(), [&] { return out()->mutable_floats(); });
    if (value.has_ints())
      keep(value.ints(), [&] { return out()->mutable_ints(); });
    if (value.has_bools())
      keep(value.bools(), [&] { return out()->mutable_bools(); });
    if (value.has_strings())
      keep(value.strings(), [&] { return out()->mutable_strings(); });
    if (value.has_longints())
      keep(value.longints(), [&] { return out()->mutable_longints(); });
    if (value.has_doubles())
      keep(value.doubles(), [&] { return out()->mutable_doubles(); });
    if (value.has_bytes())
      keep(value.bytes(), [&] { return out()->mutable_bytes(); });
  }

  milspec::Value shell;
  bool any = false;
};

} // namespace

const Literal *importLiteral(Importing &at, const milspec::Value &message) {
  if (!message.has_type()) {
    at.report(diag::MissingType, "a constant");
    return nullptr;
  }
  Type type = importType(at, message.type());
  if (!type)
    return nullptr;
  llvm::SaveAndRestore deeper(at.depth, at.depth + 1);
  if (at.depth > maxNesting)
    return malformedValue(at, type, "it is nested too deeply");
  const Literal *literal = nullptr;
  if (message.has_blobfilevalue())
    literal = importBlob(at, type, message.blobfilevalue());
  else if (message.has_immediatevalue())
    literal = importImmediate(at, type, message.immediatevalue());
  else
    literal = malformedValue(at, type, "it has neither elements nor a place in a weight file");
  if (!literal)
    return nullptr;
  std::string extra = ExtraCollector().collect(message);
  return extra.empty() && message.docstring().empty() ? literal : literal->withExtras(*at.context, message.docstring(), extra);
}

} // namespace mil
