#include "ArrayFiles.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/Endian.h"
#include <nlohmann/json.hpp>

using Json = nlohmann::ordered_json;

namespace mil {

static llvm::StringRef nameOf(DType type) {
  switch (type) {
  case DType::Float16:
    return "F16";
  case DType::Float32:
    return "F32";
  case DType::Int32:
    return "I32";
  default:
    return "I8";
  }
}

Status writeSafetensors(llvm::ArrayRef<NamedArray> arrays, llvm::raw_pwrite_stream &out, DiagnosticEngine &diags) {
  Json header = Json::object();
  uint64_t offset = 0;
  for (const NamedArray &array : arrays) {
    Type type = array.value->type();
    uint64_t end = offset + *byteSize(type.dtype(), type.dims());
    header[array.name] = {{"dtype", nameOf(type.dtype())}, {"shape", type.dims().vec()}, {"data_offsets", {offset, end}}};
    offset = end;
  }
  std::string text = header.dump();
  text.append((8 - text.size() % 8) % 8, ' ');
  char length[8];
  llvm::support::endian::write64le(length, text.size());
  out.write(length, sizeof length);
  out << text;
  for (const NamedArray &array : arrays)
    if (!forEachWindow(*array.value, [&](llvm::ArrayRef<uint8_t> bytes) { out << llvm::toStringRef(bytes); }, diags))
      return failure();
  return success();
}

// ---- Reading

namespace {

/// The header as JSON; discarded when it isn't, or when an object has a key twice.
Json parseHeader(llvm::StringRef text) {
  std::vector<llvm::StringSet<>> keys;
  bool isDouble = false;
  auto check = [&](int, Json::parse_event_t event, Json &parsed) {
    if (event == Json::parse_event_t::object_start)
      keys.emplace_back();
    else if (event == Json::parse_event_t::object_end)
      keys.pop_back();
    else if (event == Json::parse_event_t::key)
      isDouble |= !keys.back().insert(parsed.get_ref<const std::string &>()).second;
    return true;
  };
  Json json = Json::parse(text.begin(), text.end(), check, /*allow_exceptions=*/false);
  return isDouble ? Json(Json::value_t::discarded) : json;
}

std::optional<uint64_t> sizeOf(const Json &json) {
  return json.is_number_unsigned() ? std::optional<uint64_t>(json.get<uint64_t>()) : std::nullopt;
}

/// Reads the description of one array; `end` is where its bytes end.
bool readArray(const std::string &name, const Json &json, StoredArray &array, uint64_t &end) {
  if (!json.is_object() || json.size() != 3 || !json.contains("dtype") || !json.contains("shape") || !json.contains("data_offsets"))
    return false;
  const Json &dtype = json["dtype"], &shape = json["shape"], &offsets = json["data_offsets"];
  if (!dtype.is_string() || !shape.is_array() || shape.size() > 32 || !offsets.is_array() || offsets.size() != 2)
    return false;
  array.name = name;
  array.dtype = llvm::StringSwitch<DType>(dtype.get_ref<const std::string &>())
                    .Case("F16", DType::Float16)
                    .Case("F32", DType::Float32)
                    .Case("I32", DType::Int32)
                    .Case("I8", DType::Int8)
                    .Default(DType::Invalid);
  for (const Json &dim : shape) {
    std::optional<uint64_t> size = sizeOf(dim);
    if (!size || *size > uint64_t(INT64_MAX))
      return false;
    array.dims.push_back(int64_t(*size));
  }
  std::optional<uint64_t> first = sizeOf(offsets[0]), last = sizeOf(offsets[1]);
  if (array.dtype == DType::Invalid || !first || !last || *last < *first || byteSize(array.dtype, array.dims) != *last - *first)
    return false;
  array.offset = *first;
  end = *last;
  return true;
}

} // namespace

Result<std::vector<StoredArray>> listSafetensors(const File &file, std::string &why, DiagnosticEngine &diags) {
  constexpr uint64_t maxHeader = 100'000'000; // the format's own limit
  auto fail = [&](const char *what) {
    why = what;
    return failure();
  };
  uint8_t length[8];
  if (file.size() < sizeof length)
    return fail("it is too short for a header");
  if (!file.read(0, length, diags))
    return failure();
  uint64_t size = llvm::support::endian::read64le(length);
  if (size > maxHeader || size > file.size() - sizeof length)
    return fail("its header is longer than it may be");
  std::string text(size_t(size), '\0');
  if (!file.read(sizeof length, {reinterpret_cast<uint8_t *>(text.data()), text.size()}, diags))
    return failure();
  Json header = parseHeader(text);
  if (!header.is_object())
    return fail("its header is no JSON object with each key once");

  std::vector<StoredArray> arrays;
  std::vector<std::pair<uint64_t, uint64_t>> ranges;
  for (const auto &[name, description] : header.items()) {
    if (name == "__metadata__")
      continue;
    uint64_t end = 0;
    if (!readArray(name, description, arrays.emplace_back(), end))
      return fail("the description of an array is not understood: fp16, fp32, int32 and int8 are, with the bytes that their shape takes");
    ranges.push_back({arrays.back().offset, end});
    arrays.back().offset += sizeof length + size;
  }
  llvm::sort(ranges);
  uint64_t at = 0;
  for (auto [begin, end] : ranges) {
    if (begin != at)
      return fail("its arrays overlap or leave gaps");
    at = end;
  }
  if (at != file.size() - sizeof length - size)
    return fail("its arrays don't end where it ends");
  return arrays;
}

} // namespace mil
