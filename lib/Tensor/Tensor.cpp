#include "mil/Tensor/Tensor.h"
#include "mil/Support/Half.h"
#include "mil/Tensor/Kernels.h"
#include "mil/Weights/Blob.h"
#include <cmath>

using namespace mil;

// ---- Storage types ----------------------------------------------------------

namespace {

/// How an element type is stored, and converted to and from the types that are computed with.
template <typename Stored, DType type> struct Element {
  using Storage = Stored;
  static double toDouble(Stored value) {
    if constexpr (std::is_floating_point_v<Stored>)
      return double(value);
    else if constexpr (type == DType::Float16)
      return halfToDouble(value);
    else if (mil::isFloat(type))
      return mil::toDouble(floatFormat(type), value);
    else
      return double(value);
  }
  static int64_t toInt(Stored value) {
    if constexpr (std::is_floating_point_v<Stored>)
      return truncated(double(value));
    else
      return mil::isFloat(type) ? truncated(toDouble(value)) : int64_t(value);
  }
  static Stored fromDouble(double value) {
    if constexpr (std::is_floating_point_v<Stored>)
      return Stored(value);
    else if constexpr (type == DType::Float16)
      return halfFromDouble(value);
    else if (mil::isFloat(type))
      return Stored(mil::fromDouble(floatFormat(type), value));
    else if (type == DType::Bool)
      return Stored(value != 0);
    else
      return fromInt(truncated(value));
  }
  static Stored fromInt(int64_t value) {
    if constexpr (std::is_floating_point_v<Stored>)
      return Stored(value);
    else if (mil::isFloat(type))
      return Stored(mil::fromDouble(floatFormat(type), double(value)));
    else if (type == DType::Bool)
      return Stored(value != 0);
    else
      return wrapped(value);
  }

private:
  static int64_t truncated(double value) {
    if (std::isnan(value))
      return 0;
    if (value >= 0x1p63)
      return type == DType::UInt64 && value < 0x1p64 ? int64_t(uint64_t(value)) : INT64_MAX;
    return value < -0x1p63 ? INT64_MIN : int64_t(value);
  }
  /// The low bits, as the type reads them.
  static Stored wrapped(int64_t value) {
    unsigned bits = bitWidth(type);
    if (bits >= 8)
      return Stored(value);
    uint64_t low = uint64_t(value) & ((1u << bits) - 1);
    bool negative = isSignedInteger(type) && (low >> (bits - 1) & 1);
    return Stored(negative ? int64_t(low) - (int64_t(1) << bits) : int64_t(low));
  }
};

/// Calls visit with the Element of a type: once a run of elements, not once an element.
template <typename F> void dispatch(DType type, F &&visit) {
#define MIL_ELEMENT(TYPE, STORED)                                                                                                          \
  case DType::TYPE:                                                                                                                        \
    return visit(Element<STORED, DType::TYPE>());
  switch (type) {
    MIL_ELEMENT(Bool, uint8_t)
    MIL_ELEMENT(Float16, uint16_t)
    MIL_ELEMENT(Float32, float)
    MIL_ELEMENT(Float64, double)
    MIL_ELEMENT(BFloat16, uint16_t)
    MIL_ELEMENT(Int8, int8_t)
    MIL_ELEMENT(Int16, int16_t)
    MIL_ELEMENT(Int32, int32_t)
    MIL_ELEMENT(Int64, int64_t)
    MIL_ELEMENT(Int4, int8_t)
    MIL_ELEMENT(UInt8, uint8_t)
    MIL_ELEMENT(UInt16, uint16_t)
    MIL_ELEMENT(UInt32, uint32_t)
    MIL_ELEMENT(UInt64, uint64_t)
    MIL_ELEMENT(UInt4, uint8_t)
    MIL_ELEMENT(UInt2, uint8_t)
    MIL_ELEMENT(UInt1, uint8_t)
    MIL_ELEMENT(UInt6, uint8_t)
    MIL_ELEMENT(UInt3, uint8_t)
    MIL_ELEMENT(Float8E4M3FN, uint8_t)
    MIL_ELEMENT(Float8E5M2, uint8_t)
  case DType::Invalid:
  case DType::String:
    break;
  }
#undef MIL_ELEMENT
  assert(false && "tensors hold numbers and bools");
}

} // namespace

static unsigned storageSize(DType type) {
  unsigned bits = bitWidth(type);
  return bits < 8 ? 1 : bits / 8;
}

static int64_t countOf(llvm::ArrayRef<int64_t> dims) {
  if (llvm::is_contained(dims, 0)) // the others' product may overflow
    return 0;
  int64_t count = 1;
  for (int64_t dim : dims)
    count *= dim;
  return count;
}

// ---- Making -----------------------------------------------------------------

Tensor::Tensor(DType type, llvm::ArrayRef<int64_t> dims) : type(type), shape(dims), elements(countOf(dims)), size(storageSize(type)) {
  auto memory = std::make_shared<uint8_t[]>(byteCount());
  data = memory.get();
  owner = {memory, memory.get()}; // an array's pointer doesn't convert by itself
}

Tensor Tensor::over(DType type, llvm::ArrayRef<int64_t> dims, const uint8_t *bytes, std::shared_ptr<const void> owner) {
  Tensor result;
  result.type = type;
  result.shape.assign(dims.begin(), dims.end());
  result.elements = countOf(dims);
  result.size = storageSize(type);
  result.writable = false;
  result.data = bytes;
  result.owner = std::move(owner);
  return result;
}

Tensor Tensor::in(DType type, llvm::ArrayRef<int64_t> dims, std::shared_ptr<uint8_t> memory) {
  Tensor result = over(type, dims, memory.get(), nullptr);
  result.owner = std::move(memory);
  result.writable = true;
  return result;
}

Tensor Tensor::retyped(DType type, llvm::ArrayRef<int64_t> dims) && {
  Tensor result = over(type, dims, data, std::move(owner));
  result.writable = writable;
  return result;
}

void Tensor::copyMemory() {
  auto memory = std::make_shared_for_overwrite<uint8_t[]>(byteCount());
  std::copy_n(data, byteCount(), memory.get());
  data = memory.get();
  owner = {memory, memory.get()}; // an array's pointer doesn't convert by itself
  writable = true;
}

Tensor Tensor::scalar(DType type, double value) {
  Tensor result(type, {});
  result.write(0, llvm::ArrayRef(value));
  return result;
}

Tensor Tensor::vector(DType type, llvm::ArrayRef<int64_t> values) {
  Tensor result(type, {int64_t(values.size())});
  result.write(0, values);
  return result;
}

Tensor Tensor::withDims(llvm::ArrayRef<int64_t> dims) && {
  assert(countOf(dims) == elements);
  shape.assign(dims.begin(), dims.end());
  return std::move(*this);
}

// ---- Literals ---------------------------------------------------------------

/// The bytes of a constant as MIL stores them; empty with `missing` set when they can't be had.
static std::vector<uint8_t> packedBytes(const Literal &literal, uint64_t expected, DiagnosticEngine *diags, bool &missing) {
  missing = true;
  std::vector<uint8_t> bytes;
  if (literal.isTensor() && literal.bytes().size() == expected) {
    bytes = literal.bytes();
    missing = false;
  } else if (literal.isBlob() && literal.blob() && literal.blob()->size() == expected) {
    DiagnosticEngine silent;
    bytes.resize(expected);
    missing = !literal.blob()->read(0, bytes, diags ? *diags : silent);
  }
  return bytes;
}

static void unpackBits(llvm::ArrayRef<uint8_t> packed, DType type, llvm::MutableArrayRef<uint8_t> out) {
  unsigned bits = bitWidth(type);
  for (size_t i = 0; i < out.size(); ++i) {
    unsigned value = 0;
    for (unsigned b = 0; b < bits; ++b)
      value |= unsigned(packed[(i * bits + b) / 8] >> ((i * bits + b) % 8) & 1) << b;
    bool negative = isSignedInteger(type) && value >> (bits - 1);
    out[i] = uint8_t(negative ? value | ~0u << bits : value);
  }
}

static std::vector<uint8_t> pack(llvm::ArrayRef<uint8_t> elements, DType type) {
  unsigned bits = bitWidth(type);
  std::vector<uint8_t> packed((elements.size() * bits + 7) / 8);
  for (size_t i = 0; i < elements.size(); ++i)
    for (unsigned b = 0; b < bits; ++b)
      packed[(i * bits + b) / 8] |= uint8_t((elements[i] >> b & 1) << ((i * bits + b) % 8));
  return packed;
}

std::optional<Tensor> Tensor::fromLiteral(const Literal &literal, uint64_t maxElements, DiagnosticEngine *diags) {
  Type type = literal.type();
  if (!type.isTensor() || !type.hasStaticShape() || bitWidth(type.dtype()) == 0)
    return std::nullopt;
  std::optional<int64_t> count = type.elementCount();
  if (!count || uint64_t(*count) > maxElements)
    return std::nullopt;
  std::optional<uint64_t> size = packedSize(type.dtype(), uint64_t(*count));
  bool missing = !size;
  std::vector<uint8_t> bytes;
  if (!missing)
    bytes = packedBytes(literal, *size, diags, missing);
  if (missing)
    return std::nullopt;
  Tensor result(type.dtype(), type.dims());
  if (isSubByte(type.dtype()))
    unpackBits(bytes, type.dtype(), result.bytes());
  else
    std::copy(bytes.begin(), bytes.end(), result.bytes().begin());
  return result;
}

const Literal *Tensor::toLiteral(Context &context, Type as) const {
  assert(as.isTensor() && as.elementCount() == elements);
  if (as.dtype() != type)
    return convert(*this, as.dtype()).toLiteral(context, as);
  if (isSubByte(type))
    return Literal::tensor(context, as, pack(bytes(), type));
  return Literal::tensor(context, as, bytes());
}

// ---- Elements ---------------------------------------------------------------

void Tensor::read(int64_t from, llvm::MutableArrayRef<double> out) const {
  dispatch(type, [&](auto element) {
    using E = decltype(element);
    auto *stored = reinterpret_cast<const typename E::Storage *>(data) + from;
    for (size_t i = 0; i < out.size(); ++i)
      out[i] = E::toDouble(stored[i]);
  });
}

void Tensor::read(int64_t from, llvm::MutableArrayRef<int64_t> out) const {
  dispatch(type, [&](auto element) {
    using E = decltype(element);
    auto *stored = reinterpret_cast<const typename E::Storage *>(data) + from;
    for (size_t i = 0; i < out.size(); ++i)
      out[i] = E::toInt(stored[i]);
  });
}

void Tensor::write(int64_t from, llvm::ArrayRef<double> values) {
  detach();
  dispatch(type, [&](auto element) {
    using E = decltype(element);
    auto *stored = reinterpret_cast<typename E::Storage *>(const_cast<uint8_t *>(data)) + from;
    for (size_t i = 0; i < values.size(); ++i)
      stored[i] = E::fromDouble(std::isnan(values[i]) ? NAN : values[i]); // one NaN, as sign and payload depend on the machine
  });
}

void Tensor::write(int64_t from, llvm::ArrayRef<int64_t> values) {
  detach();
  dispatch(type, [&](auto element) {
    using E = decltype(element);
    auto *stored = reinterpret_cast<typename E::Storage *>(const_cast<uint8_t *>(data)) + from;
    for (size_t i = 0; i < values.size(); ++i)
      stored[i] = E::fromInt(values[i]);
  });
}

double Tensor::number(int64_t i) const {
  double value;
  read(i, llvm::MutableArrayRef(value));
  return value;
}

int64_t Tensor::integer(int64_t i) const {
  int64_t value;
  read(i, llvm::MutableArrayRef(value));
  return value;
}
