#include "WeightFiles.h"
#include "mil/Weights/BlobFile.h"

using namespace mil;
namespace fs = std::filesystem;

namespace {

struct Model {
  TestFolder folder;
  DiagnosticEngine diags;
  Model() { folder.write("model/weights/weight.bin", weightFile({{1, "abcd"}})); }
  std::string root() const { return folder.path("model"); }
};

TEST(BlobResolver, OpensEachFileOnce) {
  Model model;
  model.folder.write("model/other.bin", weightFile({{2, "wxyz"}}));
  BlobResolver resolver(model.root());
  auto one = resolver.resolve("@model_path/weights/weight.bin", 64, {}, model.diags);
  auto same = resolver.resolve("@model_path//weights/./weight.bin", 64, {}, model.diags);
  auto relative = resolver.resolve("weights/weight.bin", 64, {}, model.diags);
  auto other = resolver.resolve("@model_path/other.bin", 64, {}, model.diags);
  ASSERT_TRUE(one && same && relative && other);
  EXPECT_EQ(contentOf(**one), "abcd");
  EXPECT_EQ(*one, *relative);
  EXPECT_EQ(*one, *same);
  EXPECT_EQ(contentOf(**other), "wxyz");
  EXPECT_EQ(resolver.files().size(), 2u);
  EXPECT_FALSE(resolver.resolve("weights/weight.bin", 128, {}, model.diags));
  EXPECT_EQ(slugsOf(model.diags), Slugs{"blob-outside-file"});
}

TEST(BlobResolver, LooksIntoTheWeightsFolderByName) {
  Model model;
  BlobResolver resolver("/nowhere", model.folder.path("model/weights"));
  for (const char *path :
       {"@model_path/weights/weight.bin", "weight.bin", "/abs/olute/weight.bin", "../../weight.bin", "a/@model_path/weight.bin"})
    EXPECT_TRUE(resolver.resolve(path, 64, {}, model.diags)) << path;
  EXPECT_EQ(resolver.files().size(), 1u);
  EXPECT_FALSE(resolver.file("weights/..", {}, model.diags));
  EXPECT_FALSE(resolver.file("weights/", {}, model.diags));
  EXPECT_EQ(slugsOf(model.diags), (Slugs{"weight-path-refused", "weight-path-refused"}));
}

TEST(BlobResolver, MissingFilesAreErrors) { // missing-weights
  Model model;
  BlobResolver resolver(model.root());
  uint32_t source = model.diags.sources().add("model.mil", "text");
  EXPECT_FALSE(resolver.resolve("@model_path/weights/none.bin", 64, Location(source, 1), model.diags));
  EXPECT_FALSE(resolver.file("@model_path/none/none.bin", Location(source, 2), model.diags));
  EXPECT_EQ(slugsOf(model.diags), (Slugs{"missing-weights", "missing-weights"}));
  EXPECT_EQ(model.diags.diagnostics()[1].location, Location(source, 2));
}

TEST(BlobResolver, MissingFilesCanBeLeftOut) { // unresolved-weights
  Model model;
  BlobResolver resolver(model.root());
  resolver.setMissing(BlobResolver::Missing::Warn);
  for (int i = 0; i != 3; ++i) {
    auto blob = resolver.resolve("@model_path/weights/none.bin", 64, {}, model.diags);
    ASSERT_TRUE(blob);
    EXPECT_EQ(*blob, nullptr);
  }
  auto file = resolver.file("@model_path/weights/none.bin", {}, model.diags);
  ASSERT_TRUE(file);
  EXPECT_EQ(*file, nullptr);
  EXPECT_EQ(slugsOf(model.diags), Slugs{"unresolved-weights"});
  EXPECT_FALSE(model.diags.hadError());
  EXPECT_TRUE(*resolver.file("weights/weight.bin", {}, model.diags));
  // A file that exists but can't be used isn't a missing one.
  EXPECT_FALSE(resolver.file("weights", {}, model.diags));
  EXPECT_FALSE(resolver.file("weights/weight.bin/x", {}, model.diags));
  EXPECT_FALSE(resolver.file("../weight.bin", {}, model.diags));
  EXPECT_EQ(slugsOf(model.diags), (Slugs{"unresolved-weights", "cannot-read", "cannot-read", "weight-path-refused"}));
}

TEST(BlobResolver, PathsMayNotLeaveTheModel) { // weight-path-refused
  Model model;
  model.folder.write("outside.bin", weightFile({{1, "abcd"}}));
  fs::create_symlink("../../outside.bin", model.folder.path("model/weights/link.bin"));
  fs::create_symlink(model.folder.path(), model.folder.path("model/up"));
  BlobResolver resolver(model.root());
  std::vector<std::string> paths{"../outside.bin",
                                 "@model_path/../outside.bin",
                                 "weights/../../outside.bin",
                                 model.folder.path("outside.bin"),
                                 "@model_path" + model.folder.path("outside.bin") /* below the model: missing */,
                                 "weights/link.bin",
                                 "up/outside.bin",
                                 "",
                                 "@model_path",
                                 "@model_path/",
                                 std::string("weights/weight.bin\0x", 20)};
  for (const std::string &path : paths)
    EXPECT_FALSE(resolver.file(path, {}, model.diags)) << path;
  Slugs expected(paths.size(), "weight-path-refused");
  expected[4] = "missing-weights";
  EXPECT_EQ(slugsOf(model.diags), expected);
  EXPECT_TRUE(resolver.files().empty());
}

} // namespace
