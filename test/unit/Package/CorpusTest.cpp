// Every package of a folder of real models (MILC_CORPUS_DIR), to text and back: the messages and the weights are the same bytes.
#include "../RealModels.h"
#include "SampleModel.h"
#include <gmock/gmock.h>

using namespace mil;

namespace fs = std::filesystem;

namespace {

TEST(PackageCorpus, TextAndBackLosesNothing) {
  std::vector<std::string> models = realModels({".mlpackage"});
  SKIP_WITHOUT_MODELS(models);
  SaveOptions asTheyAre;
  asTheyAre.externalizeFrom = 0;
  OpenOptions lenient;
  lenient.missingWeights = BlobResolver::Missing::Warn;
  size_t programs = 0;
  for (const std::string &path : models) {
    TestFolder folder;
    Workshop shop;
    auto convert = [&](const std::string &from, const std::string &to) {
      OpenedModel opened = shop.opened(from, lenient);
      if (opened.model && opened.model->program)
        shop.saved(opened, folder.path(to), asTheyAre);
      return opened.model && opened.model->program;
    };
    SCOPED_TRACE(path);
    if (!convert(path, "one.mlpackage"))
      continue;
    ++programs;
    ASSERT_TRUE(convert(folder.path("one.mlpackage"), "text.mil") && convert(folder.path("text.mil"), "two.mlpackage"));
    const std::string data = "/Data/com.apple.CoreML/", model = data + "model.mlmodel", weights = data + "weights/weight.bin";
    EXPECT_EQ(folder.read("one.mlpackage" + model), folder.read("two.mlpackage" + model));
    if (fs::exists(folder.path("one.mlpackage" + weights)))
      EXPECT_EQ(folder.read("one.mlpackage" + weights), folder.read("two.mlpackage" + weights));
  }
  EXPECT_GT(programs, 0u);
}

} // namespace
