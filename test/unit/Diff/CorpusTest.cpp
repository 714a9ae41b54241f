// Every model of a folder of real ones (MILC_CORPUS_DIR): opened twice, nothing differs.
#include "../TestFolder.h"
#include "mil/Diff/Diff.h"
#include "mil/Package/Package.h"

using namespace mil;

namespace fs = std::filesystem;

namespace {

TEST(DiffCorpus, NothingDiffersFromItself) {
  const char *corpus = std::getenv("MILC_CORPUS_DIR");
  if (!corpus || !fs::is_directory(corpus))
    GTEST_SKIP() << "MILC_CORPUS_DIR names no folder";
  OpenOptions lenient;
  lenient.missingWeights = BlobResolver::Missing::Warn;
  size_t models = 0;
  for (const fs::directory_entry &entry : fs::recursive_directory_iterator(corpus)) {
    if (entry.path().extension() != ".mlpackage" && entry.path().extension() != ".mlmodelc")
      continue;
    SCOPED_TRACE(entry.path().string());
    Context context;
    DiagnosticEngine diags;
    Result<OpenedModel> one = openModel(entry.path().string(), context, diags, lenient);
    if (!one)
      continue; // of some only parts are there
    Result<OpenedModel> two = openModel(entry.path().string(), context, diags, lenient);
    ASSERT_TRUE(two);
    Result<ModelDifference> difference = diffModels(*one->model, *two->model, diags);
    ASSERT_TRUE(difference);
    EXPECT_TRUE(difference->empty());
    ++models;
  }
  EXPECT_GT(models, 0u);
}

} // namespace
