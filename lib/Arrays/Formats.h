// The parts of mil::ArrayFile: one parser and one writer for each format. Parsers get the whole file and report by `why`.
#pragma once

#include "mil/Arrays/WriteArrays.h"

namespace mil {

// ---- .npy

/// Headers of NumPy are far smaller.
constexpr size_t mostNpyHeader = 1 << 16;
/// Magic, version and length.
constexpr size_t mostNpyStart = 12;

/// Reads the header at the beginning of `bytes` into dtype, dims, bytes and header. The rest of the array may be missing from `bytes`.
bool parseNpyHeader(llvm::ArrayRef<uint8_t> bytes, StoredArray &array, std::string &why);
/// The header of an array; elements behind it begin at a multiple of 64 bytes.
std::string npyHeader(const ArraySource &array);
/// Whether NumPy has a type of elements.
bool hasNpyType(DType dtype);

// ---- .npz

bool parseNpz(llvm::ArrayRef<uint8_t> all, std::vector<StoredArray> &arrays, std::string &why);
/// `seekable` is `out` if it can seek back to write the header of an array when the array is known, else null.
Status writeNpz(llvm::ArrayRef<ArraySource> arrays, llvm::raw_ostream &out, llvm::raw_pwrite_stream *seekable);

/// Inflates the beginning of `packed` into all of `parts`, one after the other. False when there are fewer bytes, or `isWhole` and more of
/// them, or when they are damaged.
bool inflateInto(llvm::ArrayRef<uint8_t> packed, llvm::ArrayRef<llvm::MutableArrayRef<uint8_t>> parts, bool isWhole);
/// CRC-32 as archives have it; goes on from `before`.
uint32_t checksumOf(llvm::ArrayRef<uint8_t> data, uint32_t before = 0);

// ---- .safetensors

bool parseSafetensors(llvm::ArrayRef<uint8_t> all, std::vector<StoredArray> &arrays, std::string &why);
Status writeSafetensors(llvm::ArrayRef<ArraySource> arrays, llvm::raw_ostream &out);

// ---- All

/// Bytes of an array of a shape; nullopt when they overflow or the shape has a negative size.
std::optional<uint64_t> byteSize(DType dtype, llvm::ArrayRef<int64_t> dims);
/// A name as a message shows it: short, and no control characters.
std::string shown(llvm::StringRef name);

} // namespace mil
