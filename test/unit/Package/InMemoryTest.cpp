// Packages as bytes are the packages that saving writes, byte for byte.
#include "SampleModel.h"
#include <gmock/gmock.h>

using namespace mil;

namespace {

TEST(InMemory, HasTheFilesThatSavingWrites) {
  TestFolder folder;
  Workshop shop;
  OpenedModel text = shop.opened(writeSample(folder));
  shop.saved(text, folder.path("out.mlpackage"), SaveOptions());
  Result<std::vector<PackageFile>> files = packageFiles(*text.model, shop.diags, {}, {&text});
  ASSERT_TRUE(files);
  std::vector<std::string> paths;
  for (const PackageFile &file : *files) {
    paths.push_back(file.path);
    EXPECT_EQ(std::string(file.bytes.begin(), file.bytes.end()), folder.read("out.mlpackage/" + file.path)) << file.path;
  }
  EXPECT_THAT(paths,
              testing::ElementsAre("Data/com.apple.CoreML/model.mlmodel", "Data/com.apple.CoreML/weights/weight.bin", "Manifest.json"));
}

} // namespace
