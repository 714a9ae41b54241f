// The text of JSON that milc writes, the same in every report and file.
#pragma once

#include <string>

namespace mil {

/// The text of a value of nlohmann/json, indented by `indent` blanks per level (-1: on one line). Bytes that are not UTF-8 are replaced by
/// U+FFFD: names in models may contain any. A template, so that this header doesn't include nlohmann's.
template <typename Json> std::string jsonText(const Json &json, int indent = 2) {
  return json.dump(indent, ' ', false, Json::error_handler_t::replace);
}

} // namespace mil
