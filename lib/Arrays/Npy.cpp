// The .npy format: see mil/Arrays/ArrayFile.h.

#include "Formats.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/CheckedArithmetic.h"
#include "llvm/Support/Endian.h"

namespace mil {

namespace {

constexpr llvm::StringLiteral magic = "\x93NUMPY";
constexpr size_t mostDims = 32;

struct NamedDType {
  llvm::StringLiteral descr;
  DType type;
};
constexpr NamedDType npyTypes[] = {{"<f2", DType::Float16}, {"<f4", DType::Float32}, {"<f8", DType::Float64}, {"|b1", DType::Bool},
                                   {"|i1", DType::Int8},    {"|u1", DType::UInt8},   {"<i2", DType::Int16},   {"<u2", DType::UInt16},
                                   {"<i4", DType::Int32},   {"<u4", DType::UInt32},  {"<i8", DType::Int64},   {"<u8", DType::UInt64}};

/// Reads the header's dictionary: string keys; values are strings, True, False, or tuples of numbers.
class HeaderReader {
public:
  HeaderReader(llvm::StringRef text, StoredArray &array, std::string &why) : rest(text), array(array), why(why) {}

  bool read() {
    bool hasDescr = false, hasOrder = false, hasShape = false;
    if (!take("{"))
      return wrong();
    while (!take("}")) {
      std::optional<llvm::StringRef> key = string();
      if (!key || !take(":"))
        return wrong();
      if (*key == "descr" && !hasDescr)
        hasDescr = readDescr();
      else if (*key == "fortran_order" && !hasOrder)
        hasOrder = readOrder();
      else if (*key == "shape" && !hasShape)
        hasShape = readShape();
      else
        return wrong();
      if (!why.empty())
        return false;
      if (!take(",") && !rest.ltrim().starts_with("}"))
        return wrong();
    }
    if (!hasDescr || !hasOrder || !hasShape || !rest.trim().empty())
      return wrong();
    if (isFortran && array.dims.size() > 1)
      why = "it is in Fortran order: write it with np.ascontiguousarray";
    return why.empty();
  }

private:
  bool wrong() {
    if (why.empty())
      why = "its header was not written by NumPy";
    return false;
  }
  bool take(llvm::StringRef token) {
    rest = rest.ltrim();
    return rest.consume_front(token);
  }
  std::optional<llvm::StringRef> string() {
    rest = rest.ltrim();
    if (!rest.starts_with("'") && !rest.starts_with("\""))
      return std::nullopt;
    size_t end = rest.find(rest[0], 1);
    if (end == rest.npos)
      return std::nullopt;
    llvm::StringRef text = rest.slice(1, end);
    rest = rest.drop_front(end + 1);
    return text;
  }
  bool readDescr() {
    std::optional<llvm::StringRef> descr = string();
    if (!descr) { // a list: a structure
      why = "its elements are structures, not numbers";
      return false;
    }
    for (const NamedDType &each : npyTypes)
      if (*descr == each.descr) {
        array.dtype = each.type;
        return true;
      }
    llvm::StringRef width = *descr;
    if (width.consume_front("<U") && !width.consumeInteger(10, array.characters) && width.empty() && array.characters > 0) {
      array.dtype = DType::String;
      return true;
    }
    if (descr->contains("O"))
      why = "it holds pickled Python objects, which are never read";
    else if (descr->starts_with(">"))
      why = "its numbers are big-endian ('" + shown(*descr) + "'): convert it with x.astype(x.dtype.newbyteorder('<'))";
    else
      why = "its elements have an unsupported type ('" + shown(descr->take_front(16)) + "')";
    return false;
  }
  bool readOrder() {
    isFortran = take("True");
    return isFortran || take("False");
  }
  bool readShape() {
    if (!take("("))
      return false;
    while (!take(")")) {
      uint64_t dim;
      rest = rest.ltrim();
      if (rest.consumeInteger(10, dim) || dim > uint64_t(INT64_MAX) || array.dims.size() == mostDims)
        return false;
      array.dims.push_back(int64_t(dim));
      if (!take(",") && !rest.ltrim().starts_with(")"))
        return false;
    }
    return true;
  }

  llvm::StringRef rest;
  StoredArray &array;
  std::string &why;
  bool isFortran = false;
};

} // namespace

bool hasNpyType(DType dtype) {
  return llvm::any_of(npyTypes, [&](const NamedDType &each) { return each.type == dtype; });
}

bool parseNpyHeader(llvm::ArrayRef<uint8_t> bytes, StoredArray &array, std::string &why) {
  llvm::StringRef text = llvm::toStringRef(bytes);
  if (!text.starts_with(magic) || text.size() < 10) {
    why = "it is not an .npy file";
    return false;
  }
  unsigned version = bytes[6];
  size_t start = version == 1 ? 10 : mostNpyStart;
  if (version < 1 || version > 3 || text.size() < start) {
    why = "unknown format version " + std::to_string(version);
    return false;
  }
  size_t length = version == 1 ? llvm::support::endian::read16le(bytes.data() + 8) : llvm::support::endian::read32le(bytes.data() + 8);
  if (length > mostNpyHeader || length > text.size() - start) {
    why = length > mostNpyHeader ? "its header is too long" : "its header is cut short";
    return false;
  }
  if (!HeaderReader(text.substr(start, length), array, why).read())
    return false;
  array.header = start + length;
  bool isText = array.dtype == DType::String;
  std::optional<uint64_t> size = byteSize(isText ? DType::UInt32 : array.dtype, array.dims);
  if (size && isText)
    size = llvm::checkedMulUnsigned(*size, array.characters);
  if (!size || *size > uint64_t(INT64_MAX) - array.header) {
    why = "its shape is too large";
    return false;
  }
  array.bytes = *size;
  return true;
}

std::string npyHeader(const ArraySource &array) {
  std::string descr = "<U" + std::to_string(array.characters);
  if (array.characters == 0)
    descr = llvm::find_if(npyTypes, [&](const NamedDType &each) { return each.type == array.dtype; })->descr.str();
  std::string text = "{'descr': '" + descr + "', 'fortran_order': False, 'shape': (";
  for (size_t i = 0; i < array.dims.size(); ++i)
    text += (i ? ", " : "") + std::to_string(array.dims[i]);
  text += array.dims.size() == 1 ? ",), }" : "), }";
  constexpr size_t start = 10, alignment = 64;
  text.append(alignment - 1 - (start + text.size()) % alignment, ' ');
  text += '\n';
  std::string header(magic);
  header += {'\1', '\0', char(text.size() & 0xff), char(text.size() >> 8)};
  return header + text;
}

} // namespace mil
