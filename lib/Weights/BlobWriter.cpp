#include "BlobRecord.h"
#include "ProgressMeter.h"
#include "mil/Support/DiagnosticKinds.h"
#include "mil/Support/Interrupt.h"
#include "mil/Support/PendingPath.h"
#include "mil/Weights/DiagnosticKinds.h"
#include "llvm/Support/Errno.h"
#include <cerrno>
#include <fcntl.h>
#include <unistd.h>

using namespace llvm;

namespace mil {

namespace {

constexpr uint64_t windowSize = uint64_t(1) << 20;
/// What the kernel copies in one call: short enough for progress to move.
constexpr uint64_t kernelChunk = uint64_t(16) << 20;

} // namespace

struct BlobWriter::Impl {
  int fd = -1;
  std::string path;
  uint64_t end = recordSize;
  uint32_t count = 0;
  ProgressMeter progress;
  std::vector<uint8_t> window;

  ~Impl() {
    if (fd >= 0)
      ::close(fd);
  }

  Status cannotWrite(DiagnosticEngine &diags) const {
    std::string why = sys::StrError();
    return diags.report({}, diag::CannotWrite, finalPath(path), why);
  }

  Status write(uint64_t offset, ArrayRef<uint8_t> bytes, DiagnosticEngine &diags) const {
    while (!bytes.empty()) {
      ssize_t put = sys::RetryAfterSignal(-1, ::pwrite, fd, bytes.data(), bytes.size(), off_t(offset));
      if (put < 0)
        return cannotWrite(diags);
      bytes = bytes.drop_front(size_t(put));
      offset += uint64_t(put);
    }
    return success();
  }

  Status writeHeader(DiagnosticEngine &diags) const {
    uint8_t bytes[recordSize] = {};
    FileHeader{count}.write(bytes);
    return write(0, bytes, diags);
  }

  uint64_t copyInKernel(const Blob &blob, uint64_t to, DiagnosticEngine &diags);
  Status copyInWindows(const Blob &blob, uint64_t from, uint64_t to, DiagnosticEngine &diags);
};

/// Lets the kernel copy what it can from file to file; returns how many bytes that was. Anything that goes wrong is left for the copy in
/// windows to meet again and to tell.
uint64_t BlobWriter::Impl::copyInKernel(const Blob &blob, uint64_t to, DiagnosticEngine &diags) {
  uint64_t done = 0;
#ifdef __linux__
  Blob::FileRange source = blob.fileRange();
  if (!source.isKnown())
    return 0;
  while (done != blob.size() && goOn(diags)) {
    off_t in = off_t(source.offset + done), out = off_t(to + done);
    ssize_t copied = sys::RetryAfterSignal(-1, ::copy_file_range, source.descriptor, &in, fd, &out,
                                           size_t(std::min(blob.size() - done, kernelChunk)), 0u);
    if (copied <= 0)
      break;
    done += uint64_t(copied);
    progress.add(uint64_t(copied));
  }
#endif
  return done;
}

Status BlobWriter::Impl::copyInWindows(const Blob &blob, uint64_t from, uint64_t to, DiagnosticEngine &diags) {
  ArrayRef<uint8_t> memory = blob.memory();
  while (from != blob.size()) {
    if (!goOn(diags))
      return failure();
    uint64_t size = std::min(blob.size() - from, windowSize);
    ArrayRef<uint8_t> bytes;
    if (!memory.empty()) {
      bytes = memory.slice(from, size);
    } else {
      window.resize(std::max<size_t>(window.size(), size));
      if (!blob.read(from, MutableArrayRef<uint8_t>(window).take_front(size), diags))
        return failure();
      bytes = ArrayRef<uint8_t>(window).take_front(size);
    }
    if (!write(to + from, bytes, diags))
      return failure();
    from += size;
    progress.add(size);
  }
  return success();
}

BlobWriter::BlobWriter(std::unique_ptr<Impl> impl) : impl(std::move(impl)) {}
BlobWriter::~BlobWriter() = default;

Result<std::unique_ptr<BlobWriter>> BlobWriter::create(StringRef path, DiagnosticEngine &diags) {
  auto impl = std::make_unique<Impl>();
  impl->path = path.str();
  impl->fd = sys::RetryAfterSignal(-1, [&] { return ::open(impl->path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666); });
  if (impl->fd < 0)
    return impl->cannotWrite(diags);
  if (!impl->writeHeader(diags))
    return failure();
  return std::unique_ptr<BlobWriter>(new BlobWriter(std::move(impl)));
}

Result<std::unique_ptr<BlobWriter>> BlobWriter::appendTo(StringRef path, DiagnosticEngine &diags) {
  auto existing = BlobFile::open(path, diags);
  if (!existing)
    return failure();
  auto impl = std::make_unique<Impl>();
  impl->path = path.str();
  impl->count = (*existing)->declaredCount();
  impl->end = (*existing)->fileSize();
  impl->fd = sys::RetryAfterSignal(-1, [&] { return ::open(impl->path.c_str(), O_RDWR | O_CLOEXEC); });
  if (impl->fd < 0)
    return impl->cannotWrite(diags);
  return std::unique_ptr<BlobWriter>(new BlobWriter(std::move(impl)));
}

Result<uint64_t> BlobWriter::append(const Blob &blob, DiagnosticEngine &diags) {
  if (impl->count == UINT32_MAX)
    return diags.report({}, diag::WeightFileFull, impl->path);
  uint64_t offset = alignedRecord(impl->end), data = offset + recordSize;
  // Zeros up to the record, then the record.
  uint8_t bytes[2 * recordSize] = {};
  BlobRecord{recordSentinel, uint32_t(blob.dtype()), blob.size(), data, blob.paddingBits()}.write(bytes + (offset - impl->end));
  if (!impl->write(impl->end, ArrayRef<uint8_t>(bytes).take_front(data - impl->end), diags))
    return failure();
  uint64_t copied = impl->copyInKernel(blob, data, diags);
  if (!impl->copyInWindows(blob, copied, data, diags))
    return failure();
  impl->end = data + blob.size();
  ++impl->count;
  return offset;
}

void BlobWriter::setProgress(ProgressFn progress, uint64_t total) { impl->progress.start(std::move(progress), total); }
uint64_t BlobWriter::size() const { return impl->end; }

Status BlobWriter::finish(DiagnosticEngine &diags) {
  if (!impl->writeHeader(diags))
    return failure();
  impl->progress.finish();
  if (::close(std::exchange(impl->fd, -1)) != 0)
    return impl->cannotWrite(diags);
  return success();
}

} // namespace mil
