#include "Json.h"
#include "llvm/ADT/StringSet.h"

using namespace llvm;
using nlohmann::json;

namespace mil {

namespace {

/// Leaves nlohmann's parser from inside of its callback.
struct RefusedJson {
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

template <typename Json> std::optional<Json> parse(StringRef text, JsonError &error) {
  if (text.size() > maxManifestBytes) {
    error.what = "it has " + std::to_string(text.size()) + " bytes; " + std::to_string(maxManifestBytes) + " are allowed";
    return std::nullopt;
  }
  // The parser itself keeps the last of equal keys without a word.
  std::vector<StringSet<>> keys;
  auto watch = [&](int depth, typename Json::parse_event_t event, Json &value) {
    using Event = typename Json::parse_event_t;
    switch (event) {
    case Event::object_start:
    case Event::array_start:
      if (depth >= maxManifestDepth)
        throw RefusedJson{"it is nested deeper than " + std::to_string(maxManifestDepth) + " levels"};
      keys.emplace_back();
      break;
    case Event::object_end:
    case Event::array_end:
      keys.pop_back();
      break;
    case Event::key:
      if (!keys.back().insert(value.template get_ref<const std::string &>()).second)
        throw RefusedJson{"the key '" + value.template get<std::string>() + "' appears twice in one object"};
      break;
    case Event::value:
      break;
    }
    return true;
  };
  try {
    return Json::parse(text.begin(), text.end(), watch);
  } catch (const json::parse_error &parseError) {
    error.what = reason(parseError);
    error.offset = parseError.byte ? parseError.byte - 1 : 0;
  } catch (const json::exception &other) {
    error.what = other.what();
  } catch (const RefusedJson &refused) {
    error.what = refused.what;
  }
  return std::nullopt;
}

} // namespace

std::optional<json> parseJson(StringRef text, JsonError &error) { return parse<json>(text, error); }

std::optional<nlohmann::ordered_json> parseOrderedJson(StringRef text, JsonError &error) {
  return parse<nlohmann::ordered_json>(text, error);
}

nlohmann::ordered_json textsAsJson(const OrderedTexts &texts) {
  nlohmann::ordered_json::object_t object; // filled as a list: looking each key up among those before it takes time
  object.reserve(texts.size());
  for (const auto &[key, text] : texts)
    object.push_back({key, text});
  return object;
}

} // namespace mil
