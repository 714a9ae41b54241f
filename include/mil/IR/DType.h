// Element types of MIL tensors, with their names in text and their numbers in protobuf and weight files.
#pragma once

#include "mil/Support/Numbers.h"
#include "mil/Weights/Blob.h"
#include "llvm/ADT/StringRef.h"
#include <cstdint>
#include <optional>

namespace mil {

/// An element type. Enumerators have the numbers of MIL.proto's DataType.
enum class DType : uint8_t {
  Invalid = 0,
  Bool = 1,
  String = 2,
  Float16 = 10,
  Float32 = 11,
  Float64 = 12,
  BFloat16 = 13,
  Int8 = 21,
  Int16 = 22,
  Int32 = 23,
  Int64 = 24,
  Int4 = 25,
  UInt8 = 31,
  UInt16 = 32,
  UInt32 = 33,
  UInt64 = 34,
  UInt4 = 35,
  UInt2 = 36,
  UInt1 = 37,
  UInt6 = 38,
  UInt3 = 39,
  Float8E4M3FN = 40,
  Float8E5M2 = 41,
};

/// The name in MIL text ("fp16", "int32", "bool").
llvm::StringRef name(DType type);
/// The type with this name in MIL text, or Invalid.
DType dtypeFromName(llvm::StringRef name);
/// The type with this number in MIL.proto, or Invalid.
DType dtypeFromProto(int number);
/// The number of bits of an element in the bytes of a constant: 8 for bool, 1 to 6 for sub-byte integers, 0 for strings.
unsigned bitWidth(DType type);
/// Whether a type is fp16, fp32, fp64, bf16 or one of the two fp8.
bool isFloat(DType type);
/// Whether a type is an integer, sub-byte ones included; bool is not.
bool isInteger(DType type);
/// Whether a type is an integer with a sign, sub-byte ones included.
bool isSignedInteger(DType type);
/// Whether a type is an integer of less than 8 bits.
bool isSubByte(DType type);
/// The format of the bits of a floating-point type.
FloatFormat floatFormat(DType type);
/// The code of a type in weight files; nullopt for types that they can't store (bool, string, int64, uint64, fp64).
std::optional<BlobDType> toBlobDType(DType type);
/// The type with a code of weight files.
DType fromBlobDType(BlobDType type);
/// Bytes of `count` packed elements; nullopt on overflow.
std::optional<uint64_t> packedSize(DType type, uint64_t count);

} // namespace mil
