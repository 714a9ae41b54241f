// The storage that a Type points to, and the table that makes types unique. Private to the IR library.
#pragma once

#include "mil/IR/Type.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/Hashing.h"
#include "llvm/Support/Allocator.h"
#include <mutex>

namespace mil {

struct TypeStorage {
  Type::Kind kind = Type::Kind::Tensor;
  DType dtype = DType::Invalid;
  bool ranked = true;
  int64_t length = 0;
  llvm::ArrayRef<int64_t> dims;
  llvm::ArrayRef<Type> elements; // of list and state: one; of dict: key and value
  llvm::StringRef text;          // of an opaque type
  llvm::StringRef extra;

  bool operator==(const TypeStorage &o) const {
    return kind == o.kind && dtype == o.dtype && ranked == o.ranked && length == o.length && dims == o.dims && elements == o.elements &&
           text == o.text && extra == o.extra;
  }
  unsigned hash() const {
    llvm::hash_code code =
        llvm::hash_combine(unsigned(kind), unsigned(dtype), ranked, length, llvm::hash_combine_range(dims.begin(), dims.end()));
    for (Type element : elements)
      code = llvm::hash_combine(code, element.pointer());
    return unsigned(size_t(llvm::hash_combine(code, text, extra)));
  }
};

/// Finds storage by its content.
struct TypeStorageInfo {
  static const TypeStorage *getEmptyKey() { return llvm::DenseMapInfo<const TypeStorage *>::getEmptyKey(); }
  static const TypeStorage *getTombstoneKey() { return llvm::DenseMapInfo<const TypeStorage *>::getTombstoneKey(); }
  static unsigned getHashValue(const TypeStorage *storage) { return storage->hash(); }
  static bool isEqual(const TypeStorage *a, const TypeStorage *b) {
    if (a == b)
      return true;
    for (const TypeStorage *special : {getEmptyKey(), getTombstoneKey()})
      if (a == special || b == special)
        return false;
    return *a == *b;
  }
};

/// It has its own lock and memory, because types, unlike other objects of a context, are also created while programs run, possibly by
/// several threads.
struct Context::TypeTable {
  std::mutex lock;
  llvm::BumpPtrAllocator arena;
  llvm::DenseSet<const TypeStorage *, TypeStorageInfo> set;
};

} // namespace mil
