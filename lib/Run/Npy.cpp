// The .npy format: see mil/Run/Arrays.h.

#include "Npy.h"
#include "mil/Tensor/Kernels.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Endian.h"

using namespace mil;

static constexpr llvm::StringLiteral magic = "\x93NUMPY";
/// NumPy's own headers are far smaller.
static constexpr size_t mostHeader = 1 << 16;
static constexpr size_t mostDims = 32;

namespace {

struct NamedDType {
  llvm::StringLiteral descr;
  DType type;
};
constexpr NamedDType dtypes[] = {{"<f2", DType::Float16}, {"<f4", DType::Float32}, {"<f8", DType::Float64}, {"|b1", DType::Bool},
                                 {"|i1", DType::Int8},    {"|u1", DType::UInt8},   {"<i2", DType::Int16},   {"<u2", DType::UInt16},
                                 {"<i4", DType::Int32},   {"<u4", DType::UInt32},  {"<i8", DType::Int64},   {"<u8", DType::UInt64}};

/// Reads the header's dictionary: string keys; values are strings, True, False, or tuples of numbers.
class HeaderReader {
public:
  HeaderReader(llvm::StringRef text, std::string &why) : rest(text), why(why) {}

  std::optional<NpyHeader> read() {
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
        return std::nullopt;
      if (!take(",") && !rest.ltrim().starts_with("}"))
        return wrong();
    }
    if (!hasDescr || !hasOrder || !hasShape || !rest.trim().empty())
      return wrong();
    return header;
  }

private:
  std::nullopt_t wrong() {
    if (why.empty())
      why = "its header is not one that NumPy writes";
    return std::nullopt;
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
    for (const NamedDType &each : dtypes)
      if (*descr == each.descr) {
        header.type = each.type;
        return true;
      }
    if (descr->contains("O"))
      why = "it holds pickled Python objects, which are never read";
    else if (descr->starts_with(">"))
      why = "its numbers are big-endian ('" + descr->str() + "'): convert it with x.astype(x.dtype.newbyteorder('<'))";
    else
      why = "its elements are not numbers that programs have ('" + descr->take_front(16).str() + "')";
    return false;
  }
  bool readOrder() {
    header.fortran = take("True");
    return header.fortran || take("False");
  }
  bool readShape() {
    if (!take("("))
      return false;
    while (!take(")")) {
      uint64_t dim;
      rest = rest.ltrim();
      if (rest.consumeInteger(10, dim) || dim > uint64_t(INT64_MAX) || header.dims.size() == mostDims)
        return false;
      header.dims.push_back(int64_t(dim));
      if (!take(",") && !rest.ltrim().starts_with(")"))
        return false;
    }
    return true;
  }

  llvm::StringRef rest;
  std::string &why;
  NpyHeader header;
};

} // namespace

std::optional<NpyHeader> mil::parseNpyHeader(llvm::ArrayRef<uint8_t> bytes, std::string &why) {
  llvm::StringRef text(reinterpret_cast<const char *>(bytes.data()), bytes.size());
  if (!text.starts_with(magic) || text.size() < 10) {
    why = "it is no .npy file";
    return std::nullopt;
  }
  unsigned version = bytes[6];
  size_t start = version == 1 ? 10 : 12;
  if (version < 1 || version > 3 || text.size() < start) {
    why = "it has the version " + std::to_string(version) + " of the format, which is not known";
    return std::nullopt;
  }
  size_t length = version == 1 ? llvm::support::endian::read16le(bytes.data() + 8) : llvm::support::endian::read32le(bytes.data() + 8);
  if (length > mostHeader || length > text.size() - start) {
    why = "its header is cut short";
    return std::nullopt;
  }
  std::optional<NpyHeader> header = HeaderReader(text.substr(start, length), why).read();
  if (!header)
    return std::nullopt;
  header->size = start + length;
  if (header->fortran && header->dims.size() > 1) {
    why = "it is in Fortran order: write it with np.ascontiguousarray";
    return std::nullopt;
  }
  uint64_t count = 1;
  bool overflows = false, isEmpty = llvm::is_contained(header->dims, 0);
  for (int64_t dim : header->dims)
    overflows |= !isEmpty && __builtin_mul_overflow(count, uint64_t(dim), &count);
  overflows |= __builtin_mul_overflow(isEmpty ? 0 : count, uint64_t(bitWidth(header->type) / 8), &header->bytes);
  if (overflows || header->bytes > uint64_t(INT64_MAX)) {
    why = "its shape has more elements than can be counted";
    return std::nullopt;
  }
  return header;
}

std::optional<Tensor> mil::parseNpy(llvm::ArrayRef<uint8_t> bytes, std::string &why, const ArrayLimits &limits) {
  std::optional<NpyHeader> header = parseNpyHeader(bytes, why);
  if (!header)
    return std::nullopt;
  llvm::ArrayRef<uint8_t> data = bytes.drop_front(header->size);
  if (data.size() != header->bytes) {
    why = "its shape takes " + std::to_string(header->bytes) + " bytes, but it has " + std::to_string(data.size());
    return std::nullopt;
  }
  if (header->bytes > limits.maxBytes) {
    why = "it has more than " + std::to_string(limits.maxBytes) + " bytes";
    return std::nullopt;
  }
  Tensor result(header->type, header->dims);
  llvm::copy(data, result.bytes().begin());
  if (header->type == DType::Bool)
    for (uint8_t &byte : result.bytes())
      byte = byte != 0;
  return result;
}

// ---- Writing ----------------------------------------------------------------------------------------------------------------------------

std::string mil::npyHeader(llvm::StringRef descr, llvm::ArrayRef<int64_t> dims) {
  std::string text = "{'descr': '" + descr.str() + "', 'fortran_order': False, 'shape': (";
  for (size_t i = 0; i < dims.size(); ++i)
    text += (i ? ", " : "") + std::to_string(dims[i]);
  text += dims.size() == 1 ? ",), }" : "), }";
  constexpr size_t start = 10, alignment = 64;
  text.append(alignment - 1 - (start + text.size()) % alignment, ' ');
  text += '\n';
  std::string header(magic);
  header += {'\1', '\0', char(text.size() & 0xff), char(text.size() >> 8)};
  return header + text;
}

NpyArray mil::npyOf(const Tensor &tensor) {
  for (const NamedDType &each : dtypes)
    if (each.type == tensor.dtype())
      return {npyHeader(each.descr, tensor.dims()), tensor};
  if (tensor.isFloat())
    return npyOf(convert(tensor, DType::Float32));
  return npyOf(convert(tensor, isSignedInteger(tensor.dtype()) ? DType::Int8 : DType::UInt8));
}

NpyArray mil::npyOf(const StringTensor &strings) {
  // NumPy's strings are UTF-32, all as long as the longest.
  std::vector<std::u32string> texts;
  size_t longest = 1;
  for (const std::string &text : strings.elements) {
    std::u32string &wide = texts.emplace_back();
    for (size_t i = 0; i < text.size();) {
      uint8_t lead = uint8_t(text[i]);
      size_t length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
      char32_t c = length == 1 ? lead : lead & (0xff >> (length + 1));
      for (size_t k = 1; k < length && i + k < text.size(); ++k)
        c = c << 6 | (uint8_t(text[i + k]) & 0x3f);
      wide += c > 0x10ffff ? char32_t(0xfffd) : c;
      i += length;
    }
    longest = std::max(longest, wide.size());
  }
  Tensor bytes(DType::UInt32, {int64_t(texts.size()), int64_t(longest)});
  auto *out = reinterpret_cast<char32_t *>(bytes.bytes().data());
  for (size_t i = 0; i < texts.size(); ++i)
    llvm::copy(texts[i], out + i * longest);
  return {npyHeader("<U" + std::to_string(longest), strings.dims), bytes};
}
