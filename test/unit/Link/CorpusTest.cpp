// Every package of a folder of real models (MILC_CORPUS_DIR), in two and five parts.
#include "../RealModels.h"
#include "../TestFolder.h"
#include "SplitChecks.h"

using namespace mil;

namespace {

TEST(LinkCorpus, PartsAreTheWhole) {
  std::vector<std::string> models = realModels({".mlpackage"});
  SKIP_WITHOUT_MODELS(models);
  OpenOptions lenient;
  lenient.missingWeights = BlobResolver::Missing::Warn;
  size_t split = 0;
  for (const std::string &path : models)
    for (unsigned parts : {2u, 5u}) {
      SCOPED_TRACE(path + " in " + std::to_string(parts));
      Context context;
      DiagnosticEngine diags;
      Result<OpenedModel> opened = openModel(path, context, diags, lenient);
      ASSERT_TRUE(opened);
      if (!opened->model->program)
        continue;
      // A model of two operations has no five parts, nor one of operations that nothing reads.
      if (size_t made = checkSplit(*opened, {.parts = parts}, diags)) {
        EXPECT_EQ(made, parts);
        ++split;
      } else {
        EXPECT_THAT(slugsOf(diags).back(), testing::AnyOf("split-too-few", "split-empty-part"));
      }
    }
  EXPECT_GT(split, 0u);
}

} // namespace
