// Every package of a folder of real models (MILC_CORPUS_DIR), in two and five parts.
#include "../TestFolder.h"
#include "SplitChecks.h"

using namespace mil;

namespace fs = std::filesystem;

namespace {

TEST(LinkCorpus, PartsAreTheWhole) {
  const char *corpus = std::getenv("MILC_CORPUS_DIR");
  if (!corpus || !fs::is_directory(corpus))
    GTEST_SKIP() << "MILC_CORPUS_DIR names no folder";
  OpenOptions lenient;
  lenient.missingWeights = BlobResolver::Missing::Warn;
  size_t split = 0;
  for (const fs::directory_entry &entry : fs::recursive_directory_iterator(corpus)) {
    if (entry.path().extension() != ".mlpackage")
      continue;
    for (unsigned parts : {2u, 5u}) {
      SCOPED_TRACE(entry.path().string() + " in " + std::to_string(parts));
      Context context;
      DiagnosticEngine diags;
      Result<OpenedModel> opened = openModel(entry.path().string(), context, diags, lenient);
      ASSERT_TRUE(opened);
      if (!opened->model->program)
        continue;
      // A model of two operations has no five parts.
      if (size_t made = checkSplit(*opened, {.parts = parts}, diags)) {
        EXPECT_EQ(made, parts);
        ++split;
      } else {
        EXPECT_EQ(slugsOf(diags).back(), "split-too-few");
      }
    }
  }
  EXPECT_GT(split, 0u);
}

} // namespace
