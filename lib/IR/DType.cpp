#include "mil/IR/DType.h"

namespace mil {

namespace {

struct Traits {
  DType type;
  const char *name;
  uint8_t bits;
  enum Class : uint8_t { Other, Float, Signed, Unsigned } kind;
  uint8_t blob; // the weight file's code, 0 for none
};

constexpr Traits traits[] = {
    {DType::Bool, "bool", 8, Traits::Other, 0},
    {DType::String, "string", 0, Traits::Other, 0},
    {DType::Float16, "fp16", 16, Traits::Float, 1},
    {DType::Float32, "fp32", 32, Traits::Float, 2},
    {DType::Float64, "fp64", 64, Traits::Float, 0},
    {DType::BFloat16, "bf16", 16, Traits::Float, 5},
    {DType::Int8, "int8", 8, Traits::Signed, 4},
    {DType::Int16, "int16", 16, Traits::Signed, 6},
    {DType::Int32, "int32", 32, Traits::Signed, 14},
    {DType::Int64, "int64", 64, Traits::Signed, 0},
    {DType::Int4, "int4", 4, Traits::Signed, 8},
    {DType::UInt8, "uint8", 8, Traits::Unsigned, 3},
    {DType::UInt16, "uint16", 16, Traits::Unsigned, 7},
    {DType::UInt32, "uint32", 32, Traits::Unsigned, 15},
    {DType::UInt64, "uint64", 64, Traits::Unsigned, 0},
    {DType::UInt4, "uint4", 4, Traits::Unsigned, 11},
    {DType::UInt2, "uint2", 2, Traits::Unsigned, 10},
    {DType::UInt1, "uint1", 1, Traits::Unsigned, 9},
    {DType::UInt6, "uint6", 6, Traits::Unsigned, 13},
    {DType::UInt3, "uint3", 3, Traits::Unsigned, 12},
    {DType::Float8E4M3FN, "fp8e4m3fn", 8, Traits::Float, 16},
    {DType::Float8E5M2, "fp8e5m2", 8, Traits::Float, 17},
};

// Indexed by the enumerator, so that the hot questions are one load.
struct Table {
  Traits at[64] = {};
  constexpr Table() {
    for (const Traits &t : traits)
      at[size_t(t.type)] = t;
  }
};
constexpr Table table;
const Traits &of(DType type) { return table.at[size_t(type) & 63]; }

} // namespace

llvm::StringRef name(DType type) { return of(type).name ? of(type).name : "invalid"; }

DType dtypeFromName(llvm::StringRef name) {
  for (const Traits &t : traits)
    if (name == t.name)
      return t.type;
  return DType::Invalid;
}

DType dtypeFromProto(int number) { return number > 0 && number < 64 && table.at[number].name ? DType(number) : DType::Invalid; }

unsigned bitWidth(DType type) { return of(type).bits; }
bool isFloat(DType type) { return of(type).kind == Traits::Float; }
bool isInteger(DType type) { return of(type).kind == Traits::Signed || of(type).kind == Traits::Unsigned; }
bool isSignedInteger(DType type) { return of(type).kind == Traits::Signed; }
bool isSubByte(DType type) { return isInteger(type) && bitWidth(type) < 8; }

FloatFormat floatFormat(DType type) {
  switch (type) {
  case DType::Float16:
    return FloatFormat::Half;
  case DType::BFloat16:
    return FloatFormat::BFloat;
  case DType::Float64:
    return FloatFormat::Double;
  case DType::Float8E4M3FN:
    return FloatFormat::Float8E4M3FN;
  case DType::Float8E5M2:
    return FloatFormat::Float8E5M2;
  default:
    return FloatFormat::Single;
  }
}

std::optional<BlobDType> toBlobDType(DType type) {
  if (uint8_t code = of(type).blob)
    return BlobDType(code);
  return std::nullopt;
}

DType fromBlobDType(BlobDType type) {
  for (const Traits &t : traits)
    if (t.blob && BlobDType(t.blob) == type)
      return t.type;
  return DType::Invalid;
}

std::optional<uint64_t> packedSize(DType type, uint64_t count) {
  uint64_t bits = 0;
  if (__builtin_mul_overflow(count, uint64_t(bitWidth(type)), &bits) || bits > UINT64_MAX - 7)
    return std::nullopt;
  return (bits + 7) / 8;
}

} // namespace mil
