// Weight files from any bytes: open, walk, ask for every offset, compare and copy the blobs found. Nothing may crash or hang, and what is
// accepted must be readable to its end.
#include "mil/Weights/BlobFile.h"
#include <cstdlib>
#include <sys/mman.h>
#include <unistd.h>

using namespace mil;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  int fd = ::memfd_create("weights", 0);
  if (fd < 0 || ::write(fd, data, size) != ssize_t(size))
    std::abort();
  DiagnosticEngine diags;
  if (auto file = BlobFile::open("/proc/self/fd/" + std::to_string(fd), diags)) {
    (void)(*file)->recordOffsets(diags);
    BlobPool pool;
    // Few are enough: a blob may span the whole file, and comparing all of them would be quadratic in its size.
    unsigned found = 0;
    for (uint64_t offset = 0; offset < size && found != 16; offset += 32)
      if (auto blob = (*file)->blobAt(offset, {}, diags))
        pool.add(*blob), ++found;
    if (!pool.unify(diags) || pool.distinctBytes() > pool.totalBytes())
      std::abort();
  }
  ::close(fd);
  return 0;
}
