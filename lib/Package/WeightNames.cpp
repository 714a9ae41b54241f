#include "WeightNames.h"
#include "Form.h"
#include "mil/Support/Paths.h"
#include "mil/Support/ReadLog.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include <sys/stat.h>

using namespace llvm;

namespace mil {

/// Other files of models. Compared ignoring case, as some file systems do.
static bool isTaken(StringRef name) {
  for (StringRef other : {"manifest.json", "model.mil", "model.mlmodel", "coremldata.bin", "metadata.json", "parts.json"})
    if (name.equals_insensitive(other))
      return true;
  return false;
}

std::string weightFileName(StringRef path) {
  StringRef name = path.drop_front(path.rfind('/') + 1); // npos + 1 is 0
  return isFileName(name) && !isTaken(name) ? name.str() : "weight.bin";
}

std::string weightFileStem(StringRef path) {
  std::string stem = sys::path::stem(path).take_front(100).ltrim(".-").str();
  for (char &c : stem)
    if (!isFileNameCharacter(c))
      c = '_';
  return stem.empty() ? "weight" : stem;
}

Result<bool> sameBytes(StringRef a, StringRef b, DiagnosticEngine &diags) {
  ReadLog::Pause pause;
  DiagnosticEngine quiet;
  Result<std::unique_ptr<File>> first = File::open(a, quiet), second = File::open(b, diags);
  if (!second)
    return failure();
  if (!first) // another process has removed it meanwhile
    return false;
  uint64_t size = (*first)->size();
  if (size != (*second)->size())
    return false;
  std::vector<uint8_t> left(std::min<uint64_t>(size, 1 << 20)), right(left.size());
  for (uint64_t offset = 0; offset != size;) {
    size_t window = size_t(std::min<uint64_t>(size - offset, left.size()));
    if (!(*first)->read(offset, MutableArrayRef<uint8_t>(left).take_front(window), diags) ||
        !(*second)->read(offset, MutableArrayRef<uint8_t>(right).take_front(window), diags))
      return failure();
    if (!std::equal(left.begin(), left.begin() + ptrdiff_t(window), right.begin()))
      return false;
    offset += window;
  }
  return true;
}

/// Names of what may be a model that refers to weights beside it, also a copy that someone keeps (m.mil.bak, m.mlmodel~).
static bool mayBeModel(StringRef name) {
  StringRef extension = sys::path::extension(name);
  return !name.starts_with(".") && (name.contains(".mil") || name.contains(".mlmodel") || extension == ".txt" || extension.empty());
}

Result<std::unique_ptr<WeightReferences>> WeightReferences::read(StringRef output, DiagnosticEngine &diags) {
  ReadLog::Pause pause;
  std::unique_ptr<WeightReferences> result(new WeightReferences(below(folderOf(output), weightsFolder)));
  StringRef self = sys::path::filename(output);
  std::error_code error;
  for (sys::fs::directory_iterator at(folderOf(output), error), end; at != end && !error; at.increment(error)) {
    StringRef name = sys::path::filename(at->path());
    struct stat status;
    if ((name != self && !mayBeModel(name)) || ::stat(at->path().c_str(), &status) != 0 || !S_ISREG(status.st_mode))
      continue;
    Result<std::unique_ptr<MappedFile>> file = MappedFile::open(at->path(), name == self ? diags : result->quiet);
    if (!file && name == self)
      return failure();
    if (!file)
      result->unreadable = true;
    else if (name == self)
      result->old = std::move(*file);
    else
      result->others.push_back(std::move(*file));
  }
  return result;
}

bool WeightReferences::oldRefersTo(StringRef name) const {
  if (!old)
    return false;
  std::string path = ("@model_path/" + weightsFolder + "/" + name).str();
  StringRef text = old->bytes();
  for (size_t at = 0; (at = text.find(path, at)) != StringRef::npos; ++at) {
    StringRef rest = text.drop_front(at + path.size());
    if (rest.empty() || !isFileNameCharacter(rest.front()))
      return true;
  }
  return false;
}

bool WeightReferences::othersMention(StringRef name) const {
  return unreadable || any_of(others, [&](const std::unique_ptr<MappedFile> &other) { return other->bytes().contains(name); });
}

bool WeightReferences::isOwn(StringRef name) const { return oldRefersTo(name) && !othersMention(name); }

std::vector<std::string> WeightReferences::own() const {
  std::vector<std::string> names;
  std::error_code error;
  // A folder that is a link has other users, who aren't looked for.
  if (!old || sys::fs::is_symlink_file(weights))
    return names;
  for (sys::fs::directory_iterator at(weights, error, /*follow_symlinks=*/false), end; at != end && !error; at.increment(error)) {
    StringRef name = sys::path::filename(at->path());
    if (at->type() == sys::fs::file_type::regular_file && isOwn(name))
      names.push_back(name.str());
  }
  sort(names);
  return names;
}

} // namespace mil
