// Reading JSON that others wrote: bounded in size and depth, without duplicate keys; and texts as JSON.
#pragma once

#include "mil/IR/OrderedTexts.h"
#include "mil/Package/Manifest.h"
#include <nlohmann/json.hpp>

namespace mil {

/// What is wrong with a JSON text, and the byte where (nullopt: nowhere in particular).
struct JsonError {
  std::string what;
  std::optional<size_t> offset;
};

/// Parses a text of at most maxManifestBytes, nested at most maxManifestDepth deep; nullopt with `error` when it can't be.
std::optional<nlohmann::json> parseJson(llvm::StringRef text, JsonError &error);
/// The same where the order of keys matters.
std::optional<nlohmann::ordered_json> parseOrderedJson(llvm::StringRef text, JsonError &error);

/// An object with the same keys, in their order.
nlohmann::ordered_json textsAsJson(const OrderedTexts &texts);

} // namespace mil
