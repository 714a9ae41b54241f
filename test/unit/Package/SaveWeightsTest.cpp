// Saving weights: bytes and offsets are kept or shared, and files get names that are safe.
#include "SavedModel.h"

using namespace mil;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

namespace {

TEST(SaveWeights, LargeTensorsMoveToTheWeightFileOfAPackage) {
  TestFolder folder;
  Workshop shop;
  std::string sample = writeSample(folder);
  shop.convert(sample, folder.path("out.mlpackage"));
  OpenedModel package = shop.opened(folder.path("out.mlpackage"));
  std::string text = textOf(package);
  EXPECT_THAT(text, HasSubstr("tensor<fp32, [12]>(BLOBFILE(path = string(\"@model_path/weights/weight.bin\"), offset = uint64(448))"));
  EXPECT_THAT(text, HasSubstr("tensor<int32, [2]>([1, 16])")); // small
  // Records of the source keep their offsets.
  std::string before = folder.read("in/weights/weight.bin"), after = folder.read(dataFolder + "weights/weight.bin");
  EXPECT_EQ(after.substr(4, before.size() - 4), before.substr(4));
  EXPECT_EQ(after[0], 4);
  // Back to text they stay where they are; a threshold moves them there, too.
  shop.convert(sample, placeFor(folder, "a/kept.mil"));
  EXPECT_EQ(folder.read("a/kept.mil"), sampleText);
  SaveOptions moving;
  moving.externalizeFrom = 2;
  shop.convert(sample, placeFor(folder, "b/moved.mil"), moving);
  EXPECT_THAT(folder.read("b/moved.mil"), Not(HasSubstr("tensor<int32, [2]>([1, 16])")));
  EXPECT_EQ(textOf(shop.opened(folder.path("b/moved.mil"))), folder.read("b/moved.mil"));
}

TEST(SaveWeights, IntegersMoveFromVersion9On) {
  TestFolder folder;
  Workshop shop;
  std::string large = with(sampleText, "tensor<fp32, [12]> big", "tensor<int32, [12]> big");
  large = with(large,
               "tensor<fp32, [12]>([0x1p+0, 0x1p+1, 0x1.8p+1, 0x1p+2, 0x1.4p+2, 0x1.8p+2, 0x1.cp+2, 0x1p+3, 0x1.2p+3, 0x1.4p+3, 0x1.6p+3, "
               "0x1.8p+3])",
               "tensor<int32, [12]>([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])");
  writeSample(folder);
  OpenedModel sample = shop.opened(folder.write("in/model.mil", large));
  shop.saved(sample, folder.path("nine.mlpackage"));
  EXPECT_THAT(textOf(shop.opened(folder.path("nine.mlpackage"))), HasSubstr("tensor<int32, [12]>(BLOBFILE("));
  std::string stateless =
      with(with(large, "state<tensor<fp16, [1, 16]>> s", "tensor<fp16, [1, 16]> s"), "read_state(input = s)", "relu(x = s)");
  OpenedModel older = shop.opened(folder.write("in/older.mil", with(stateless, "<ios18>", "<ios17>")));
  older.model->specificationVersion = 8;
  shop.saved(older, folder.path("eight.mlpackage"));
  EXPECT_THAT(textOf(shop.opened(folder.path("eight.mlpackage"))), HasSubstr("tensor<int32, [12]>([1, 2"));
}

TEST(SaveWeights, OnlyConstantsMove) {
  TestFolder folder;
  Workshop shop;
  writeSample(folder);
  std::string inlined = with(sampleText, "mul(x = t1, y = a)",
                             "mul(x = t1, y = tensor<fp16, [1, 16]>([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]))");
  OpenedModel sample = shop.opened(folder.write("in/model.mil", inlined));
  shop.saved(sample, folder.path("out.mlpackage"));
  EXPECT_THAT(textOf(shop.opened(folder.path("out.mlpackage"))), HasSubstr("y = tensor<fp16, [1, 16]>(["));
}

TEST(SaveWeights, SharedLayoutStoresEqualBlobsOnce) {
  TestFolder folder;
  Workshop shop;
  OpenedModel sample = shop.opened(writeSample(folder));
  SaveResult result = shop.saved(sample, folder.path("out.mlpackage"), share());
  EXPECT_EQ(result.blobs, 2u); // the two of the file are equal; then the one from memory
  EXPECT_EQ(result.weightBytes, 32u + 48u);
  EXPECT_EQ(result.referencedBytes, 2 * 32u + 48u);
  std::string text = textOf(shop.opened(folder.path("out.mlpackage")));
  EXPECT_THAT(text,
              HasSubstr("> w = const()[name = string(\"w\"), val = tensor<fp16, [1, 16]>(BLOBFILE(path = string(\"@model_path/weights/"
                        "weight.bin\"), offset = uint64(64)))]"));
  EXPECT_THAT(text,
              HasSubstr("> v = const()[name = string(\"v\"), val = tensor<fp16, [1, 16]>(BLOBFILE(path = string(\"@model_path/weights/"
                        "weight.bin\"), offset = uint64(64)))]"));
  EXPECT_EQ(folder.read(dataFolder + "weights/weight.bin").size(), 64u + 64 + 64 + 64 + 48);
}

TEST(SaveWeights, SharedWeightsBesideTextLeaveThoseOfTheInput) {
  TestFolder folder;
  Workshop shop;
  OpenedModel sample = shop.opened(writeSample(folder));
  std::string before = folder.read("in/weights/weight.bin");
  shop.saved(sample, folder.path("in/shared.mil"), share());
  EXPECT_EQ(folder.read("in/weights/weight.bin"), before);
  EXPECT_THAT(folder.read("in/shared.mil"), HasSubstr("@model_path/weights/shared.bin"));
  EXPECT_TRUE(shop.open(folder.path("in/shared.mil")));
}

TEST(SaveWeights, MissingWeightsAreKeptAsReferencesOrRefused) {
  TestFolder folder;
  Workshop shop;
  std::string sample = folder.write("in/model.mil", sampleText);
  OpenOptions lenient;
  lenient.missingWeights = BlobResolver::Missing::Warn;
  OpenedModel model = shop.opened(sample, lenient);
  EXPECT_THAT(shop.slugs(), ElementsAre("unresolved-weights"));
  shop.saved(model, folder.path("out.mlpackage"), keepInline());
  EXPECT_EQ(shop.slugs().back(), "weights-kept-missing");
  EXPECT_THAT(textOf(shop.opened(folder.path("out.mlpackage"), lenient)), HasSubstr("offset = uint64(192)"));
  EXPECT_FALSE(shop.save(model, folder.path("shared.mlpackage"), share()));
  EXPECT_EQ(shop.slugs().back(), "weights-not-shared");
  EXPECT_FALSE(folder.names().count("shared.mlpackage"));
}

TEST(SaveWeights, StandardOutputHoldsNoWeights) {
  TestFolder folder;
  Workshop shop;
  OpenedModel sample = shop.opened(writeSample(folder));
  SaveOptions moving;
  moving.externalizeFrom = 10;
  EXPECT_FALSE(shop.save(sample, "-", moving));
  EXPECT_THAT(shop.slugs(), ElementsAre("weights-on-stream"));
  // Shared, the text names the places that a file would have.
  testing::internal::CaptureStdout();
  shop.saved(sample, "-", share());
  EXPECT_EQ(testing::internal::GetCapturedStdout(), with(sampleText, "uint64(192)", "uint64(64)"));
  testing::internal::CaptureStdout();
  shop.saved(sample, "-");
  EXPECT_EQ(testing::internal::GetCapturedStdout(), sampleText);
}

TEST(SaveWeights, AWeightFileThatIsNotTheOutputsOwnIsNeverReplaced) {
  TestFolder folder;
  Workshop shop;
  OpenedModel sample = shop.opened(writeSample(folder));
  SaveOptions force;
  force.force = true;
  folder.write("out/weights/weight.bin", "kept");
  for (std::string neighbour : {"out/x.mil", "out/x.mlmodel", "out/x"})
    folder.write(neighbour, "@model_path/weights/weight.bin");
  for (std::string name : {"a.mil", "b.mlmodel"}) {
    for (const SaveOptions &options : {SaveOptions(), force}) {
      shop.saved(sample, folder.path("out/" + name), options);
      EXPECT_EQ(folder.read("out/weights/weight.bin"), "kept");
      EXPECT_EQ(folder.read("out/weights/" + name.substr(0, 1) + ".bin"), folder.read("in/weights/weight.bin"));
      EXPECT_TRUE(shop.open(folder.path("out/" + name)));
    }
  }
  // Nor when the old output had used it, too.
  folder.write("out/a.mil", "@model_path/weights/weight.bin");
  shop.saved(sample, folder.path("out/a.mil"), force);
  EXPECT_EQ(folder.read("out/weights/weight.bin"), "kept");
  EXPECT_THAT(shop.slugs(), IsEmpty());
}

TEST(SaveWeights, AReplacedTextTakesItsOwnWeightsAlong) {
  TestFolder folder;
  Workshop shop;
  std::string sample = writeSample(folder);
  writeWeights(folder, "other/weights/weight.bin", {5, 6, 7});
  std::string other = folder.write("other/model.mil", sampleText);
  SaveOptions force;
  force.force = true;
  shop.convert(sample, placeFor(folder, "out/m.mil"));
  std::set<std::string> first = folder.names();
  shop.convert(sample, folder.path("out/m.mil"), force);
  EXPECT_EQ(folder.names(), first); // the same bytes stay where they are
  shop.convert(other, folder.path("out/m.mil"), force);
  EXPECT_FALSE(folder.names().count("out/weights/weight.bin"));
  EXPECT_EQ(folder.read("out/weights/m.bin"), folder.read("other/weights/weight.bin"));
  EXPECT_TRUE(shop.open(folder.path("out/m.mil")));
  shop.convert(sample, folder.path("out/m.mil"), force);
  EXPECT_EQ(folder.names(), first);
  EXPECT_EQ(folder.read("out/weights/weight.bin"), folder.read("in/weights/weight.bin"));
  EXPECT_THAT(shop.slugs(), IsEmpty());
}

TEST(SaveWeights, AModelChoosesNoFileNames) {
  struct Case {
    std::string path, inText, name;
  };
  for (const Case &each :
       {Case{".ssh/authorized_keys", "", "authorized_keys"}, Case{"sub/.hidden", "", "weight.bin"}, Case{"model.mil", "", "weight.bin"},
        Case{"sub/Manifest.json", "", "weight.bin"}, Case{"a/coremldata.bin", "", "weight.bin"}, Case{"metadata.JSON", "", "weight.bin"},
        Case{"weights/b\x1b[31m.bin", "weights/b\\u001b[31m.bin", "weight.bin"}, Case{"-rf", "", "weight.bin"},
        Case{"out.mil", "", "out.mil"}}) {
    TestFolder folder;
    Workshop shop;
    writeWeights(folder, "in/" + each.path, {1, 1, 9});
    std::string path = each.inText.empty() ? each.path : each.inText;
    std::string text = with(with(sampleText, "weights/weight.bin", path), "weights/weight.bin", path);
    OpenedModel sample = shop.opened(folder.write("in/the.mil", text));
    std::set<std::string> expected = folder.names();
    shop.saved(sample, placeFor(folder, "to/out.mil"));
    shop.saved(sample, folder.path("to/out.mlmodel")); // which doesn't share the text's weights
    expected.insert({"to", "to/weights", "to/out.mil", "to/out.mlmodel", "to/weights/" + each.name, "to/weights/out.bin"});
    EXPECT_EQ(folder.names(), expected) << each.path;
    EXPECT_EQ(folder.read("to/weights/" + each.name), folder.read("in/" + each.path));
    EXPECT_THAT(shop.slugs(), IsEmpty());
  }
}

} // namespace
