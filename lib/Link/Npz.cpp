#include "ArrayFiles.h"
#include "mil/Link/DiagnosticKinds.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/CRC.h"
#include "llvm/Support/Endian.h"

namespace mil {

using llvm::support::endian::read16le;
using llvm::support::endian::read32le;
using llvm::support::endian::read64le;

namespace {

constexpr uint32_t localSignature = 0x04034b50, centralSignature = 0x02014b50, endSignature = 0x06054b50, end64Signature = 0x06064b50,
                   locator64Signature = 0x07064b50;
constexpr uint32_t in64 = 0xFFFFFFFF; ///< a size or offset that a zip64 record has
constexpr llvm::StringLiteral magic = "\x93NUMPY";

// ---- Writing

void put(std::string &out, uint64_t value, unsigned bytes) {
  for (unsigned i = 0; i < bytes; ++i)
    out.push_back(char(value >> (8 * i)));
}

llvm::StringRef descriptorOf(DType type) {
  switch (type) {
  case DType::Float16:
    return "<f2";
  case DType::Float32:
    return "<f4";
  case DType::Int32:
    return "<i4";
  default:
    return "|i1";
  }
}

/// Everything of a .npy in front of its elements.
std::string npyHeader(Type type) {
  std::string shape;
  for (int64_t dim : type.dims())
    shape += std::to_string(dim) + (type.rank() == 1 ? "," : ", ");
  if (type.rank() > 1)
    shape.resize(shape.size() - 2);
  std::string text = "{'descr': '" + descriptorOf(type.dtype()).str() + "', 'fortran_order': False, 'shape': (" + shape + "), }";
  text.append(63 - (magic.size() + 4 + text.size()) % 64, ' '); // elements begin at a multiple of 64
  text += '\n';
  std::string header = magic.str();
  put(header, 1, 1);
  put(header, 0, 1);
  put(header, text.size(), 2);
  return header + text;
}

struct Entry {
  std::string name;
  uint64_t offset, size;
  uint32_t checksum;
};

/// Sizes and checksums as they stand in local and central records, and the date, 1 January 1980.
void putCommon(std::string &out, const Entry &entry, bool large, uint64_t extra) {
  put(out, large ? 45 : 20, 2); // version needed
  put(out, 0, 2);               // flags
  put(out, 0, 2);               // stored
  put(out, 0, 2);
  put(out, 33, 2);
  put(out, entry.checksum, 4);
  put(out, large ? in64 : entry.size, 4);
  put(out, large ? in64 : entry.size, 4);
  put(out, entry.name.size(), 2);
  put(out, extra, 2);
}

std::string localRecord(const Entry &entry) {
  bool large = entry.size >= in64;
  std::string out;
  put(out, localSignature, 4);
  putCommon(out, entry, large, large ? 20 : 0);
  out += entry.name;
  if (large) {
    put(out, 1, 2);
    put(out, 16, 2);
    put(out, entry.size, 8);
    put(out, entry.size, 8);
  }
  return out;
}

std::string centralRecord(const Entry &entry) {
  bool large = entry.size >= in64, far = entry.offset >= in64;
  std::string out;
  put(out, centralSignature, 4);
  put(out, large || far ? 45 : 20, 2); // version made by
  putCommon(out, entry, large, large || far ? 4 + (large ? 16 : 0) + (far ? 8 : 0) : 0);
  put(out, 0, 2); // comment
  put(out, 0, 2); // disk
  put(out, 0, 2);
  put(out, 0, 4);
  put(out, far ? in64 : entry.offset, 4);
  out += entry.name;
  if (large || far) {
    put(out, 1, 2);
    put(out, (large ? 16 : 0) + (far ? 8 : 0), 2);
    if (large) {
      put(out, entry.size, 8);
      put(out, entry.size, 8);
    }
    if (far)
      put(out, entry.offset, 8);
  }
  return out;
}

std::string endRecords(uint64_t entries, uint64_t begin, uint64_t size) {
  std::string out;
  bool large = entries >= 0xFFFF || begin >= in64 || size >= in64;
  if (large) {
    put(out, end64Signature, 4);
    put(out, 44, 8);
    put(out, 45, 2);
    put(out, 45, 2);
    put(out, 0, 8); // disks
    put(out, entries, 8);
    put(out, entries, 8);
    put(out, size, 8);
    put(out, begin, 8);
    put(out, locator64Signature, 4);
    put(out, 0, 4);
    put(out, begin + size, 8);
    put(out, 1, 4);
  }
  put(out, endSignature, 4);
  put(out, 0, 4); // disks
  put(out, large ? 0xFFFF : entries, 2);
  put(out, large ? 0xFFFF : entries, 2);
  put(out, large ? in64 : size, 4);
  put(out, large ? in64 : begin, 4);
  put(out, 0, 2);
  return out;
}

// ---- Reading

/// Reads the dictionary of a .npy header, which is a Python literal; only what NumPy itself writes is understood.
class HeaderReader {
public:
  explicit HeaderReader(llvm::StringRef text) : text(text) {}

  bool read(StoredArray &array, bool &isColumnMajor) {
    bool seen[3] = {};
    if (!skip('{'))
      return false;
    while (!skip('}')) {
      std::optional<llvm::StringRef> key = quoted();
      if (!key || !skip(':'))
        return false;
      unsigned which = *key == "descr" ? 0 : *key == "fortran_order" ? 1 : *key == "shape" ? 2 : 3;
      if (which == 3 || std::exchange(seen[which], true) ||
          !(which == 0   ? descriptor(array)
            : which == 1 ? order(isColumnMajor)
                         : shape(array)))
        return false;
      if (!skip(',') && !at('}'))
        return false;
    }
    return seen[0] && seen[1] && seen[2] && text.trim().empty();
  }

private:
  bool at(char c) {
    text = text.ltrim(" \n");
    return text.starts_with(llvm::StringRef(&c, 1));
  }
  bool skip(char c) {
    if (!at(c))
      return false;
    text = text.drop_front();
    return true;
  }
  std::optional<llvm::StringRef> quoted() {
    char mark = at('\'') ? '\'' : '"';
    if (!skip(mark))
      return std::nullopt;
    size_t end = text.find(mark);
    if (end == llvm::StringRef::npos)
      return std::nullopt;
    llvm::StringRef inside = text.take_front(end);
    text = text.drop_front(end + 1);
    return inside;
  }
  bool descriptor(StoredArray &array) {
    std::optional<llvm::StringRef> type = quoted();
    array.dtype = !type ? DType::Invalid
                        : llvm::StringSwitch<DType>(*type)
                              .Case("<f2", DType::Float16)
                              .Case("<f4", DType::Float32)
                              .Case("<i4", DType::Int32)
                              .Case("|i1", DType::Int8)
                              .Default(DType::Invalid);
    return array.dtype != DType::Invalid;
  }
  bool order(bool &isColumnMajor) {
    text = text.ltrim(" ");
    isColumnMajor = text.consume_front("True");
    return isColumnMajor || text.consume_front("False");
  }
  bool shape(StoredArray &array) {
    if (!skip('('))
      return false;
    while (!skip(')')) {
      int64_t dim;
      if (text = text.ltrim(" "); text.consumeInteger(10, dim) || dim < 0 || array.dims.size() == 32)
        return false;
      array.dims.push_back(dim);
      if (!skip(',') && !at(')'))
        return false;
    }
    return true;
  }
  llvm::StringRef text;
};

class ArchiveReader {
public:
  ArchiveReader(const File &file, std::string &why, DiagnosticEngine &diags) : file(file), why(why), diags(diags) {}

  Result<std::vector<StoredArray>> list() {
    if (!findDirectory())
      return failure();
    std::vector<uint8_t> directory;
    if (directorySize > maxDirectory)
      return fail("its directory is too large");
    if (!bytesAt(directoryOffset, directorySize, directory))
      return failure();
    llvm::ArrayRef<uint8_t> rest = directory;
    std::vector<StoredArray> arrays;
    for (uint64_t i = 0; i < count; ++i) {
      Result<StoredArray> array = entry(rest);
      if (!array)
        return failure();
      arrays.push_back(std::move(*array));
    }
    return arrays;
  }

private:
  static constexpr uint64_t maxDirectory = 256 << 20, maxHeader = 1 << 16;

  Status fail(std::string what) {
    why = std::move(what);
    return failure();
  }
  Status bytesAt(uint64_t offset, uint64_t size, std::vector<uint8_t> &bytes) {
    if (offset > file.size() || size > file.size() - offset)
      return fail("it is cut short");
    bytes.resize(size_t(size));
    return file.read(offset, bytes, diags);
  }

  /// The end record is last, but for a comment of up to 65,535 bytes.
  Status findDirectory() {
    constexpr uint64_t endSize = 22;
    uint64_t window = std::min<uint64_t>(file.size(), endSize + 0xFFFF);
    std::vector<uint8_t> tail;
    if (!bytesAt(file.size() - window, window, tail))
      return failure();
    for (size_t at = tail.size() < endSize ? 0 : tail.size() - endSize + 1; at-- > 0;)
      if (const uint8_t *end = tail.data() + at; read32le(end) == endSignature && at + endSize + read16le(end + 20) == tail.size()) {
        count = read16le(end + 10), directorySize = read32le(end + 12), directoryOffset = read32le(end + 16);
        bool large = count == 0xFFFF || directorySize == in64 || directoryOffset == in64;
        return large ? findDirectory64(file.size() - window + at) : success();
      }
    return fail("it is no whole zip archive");
  }

  Status findDirectory64(uint64_t end) {
    std::vector<uint8_t> locator, record;
    if (end < 20 || !bytesAt(end - 20, 20, locator))
      return why.empty() ? fail("it is cut short") : failure();
    if (read32le(locator.data()) != locator64Signature)
      return fail("its zip64 record is missing");
    if (!bytesAt(read64le(locator.data() + 8), 56, record))
      return failure();
    if (read32le(record.data()) != end64Signature)
      return fail("its zip64 record is missing");
    count = read64le(record.data() + 32), directorySize = read64le(record.data() + 40), directoryOffset = read64le(record.data() + 48);
    return success();
  }

  /// Takes one record of the directory.
  Result<StoredArray> entry(llvm::ArrayRef<uint8_t> &rest) {
    constexpr size_t fixed = 46;
    if (rest.size() < fixed || read32le(rest.data()) != centralSignature)
      return fail("its directory is damaged");
    const uint8_t *record = rest.data();
    uint64_t flags = read16le(record + 8), method = read16le(record + 10), packed = read32le(record + 20), size = read32le(record + 24);
    size_t nameSize = read16le(record + 28), extraSize = read16le(record + 30), commentSize = read16le(record + 32);
    uint64_t offset = read32le(record + 42);
    if (rest.size() - fixed < nameSize + extraSize + commentSize)
      return fail("its directory is damaged");
    llvm::StringRef name = llvm::toStringRef(rest.slice(fixed, nameSize));
    if (!takeZip64(rest.slice(fixed + nameSize, extraSize), {&size, &packed, &offset}))
      return fail("its directory is damaged");
    rest = rest.drop_front(fixed + nameSize + extraSize + commentSize);
    if (!name.consume_back(".npy"))
      return fail("it holds a file that is no array (.npy)");
    if (flags & 1)
      return fail("it is encrypted");
    if (method != 0 || packed != size)
      return fail("its arrays are compressed; write it by numpy.savez, not savez_compressed");
    StoredArray array;
    array.name = name.str();
    if (!locate(array, offset, size))
      return failure();
    return array;
  }

  /// Values of 32 bits that are full stand in the extra field of number 1, in this order.
  static bool takeZip64(llvm::ArrayRef<uint8_t> extra, std::initializer_list<uint64_t *> values) {
    llvm::SmallVector<uint64_t *, 3> wanted;
    for (uint64_t *value : values)
      if (*value == in64)
        wanted.push_back(value);
    while (!wanted.empty() && extra.size() >= 4) {
      size_t size = read16le(extra.data() + 2);
      if (extra.size() - 4 < size)
        return false;
      if (read16le(extra.data()) != 1) {
        extra = extra.drop_front(4 + size);
        continue;
      }
      if (size < 8 * wanted.size())
        return false;
      for (auto [i, value] : llvm::enumerate(wanted))
        *value = read64le(extra.data() + 4 + 8 * i);
      return true;
    }
    return wanted.empty();
  }

  /// Finds the elements behind the local record and the .npy's header.
  Status locate(StoredArray &array, uint64_t offset, uint64_t size) {
    std::vector<uint8_t> bytes;
    if (!bytesAt(offset, 30, bytes))
      return failure();
    if (read32le(bytes.data()) != localSignature)
      return fail("an entry is not where its directory says");
    uint64_t begin = offset + 30 + read16le(bytes.data() + 26) + read16le(bytes.data() + 28);
    if (begin > file.size() || size > file.size() - begin)
      return fail("it is cut short");
    if (size < 12)
      return fail("an entry is no array");
    if (!bytesAt(begin, 12, bytes))
      return failure();
    if (llvm::toStringRef(llvm::ArrayRef(bytes).take_front(6)) != magic || (bytes[6] != 1 && bytes[6] != 2))
      return fail("an entry is no array of NumPy's format 1 or 2");
    uint64_t before = bytes[6] == 1 ? 10 : 12, length = bytes[6] == 1 ? read16le(bytes.data() + 8) : read32le(bytes.data() + 8);
    if (length > maxHeader || length > size - before)
      return fail("the header of an array is too long");
    if (!bytesAt(begin + before, length, bytes))
      return failure();
    bool isColumnMajor = false;
    if (!HeaderReader(llvm::toStringRef(llvm::ArrayRef(bytes))).read(array, isColumnMajor))
      return fail("the header of an array is not understood: fp16, fp32, int32 and int8 are");
    if (isColumnMajor && array.dims.size() > 1)
      return fail("an array is in Fortran's order");
    if (byteSize(array.dtype, array.dims) != size - before - length)
      return fail("an array has another size than its shape says");
    array.offset = begin + before + length;
    return success();
  }

  const File &file;
  std::string &why;
  DiagnosticEngine &diags;
  uint64_t count = 0, directorySize = 0, directoryOffset = 0;
};

} // namespace

Status writeNpz(llvm::ArrayRef<NamedArray> arrays, llvm::raw_pwrite_stream &out, DiagnosticEngine &diags) {
  std::vector<Entry> entries;
  for (const NamedArray &array : arrays) {
    std::string header = npyHeader(array.value->type());
    Entry entry{array.name + ".npy", out.tell(), header.size() + *byteSize(array.value->type().dtype(), array.value->type().dims()), 0};
    out << localRecord(entry) << header;
    entry.checksum = llvm::crc32(llvm::arrayRefFromStringRef(header));
    auto take = [&](llvm::ArrayRef<uint8_t> bytes) {
      entry.checksum = llvm::crc32(entry.checksum, bytes);
      out << llvm::toStringRef(bytes);
    };
    if (!forEachWindow(*array.value, take, diags))
      return failure();
    std::string record = localRecord(entry);
    out.pwrite(record.data(), record.size(), entry.offset);
    entries.push_back(std::move(entry));
  }
  uint64_t begin = out.tell();
  for (const Entry &entry : entries)
    out << centralRecord(entry);
  out << endRecords(entries.size(), begin, out.tell() - begin);
  return success();
}

Result<std::vector<StoredArray>> listNpz(const File &file, std::string &why, DiagnosticEngine &diags) {
  return ArchiveReader(file, why, diags).list();
}

} // namespace mil
