#include "mil/Pass/Registry.h"
#include "mil/Support/Suggestions.h"

namespace mil {

void PassRegistry::add(const PassInfo &info) {
  [[maybe_unused]] bool isNew = byName.try_emplace(info.name, all.size()).second;
  assert(isNew && "two passes of one name");
  all.push_back(info);
}

const PassInfo *PassRegistry::find(llvm::StringRef name) const {
  auto found = byName.find(name);
  return found == byName.end() ? nullptr : &all[found->second];
}

const PassInfo *PassRegistry::nearest(llvm::StringRef name) const {
  llvm::SmallVector<llvm::StringRef> names;
  for (const PassInfo &info : all)
    names.push_back(info.name);
  // "common::noop_elimination" is how coremltools would say it.
  size_t space = name.rfind("::");
  return find(nearestName(space == llvm::StringRef::npos ? name : name.drop_front(space + 2), names));
}

} // namespace mil
