#include "mil/Weights/Blob.h"
#include "mil/Support/DiagnosticKinds.h"
#include "mil/Weights/DiagnosticKinds.h"
#include <algorithm>
#include <cassert>

using namespace llvm;

namespace mil {

namespace {

struct TypeInfo {
  const char *name;
  unsigned bits;
};

/// By code of the weight file; code 0 is none.
constexpr TypeInfo types[] = {
    {"", 0},      {"fp16", 16}, {"fp32", 32}, {"uint8", 8}, {"int8", 8},  {"bf16", 16},  {"int16", 16},  {"uint16", 16},   {"int4", 4},
    {"uint1", 1}, {"uint2", 2}, {"uint4", 4}, {"uint3", 3}, {"uint6", 6}, {"int32", 32}, {"uint32", 32}, {"fp8e4m3fn", 8}, {"fp8e5m2", 8},
};

const TypeInfo &infoOf(BlobDType type) { return types[uint32_t(type) < std::size(types) ? uint32_t(type) : 0]; }

uint64_t sizeOf(BlobDType type, uint64_t elementCount) {
  std::optional<uint64_t> size = packedSize(type, elementCount);
  assert(size && "a blob whose size overflows");
  return *size;
}

unsigned paddingOf(BlobDType type, uint64_t elementCount) { return unsigned(-(elementCount % 8 * bitWidth(type))) % 8; }

class MemoryBlob : public Blob {
public:
  MemoryBlob(BlobDType type, uint64_t elementCount, ArrayRef<uint8_t> bytes)
      : Blob(type, bytes.size(), paddingOf(type, elementCount)), bytes(bytes) {
    assert(bytes.size() == sizeOf(type, elementCount));
  }
  MemoryBlob(BlobDType type, uint64_t elementCount, std::vector<uint8_t> given) : MemoryBlob(type, elementCount, ArrayRef<uint8_t>(given)) {
    owned = std::move(given); // which keeps its place in memory
  }
  Status read(uint64_t offset, MutableArrayRef<uint8_t> out, DiagnosticEngine &) const override {
    ArrayRef<uint8_t> part = bytes.slice(offset, out.size());
    std::copy(part.begin(), part.end(), out.begin());
    return success();
  }
  ArrayRef<uint8_t> memory() const override { return bytes; }

private:
  ArrayRef<uint8_t> bytes;
  std::vector<uint8_t> owned;
};

class FileBlob : public Blob {
public:
  FileBlob(BlobDType type, uint64_t elementCount, std::unique_ptr<File> file, uint64_t start)
      : Blob(type, sizeOf(type, elementCount), paddingOf(type, elementCount)), file(std::move(file)), start(start) {}
  Status read(uint64_t offset, MutableArrayRef<uint8_t> out, DiagnosticEngine &diags) const override {
    return file->read(start + offset, out, diags);
  }
  FileRange fileRange() const override { return {file->descriptor(), start, file->identity()}; }

private:
  std::unique_ptr<File> file;
  uint64_t start;
};

class StreamedBlob : public Blob {
public:
  using Produce = std::function<bool(uint64_t, MutableArrayRef<uint8_t>)>;
  StreamedBlob(BlobDType type, uint64_t elementCount, Produce produce)
      : Blob(type, sizeOf(type, elementCount), paddingOf(type, elementCount)), produce(std::move(produce)) {}
  Status read(uint64_t offset, MutableArrayRef<uint8_t> out, DiagnosticEngine &diags) const override {
    if (!produce(offset, out))
      return diags.report({}, diag::BlobNotProduced);
    return success();
  }

private:
  Produce produce;
};

} // namespace

unsigned bitWidth(BlobDType type) { return infoOf(type).bits; }
StringRef name(BlobDType type) { return infoOf(type).name; }

std::optional<uint64_t> packedSize(BlobDType type, uint64_t count) {
  unsigned bits = bitWidth(type);
  // Whole groups of 8 elements take `bits` bytes each, so only they can overflow.
  uint64_t groups = count / 8, rest = (count % 8 * bits + 7) / 8;
  if (bits != 0 && groups > (UINT64_MAX - rest) / bits)
    return std::nullopt;
  return groups * bits + rest;
}

std::shared_ptr<const Blob> borrowedBlob(BlobDType type, uint64_t elementCount, ArrayRef<uint8_t> bytes) {
  return std::make_shared<MemoryBlob>(type, elementCount, bytes);
}

std::shared_ptr<const Blob> ownedBlob(BlobDType type, uint64_t elementCount, std::vector<uint8_t> bytes) {
  return std::make_shared<MemoryBlob>(type, elementCount, std::move(bytes));
}

Result<std::shared_ptr<const Blob>> fileBlob(BlobDType type, uint64_t elementCount, StringRef path, uint64_t offset,
                                             DiagnosticEngine &diags) {
  auto file = File::open(path, diags);
  if (!file)
    return failure();
  std::optional<uint64_t> size = packedSize(type, elementCount);
  uint64_t length = (*file)->size();
  if (!size || offset > length || *size > length - offset)
    return diags.report({}, diag::CannotRead, path,
                        "it ends at byte " + std::to_string(length) + ", before the end of the requested range");
  return std::shared_ptr<const Blob>(std::make_shared<FileBlob>(type, elementCount, std::move(*file), offset));
}

std::shared_ptr<const Blob> streamedBlob(BlobDType type, uint64_t elementCount,
                                         std::function<bool(uint64_t offset, MutableArrayRef<uint8_t> out)> produce) {
  return std::make_shared<StreamedBlob>(type, elementCount, std::move(produce));
}

} // namespace mil
