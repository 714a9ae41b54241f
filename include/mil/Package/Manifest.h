// Manifest.json: the table of contents of a package.
//
//   { "fileFormatVersion": "1.0.0",
//     "itemInfoEntries": { "<identifier>": { "author": …, "description": …, "name": …, "path": … }, … },
//     "rootModelIdentifier": "<identifier>" }
//
// Paths are relative to the package's folder Data. The root model is the item that the identifier names, whatever its name, author and
// path; the weights are the item named "weights" of author "com.apple.CoreML". Source: the packages that Core ML's tools write.
#pragma once

#include "mil/Support/Files.h"
#include <string>
#include <vector>

namespace mil {

struct Manifest {
  struct Item {
    std::string identifier; ///< 36 characters, a UUID; unique
    std::string path;       ///< inside Data, '/'-separated
    std::string name, author, description;
    bool operator==(const Item &) const = default;
  };
  std::vector<Item> items; ///< sorted by identifier
  std::string rootIdentifier;

  /// The root model's item; null when the identifier names none.
  const Item *root() const;
  /// The item of that name and author; null when there is none.
  const Item *find(llvm::StringRef name, llvm::StringRef author) const;
  /// Adds an item at its place in the order.
  void add(Item item);
  bool operator==(const Manifest &) const = default;
};

inline constexpr llvm::StringLiteral coremlAuthor = "com.apple.CoreML";

/// The largest manifest that is read, and how deep its values may nest.
inline constexpr size_t maxManifestBytes = 64 << 20;
inline constexpr int maxManifestDepth = 64;

/// Reads a manifest and checks what can be without its package: JSON without duplicate keys, a version that is known (1.0.0 and older),
/// items with all their texts, a root model among them. `file` is its number in the engine's sources.
Result<Manifest> parseManifest(llvm::StringRef text, uint32_t file, DiagnosticEngine &diags);
/// The bytes that Core ML's tools write for it: indented by 4, keys sorted, a newline at the end.
std::string printManifest(const Manifest &manifest);

/// An identifier in the form of a UUID, made from `seed` alone: equal seeds, equal identifiers.
std::string stableIdentifier(llvm::StringRef seed);

} // namespace mil
