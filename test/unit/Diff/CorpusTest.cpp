// Every model of a folder of real ones (MILC_CORPUS_DIR): opened twice, nothing differs.
#include "../RealModels.h"
#include "mil/Diff/Diff.h"
#include "mil/Package/Package.h"

using namespace mil;

namespace {

TEST(DiffCorpus, NothingDiffersFromItself) {
  std::vector<std::string> paths = realModels({".mlpackage", ".mlmodelc"});
  SKIP_WITHOUT_MODELS(paths);
  OpenOptions lenient;
  lenient.missingWeights = BlobResolver::Missing::Warn;
  size_t models = 0;
  for (const std::string &path : paths) {
    SCOPED_TRACE(path);
    Context context;
    DiagnosticEngine diags;
    Result<OpenedModel> one = openModel(path, context, diags, lenient);
    if (!one)
      continue; // of some only parts are there
    Result<OpenedModel> two = openModel(path, context, diags, lenient);
    ASSERT_TRUE(two);
    Result<ModelDifference> difference = diffModels(*one->model, *two->model, diags);
    ASSERT_TRUE(difference);
    EXPECT_TRUE(difference->empty());
    ++models;
  }
  EXPECT_GT(models, 0u);
}

} // namespace
