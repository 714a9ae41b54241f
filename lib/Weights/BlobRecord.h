// The header and the records of a weight file, as bytes.
#pragma once

#include "llvm/Support/Endian.h"
#include <cstdint>

namespace mil {

constexpr uint64_t recordSize = 64; // of the header too; records and the header start at multiples of it
constexpr uint32_t recordSentinel = 0xDEADBEEF;
constexpr uint32_t weightFileVersion = 2;

/// The offset at which the next record may start. `end` is an offset in a file, so that the sum can't overflow.
constexpr uint64_t alignedRecord(uint64_t end) { return (end + recordSize - 1) & ~(recordSize - 1); }

struct FileHeader {
  uint32_t count = 0, version = weightFileVersion;

  void write(uint8_t (&bytes)[recordSize]) const {
    llvm::support::endian::write32le(bytes, count);
    llvm::support::endian::write32le(bytes + 4, version);
  }
  static FileHeader read(const uint8_t (&bytes)[recordSize]) {
    return {llvm::support::endian::read32le(bytes), llvm::support::endian::read32le(bytes + 4)};
  }
};

struct BlobRecord {
  uint32_t sentinel = recordSentinel, type = 0;
  uint64_t size = 0, dataOffset = 0, paddingBits = 0;

  void write(uint8_t *bytes) const {
    llvm::support::endian::write32le(bytes, sentinel);
    llvm::support::endian::write32le(bytes + 4, type);
    llvm::support::endian::write64le(bytes + 8, size);
    llvm::support::endian::write64le(bytes + 16, dataOffset);
    llvm::support::endian::write64le(bytes + 24, paddingBits);
  }
  static BlobRecord read(const uint8_t *bytes) {
    return {llvm::support::endian::read32le(bytes), llvm::support::endian::read32le(bytes + 4), llvm::support::endian::read64le(bytes + 8),
            llvm::support::endian::read64le(bytes + 16), llvm::support::endian::read64le(bytes + 24)};
  }
};

} // namespace mil
