#include "mil/Arrays/ArrayFile.h"
#include "Formats.h"
#include "mil/Support/DiagnosticKinds.h"
#include "llvm/ADT/StringExtras.h"

namespace mil {

std::optional<uint64_t> byteSize(DType dtype, llvm::ArrayRef<int64_t> dims) {
  uint64_t count = 1;
  bool isEmpty = llvm::is_contained(dims, 0);
  for (int64_t dim : dims)
    if (dim < 0 || (!isEmpty && __builtin_mul_overflow(count, uint64_t(dim), &count)))
      return std::nullopt;
  return isEmpty ? 0 : packedSize(dtype, count);
}

std::string shown(llvm::StringRef name) {
  std::string text;
  for (char c : name.take_front(80))
    text += c >= ' ' && c != 0x7f ? c : '?';
  return text;
}

Result<std::shared_ptr<const ArrayFile>> ArrayFile::open(llvm::StringRef path, DiagnosticEngine &diags) {
  Result<std::unique_ptr<MappedFile>> mapped = MappedFile::open(path, diags);
  if (!mapped)
    return failure();
  std::shared_ptr<ArrayFile> file(new ArrayFile);
  file->path = path.str();
  file->mapped = std::move(*mapped);
  file->all = llvm::arrayRefFromStringRef(file->mapped->bytes());
  std::string why;
  if (!file->parse(why))
    return diags.report(file->place(), diag::CannotRead, path, why);
  return std::shared_ptr<const ArrayFile>(std::move(file));
}

std::shared_ptr<const ArrayFile> ArrayFile::parse(llvm::ArrayRef<uint8_t> bytes, std::string &why) {
  std::shared_ptr<ArrayFile> file(new ArrayFile);
  file->all = bytes;
  return file->parse(why) ? file : nullptr;
}

bool ArrayFile::parse(std::string &why) {
  llvm::StringRef start = llvm::toStringRef(all.take_front(9));
  if (start.starts_with("PK")) {
    kind = ArrayFormat::Npz;
    return parseNpz(all, stored, why);
  }
  if (start.starts_with("\x93NUM")) {
    StoredArray &array = stored.emplace_back();
    if (!parseNpyHeader(all, array, why))
      return false;
    array.offset = array.header;
    array.packed = all.size();
    if (all.size() - array.header == array.bytes)
      return true;
    why = "its shape takes " + std::to_string(array.bytes) + " bytes, but it has " + std::to_string(all.size() - array.header);
    return false;
  }
  if (start.size() == 9 && start.back() == '{') {
    kind = ArrayFormat::Safetensors;
    return parseSafetensors(all, stored, why);
  }
  why = "it is not an .npy, .npz or .safetensors file";
  return false;
}

const StoredArray *ArrayFile::find(llvm::StringRef name) const {
  auto found = llvm::find_if(stored, [&](const StoredArray &array) { return array.name == name; });
  return found == stored.end() ? nullptr : &*found;
}

void ArrayFile::release(uint64_t begin, uint64_t end) const {
  if (mapped)
    mapped->release(size_t(begin), size_t(end));
}

void ArrayFile::read(const StoredArray &array, uint64_t from, llvm::MutableArrayRef<uint8_t> out) const {
  assert(!array.isDeflated && from + out.size() <= array.bytes);
  uint64_t begin = array.offset + from;
  llvm::copy(all.slice(size_t(begin), out.size()), out.begin());
  release(begin, begin + out.size());
}

/// Of an array that is not compressed.
bool ArrayFile::checksumFits(const StoredArray &array) const {
  constexpr uint64_t window = 1 << 22;
  uint32_t sum = 0;
  for (uint64_t at = array.offset - array.header, end = array.offset + array.bytes; at < end;) {
    uint64_t next = std::min(at + window, end);
    sum = checksumOf(all.slice(size_t(at), size_t(next - at)), sum);
    release(at, next);
    at = next;
  }
  return sum == *array.checksum;
}

Status ArrayFile::check(const StoredArray &array, DiagnosticEngine &diags) const {
  if (!array.checksum || checksumFits(array))
    return success();
  return diags.report(place(), diag::CannotRead, path, "its array '" + shown(array.name) + "' is damaged: its checksum differs");
}

std::optional<Tensor> ArrayFile::load(const StoredArray &array, std::string &why, const ArrayLimits &limits) const {
  std::string in = array.name.empty() ? "it " : "its array '" + shown(array.name) + "' ";
  auto wrong = [&](const std::string &what) {
    why = in + what;
    return std::nullopt;
  };
  if (array.dtype == DType::String)
    return wrong("contains text, not numbers");
  if (array.bytes > limits.maxBytes)
    return wrong("has more than " + std::to_string(limits.maxBytes) + " bytes");
  Tensor result(array.dtype, array.dims);
  if (array.isDeflated) {
    std::vector<uint8_t> header(array.header);
    if (!inflateInto(all.slice(size_t(array.offset), size_t(array.packed)), {llvm::MutableArrayRef(header), result.bytes()}, true))
      return wrong("is damaged");
    if (array.checksum && checksumOf(result.bytes(), checksumOf(header)) != *array.checksum)
      return wrong("is damaged: its checksum differs");
  } else {
    if (array.checksum && !checksumFits(array))
      return wrong("is damaged: its checksum differs");
    read(array, 0, result.bytes());
  }
  if (array.dtype == DType::Bool)
    for (uint8_t &byte : result.bytes())
      byte = byte != 0;
  return result;
}

Result<Tensor> ArrayFile::load(const StoredArray &array, DiagnosticEngine &diags, const ArrayLimits &limits) const {
  std::string why;
  std::optional<Tensor> tensor = load(array, why, limits);
  if (!tensor)
    return diags.report(place(), diag::CannotRead, path, why);
  return std::move(*tensor);
}

Result<NamedArrays> readArrays(llvm::StringRef path, DiagnosticEngine &diags, const ArrayLimits &limits, TextArrays text) {
  Result<std::shared_ptr<const ArrayFile>> file = ArrayFile::open(path, diags);
  if (!file)
    return failure();
  NamedArrays arrays;
  ArrayLimits left = limits;
  for (const StoredArray &array : (*file)->arrays()) {
    if (array.dtype == DType::String && text == TextArrays::Skip)
      continue;
    Result<Tensor> tensor = (*file)->load(array, diags, left);
    if (!tensor)
      return failure();
    left.maxBytes -= array.bytes;
    arrays.emplace(array.name, std::move(*tensor));
  }
  return arrays;
}

Result<Tensor> readArray(llvm::StringRef path, llvm::StringRef name, DiagnosticEngine &diags, const ArrayLimits &limits) {
  Result<std::shared_ptr<const ArrayFile>> file = ArrayFile::open(path, diags);
  if (!file)
    return failure();
  llvm::ArrayRef<StoredArray> arrays = (*file)->arrays();
  const StoredArray *array = name.empty() && arrays.size() == 1 ? &arrays.front() : name.empty() ? nullptr : (*file)->find(name);
  if (array)
    return (*file)->load(*array, diags, limits);
  std::string why = name.empty() ? "it holds " + std::to_string(arrays.size()) + " arrays: select one, as in " + path.str() + ":NAME"
                                 : "it has no array '" + shown(name) + "'";
  return diags.report({}, diag::CannotRead, path, why);
}

} // namespace mil
