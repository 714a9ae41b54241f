#include "mil/Support/Paths.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
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

bool isFileNameCharacter(char c) { return isAlnum(c) || c == '_' || c == '.' || c == '-' || c == '+'; }

bool isFileName(StringRef name) {
  return !name.empty() && name.size() <= 128 && name.front() != '.' && name.front() != '-' && all_of(name, isFileNameCharacter);
}

} // namespace mil
