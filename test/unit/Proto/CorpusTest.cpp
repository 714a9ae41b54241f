// Every serialised model under MILC_CORPUS_DIR, when that is given: what is read and written again means the same.

#include "../RealModels.h"
#include "ProtoTesting.h"
#include "llvm/Support/MemoryBuffer.h"

namespace mil::test {

TEST(CorpusTest, RoundTrip) {
  std::vector<std::string> models = realModels({".mlmodel"});
  SKIP_WITHOUT_MODELS(models);
  size_t count = 0, differing = 0;
  for (const std::string &path : models) {
    SCOPED_TRACE(path);
    auto file = llvm::MemoryBuffer::getFile(path);
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

} // namespace mil::test
