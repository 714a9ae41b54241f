// Reads .npz archives, which may come from anywhere. See mil/Arrays/ArrayFile.h.
//
// Why not a library: libzip is linked against OpenSSL and four compressors, minizip believes an archive's numbers; what NumPy writes is a
// small part of ZIP, and of that every number is checked here before it is used.

#include "Formats.h"
#include "Zip.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/Endian.h"
#include <zlib.h>

namespace mil {

namespace {

using namespace zip;
namespace endian = llvm::support::endian;

/// An entry as the archive's directory lists it.
struct ListedEntry {
  llvm::StringRef name;
  uint16_t method = 0;
  uint32_t checksum = 0;
  uint64_t packed = 0, unpacked = 0, offset = 0;
};

/// Little-endian numbers at places that have been checked.
struct ArchiveBytes {
  llvm::ArrayRef<uint8_t> all;
  bool has(uint64_t at, uint64_t size) const { return at <= all.size() && size <= all.size() - at; }
  uint16_t u16(uint64_t at) const { return endian::read16le(all.data() + at); }
  uint32_t u32(uint64_t at) const { return endian::read32le(all.data() + at); }
  uint64_t u64(uint64_t at) const { return endian::read64le(all.data() + at); }
  llvm::StringRef text(uint64_t at, uint64_t size) const { return llvm::toStringRef(all.slice(size_t(at), size_t(size))); }
};

class ArchiveReader {
public:
  ArchiveReader(llvm::ArrayRef<uint8_t> all, std::string &why) : bytes{all}, why(why) {}

  bool read(std::vector<StoredArray> &arrays) {
    std::vector<ListedEntry> entries;
    if (!readDirectory(entries))
      return false;
    llvm::StringSet<> names;
    for (const ListedEntry &entry : entries) {
      llvm::StringRef name = entry.name;
      if (!name.consume_back(".npy") || name.contains("..") || name.starts_with("/") || name.contains('\\') || name.contains('\0'))
        return wrong("it has an entry that is not an array: '" + shown(entry.name) + "'");
      if (!names.insert(name).second)
        return wrong("it has two arrays called '" + shown(name) + "'");
      StoredArray &array = arrays.emplace_back();
      array.name = name.str();
      if (!locate(entry, array))
        return false;
    }
    return areApart();
  }

private:
  bool wrong(std::string what) {
    why = std::move(what);
    return false;
  }

  /// Finds the directory by the record at the end, which only a comment may follow.
  std::optional<uint64_t> findEnd() const {
    uint64_t size = bytes.all.size();
    for (uint64_t back = endSize; back <= size && back <= endSize + longestComment; ++back)
      if (bytes.u32(size - back) == endSignature && bytes.u16(size - back + 20) == back - endSize)
        return size - back;
    return std::nullopt;
  }

  bool readDirectory(std::vector<ListedEntry> &entries) {
    std::optional<uint64_t> end = findEnd();
    if (!end)
      return wrong("it is not a complete .npz file");
    uint64_t count = bytes.u16(*end + 10), at = bytes.u32(*end + 16);
    if (*end >= locator64Size && bytes.u32(*end - locator64Size) == locator64Signature) {
      uint64_t record = bytes.u64(*end - locator64Size + 8);
      if (!bytes.has(record, end64Size) || bytes.u32(record) != end64Signature)
        return wrong("its directory is damaged");
      count = bytes.u64(record + 32), at = bytes.u64(record + 48);
    }
    directory = at;
    if (count > bytes.all.size() / centralSize)
      return wrong("its directory is damaged");
    for (uint64_t i = 0; i < count; ++i)
      if (!readEntry(at, entries.emplace_back()))
        return why.empty() ? wrong("its directory is damaged") : false;
    return true;
  }

  /// Reads the directory's record at `at`, and moves `at` behind it.
  bool readEntry(uint64_t &at, ListedEntry &entry) {
    if (!bytes.has(at, centralSize) || bytes.u32(at) != centralSignature)
      return false;
    uint16_t flags = bytes.u16(at + 8), nameSize = bytes.u16(at + 28), extraSize = bytes.u16(at + 30), comment = bytes.u16(at + 32);
    entry.method = bytes.u16(at + 10);
    entry.checksum = bytes.u32(at + 16);
    entry.packed = bytes.u32(at + 20), entry.unpacked = bytes.u32(at + 24), entry.offset = bytes.u32(at + 42);
    if (!bytes.has(at + centralSize, uint64_t(nameSize) + extraSize + comment))
      return false;
    entry.name = bytes.text(at + centralSize, nameSize);
    if (flags & 1)
      return wrong("its entry '" + shown(entry.name) + "' is encrypted");
    if (!readLarge(entry, at + centralSize + nameSize, extraSize))
      return false;
    at += centralSize + nameSize + extraSize + comment;
    return true;
  }

  /// Numbers that have no room in 32 bits, from the field 1 of the extra fields.
  bool readLarge(ListedEntry &entry, uint64_t at, uint64_t size) const {
    for (uint64_t end = at + size; at + 4 <= end;) {
      uint16_t id = bytes.u16(at), length = bytes.u16(at + 2);
      if (length > end - at - 4)
        return false;
      uint64_t next = at + 4, fieldEnd = next + length;
      if (id == 1)
        for (uint64_t *number : {&entry.unpacked, &entry.packed, &entry.offset})
          if (*number == in64) {
            if (next + 8 > fieldEnd)
              return false;
            *number = bytes.u64(next);
            next += 8;
          }
      at = fieldEnd;
    }
    return true;
  }

  /// Finds an entry's bytes behind its local record, and reads the array's header.
  bool locate(const ListedEntry &entry, StoredArray &array) {
    std::string in = "its array '" + shown(array.name) + "' ";
    if (!bytes.has(entry.offset, localSize) || bytes.u32(entry.offset) != localSignature)
      return wrong(in + "is not at the position given in the directory");
    uint16_t nameSize = bytes.u16(entry.offset + 26);
    uint64_t start = entry.offset + localSize + nameSize + bytes.u16(entry.offset + 28);
    if (!bytes.has(start, entry.packed) || start + entry.packed > directory)
      return wrong(in + "is cut short");
    if (bytes.text(entry.offset + localSize, nameSize) != entry.name)
      return wrong(in + "has a different name in its entry");
    taken.push_back({entry.offset, start + entry.packed});
    array.offset = start;
    array.packed = entry.packed;
    array.checksum = entry.checksum;
    array.isDeflated = entry.method == 8;
    if (!array.isDeflated && (entry.method != 0 || entry.packed != entry.unpacked))
      return wrong(in + "uses a compression that NumPy doesn't use");

    llvm::ArrayRef<uint8_t> packed = bytes.all.slice(size_t(start), size_t(entry.packed));
    std::vector<uint8_t> inflated;
    if (array.isDeflated) {
      inflated.resize(size_t(std::min<uint64_t>(entry.unpacked, mostNpyStart + mostNpyHeader)));
      // Deflate makes at most 1,032 bytes of one: no memory for what can't be there.
      if (entry.unpacked / 1032 > entry.packed || !inflateInto(packed, llvm::MutableArrayRef(inflated), false))
        return wrong(in + "is damaged");
    }
    std::string what;
    if (!parseNpyHeader(array.isDeflated ? llvm::ArrayRef(inflated) : packed, array, what))
      return wrong(in + "can't be read: " + what);
    if (array.bytes != entry.unpacked - array.header)
      return wrong(in + "can't be read: its shape takes " + std::to_string(array.bytes) + " bytes, but it has " +
                   std::to_string(entry.unpacked - array.header));
    if (!array.isDeflated)
      array.offset += array.header;
    return true;
  }

  /// Entries that share bytes are how a small archive unpacks to a huge one.
  bool areApart() {
    llvm::sort(taken);
    for (size_t i = 1; i < taken.size(); ++i)
      if (taken[i].first < taken[i - 1].second)
        return wrong("its arrays overlap");
    return true;
  }

  ArchiveBytes bytes;
  std::string &why;
  uint64_t directory = 0;
  std::vector<std::pair<uint64_t, uint64_t>> taken; ///< from an entry's local record to the end of its bytes
};

} // namespace

bool parseNpz(llvm::ArrayRef<uint8_t> all, std::vector<StoredArray> &arrays, std::string &why) {
  return ArchiveReader(all, why).read(arrays);
}

bool inflateInto(llvm::ArrayRef<uint8_t> packed, llvm::ArrayRef<llvm::MutableArrayRef<uint8_t>> parts, bool isWhole) {
  z_stream stream{};
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK)
    return false;
  stream.next_in = const_cast<uint8_t *>(packed.data());
  uint64_t in = packed.size(), room = 0;
  int status = Z_OK;
  for (size_t i = 0; i < parts.size() && room == 0; ++i) {
    room = parts[i].size();
    if (room > 0) // an empty part has no place, which zlib refuses
      stream.next_out = parts[i].data();
    bool toTheEnd = isWhole && i + 1 == parts.size();
    while (status == Z_OK && (toTheEnd || room > 0)) {
      uInt inNow = uInt(std::min<uint64_t>(in, 1u << 30)), outNow = uInt(std::min<uint64_t>(room, 1u << 30));
      stream.avail_in = inNow, stream.avail_out = outNow;
      status = inflate(&stream, Z_NO_FLUSH);
      in -= inNow - stream.avail_in, room -= outNow - stream.avail_out;
      if (status == Z_OK && inNow == stream.avail_in && outNow == stream.avail_out)
        status = Z_BUF_ERROR; // no progress: too many bytes, or too few
    }
  }
  inflateEnd(&stream);
  return room == 0 && (isWhole ? status == Z_STREAM_END : status == Z_OK || status == Z_STREAM_END);
}

uint32_t checksumOf(llvm::ArrayRef<uint8_t> data, uint32_t before) { return uint32_t(crc32_z(before, data.data(), data.size())); }

} // namespace mil
