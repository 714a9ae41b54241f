// Manifest.json: the table of contents of a package.
//
//   { "fileFormatVersion": "1.0.0",
//     "itemInfoEntries": { "<identifier>": { "author": …, "description": …, "name": …, "path": … }, … },
//     "rootModelIdentifier": "<identifier>" }
//
// Paths are relative to the package's folder Data. The root model is the item that the identifier names, with any name, author and
// path; the weights are the item named "weights" of author "com.apple.CoreML". Source: the packages that Core ML's tools write.
#pragma once

#include "mil/Support/Files.h"
#include <string>
#include <vector>

namespace mil {

/// The content of a Manifest.json.
struct Manifest {
  struct Item {
    std::string identifier; ///< 36 characters, a UUID; unique
    std::string path;       ///< inside Data, '/'-separated
    std::string name, author, description;
    bool operator==(const Item &) const = default;
  };
  std::vector<Item> items; ///< sorted by identifier
  std::string rootIdentifier;

  /// The item of the root model; null if the identifier matches no item.
  const Item *root() const;
  /// The item with this name and author, or null.
  const Item *find(llvm::StringRef name, llvm::StringRef author) const;
  /// Adds an item, in order.
  void add(Item item);
  bool operator==(const Manifest &) const = default;
};

/// The author of the items that Core ML's tools write.
inline constexpr llvm::StringLiteral coremlAuthor = "com.apple.CoreML";

/// The largest size and nesting depth of a manifest.
inline constexpr size_t maxManifestBytes = 64 << 20;
inline constexpr int maxManifestDepth = 64;

/// Reads a manifest and checks what doesn't depend on its package: JSON without duplicate keys, a supported version (up to 1.0.0), items
/// with all their texts, an existing root model. `file` is its number in the engine's sources.
Result<Manifest> parseManifest(llvm::StringRef text, uint32_t file, DiagnosticEngine &diags);
/// The text as Core ML's tools write it: indented by 4, keys sorted, a newline at the end.
std::string printManifest(const Manifest &manifest);

/// An identifier in the form of a UUID, made from `seed` alone: equal seeds, equal identifiers.
std::string stableIdentifier(llvm::StringRef seed);

} // namespace mil
