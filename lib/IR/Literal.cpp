#include "mil/IR/Literal.h"
#include "mil/Support/Work.h"
#include "llvm/ADT/Hashing.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Endian.h"
#include <cmath>
#include <cstring>

namespace mil {

struct Literal::BlobInfo {
  const Blob *blob;
  llvm::StringRef path;
  uint64_t offset;
};

struct Literal::Extras {
  llvm::StringRef doc, proto;
};

const Literal *Literal::make(Context &context, Kind kind, Type type, const void *data, size_t count) {
  return new (context.arena().Allocate<Literal>()) Literal(kind, type, data, count);
}

const Literal *Literal::tensor(Context &context, Type type, llvm::ArrayRef<uint8_t> bytes) {
  // 8-byte aligned, so that kernels can look at elements in place.
  auto *copy = static_cast<uint8_t *>(context.arena().Allocate(bytes.size(), llvm::Align(8)));
  llvm::copy(bytes, copy);
  return tensorOver(context, type, {copy, bytes.size()});
}

const Literal *Literal::tensorOver(Context &context, Type type, llvm::ArrayRef<uint8_t> bytes) {
  assert(!type.isTensor() || !type.hasStaticShape() || packedSize(type.dtype(), uint64_t(*type.elementCount())) == bytes.size());
  return make(context, Kind::Tensor, type, bytes.data(), bytes.size());
}

const Literal *Literal::strings(Context &context, Type type, llvm::ArrayRef<llvm::StringRef> values) {
  auto *copies = context.arena().Allocate<llvm::StringRef>(values.size());
  for (auto [i, value] : llvm::enumerate(values))
    new (copies + i) llvm::StringRef(value.copy(context.arena()));
  return make(context, Kind::Strings, type, copies, values.size());
}

const Literal *Literal::blob(Context &context, Type type, const Blob *blob, llvm::StringRef path, uint64_t offset) {
  auto *info = new (context.arena().Allocate<BlobInfo>()) BlobInfo{blob, context.intern(path), offset};
  return make(context, Kind::Blob, type, info, 0);
}

const Literal *Literal::compound(Context &context, Kind kind, Type type, llvm::ArrayRef<const Literal *> elements) {
  const void *copies = static_cast<const void *>(elements.copy(context.arena()).data());
  return make(context, kind, type, copies, elements.size());
}

const Literal *Literal::list(Context &context, Type type, llvm::ArrayRef<const Literal *> elements) {
  return compound(context, Kind::List, type, elements);
}

const Literal *Literal::tuple(Context &context, Type type, llvm::ArrayRef<const Literal *> elements) {
  return compound(context, Kind::Tuple, type, elements);
}

const Literal *Literal::dict(Context &context, Type type, llvm::ArrayRef<const Literal *> keysAndValues) {
  assert(keysAndValues.size() % 2 == 0);
  return compound(context, Kind::Dict, type, keysAndValues);
}

const Literal *Literal::opaque(Context &context, Type type, llvm::StringRef text) {
  llvm::StringRef copy = text.copy(context.arena());
  return make(context, Kind::Opaque, type, copy.data(), copy.size());
}

const Literal *Literal::string(Context &context, llvm::StringRef value) {
  return strings(context, Type::scalar(context, DType::String), llvm::ArrayRef(value));
}

const Literal *Literal::boolean(Context &context, bool value) {
  return tensor(context, Type::scalar(context, DType::Bool), uint8_t(value));
}

const Literal *Literal::int32(Context &context, int32_t value) {
  uint8_t bytes[4];
  llvm::support::endian::write32le(bytes, uint32_t(value));
  return tensor(context, Type::scalar(context, DType::Int32), bytes);
}

const Literal *Literal::int32s(Context &context, llvm::ArrayRef<int32_t> values) {
  llvm::SmallVector<uint8_t, 64> bytes(values.size() * 4);
  for (auto [i, value] : llvm::enumerate(values))
    llvm::support::endian::write32le(bytes.data() + i * 4, uint32_t(value));
  return tensor(context, Type::tensor(context, DType::Int32, int64_t(values.size())), bytes);
}

const Literal *Literal::number(Context &context, DType type, double value) {
  uint64_t bits = isFloat(type) ? fromDouble(floatFormat(type), value) : isSignedInteger(type) ? uint64_t(int64_t(value)) : uint64_t(value);
  unsigned width = bitWidth(type);
  if (width < 64)
    bits &= (uint64_t(1) << width) - 1;
  uint8_t bytes[8];
  llvm::support::endian::write64le(bytes, bits);
  return tensor(context, Type::scalar(context, type), llvm::ArrayRef(bytes, (width + 7) / 8));
}

const Blob *Literal::blob() const { return isBlob() ? static_cast<const BlobInfo *>(data)->blob : nullptr; }
llvm::StringRef Literal::blobPath() const { return isBlob() ? static_cast<const BlobInfo *>(data)->path : llvm::StringRef(); }
uint64_t Literal::blobOffset() const { return isBlob() ? static_cast<const BlobInfo *>(data)->offset : 0; }

std::optional<llvm::StringRef> Literal::asString() const {
  if (what != Kind::Strings || count != 1)
    return std::nullopt;
  return strings().front();
}

std::optional<bool> Literal::asBool() const {
  if (what != Kind::Tensor || ty.dtype() != DType::Bool || count != 1)
    return std::nullopt;
  return bytes().front() != 0;
}

uint64_t Literal::elementCount() const {
  switch (what) {
  case Kind::Tensor: {
    // From the type if it has a static shape: because of sub-byte padding, the number of bytes is ambiguous.
    if (auto elements = ty.elementCount())
      return uint64_t(*elements);
    unsigned bits = bitWidth(ty.dtype());
    return bits ? count * 8 / bits : 0;
  }
  case Kind::Blob:
    return blob() ? blob()->elementCount() : 0;
  default:
    return count;
  }
}

namespace {

/// The low `bitWidth` bits of element `i`.
uint64_t elementBits(DType type, llvm::ArrayRef<uint8_t> bytes, size_t i) {
  unsigned width = bitWidth(type);
  if (width < 8) {
    // An element of 3 or 6 bits may reach into the next byte.
    size_t first = i * width / 8, shift = i * width % 8;
    unsigned pair = bytes[first] | (first + 1 < bytes.size() ? bytes[first + 1] << 8 : 0);
    return (pair >> shift) & ((1u << width) - 1);
  }
  uint64_t bits = 0;
  std::memcpy(&bits, bytes.data() + i * (width / 8), width / 8);
  return llvm::support::endian::byte_swap(bits, llvm::endianness::little);
}

} // namespace

int64_t Literal::elementAsInt(size_t i) const {
  work::count();
  DType type = ty.dtype();
  uint64_t bits = elementBits(type, bytes(), i);
  unsigned width = bitWidth(type);
  if (isSignedInteger(type) && width < 64)
    return int64_t(bits << (64 - width)) >> (64 - width);
  return int64_t(bits);
}

double Literal::elementAsDouble(size_t i) const {
  DType type = ty.dtype();
  work::count();
  if (isFloat(type))
    return toDouble(floatFormat(type), elementBits(type, bytes(), i));
  if (type == DType::UInt64)
    return double(uint64_t(elementAsInt(i)));
  return double(elementAsInt(i));
}

std::optional<int64_t> Literal::asInt() const {
  if (what != Kind::Tensor || (!isInteger(ty.dtype()) && ty.dtype() != DType::Bool) || elementCount() != 1)
    return std::nullopt;
  return elementAsInt(0);
}

std::optional<double> Literal::asDouble() const {
  if (what != Kind::Tensor || elementCount() != 1)
    return std::nullopt;
  return elementAsDouble(0);
}

std::optional<llvm::SmallVector<int64_t, 8>> Literal::asInts() const {
  if (what != Kind::Tensor || !isInteger(ty.dtype()))
    return std::nullopt;
  llvm::SmallVector<int64_t, 8> values(elementCount());
  for (size_t i = 0; i < values.size(); ++i)
    values[i] = elementAsInt(i);
  return values;
}

llvm::StringRef Literal::docString() const { return extras ? extras->doc : llvm::StringRef(); }
llvm::StringRef Literal::protoExtra() const { return extras ? extras->proto : llvm::StringRef(); }

const Literal *Literal::withExtras(Context &context, llvm::StringRef docString, llvm::StringRef protoExtra) const {
  auto *copy = new (context.arena().Allocate<Literal>()) Literal(*this);
  copy->extras = new (context.arena().Allocate<Extras>()) Extras{docString.copy(context.arena()), protoExtra.copy(context.arena())};
  return copy;
}

const Literal *Literal::withType(Context &context, Type type) const {
  auto *copy = new (context.arena().Allocate<Literal>()) Literal(*this);
  copy->ty = type;
  return copy;
}

bool Literal::equals(const Literal &other) const {
  if (this == &other)
    return true;
  if (what != other.what || ty != other.ty || docString() != other.docString() || protoExtra() != other.protoExtra())
    return false;
  switch (what) {
  case Kind::Tensor:
    work::count(count / 8);
    return bytes() == other.bytes();
  case Kind::Strings:
    return strings() == other.strings();
  case Kind::Opaque:
    return text() == other.text();
  case Kind::Blob:
    return blob() == other.blob() && (blob() || (blobPath() == other.blobPath() && blobOffset() == other.blobOffset()));
  case Kind::List:
  case Kind::Tuple:
  case Kind::Dict:
    return llvm::equal(elements(), other.elements(), [](const Literal *a, const Literal *b) { return a->equals(*b); });
  }
  llvm_unreachable("all kinds are listed");
}

uint64_t Literal::hash() const {
  llvm::hash_code code = llvm::hash_combine(unsigned(what), ty.pointer(), count);
  switch (what) {
  case Kind::Tensor:
    work::count(count / 8);
    return llvm::hash_combine(code, llvm::hash_combine_range(bytes().begin(), bytes().end()));
  case Kind::Opaque:
    return llvm::hash_combine(code, text());
  case Kind::Blob:
    return blob() ? llvm::hash_combine(code, blob()) : llvm::hash_combine(code, blobPath(), blobOffset());
  case Kind::Strings:
    for (llvm::StringRef value : strings())
      code = llvm::hash_combine(code, value);
    return code;
  case Kind::List:
  case Kind::Tuple:
  case Kind::Dict:
    for (const Literal *element : elements())
      code = llvm::hash_combine(code, element->hash());
    return code;
  }
  llvm_unreachable("all kinds are listed");
}

} // namespace mil
