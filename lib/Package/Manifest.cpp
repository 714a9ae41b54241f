#include "mil/Package/Manifest.h"
#include "Json.h"
#include "mil/Package/DiagnosticKinds.h"
#include "mil/Support/JsonText.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MD5.h"
#include <fmt/format.h>

using namespace llvm;
using nlohmann::json;

namespace mil {

const Manifest::Item *Manifest::root() const {
  for (const Item &item : items)
    if (item.identifier == rootIdentifier)
      return &item;
  return nullptr;
}

const Manifest::Item *Manifest::find(StringRef name, StringRef author) const {
  for (const Item &item : items)
    if (item.name == name && item.author == author)
      return &item;
  return nullptr;
}

void Manifest::add(Item item) {
  auto place = llvm::upper_bound(items, item, [](const Item &a, const Item &b) { return a.identifier < b.identifier; });
  items.insert(place, std::move(item));
}

namespace {

/// Takes a manifest from its JSON, reporting what is missing or of another kind.
class ManifestReader {
public:
  ManifestReader(uint32_t file, DiagnosticEngine &diags) : file(Location::ofFile(file)), diags(diags) {}

  Result<Manifest> read(const json &object) {
    if (!object.is_object())
      return complain("the whole", "must be an object");
    Manifest manifest;
    std::string version;
    if (!text(object, "fileFormatVersion", "", version) || !checkVersion(version))
      return failure();
    if (auto entries = object.find("itemInfoEntries"); entries != object.end()) {
      if (!entries->is_object())
        return complain("'itemInfoEntries'", "must be an object");
      for (const auto &[identifier, value] : entries->items())
        if (!readItem(identifier, value, manifest))
          return failure();
    }
    if (!text(object, "rootModelIdentifier", "", manifest.rootIdentifier))
      return failure();
    if (!manifest.root())
      return complain("'rootModelIdentifier'", fmt::format("names no item: '{}'", manifest.rootIdentifier));
    return manifest;
  }

private:
  Status complain(StringRef place, StringRef what) { return diags.report(file, diag::ManifestKey, place, what); }

  Status text(const json &object, const char *key, const std::string &path, std::string &into) {
    std::string place = "'" + path + key + "'";
    auto found = object.find(key);
    if (found == object.end())
      return complain(place, "is missing");
    if (!found->is_string())
      return complain(place, "must be a string");
    into = found->get<std::string>();
    return success();
  }

  /// Three numbers; nothing newer than 1.0.0.
  Status checkVersion(const std::string &version) {
    SmallVector<StringRef, 3> parts;
    StringRef(version).split(parts, '.');
    std::array<unsigned, 3> numbers{};
    bool fine = parts.size() == 3;
    for (size_t i = 0; fine && i != 3; ++i)
      fine = all_of(parts[i], isDigit) && !parts[i].getAsInteger(10, numbers[i]);
    if (!fine)
      return complain("'fileFormatVersion'", "must be three numbers, not '" + version + "'");
    if (numbers > std::array<unsigned, 3>{1, 0, 0})
      return diags.report(file, diag::ManifestVersion, version);
    return success();
  }

  Status readItem(const std::string &identifier, const json &value, Manifest &into) {
    std::string place = "itemInfoEntries." + identifier;
    if (!value.is_object())
      return complain("'" + place + "'", "must be an object");
    Manifest::Item item;
    item.identifier = identifier;
    place += '.';
    if (!text(value, "path", place, item.path) || !text(value, "name", place, item.name) || !text(value, "author", place, item.author) ||
        !text(value, "description", place, item.description))
      return failure();
    into.items.push_back(std::move(item)); // nlohmann's objects are sorted by key
    return success();
  }

  Location file;
  DiagnosticEngine &diags;
};

} // namespace

Result<Manifest> parseManifest(StringRef text, uint32_t file, DiagnosticEngine &diags) {
  JsonError error;
  std::optional<json> parsed = parseJson(text, error);
  if (!parsed)
    return diags.report(error.offset ? Location(file, *error.offset) : Location::ofFile(file), diag::MalformedManifest, error.what);
  return ManifestReader(file, diags).read(*parsed);
}

std::string printManifest(const Manifest &manifest) {
  json entries = json::object();
  for (const Manifest::Item &item : manifest.items)
    entries[item.identifier] = {{"author", item.author}, {"description", item.description}, {"name", item.name}, {"path", item.path}};
  json object = {{"fileFormatVersion", "1.0.0"}, {"itemInfoEntries", std::move(entries)}, {"rootModelIdentifier", manifest.rootIdentifier}};
  // Item texts come from files and file names, which need not be UTF-8.
  return jsonText(object, 4) + "\n";
}

std::string stableIdentifier(StringRef seed) {
  MD5 hash;
  hash.update(seed);
  MD5::MD5Result bytes = hash.final();
  bytes[6] = (bytes[6] & 0x0F) | 0x80; // version 8: made by a rule of one's own
  bytes[8] = (bytes[8] & 0x3F) | 0x80; // the usual variant
  std::string hex = toHex(ArrayRef<uint8_t>(bytes));
  return hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-" + hex.substr(12, 4) + "-" + hex.substr(16, 4) + "-" + hex.substr(20);
}

} // namespace mil
