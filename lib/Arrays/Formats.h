// The formats of mil::ArrayFile: a parser and a writer for each. Parsers are given the whole file and return the reason of an error in
// `why`.
#pragma once

#include "mil/Arrays/WriteArrays.h"

namespace mil {

// ---- .npy

/// The limit for headers; those that NumPy writes are far smaller.
constexpr size_t mostNpyHeader = 1 << 16;
/// The largest size of magic number, version and length.
constexpr size_t mostNpyStart = 12;

/// Reads the header at the beginning of `bytes` into dtype, dims, bytes and header. The rest of the array may be missing from `bytes`.
bool parseNpyHeader(llvm::ArrayRef<uint8_t> bytes, StoredArray &array, std::string &why);
/// The header of an array; the elements after it start at a multiple of 64 bytes.
std::string npyHeader(const ArraySource &array);
/// Whether NumPy has an element type.
bool hasNpyType(DType dtype);

// ---- .npz

bool parseNpz(llvm::ArrayRef<uint8_t> all, std::vector<StoredArray> &arrays, std::string &why);
/// `seekable` is `out` if it can seek back, to write the header of an array after its elements, else null.
Status writeNpz(llvm::ArrayRef<ArraySource> arrays, llvm::raw_ostream &out, llvm::raw_pwrite_stream *seekable);

/// Inflates the beginning of `packed` into all `parts`, one after the other. False if there are fewer bytes, if `isWhole` and there are
/// more, or if the data is damaged.
bool inflateInto(llvm::ArrayRef<uint8_t> packed, llvm::ArrayRef<llvm::MutableArrayRef<uint8_t>> parts, bool isWhole);
/// The CRC-32 of ZIP archives, continued from `before`.
uint32_t checksumOf(llvm::ArrayRef<uint8_t> data, uint32_t before = 0);

// ---- .safetensors

bool parseSafetensors(llvm::ArrayRef<uint8_t> all, std::vector<StoredArray> &arrays, std::string &why);
Status writeSafetensors(llvm::ArrayRef<ArraySource> arrays, llvm::raw_ostream &out);

// ---- All

/// The number of bytes of an array; nullopt on overflow, or if the shape has a negative size.
std::optional<uint64_t> byteSize(DType dtype, llvm::ArrayRef<int64_t> dims);
/// A name for messages: shortened, and without control characters.
std::string shown(llvm::StringRef name);

} // namespace mil
