// Reads JSON from untrusted files: bounded in size and depth, without duplicate keys. Also converts texts to JSON.
#pragma once

#include "mil/IR/OrderedTexts.h"
#include "mil/Package/Manifest.h"
#include <nlohmann/json.hpp>

namespace mil {

/// An error in a JSON text, and its byte offset (nullopt if it has no place).
struct JsonError {
  std::string what;
  std::optional<size_t> offset;
};

/// Parses a text of at most maxManifestBytes that is nested at most maxManifestDepth deep; nullopt on an error, with the reason in `error`.
std::optional<nlohmann::json> parseJson(llvm::StringRef text, JsonError &error);
/// The same, preserving the order of keys.
std::optional<nlohmann::ordered_json> parseOrderedJson(llvm::StringRef text, JsonError &error);

/// A JSON object with the same keys, in their order.
nlohmann::ordered_json textsAsJson(const OrderedTexts &texts);

} // namespace mil
