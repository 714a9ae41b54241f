// Conversion between packed sub-byte elements, as stored in weight files, and one element per byte.
//
// Elements form a stream of bits, least significant first: element i of width n has bits [i·n, (i+1)·n), and bit b of the stream is bit
// b mod 8 of byte b / 8. So 3- and 6-bit elements may straddle two bytes. Unused bits at the end are zero. int4 is two's complement.
#pragma once

#include "mil/Weights/Blob.h"

namespace mil {

/// Whether elements of this type are narrower than a byte.
inline bool isSubByte(BlobDType type) { return bitWidth(type) < 8; }

/// Unpacks out.size() elements of a sub-byte type into one byte each: int4 sign-extended (0xFF is -1), the others zero-extended. `packed`
/// has packedSize(type, out.size()) bytes. Windows of a longer array must start at a multiple of 8 elements.
void unpackElements(BlobDType type, llvm::ArrayRef<uint8_t> packed, llvm::MutableArrayRef<uint8_t> out);

/// Packs elements of a sub-byte type, one per byte, into packedSize(type, elements.size()) bytes. Bits above the width are dropped.
void packElements(BlobDType type, llvm::ArrayRef<uint8_t> elements, llvm::MutableArrayRef<uint8_t> packed);

} // namespace mil
