// Sorted lists of attributes, as operations, blocks, functions and programs hold them. Private to the IR library.
#pragma once

#include "mil/IR/Operation.h"
#include "llvm/ADT/STLExtras.h"

namespace mil {

inline const Literal *findAttribute(llvm::ArrayRef<Attribute> list, llvm::StringRef name) {
  for (const Attribute &attribute : list)
    if (attribute.name == name)
      return attribute.value;
  return nullptr;
}

inline void putAttribute(ArenaVector<Attribute> &list, llvm::BumpPtrAllocator &arena, Name name, const Literal *value) {
  auto *at = llvm::lower_bound(list, name, [](const Attribute &attribute, Name name) { return attribute.name < name; });
  if (at != list.end() && at->name == name)
    at->value = value;
  else
    list.insert(arena, size_t(at - list.begin()), {name, value});
}

inline void dropAttribute(ArenaVector<Attribute> &list, llvm::StringRef name) {
  for (size_t i = 0; i < list.size(); ++i)
    if (list[i].name == name)
      return list.erase(i);
}

} // namespace mil
