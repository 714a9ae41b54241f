#include "mil/Weights/BlobFile.h"
#include "BlobRecord.h"
#include "mil/Support/ForeignContent.h"
#include "mil/Weights/DiagnosticKinds.h"
#include "llvm/ADT/StringExtras.h"

using namespace llvm;

namespace mil {

namespace {

class RecordBlob : public Blob {
public:
  RecordBlob(const BlobRecord &record, unsigned padding, const File &file)
      : Blob(BlobDType(record.type), record.size, padding), file(file), start(record.dataOffset) {}
  Status read(uint64_t offset, MutableArrayRef<uint8_t> out, DiagnosticEngine &diags) const override {
    return file.read(start + offset, out, diags);
  }
  FileRange fileRange() const override { return {file.descriptor(), start, file.identity()}; }

private:
  const File &file;
  uint64_t start;
};

} // namespace

struct BlobFile::Impl {
  std::unique_ptr<File> file;
  uint32_t count = 0;
  DenseMap<uint64_t, std::unique_ptr<RecordBlob>> blobs;

  Result<BlobRecord> recordAt(uint64_t offset, Location location, DiagnosticEngine &diags) const;
};

BlobFile::BlobFile(std::unique_ptr<Impl> impl) : impl(std::move(impl)) {}
BlobFile::~BlobFile() = default;

Result<std::shared_ptr<BlobFile>> BlobFile::open(StringRef path, DiagnosticEngine &diags) {
  auto impl = std::make_unique<Impl>();
  auto file = File::open(path, diags);
  if (!file || !refuseForeign(**file, path, diags))
    return failure();
  impl->file = std::move(*file);
  // Only a file that is complained about needs to be known as a source.
  auto here = [&] { return Location::ofFile(diags.sources().add(path.str())); };
  uint8_t bytes[recordSize];
  if (impl->file->size() < recordSize)
    return diags.report(here(), diag::WeightFileTooShort, impl->file->size());
  if (!impl->file->read(0, bytes, diags))
    return failure();
  FileHeader header = FileHeader::read(bytes);
  if (header.version != weightFileVersion)
    return diags.report(here(), diag::WeightFileVersion, header.version);
  impl->count = header.count;
  return std::shared_ptr<BlobFile>(new BlobFile(std::move(impl)));
}

StringRef BlobFile::path() const { return impl->file->path(); }
FileIdentity BlobFile::identity() const { return impl->file->identity(); }
uint64_t BlobFile::fileSize() const { return impl->file->size(); }
uint32_t BlobFile::declaredCount() const { return impl->count; }

/// Reads and checks the record at `offset`, whose data is then within the file. The padding of byte-sized types comes back as 0.
Result<BlobRecord> BlobFile::Impl::recordAt(uint64_t offset, Location location, DiagnosticEngine &diags) const {
  uint64_t length = file->size();
  if (offset % recordSize != 0)
    return diags.report(location, diag::BlobMisaligned, offset, file->path());
  if (offset == 0 || offset > length - recordSize)
    return diags.report(location, diag::BlobOutsideFile, offset, file->path(), length);
  uint8_t bytes[recordSize];
  if (!file->read(offset, bytes, diags))
    return failure();
  BlobRecord record = BlobRecord::read(bytes);
  if (record.sentinel != recordSentinel)
    return diags.report(location, diag::BlobNoSentinel, offset, file->path(), "0x" + utohexstr(record.sentinel, false, 8));
  unsigned width = bitWidth(BlobDType(record.type));
  if (width == 0)
    return diags.report(location, diag::BlobUnknownType, offset, file->path(), record.type);
  if (record.dataOffset > length || record.size > length - record.dataOffset)
    return diags.report(location, diag::BlobDataOutsideFile, offset, file->path(), record.size, record.dataOffset, length);
  if (width >= 8)
    record.paddingBits = 0;
  // The size is that of a part of a file, so its bits can be counted in 64 bits.
  if (record.paddingBits >= 8 || record.paddingBits > record.size * 8 || (record.size * 8 - record.paddingBits) % width != 0)
    return diags.report(location, diag::BlobUneven, offset, file->path(), record.size, record.paddingBits, name(BlobDType(record.type)));
  return record;
}

Result<const Blob *> BlobFile::blobAt(uint64_t offset, Location location, DiagnosticEngine &diags) {
  // Asked only for offsets that may be keys: a DenseMap keeps the largest ones for itself.
  if (offset % recordSize == 0)
    if (auto known = impl->blobs.find(offset); known != impl->blobs.end())
      return known->second.get();
  auto record = impl->recordAt(offset, location, diags);
  if (!record)
    return failure();
  auto &blob = impl->blobs[offset];
  blob = std::make_unique<RecordBlob>(*record, unsigned(record->paddingBits), *impl->file);
  return blob.get();
}

Result<std::vector<uint64_t>> BlobFile::recordOffsets(DiagnosticEngine &diags) {
  Location here = Location::ofFile(diags.sources().add(path().str()));
  std::vector<uint64_t> offsets; // grows with the records found, never by the count claimed
  uint64_t end = recordSize;
  for (uint32_t i = 0; i != impl->count; ++i) {
    uint64_t offset = alignedRecord(end);
    if (offset > fileSize() - recordSize)
      return diags.report(here, diag::WeightFileUntiled, impl->count, path(), "it ends after " + std::to_string(i) + " of them");
    auto record = impl->recordAt(offset, here, diags);
    if (!record)
      return failure();
    if (record->dataOffset != offset + recordSize)
      return diags.report(here, diag::WeightFileUntiled, impl->count, path(),
                          "the data of the blob at " + std::to_string(offset) + " doesn't follow its header");
    offsets.push_back(offset);
    end = record->dataOffset + record->size;
  }
  if (fileSize() - end >= recordSize)
    return diags.report(here, diag::WeightFileUntiled, impl->count, path(),
                        std::to_string(fileSize() - end) + " bytes remain after the last one");
  return offsets;
}

} // namespace mil
