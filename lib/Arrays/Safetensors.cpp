// The .safetensors format: see mil/Arrays/ArrayFile.h.

#include "Formats.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/Endian.h"
#include <nlohmann/json.hpp>

using Json = nlohmann::json;

namespace mil {

namespace {

struct SafetensorsType {
  llvm::StringLiteral name;
  DType type;
};
constexpr SafetensorsType tensorTypes[] = {{"F16", DType::Float16}, {"F32", DType::Float32},        {"F64", DType::Float64},
                                           {"BOOL", DType::Bool},   {"BF16", DType::BFloat16},      {"F8_E4M3", DType::Float8E4M3FN},
                                           {"I8", DType::Int8},     {"F8_E5M2", DType::Float8E5M2}, {"U8", DType::UInt8},
                                           {"I16", DType::Int16},   {"U16", DType::UInt16},         {"I32", DType::Int32},
                                           {"U32", DType::UInt32},  {"I64", DType::Int64},          {"U64", DType::UInt64}};

/// The header as JSON; discarded when it isn't, when an object has a key twice, or when it is nested deeper than headers are: nesting takes
/// much memory for each byte.
Json parseHeader(llvm::StringRef text) {
  constexpr int deepest = 3; // of {"NAME": {"shape": [1]}}
  std::vector<llvm::StringSet<>> keys;
  bool isBad = false;
  auto check = [&](int depth, Json::parse_event_t event, Json &parsed) {
    if (event == Json::parse_event_t::object_start)
      keys.emplace_back();
    else if (event == Json::parse_event_t::object_end)
      keys.pop_back();
    else if (event == Json::parse_event_t::key)
      isBad |= !keys.back().insert(parsed.get_ref<const std::string &>()).second;
    isBad |= depth > deepest;
    return !isBad; // what is left is passed over, not kept
  };
  Json json = Json::parse(text.begin(), text.end(), check, /*allow_exceptions=*/false);
  return isBad ? Json(Json::value_t::discarded) : json;
}

std::optional<uint64_t> sizeOf(const Json &json) {
  return json.is_number_unsigned() ? std::optional<uint64_t>(json.get<uint64_t>()) : std::nullopt;
}

/// Reads the description of one array; `offset` counts from the end of the header.
bool readDescription(const std::string &name, const Json &json, StoredArray &array, std::string &why) {
  auto wrong = [&](const char *what) {
    why = "the description of '" + shown(name) + "' " + what;
    return false;
  };
  if (!json.is_object() || json.size() != 3 || !json.contains("dtype") || !json.contains("shape") || !json.contains("data_offsets"))
    return wrong("is not a dtype, a shape and data_offsets");
  const Json &dtype = json["dtype"], &shape = json["shape"], &offsets = json["data_offsets"];
  if (!dtype.is_string() || !shape.is_array() || shape.size() > 32 || !offsets.is_array() || offsets.size() != 2)
    return wrong("is not a dtype, a shape and data_offsets");
  array.name = name;
  for (const SafetensorsType &each : tensorTypes)
    if (dtype.get_ref<const std::string &>() == each.name)
      array.dtype = each.type;
  if (array.dtype == DType::Invalid)
    return wrong("has an unsupported dtype");
  for (const Json &dim : shape) {
    std::optional<uint64_t> size = sizeOf(dim);
    if (!size || *size > uint64_t(INT64_MAX))
      return wrong("has a size that is not an integer");
    array.dims.push_back(int64_t(*size));
  }
  std::optional<uint64_t> first = sizeOf(offsets[0]), last = sizeOf(offsets[1]);
  std::optional<uint64_t> bytes = byteSize(array.dtype, array.dims);
  if (!first || !last || *last < *first || bytes != *last - *first)
    return wrong("has a number of bytes that doesn't match its shape");
  array.offset = *first;
  array.bytes = array.packed = *bytes;
  return true;
}

} // namespace

bool parseSafetensors(llvm::ArrayRef<uint8_t> all, std::vector<StoredArray> &arrays, std::string &why) {
  // The format allows 100 MB; those of the largest models take less than 1 MB.
  constexpr uint64_t maxHeader = 16 << 20;
  auto wrong = [&](const char *what) {
    why = what;
    return false;
  };
  if (all.size() < 8)
    return wrong("it is too short for a header");
  uint64_t size = llvm::support::endian::read64le(all.data());
  if (size > all.size() - 8)
    return wrong("its header is longer than the file");
  if (size > maxHeader)
    return wrong("its header is longer than 16 MiB");
  Json header = parseHeader(llvm::toStringRef(all.slice(8, size_t(size))));
  if (!header.is_object())
    return wrong("its header is not a JSON object with each key once");

  for (const auto &[name, description] : header.items())
    if (name != "__metadata__" && !readDescription(name, description, arrays.emplace_back(), why))
      return false;
  llvm::sort(arrays, [](const StoredArray &a, const StoredArray &b) {
    return std::tie(a.offset, a.bytes, a.name) < std::tie(b.offset, b.bytes, b.name);
  });
  uint64_t at = 0;
  for (StoredArray &array : arrays) {
    if (array.offset != at)
      return wrong("its arrays overlap or leave gaps");
    at += array.bytes;
    array.offset += 8 + size;
  }
  if (at != all.size() - 8 - size)
    return wrong("its arrays don't end at the end of the file");
  return true;
}

Status writeSafetensors(llvm::ArrayRef<ArraySource> arrays, llvm::raw_ostream &out) {
  Json header = Json::object();
  uint64_t offset = 0;
  for (const ArraySource &array : arrays) {
    uint64_t end = offset + *byteSize(array.dtype, array.dims);
    llvm::StringRef dtype = llvm::find_if(tensorTypes, [&](const SafetensorsType &each) { return each.type == array.dtype; })->name;
    header[array.name] = {
        {"dtype", dtype.str()}, {"shape", std::vector<int64_t>(array.dims.begin(), array.dims.end())}, {"data_offsets", {offset, end}}};
    offset = end;
  }
  std::string text = header.dump();
  text.append((8 - text.size() % 8) % 8, ' ');
  char length[8];
  llvm::support::endian::write64le(length, text.size());
  out.write(length, sizeof length);
  out << text;
  for (const ArraySource &array : arrays)
    if (!array.read([&](llvm::ArrayRef<uint8_t> bytes) { out << llvm::toStringRef(bytes); }))
      return failure();
  return success();
}

} // namespace mil
