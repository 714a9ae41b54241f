#include "mil/Support/Paths.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/Path.h"

using namespace llvm;

namespace mil {

StringRef withoutTrailingSlash(StringRef path) {
  while (path.size() > 1 && path.back() == '/')
    path = path.drop_back();
  return path;
}

std::string below(StringRef folder, StringRef relative) {
  SmallString<256> path(folder);
  sys::path::append(path, relative);
  return std::string(path);
}

std::string folderOf(StringRef path) {
  StringRef parent = sys::path::parent_path(path);
  return parent.empty() ? "." : parent.str();
}

} // namespace mil
