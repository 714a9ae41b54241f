// The context owns what programs share. Names and types are uniqued in it, so that they can be compared by pointer; literals are owned
// by it, so that several programs can use the same constant. The context must outlive its programs.
//
//   Context context;
//   Name name = context.intern("x");
//   Type type = Type::tensor(context, DType::Float16, {1, 8});
//
// Not thread-safe: use one context per thread.
#pragma once

#include "llvm/ADT/DenseMapInfo.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Allocator.h"
#include <memory>
#include <vector>

namespace mil {

/// An interned string: names with equal texts are equal pointers. Null by default, with the text "".
class Name {
public:
  Name() = default;
  llvm::StringRef str() const { return entry ? entry->getKey() : llvm::StringRef(); }
  operator llvm::StringRef() const { return str(); }
  explicit operator bool() const { return entry != nullptr; }
  bool operator==(const Name &) const = default;
  bool operator==(llvm::StringRef text) const { return str() == text; }
  bool operator==(const char *text) const { return str() == text; }
  /// Bytewise order of the text, the order in which MIL prints named things.
  bool operator<(const Name &other) const { return str() < other.str(); }
  const void *pointer() const { return entry; }

private:
  friend class Context;
  friend struct llvm::DenseMapInfo<Name>;
  using Entry = llvm::StringMapEntry<char>;
  explicit Name(const Entry *entry) : entry(entry) {}
  const Entry *entry = nullptr;
};

/// Owns what programs share: names, types, literals and the bytes behind them. Not thread-safe; contexts are independent of each other.
class Context {
public:
  Context();
  ~Context();
  Context(const Context &) = delete;
  Context &operator=(const Context &) = delete;

  /// The name with this text.
  Name intern(llvm::StringRef text) { return Name(&*names.try_emplace(text).first); }
  /// The name if it was interned before, else null: for lookups that must not grow the table.
  Name find(llvm::StringRef text) const {
    auto it = names.find(text);
    return it == names.end() ? Name() : Name(&*it);
  }

  /// Keeps weight files and blobs alive as long as the context.
  void keepAlive(std::shared_ptr<const void> object) { kept.push_back(std::move(object)); }
  /// Memory that lives as long as the context.
  llvm::BumpPtrAllocator &arena() { return allocator; }

private:
  friend class Type;
  llvm::BumpPtrAllocator allocator;
  llvm::StringMap<char> names;
  struct TypeTable;
  std::unique_ptr<TypeTable> types;
  std::vector<std::shared_ptr<const void>> kept;
};

} // namespace mil

template <> struct llvm::DenseMapInfo<mil::Name> {
  using Entry = llvm::StringMapEntry<char>;
  static mil::Name getEmptyKey() { return mil::Name(DenseMapInfo<const Entry *>::getEmptyKey()); }
  static mil::Name getTombstoneKey() { return mil::Name(DenseMapInfo<const Entry *>::getTombstoneKey()); }
  static unsigned getHashValue(mil::Name name) { return DenseMapInfo<const Entry *>::getHashValue(name.entry); }
  static bool isEqual(mil::Name a, mil::Name b) { return a.entry == b.entry; }
};
