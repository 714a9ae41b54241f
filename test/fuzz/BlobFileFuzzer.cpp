// Weight files from any bytes: open, walk, look up every offset, compare and copy the blobs found. Nothing may crash or hang, and what is
// accepted must be readable to its end.
#include "mil/Weights/BlobFile.h"
#include <cstdio>
#include <cstdlib>

using namespace mil;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  std::FILE *stream = std::tmpfile();
  if (!stream || std::fwrite(data, 1, size, stream) != size || std::fflush(stream) != 0)
    std::abort();
  DiagnosticEngine diags;
  if (auto file = BlobFile::open("/dev/fd/" + std::to_string(fileno(stream)), diags)) {
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
  std::fclose(stream);
  return 0;
}
