// A map from keys to texts that keeps the order in which the keys were added, for the user-defined metadata of a model.
//
//     OrderedTexts texts = {{"source", "https://…"}, {"epochs", "30"}};
//     texts["epochs"] = "31";                              // keeps its place
//     for (const auto &[key, text] : texts) …              // source, epochs
//
// Lookups are as fast as in a hash table; erasing is linear. Maps with the same texts are equal, regardless of the order.
#pragma once

#include "llvm/ADT/StringMap.h"
#include <string>
#include <utility>
#include <vector>

namespace mil {

/// A map from keys to texts, in the order of adding.
class OrderedTexts {
public:
  using Entry = std::pair<std::string, std::string>;
  using const_iterator = std::vector<Entry>::const_iterator;

  OrderedTexts() = default;
  OrderedTexts(std::initializer_list<Entry> entries) {
    for (const auto &[key, text] : entries)
      (*this)[key] = text;
  }

  /// The text of a key; a missing key is added at the end with an empty text.
  std::string &operator[](llvm::StringRef key) {
    auto [place, isNew] = places.try_emplace(key, entries.size());
    if (isNew)
      entries.emplace_back(key.str(), "");
    return entries[place->second].second;
  }
  const_iterator find(llvm::StringRef key) const {
    auto place = places.find(key);
    return place == places.end() ? entries.end() : entries.begin() + ptrdiff_t(place->second);
  }
  bool contains(llvm::StringRef key) const { return places.contains(key); }
  void erase(llvm::StringRef key) {
    auto place = places.find(key);
    if (place == places.end())
      return;
    size_t at = place->second;
    places.erase(place);
    entries.erase(entries.begin() + ptrdiff_t(at));
    for (; at < entries.size(); ++at)
      places[entries[at].first] = at;
  }

  const_iterator begin() const { return entries.begin(); }
  const_iterator end() const { return entries.end(); }
  size_t size() const { return entries.size(); }
  bool empty() const { return entries.empty(); }

  friend bool operator==(const OrderedTexts &a, const OrderedTexts &b) {
    if (a.size() != b.size())
      return false;
    for (const auto &[key, text] : a)
      if (auto other = b.find(key); other == b.end() || other->second != text)
        return false;
    return true;
  }

private:
  std::vector<Entry> entries;
  llvm::StringMap<size_t> places; ///< of keys in `entries`
};

} // namespace mil
