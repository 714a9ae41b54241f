#include "WeightPlan.h"
#include "Form.h"
#include "WeightNames.h"
#include "mil/Package/DiagnosticKinds.h"
#include "mil/Support/DiagnosticKinds.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/Path.h"

using namespace llvm;

namespace mil {

static constexpr StringLiteral modelPath = "@model_path/";

std::optional<FileIdentity> identityOfPath(StringRef path) {
  sys::fs::UniqueID id;
  if (sys::fs::getUniqueID(path, id))
    return std::nullopt;
  return FileIdentity{id.getDevice(), id.getFile()};
}

/// A path without links; empty for one that leads nowhere.
static std::string realPath(StringRef path) {
  SmallString<256> real;
  return sys::fs::real_path(path, real) ? "" : std::string(real);
}

SourceFiles::SourceFiles(ArrayRef<const OpenedModel *> sources) {
  for (const OpenedModel *source : sources) {
    for (FileIdentity file : source->inputs)
      inputs[{file.device, file.inode}] = true;
    for (const std::shared_ptr<BlobResolver> &resolver : source->blobs)
      for (const std::shared_ptr<BlobFile> &file : resolver->files())
        weights.try_emplace({file->identity().device, file->identity().inode}, file.get());
    if (source->form == Form::Package || source->form == Form::Compiled)
      folders.push_back(realPath(source->path));
  }
}

bool SourceFiles::isWithin(StringRef path) const {
  std::string above = folderOf(path); // which the command may yet have to make
  while (!sys::fs::exists(above) && above != "." && above != "/")
    above = folderOf(above);
  std::string folder = realPath(above) + "/";
  return any_of(folders, [&](StringRef of) { return !of.empty() && StringRef(folder).starts_with((of + "/").str()); });
}

const BlobFile *SourceFiles::weightFile(FileIdentity file) const {
  auto found = weights.find({file.device, file.inode});
  return found == weights.end() ? nullptr : found->second;
}

bool SourceFiles::containsPath(StringRef path) const {
  std::optional<FileIdentity> file = identityOfPath(path);
  return file && contains(*file);
}

Status WeightPlan::make(const Model &model, const Request &request, const ProgressFn &progress) {
  Constants constants = collectConstants(model, request.moveFrom);
  totals.referencedBytes = constants.referencedBytes;
  if (request.layout == SaveOptions::Layout::Share) {
    if (constants.missing)
      return diags.report({}, diag::WeightsNotShared, constants.missingPath);
    return planShare(constants, request, progress);
  }
  if (constants.missing)
    diags.report({}, diag::WeightsKeptMissing, constants.missing);
  return planKeep(constants, request);
}

const Blob *WeightPlan::blobOf(const Literal &literal) {
  if (literal.isBlob())
    return literal.blob();
  owned.push_back(borrowedBlob(*toBlobDType(literal.type().dtype()), literal.elementCount(), literal.bytes()));
  return owned.back().get();
}

const WeightPlan::File *WeightPlan::fileAt(StringRef path) const {
  auto found = find_if(planned, [&](const File &file) { return file.path == path; });
  return found == planned.end() ? nullptr : &*found;
}

static std::string inWeights(StringRef name) { return (weightsFolder + "/" + name).str(); }

void WeightPlan::rename(size_t file, StringRef name) { planned[file].path = inWeights(name); }

/// weights/weight.bin; where that is a file of the inputs or planned already, one named after the output.
std::string WeightPlan::freePath(const Request &request) const {
  std::string usual = inWeights("weight.bin");
  bool taken = fileAt(usual) || (!request.folder.empty() && sources.containsPath(below(request.folder, usual)));
  return taken ? inWeights(request.stem + ".bin") : usual;
}

Status WeightPlan::planShare(const Constants &constants, const Request &request, const ProgressFn &progress) {
  if (constants.stored.empty())
    return success();
  for (const Literal *literal : constants.stored) {
    const Blob *blob = blobOf(*literal);
    pool.add(blob);
    targets[literal] = {0, blob};
  }
  pool.setProgress(progress);
  if (!pool.unify(diags))
    return failure();
  for (auto &[literal, target] : targets)
    target.appended = pool.representative(target.appended);
  planned.push_back({freePath(request), nullptr, false, pool.distinct().vec()});
  totals.weightBytes = pool.distinctBytes();
  totals.blobs = pool.distinct().size();
  return success();
}

/// The path of a file that is already below the output's folder, as the program refers to it; empty if it isn't there.
static std::string placeOf(const BlobFile &file, StringRef path, StringRef folder) {
  std::string why;
  if (folder.empty() || !path.consume_front(modelPath))
    return "";
  Result<std::string> there = pathWithin(folder, path, why);
  return there && identityOfPath(*there) == file.identity() ? path.str() : "";
}

/// The planned file that keeps the blobs of `file`, which the program names `path`.
Result<size_t> WeightPlan::keptFile(const BlobFile &file, StringRef path, const Request &request) {
  if (auto known = kept.find(&file); known != kept.end())
    return known->second;
  if (std::string place = placeOf(file, path, request.folder); !place.empty()) {
    planned.push_back({place, &file, true, {}});
    return kept[&file] = planned.size() - 1;
  }
  std::string name = weightFileName(path), target = inWeights(name);
  for (unsigned i = 1; const File *other = fileAt(target); ++i) {
    // Compiled pipelines have a copy of one weight file in each of their models.
    Result<bool> same = other->copyOf ? sameBytes(other->copyOf->path(), file.path(), diags) : Result<bool>(false);
    if (!same)
      return failure();
    if (*same)
      return kept[&file] = size_t(other - planned.data());
    target = inWeights(std::to_string(i) + "-" + name);
  }
  planned.push_back({target, &file, false, {}});
  return kept[&file] = planned.size() - 1;
}

Status WeightPlan::planKeep(const Constants &constants, const Request &request) {
  DenseSet<const Blob *> distinct;
  std::vector<const Literal *> appended;
  for (const Literal *literal : constants.stored) {
    const Blob *blob = literal->isBlob() ? literal->blob() : nullptr;
    Blob::FileRange range = blob ? blob->fileRange() : Blob::FileRange();
    const BlobFile *file = range.isKnown() && !literal->blobPath().empty() ? sources.weightFile(range.file) : nullptr;
    if (!file) {
      appended.push_back(literal);
      continue;
    }
    Result<size_t> place = keptFile(*file, literal->blobPath(), request);
    if (!place)
      return failure();
    targets[literal] = {*place, nullptr};
    if (distinct.insert(blob).second)
      totals.weightBytes += blob->size();
  }
  totals.blobs = distinct.size();
  if (appended.empty())
    return success();

  // New blobs follow those of the first file that is written anyway.
  auto first = find_if(planned, [](const File &file) { return !file.inPlace; });
  size_t place = size_t(first - planned.begin());
  if (first == planned.end())
    planned.push_back({freePath(request), nullptr, false, {}});
  for (const Literal *literal : appended) {
    const Blob *blob = blobOf(*literal);
    pool.add(blob);
    targets[literal] = {place, blob};
  }
  if (!pool.unify(diags))
    return failure();
  for (const Literal *literal : appended)
    targets[literal].appended = pool.representative(targets[literal].appended);
  planned[place].appended = pool.distinct().vec();
  totals.weightBytes += pool.distinctBytes();
  totals.blobs += pool.distinct().size();
  return success();
}

Status WeightPlan::write(const File &file, StringRef path, const ProgressFn &progress) {
  if (file.copyOf) {
    sys::fs::file_status copied;
    if (!copyFile(file.copyOf->path(), path, diags))
      return failure();
    // Offsets were checked against the size that the file had when it was opened.
    if (sys::fs::status(path, copied) || copied.getSize() < file.copyOf->fileSize())
      return diags.report({}, diag::CannotRead, file.copyOf->path(), "it was truncated while it was read");
    if (progress)
      progress(file.copyOf->fileSize(), file.copyOf->fileSize());
    if (file.appended.empty())
      return success();
  }
  Result<std::unique_ptr<BlobWriter>> writer = file.copyOf ? BlobWriter::appendTo(path, diags) : BlobWriter::create(path, diags);
  if (!writer)
    return failure();
  uint64_t total = 0;
  for (const Blob *blob : file.appended)
    total += blob->size();
  (*writer)->setProgress(progress, total);
  for (const Blob *blob : file.appended) {
    Result<uint64_t> offset = (*writer)->append(*blob, diags);
    if (!offset)
      return failure();
    offsets[blob] = *offset;
  }
  return (*writer)->finish(diags);
}

void WeightPlan::assumeWritten() {
  for (const File &file : planned) {
    uint64_t end = 64;
    for (const Blob *blob : file.appended) {
      offsets[blob] = alignTo(end, 64);
      end = offsets[blob] + 64 + blob->size();
    }
  }
}

PlaceFn WeightPlan::place() const {
  return [this](const Literal &literal) -> std::optional<BlobPlace> {
    auto target = targets.find(&literal);
    if (target == targets.end())
      return std::nullopt;
    const Blob *appended = target->second.appended;
    return BlobPlace{(modelPath + planned[target->second.file].path).str(), appended ? offsets.lookup(appended) : literal.blobOffset()};
  };
}

} // namespace mil
