// Every serialised model under MILC_CORPUS_DIR, when that is given: what is read and written again means the same.

#include "ProtoTesting.h"
#include "llvm/Support/MemoryBuffer.h"
#include <cstdlib>
#include <filesystem>

namespace mil::testing {

namespace fs = std::filesystem;

TEST(CorpusTest, RoundTrip) {
  const char *folder = std::getenv("MILC_CORPUS_DIR");
  if (!folder || !*folder)
    GTEST_SKIP() << "MILC_CORPUS_DIR is not set";
  size_t count = 0, differing = 0;
  for (const fs::directory_entry &entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file() || entry.path().extension() != ".mlmodel")
      continue;
    SCOPED_TRACE(entry.path().string());
    auto file = llvm::MemoryBuffer::getFile(entry.path().string());
    ASSERT_TRUE(bool(file));
    expectRoundTrip((*file)->getBuffer());
    ++count;
    Imported imported((*file)->getBuffer());
    if (imported.diags.warningCount()) {
      ++differing;
      std::printf("%s", imported.printed().c_str());
    }
  }
  std::printf("%zu models, %zu with warnings\n", count, differing);
}

} // namespace mil::testing
