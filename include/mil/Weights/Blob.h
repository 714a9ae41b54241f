// Blobs: the bytes of large constants, which are not read into memory until an output is written.
//
//   std::shared_ptr<const Blob> blob = ownedBlob(BlobDType::Float16, 4, bytes);   // 8 bytes
//
// A `Blob` is a typed sequence of bytes that can be read at any position in bounded windows: a record of a weight file, a range of any
// file, memory that is borrowed or owned, or a callback. Constants of the IR refer to blobs; BlobWriter copies each distinct one once.
// Blobs are equal if they have the same element type, size and bytes (`BlobPool`).
#pragma once

#include "mil/Support/Files.h"
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace mil {

/// Element type codes of the weight file (MIL Blob Storage v2). Not the numbers of MIL.proto's DataType.
enum class BlobDType : uint32_t {
  Float16 = 1,
  Float32 = 2,
  UInt8 = 3,
  Int8 = 4,
  BFloat16 = 5,
  Int16 = 6,
  UInt16 = 7,
  Int4 = 8,
  UInt1 = 9,
  UInt2 = 10,
  UInt4 = 11,
  UInt3 = 12,
  UInt6 = 13,
  Int32 = 14,
  UInt32 = 15,
  Float8E4M3FN = 16,
  Float8E5M2 = 17,
};

/// The width of an element in bits; 0 for an invalid code.
unsigned bitWidth(BlobDType type);
/// The name of the element type in MIL text: "fp16", "int4", ….
llvm::StringRef name(BlobDType type);
/// The number of bytes of `count` elements, sub-byte types packed; nullopt if it overflows 64 bits.
std::optional<uint64_t> packedSize(BlobDType type, uint64_t count);

/// A typed run of bytes, readable in windows. Elements are little-endian, row-major; sub-byte ones packed LSB first.
class Blob {
public:
  virtual ~Blob() = default;
  BlobDType dtype() const { return type; }
  /// The size in bytes; for sub-byte elements the packed size.
  uint64_t size() const { return bytes; }
  /// Unused high bits of the last byte (sub-byte types), else 0.
  unsigned paddingBits() const { return padding; }
  /// Number of elements: (8 · size − padding) / width.
  uint64_t elementCount() const { return (bytes * 8 - padding) / bitWidth(type); }
  /// Fills `out` with the bytes starting at `offset`. Fails (reported) if they can't be read.
  virtual Status read(uint64_t offset, llvm::MutableArrayRef<uint8_t> out, DiagnosticEngine &diags) const = 0;
  /// The file range that contains the bytes, for copying without reading; descriptor -1 if there is none.
  struct FileRange {
    int descriptor = -1;
    uint64_t offset = 0;
    FileIdentity file;
    bool isKnown() const { return descriptor >= 0; }
  };
  /// The range of this blob.
  virtual FileRange fileRange() const { return {}; }
  /// The bytes, if they are contiguous in memory; else empty.
  virtual llvm::ArrayRef<uint8_t> memory() const { return {}; }

protected:
  Blob(BlobDType type, uint64_t bytes, unsigned padding) : type(type), bytes(bytes), padding(padding) {}

private:
  BlobDType type;
  uint64_t bytes;
  unsigned padding;
};

// For the following functions, the number of bytes must be packedSize(type, elementCount).

/// Bytes that the caller keeps alive and unchanged until the output is written.
std::shared_ptr<const Blob> borrowedBlob(BlobDType type, uint64_t elementCount, llvm::ArrayRef<uint8_t> bytes);
/// Bytes that the blob owns.
std::shared_ptr<const Blob> ownedBlob(BlobDType type, uint64_t elementCount, std::vector<uint8_t> bytes);
/// `elementCount` elements at `offset` of a file of any format, which is opened; fails if the file is too short.
Result<std::shared_ptr<const Blob>> fileBlob(BlobDType type, uint64_t elementCount, llvm::StringRef path, uint64_t offset,
                                             DiagnosticEngine &diags);
/// Bytes produced on demand: `produce(offset, out)` fills a window and returns false on failure. Windows are requested in ascending order;
/// the whole content may be requested twice (for comparison with other blobs, then for writing).
std::shared_ptr<const Blob> streamedBlob(BlobDType type, uint64_t elementCount,
                                         std::function<bool(uint64_t offset, llvm::MutableArrayRef<uint8_t> out)> produce);

} // namespace mil
