// .npz archives: ZIP files of .npy files. See mil/Run/Arrays.h.

#include "Npy.h"
#include "mil/Run/DiagnosticKinds.h"
#include "mil/Support/DiagnosticKinds.h"
#include "mil/Support/Files.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/EndianStream.h"
#include <zlib.h>

using namespace mil;
using namespace llvm::support;

namespace {

constexpr uint32_t localSignature = 0x04034b50, centralSignature = 0x02014b50, endSignature = 0x06054b50, end64Signature = 0x06064b50,
                   locator64Signature = 0x07064b50;
constexpr size_t localSize = 30, centralSize = 46, endSize = 22, locator64Size = 20, end64Size = 56, longestComment = 0xffff;
constexpr uint32_t in64 = 0xffffffff; ///< the number is in the ZIP64 field

struct Entry {
  llvm::StringRef name;
  uint16_t method = 0;
  uint32_t checksum = 0;
  uint64_t packed = 0, unpacked = 0, offset = 0;
};

/// Little-endian numbers at places that have been checked.
struct Bytes {
  llvm::ArrayRef<uint8_t> all;
  bool has(uint64_t at, uint64_t size) const { return at <= all.size() && size <= all.size() - at; }
  uint16_t u16(uint64_t at) const { return endian::read16le(all.data() + at); }
  uint32_t u32(uint64_t at) const { return endian::read32le(all.data() + at); }
  uint64_t u64(uint64_t at) const { return endian::read64le(all.data() + at); }
  llvm::StringRef text(uint64_t at, uint64_t size) const { return {reinterpret_cast<const char *>(all.data() + at), size_t(size)}; }
};

class ArchiveReader {
public:
  ArchiveReader(llvm::ArrayRef<uint8_t> bytes, std::string &why, const ArrayLimits &limits)
      : bytes{bytes}, why(why), left(limits.maxBytes) {}

  std::optional<NamedArrays> read(llvm::StringRef only) {
    std::optional<std::vector<Entry>> entries = directory();
    if (!entries)
      return std::nullopt;
    NamedArrays arrays;
    for (const Entry &entry : *entries) {
      llvm::StringRef name = entry.name;
      if (!name.consume_back(".npy") || name.contains("..") || name.starts_with("/") || name.contains('\\') || name.contains('\0'))
        return wrong("it has an entry that is no array: '" + printable(entry.name) + "'");
      if (!only.empty() && name != only)
        continue;
      if (arrays.contains(name.str()))
        return wrong("it has two arrays called '" + printable(name) + "'");
      std::optional<Tensor> array = unpack(entry);
      if (!array)
        return std::nullopt;
      arrays.emplace(name.str(), std::move(*array));
    }
    return arrays;
  }

private:
  static std::string printable(llvm::StringRef text) {
    std::string shown;
    for (char c : text.take_front(80))
      shown += c >= ' ' && c != 0x7f ? c : '?';
    return shown;
  }
  std::nullopt_t wrong(std::string what) {
    why = std::move(what);
    return std::nullopt;
  }

  /// The entries as the central directory lists them, which stands at the end.
  std::optional<std::vector<Entry>> directory() {
    uint64_t size = bytes.all.size();
    std::optional<uint64_t> end;
    for (uint64_t back = endSize; back <= size && back <= endSize + longestComment && !end; ++back)
      if (bytes.u32(size - back) == endSignature && bytes.u16(size - back + 20) == back - endSize)
        end = size - back;
    if (!end)
      return wrong("it is no .npz file");
    uint64_t count = bytes.u16(*end + 10), at = bytes.u32(*end + 16);
    if (*end >= locator64Size && bytes.u32(*end - locator64Size) == locator64Signature) {
      uint64_t record = bytes.u64(*end - locator64Size + 8);
      if (!bytes.has(record, end64Size) || bytes.u32(record) != end64Signature)
        return wrong("its directory is damaged");
      count = bytes.u64(record + 32), at = bytes.u64(record + 48);
    }
    if (count > size / centralSize)
      return wrong("its directory is damaged");
    std::vector<Entry> entries;
    for (uint64_t i = 0; i < count; ++i) {
      if (!bytes.has(at, centralSize) || bytes.u32(at) != centralSignature)
        return wrong("its directory is damaged");
      Entry entry;
      uint16_t flags = bytes.u16(at + 8), nameSize = bytes.u16(at + 28), extraSize = bytes.u16(at + 30), comment = bytes.u16(at + 32);
      entry.method = bytes.u16(at + 10);
      entry.checksum = bytes.u32(at + 16);
      entry.packed = bytes.u32(at + 20), entry.unpacked = bytes.u32(at + 24), entry.offset = bytes.u32(at + 42);
      if (!bytes.has(at + centralSize, uint64_t(nameSize) + extraSize + comment))
        return wrong("its directory is damaged");
      entry.name = bytes.text(at + centralSize, nameSize);
      if (flags & 1)
        return wrong("its entry '" + printable(entry.name) + "' is encrypted");
      if (!readLarge(entry, at + centralSize + nameSize, extraSize))
        return wrong("its directory is damaged");
      entries.push_back(entry);
      at += centralSize + nameSize + extraSize + comment;
    }
    return entries;
  }

  /// Numbers that have no room in 32 bits, from the field 1 of the extra fields.
  bool readLarge(Entry &entry, uint64_t at, uint64_t size) const {
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

  std::optional<Tensor> unpack(const Entry &entry) {
    std::string in = "its array '" + printable(entry.name) + "' ";
    if (!bytes.has(entry.offset, localSize) || bytes.u32(entry.offset) != localSignature)
      return wrong(in + "is not where the directory says");
    uint64_t start = entry.offset + localSize + bytes.u16(entry.offset + 26) + bytes.u16(entry.offset + 28);
    if (!bytes.has(start, entry.packed))
      return wrong(in + "is cut short");
    if (entry.unpacked > left)
      return wrong(in + "unpacks to more than is allowed, " + std::to_string(left) + " bytes");
    left -= entry.unpacked;
    llvm::ArrayRef<uint8_t> packed = bytes.all.slice(size_t(start), size_t(entry.packed));
    std::vector<uint8_t> unpacked;
    if (entry.method == 8) {
      // Deflate makes at most 1,032 bytes of one: no memory for what can't be there.
      if (entry.unpacked / 1032 > entry.packed)
        return wrong(in + "is said to unpack to more bytes than it can");
      unpacked.resize(size_t(entry.unpacked));
      if (!inflateInto(packed, unpacked))
        return wrong(in + "is damaged");
      packed = unpacked;
    } else if (entry.method != 0 || entry.packed != entry.unpacked) {
      return wrong(in + "is compressed in a way that NumPy doesn't");
    }
    if (checksum(packed) != entry.checksum)
      return wrong(in + "is damaged: its checksum differs");
    std::string what;
    std::optional<Tensor> array = parseNpy(packed, what);
    if (!array)
      return wrong(in + "can't be read: " + what);
    return array;
  }

  static bool inflateInto(llvm::ArrayRef<uint8_t> packed, llvm::MutableArrayRef<uint8_t> out) {
    z_stream stream{};
    if (inflateInit2(&stream, -MAX_WBITS) != Z_OK)
      return false;
    stream.next_in = const_cast<uint8_t *>(packed.data());
    stream.next_out = out.data();
    uint64_t in = packed.size(), room = out.size();
    int status = Z_OK;
    while (status == Z_OK) {
      uInt inNow = uInt(std::min<uint64_t>(in, 1u << 30)), outNow = uInt(std::min<uint64_t>(room, 1u << 30));
      stream.avail_in = inNow, stream.avail_out = outNow;
      status = inflate(&stream, Z_NO_FLUSH);
      in -= inNow - stream.avail_in, room -= outNow - stream.avail_out;
      if (status == Z_OK && inNow == stream.avail_in && outNow == stream.avail_out)
        status = Z_BUF_ERROR; // no progress: more bytes than there is room for, or too few
    }
    inflateEnd(&stream);
    return status == Z_STREAM_END && room == 0;
  }

public:
  static uint32_t checksum(llvm::ArrayRef<uint8_t> data) { return uint32_t(crc32_z(crc32(0, nullptr, 0), data.data(), data.size())); }

private:
  Bytes bytes;
  std::string &why;
  uint64_t left;
};

} // namespace

std::optional<NamedArrays> mil::parseNpz(llvm::ArrayRef<uint8_t> bytes, std::string &why, llvm::StringRef only, const ArrayLimits &limits) {
  return ArchiveReader(bytes, why, limits).read(only);
}

// ---- Files ------------------------------------------------------------------------------------------------------------------------------

static llvm::ArrayRef<uint8_t> bytesOf(const MappedFile &file) {
  return {reinterpret_cast<const uint8_t *>(file.bytes().data()), file.bytes().size()};
}

Result<NamedArrays> mil::readArrays(llvm::StringRef path, DiagnosticEngine &diags, const ArrayLimits &limits) {
  Result<std::unique_ptr<MappedFile>> file = MappedFile::open(path, diags);
  if (!file)
    return failure();
  std::string why;
  std::optional<NamedArrays> arrays = parseNpz(bytesOf(**file), why, "", limits);
  if (!arrays)
    return diags.report(Location::ofFile((*file)->file()), diag::CannotRead, path, why);
  return std::move(*arrays);
}

Result<Tensor> mil::readArray(llvm::StringRef path, llvm::StringRef name, DiagnosticEngine &diags, const ArrayLimits &limits) {
  Result<std::unique_ptr<MappedFile>> file = MappedFile::open(path, diags);
  if (!file)
    return failure();
  std::string why;
  std::optional<Tensor> array;
  if (name.empty() && !(*file)->bytes().starts_with("PK")) {
    array = parseNpy(bytesOf(**file), why, limits);
  } else if (std::optional<NamedArrays> arrays = parseNpz(bytesOf(**file), why, name, limits)) {
    if (arrays->size() == 1)
      array = arrays->begin()->second;
    else
      why = name.empty() ? "it holds " + std::to_string(arrays->size()) + " arrays: say which, as in " + path.str() + ":NAME"
                         : "it has no array '" + name.str() + "'";
  }
  if (!array)
    return diags.report(Location::ofFile((*file)->file()), diag::CannotRead, path, why);
  return std::move(*array);
}

namespace {

/// Writes stored entries, then the directory. Numbers of 4 GiB and more go into ZIP64 fields, so that the sizes needn't be small.
class ArchiveWriter {
public:
  explicit ArchiveWriter(llvm::raw_ostream &out) : out(out, llvm::endianness::little) {}

  void add(llvm::StringRef name, const NpyArray &array) {
    llvm::ArrayRef<uint8_t> header(reinterpret_cast<const uint8_t *>(array.header.data()), array.header.size());
    uint32_t checksum = ArchiveReader::checksum(header);
    checksum = uint32_t(crc32_z(checksum, array.data.bytes().data(), array.data.byteCount()));
    Entry entry;
    std::string &file = names.emplace_back(name.str() + ".npy");
    entry.checksum = checksum;
    entry.packed = entry.unpacked = array.header.size() + array.data.byteCount();
    entry.offset = at;
    begin(entry, file, localSignature, false);
    out.OS << array.header;
    out.OS.write(reinterpret_cast<const char *>(array.data.bytes().data()), array.data.byteCount());
    at += entry.packed;
    entries.push_back(entry);
  }

  void finish() {
    uint64_t start = at;
    for (size_t i = 0; i < entries.size(); ++i)
      begin(entries[i], names[i], centralSignature, true);
    uint64_t size = at - start, end = at;
    bool large = start >= in64 || entries.size() >= 0xffff;
    if (large) {
      out.write(end64Signature), out.write(uint64_t(end64Size - 12));
      out.write(uint16_t(45)), out.write(uint16_t(45)), out.write(uint32_t(0)), out.write(uint32_t(0));
      out.write(uint64_t(entries.size())), out.write(uint64_t(entries.size())), out.write(size), out.write(start);
      out.write(locator64Signature), out.write(uint32_t(0)), out.write(end), out.write(uint32_t(1));
    }
    out.write(endSignature), out.write(uint16_t(0)), out.write(uint16_t(0));
    uint16_t count = uint16_t(std::min<size_t>(entries.size(), 0xffff));
    out.write(count), out.write(count), out.write(uint32_t(std::min<uint64_t>(size, in64)));
    out.write(large ? in64 : uint32_t(start)), out.write(uint16_t(0));
  }

private:
  /// What stands before an entry's bytes, or its line of the directory.
  void begin(const Entry &entry, llvm::StringRef name, uint32_t signature, bool central) {
    bool large = entry.packed >= in64 || (central && entry.offset >= in64);
    uint16_t extra = large ? (central ? 28 : 20) : 0;
    out.write(signature);
    if (central)
      out.write(uint16_t(45));
    out.write(uint16_t(large ? 45 : 20)), out.write(uint16_t(0x800)), out.write(uint16_t(0)); // names are UTF-8; stored
    out.write(uint16_t(0)), out.write(uint16_t(0x21));                                        // 1 January 1980: no clock in outputs
    out.write(entry.checksum), out.write(large ? in64 : uint32_t(entry.packed)), out.write(large ? in64 : uint32_t(entry.unpacked));
    out.write(uint16_t(name.size())), out.write(extra);
    if (central) {
      out.write(uint16_t(0)), out.write(uint16_t(0)), out.write(uint16_t(0)), out.write(uint32_t(0));
      out.write(large ? in64 : uint32_t(entry.offset));
    }
    out.OS << name;
    if (large) {
      out.write(uint16_t(1)), out.write(uint16_t(extra - 4)), out.write(entry.unpacked), out.write(entry.packed);
      if (central)
        out.write(entry.offset);
    }
    at += (central ? centralSize : localSize) + name.size() + extra;
  }

  endian::Writer out;
  std::vector<Entry> entries;
  std::vector<std::string> names;
  uint64_t at = 0;
};

} // namespace

Status mil::writeArrays(llvm::StringRef path, const std::map<std::string, RuntimeValue, std::less<>> &values, bool force,
                        DiagnosticEngine &diags) {
  Result<std::unique_ptr<OutputFile>> file = OutputFile::create(path, force, diags);
  if (!file)
    return failure();
  ArchiveWriter archive((*file)->stream());
  for (const auto &[name, value] : values) {
    if (const Tensor *tensor = value.tensor())
      archive.add(name, npyOf(*tensor));
    if (const StringTensor *strings = value.strings())
      archive.add(name, npyOf(*strings));
    if (const LabelScores *scores = value.scores()) {
      Tensor numbers(DType::Float64, {int64_t(scores->entries.size())});
      StringTensor labels{{int64_t(scores->entries.size())}, {}};
      for (size_t i = 0; i < scores->entries.size(); ++i) {
        numbers.write(int64_t(i), llvm::ArrayRef<double>(scores->entries[i].second));
        const LabelScores::Label &label = scores->entries[i].first;
        labels.elements.push_back(std::holds_alternative<std::string>(label) ? std::get<std::string>(label)
                                                                             : std::to_string(std::get<int64_t>(label)));
      }
      archive.add(name, npyOf(numbers));
      archive.add(name + "_labels", npyOf(labels));
    }
  }
  archive.finish();
  return (*file)->commit(diags);
}
