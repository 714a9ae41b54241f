#include "Json.h"
#include "llvm/ADT/StringSet.h"

using namespace llvm;
using nlohmann::json;

namespace mil {

namespace {

/// Leaves nlohmann's parser from inside of its callback.
struct Refused {
  std::string what;
};

/// The readable part of nlohmann's "[json.exception.parse_error.101] parse error at line 1, column 2: syntax error while …".
std::string reason(const json::parse_error &error) {
  StringRef what = error.what();
  size_t bracket = what.find("] "), colon = what.find(": ");
  if (colon != StringRef::npos)
    return what.substr(colon + 2).str();
  return (bracket == StringRef::npos ? what : what.substr(bracket + 2)).str();
}

} // namespace

std::optional<json> parseJson(StringRef text, JsonError &error) {
  if (text.size() > maxManifestBytes) {
    error.what = "it has " + std::to_string(text.size()) + " bytes; " + std::to_string(maxManifestBytes) + " are allowed";
    return std::nullopt;
  }
  // The parser itself keeps the last of equal keys without a word.
  std::vector<StringSet<>> keys;
  auto watch = [&](int depth, json::parse_event_t event, json &value) {
    switch (event) {
    case json::parse_event_t::object_start:
    case json::parse_event_t::array_start:
      if (depth >= maxManifestDepth)
        throw Refused{"it nests deeper than " + std::to_string(maxManifestDepth) + " levels"};
      keys.emplace_back();
      break;
    case json::parse_event_t::object_end:
    case json::parse_event_t::array_end:
      keys.pop_back();
      break;
    case json::parse_event_t::key:
      if (!keys.back().insert(value.get_ref<const std::string &>()).second)
        throw Refused{"the key '" + value.get<std::string>() + "' appears twice in one object"};
      break;
    case json::parse_event_t::value:
      break;
    }
    return true;
  };
  try {
    return json::parse(text.begin(), text.end(), watch);
  } catch (const json::parse_error &parseError) {
    error.what = reason(parseError);
    error.offset = parseError.byte ? parseError.byte - 1 : 0;
  } catch (const json::exception &other) {
    error.what = other.what();
  } catch (const Refused &refused) {
    error.what = refused.what;
  }
  return std::nullopt;
}

} // namespace mil
