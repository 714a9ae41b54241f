// Writes .npz archives: stored entries, then the directory. Numbers of 4 GiB and more go into ZIP64 fields, so sizes needn't be small.

#include "Formats.h"
#include "Zip.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/EndianStream.h"

namespace mil {

namespace {

using namespace zip;

struct WrittenEntry {
  std::string name;
  uint64_t size = 0, offset = 0;
  uint32_t checksum = 0;
};

/// The header before an entry's bytes, or its record in the directory.
std::string recordOf(const WrittenEntry &entry, bool central) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  llvm::support::endian::Writer out(stream, llvm::endianness::little);
  bool large = entry.size >= in64 || (central && entry.offset >= in64);
  uint16_t extra = large ? (central ? 28 : 20) : 0;
  out.write(central ? centralSignature : localSignature);
  if (central)
    out.write(uint16_t(45));
  out.write(uint16_t(large ? 45 : 20)), out.write(uint16_t(0x800)), out.write(uint16_t(0)); // names are UTF-8; stored
  out.write(uint16_t(0)), out.write(uint16_t(0x21));                                        // 1 January 1980: no clock in outputs
  out.write(entry.checksum), out.write(large ? in64 : uint32_t(entry.size)), out.write(large ? in64 : uint32_t(entry.size));
  out.write(uint16_t(entry.name.size())), out.write(extra);
  if (central) {
    out.write(uint16_t(0)), out.write(uint16_t(0)), out.write(uint16_t(0)), out.write(uint32_t(0));
    out.write(large ? in64 : uint32_t(entry.offset));
  }
  stream << entry.name;
  if (large) {
    out.write(uint16_t(1)), out.write(uint16_t(extra - 4)), out.write(entry.size), out.write(entry.size);
    if (central)
      out.write(entry.offset);
  }
  return text;
}

/// What ends an archive whose directory of `size` bytes starts at `start`.
void writeEnd(uint64_t entries, uint64_t start, uint64_t size, llvm::raw_ostream &stream) {
  llvm::support::endian::Writer out(stream, llvm::endianness::little);
  bool large = start >= in64 || size >= in64 || entries >= countIn64;
  if (large) {
    out.write(end64Signature), out.write(uint64_t(end64Size - 12));
    out.write(uint16_t(45)), out.write(uint16_t(45)), out.write(uint32_t(0)), out.write(uint32_t(0));
    out.write(entries), out.write(entries), out.write(size), out.write(start);
    out.write(locator64Signature), out.write(uint32_t(0)), out.write(start + size), out.write(uint32_t(1));
  }
  out.write(endSignature), out.write(uint16_t(0)), out.write(uint16_t(0));
  uint16_t count = uint16_t(std::min<uint64_t>(entries, countIn64));
  out.write(count), out.write(count), out.write(uint32_t(std::min<uint64_t>(size, in64)));
  out.write(large ? in64 : uint32_t(start)), out.write(uint16_t(0));
}

} // namespace

Status writeNpz(llvm::ArrayRef<ArraySource> arrays, llvm::raw_ostream &out, llvm::raw_pwrite_stream *seekable) {
  std::vector<WrittenEntry> entries;
  for (const ArraySource &array : arrays) {
    std::string header = npyHeader(array);
    WrittenEntry entry{array.name + ".npy", header.size() + *byteSize(array.dtype, array.dims) * std::max<size_t>(array.characters, 1),
                       out.tell(), 0};
    uint32_t ofHeader = checksumOf(llvm::arrayRefFromStringRef(header));
    entry.checksum = ofHeader;
    auto sum = [&](llvm::ArrayRef<uint8_t> bytes) { entry.checksum = checksumOf(bytes, entry.checksum); };
    if (!seekable && !array.read(sum))
      return failure();
    out << recordOf(entry, false) << header;
    if (!array.read([&](llvm::ArrayRef<uint8_t> bytes) {
          if (seekable)
            sum(bytes);
          out << llvm::toStringRef(bytes);
        }))
      return failure();
    if (seekable) {
      std::string record = recordOf(entry, false);
      seekable->pwrite(record.data(), record.size(), entry.offset);
    }
    entries.push_back(std::move(entry));
  }
  uint64_t start = out.tell();
  for (const WrittenEntry &entry : entries)
    out << recordOf(entry, true);
  writeEnd(entries.size(), start, out.tell() - start, out);
  return success();
}

} // namespace mil
