// Saving: every form gives back what went in, weights keep their bytes and places or are shared, and nothing is written where it must not
// be.
#include "SampleModel.h"
#include "mil/Text/Printer.h"
#include <csignal>
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <sys/wait.h>

using namespace mil;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

namespace {

const std::string dataFolder = "out.mlpackage/Data/com.apple.CoreML/";

std::string textOf(const OpenedModel &opened) {
  std::string text;
  llvm::raw_string_ostream out(text);
  printProgram(*opened.model->program, out);
  return text;
}

SaveOptions keepInline() {
  SaveOptions options;
  options.externalizeFrom = 0;
  return options;
}

SaveOptions share() {
  SaveOptions options;
  options.layout = SaveOptions::Layout::Share;
  return options;
}

TEST(SaveModel, PackageHoldsWhatTheTextHad) {
  TestFolder folder;
  Workshop shop;
  OpenedModel text = shop.opened(writeSample(folder));
  SaveResult result = shop.saved(text, folder.path("out.mlpackage"), keepInline());
  EXPECT_EQ(result.blobs, 2u);
  EXPECT_EQ(result.weightBytes, 64u);
  EXPECT_EQ(result.referencedBytes, 64u);
  // The weight file is the same, the unused blob in it as well.
  EXPECT_EQ(folder.read(dataFolder + "weights/weight.bin"), folder.read("in/weights/weight.bin"));

  OpenedModel package = shop.opened(folder.path("out.mlpackage"));
  EXPECT_EQ(package.form, Form::Package);
  EXPECT_FALSE(package.descriptionDerived);
  EXPECT_THAT(package.extras, IsEmpty());
  // All but the compiler's keys.
  EXPECT_EQ(textOf(package), with(sampleText, "{\"coremlc-version\", \"3500.32.1\"}, ", ""));
  // Which the text still has.
  EXPECT_EQ(textOf(text), sampleText);
  EXPECT_EQ(package.model->description, text.model->description);
  EXPECT_EQ(package.model->specificationVersion, 9);
  EXPECT_THAT(shop.slugs(), IsEmpty());
}

TEST(SaveModel, SameInputSameBytes) {
  TestFolder folder;
  Workshop shop;
  std::string sample = writeSample(folder);
  shop.convert(sample, folder.path("out.mlpackage"));
  shop.convert(sample, folder.path("two.mlpackage"));
  for (std::string file : {"Manifest.json", "Data/com.apple.CoreML/model.mlmodel", "Data/com.apple.CoreML/weights/weight.bin"})
    EXPECT_EQ(folder.read("out.mlpackage/" + file), folder.read("two.mlpackage/" + file)) << file;
}

TEST(SaveModel, TextAndBackLosesNothing) {
  TestFolder folder;
  Workshop shop;
  OpenedModel sample = shop.opened(writeSample(folder));
  ModelDescription &description = *sample.model->description;
  std::swap(description.main.inputs[0], description.main.inputs[1]);
  sample.model->program->functions()[0]->body().reorderInputs({2, 0, 1});
  description.main.inputs[0].shortDescription = "the first";
  description.metadata.emplace().userDefined["key"] = "value";
  shop.saved(sample, folder.path("out.mlpackage"), keepInline());
  shop.convert(folder.path("out.mlpackage"), placeFor(folder, "text/model2.mil"), keepInline());
  EXPECT_EQ(folder.read("text/weights/weight.bin"), folder.read("in/weights/weight.bin"));
  shop.convert(folder.path("text/model2.mil"), folder.path("back.mlpackage"), keepInline());
  EXPECT_EQ(folder.read("back.mlpackage/Data/com.apple.CoreML/model.mlmodel"), folder.read(dataFolder + "model.mlmodel"));
  OpenedModel back = shop.opened(folder.path("back.mlpackage"));
  EXPECT_EQ(*back.model->description, description);
  std::vector<std::string> names;
  for (const Value *input : back.model->program->functions()[0]->inputs())
    names.push_back(input->name().str().str());
  EXPECT_THAT(names, ElementsAre("x", "a", "s"));
  EXPECT_THAT(shop.slugs(), IsEmpty());
}

TEST(SaveModel, NoSidecarWhereTextTellsAll) {
  TestFolder folder;
  Workshop shop;
  std::string sample = writeSample(folder);
  shop.convert(sample, folder.path("in/copy.mil"));
  EXPECT_FALSE(folder.names().count("in/copy.description.json"));
  // But an old one, which would be taken for the new text's, is replaced.
  OpenedModel described = shop.opened(sample);
  described.model->description->metadata.emplace().author = "someone";
  SaveOptions force;
  force.force = true;
  shop.saved(described, folder.path("in/copy.mil"), force);
  EXPECT_TRUE(folder.names().count("in/copy.description.json"));
  EXPECT_EQ(shop.opened(folder.path("in/copy.mil")).model->description->metadata->author, "someone");
  shop.saved(shop.opened(sample), folder.path("in/copy.mil"), force);
  EXPECT_EQ(shop.opened(folder.path("in/copy.mil")).model->description->metadata, std::nullopt);
}

TEST(SaveModel, LargeTensorsMoveToTheWeightFileOfAPackage) {
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

TEST(SaveModel, IntegersMoveFromVersion9On) {
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

TEST(SaveModel, OnlyConstantsMove) {
  TestFolder folder;
  Workshop shop;
  writeSample(folder);
  std::string inlined = with(sampleText, "mul(x = t1, y = a)",
                             "mul(x = t1, y = tensor<fp16, [1, 16]>([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]))");
  OpenedModel sample = shop.opened(folder.write("in/model.mil", inlined));
  shop.saved(sample, folder.path("out.mlpackage"));
  EXPECT_THAT(textOf(shop.opened(folder.path("out.mlpackage"))), HasSubstr("y = tensor<fp16, [1, 16]>(["));
}

TEST(SaveModel, SharedLayoutStoresEqualBlobsOnce) {
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

TEST(SaveModel, SharedWeightsBesideTextLeaveThoseOfTheInput) {
  TestFolder folder;
  Workshop shop;
  OpenedModel sample = shop.opened(writeSample(folder));
  std::string before = folder.read("in/weights/weight.bin");
  shop.saved(sample, folder.path("in/shared.mil"), share());
  EXPECT_EQ(folder.read("in/weights/weight.bin"), before);
  EXPECT_THAT(folder.read("in/shared.mil"), HasSubstr("@model_path/weights/shared.bin"));
  EXPECT_TRUE(shop.open(folder.path("in/shared.mil")));
}

TEST(SaveModel, SerialisedModelWithWeightsBeside) {
  TestFolder folder;
  Workshop shop;
  OpenedModel sample = shop.opened(writeSample(folder));
  shop.saved(sample, placeFor(folder, "bare/model.mlmodel"));
  EXPECT_THAT(folder.names(), testing::IsSupersetOf({"bare/model.mlmodel", "bare/weights/weight.bin"}));
  OpenedModel bare = shop.opened(folder.path("bare/model.mlmodel"));
  EXPECT_EQ(bare.form, Form::Model);
  EXPECT_EQ(bare.model->description, sample.model->description);
  // A file without a telling name is known by its bytes.
  std::filesystem::copy_file(folder.path("bare/model.mlmodel"), folder.path("bare/unnamed"));
  EXPECT_EQ(shop.opened(folder.path("bare/unnamed")).form, Form::Model);
  EXPECT_THAT(shop.slugs(), IsEmpty());
}

TEST(SaveModel, ExtrasAreCarried) {
  TestFolder folder;
  Workshop shop;
  shop.convert(writeSample(folder), folder.path("out.mlpackage"));
  std::string entry = R"("itemInfoEntries": {
        "0": {"author": "com.apple.CoreML", "description": "External Metadata Overlay", "name": "Metadata.json", "path": "com.apple.CoreML/Metadata.json"},)";
  std::string manifest = with(folder.read("out.mlpackage/Manifest.json"), "\"itemInfoEntries\": {", entry);
  folder.write("out.mlpackage/Manifest.json", manifest);
  folder.write(dataFolder + "Metadata.json",
               R"({"MLModelAuthorKey": "the author", "MLModelLicenseKey": "--", "MLModelCreatorDefinedKey": {"z": "1", "a": "2"}})");
  folder.write("out.mlpackage/handles.json", "{}");
  OpenedModel package = shop.opened(folder.path("out.mlpackage"));
  ASSERT_EQ(package.extras.size(), 2u);
  shop.saved(package, folder.path("copy.mlpackage"));
  EXPECT_EQ(folder.read("copy.mlpackage/handles.json"), "{}");
  EXPECT_THAT(folder.read("copy.mlpackage/Manifest.json"), HasSubstr("External Metadata Overlay"));
  EXPECT_EQ(shop.opened(folder.path("copy.mlpackage")).extras.size(), 2u);
  EXPECT_THAT(shop.slugs(), IsEmpty());

  // A file of the package that the model needs for itself.
  OpenedModel::Extra extra;
  extra.path = "Data/com.apple.CoreML/model.mlmodel";
  extra.file = folder.path("in/model.mil");
  package.extras.push_back(extra);
  shop.saved(package, folder.path("third.mlpackage"));
  EXPECT_THAT(shop.slugs(), ElementsAre("skipped-item"));
  package.extras.pop_back();

  // Text can't hold them, unless they are applied.
  shop.saved(package, placeFor(folder, "text/model.mil"));
  EXPECT_EQ(shop.slugs().back(), "items-dropped");
  ASSERT_TRUE(applyOverlays(package, shop.diags));
  EXPECT_EQ(package.model->description->metadata->author, "the author");
  EXPECT_EQ(package.model->description->metadata->userDefined.begin()->first, "z");
  EXPECT_EQ(package.extras.size(), 1u);

  folder.write(dataFolder + "Metadata.json", "[]");
  OpenedModel broken = shop.opened(folder.path("out.mlpackage"));
  EXPECT_FALSE(applyOverlays(broken, shop.diags));
  EXPECT_EQ(shop.slugs().back(), "malformed-overlay");
}

TEST(SaveModel, MissingWeightsAreKeptAsReferencesOrRefused) {
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

TEST(SaveModel, StandardOutputHoldsNoWeights) {
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

TEST(SaveModel, TellsWhatTextCannotCarry) {
  TestFolder folder;
  Workshop shop;
  OpenedModel sample = shop.opened(writeSample(folder));
  sample.model->program->setDocString("documented");
  sample.model->program->functions()[0]->addSpecialization(shop.context.intern("CoreML7"));
  sample.model->program->setProtoExtra(sample.model->program->functions()[0], "\xf8\x01\x01");
  shop.saved(sample, placeFor(folder, "out/a.mil"));
  ASSERT_THAT(shop.slugs(), ElementsAre("not-in-text"));
  EXPECT_THAT(shop.messages(), HasSubstr("1 set of unknown protobuf fields, 1 doc string, 1 block for another opset"));
}

TEST(SaveModel, TextHasNoNameForTypesFromLater) {
  TestFolder folder;
  Workshop shop;
  OpenedModel sample = shop.opened(writeSample(folder));
  sample.model->program->functions()[0]->outputs()[0].value()->setType(Type::opaque(shop.context, "unknown_type"));
  EXPECT_FALSE(shop.save(sample, folder.path("out.mil")));
  EXPECT_FALSE(shop.save(sample, folder.path("out.mlmodelc")));
  EXPECT_THAT(shop.slugs(), ElementsAre("types-without-text", "types-without-text"));
}

TEST(SaveModel, RefusesFormsThatItCannotWrite) {
  TestFolder folder;
  Workshop shop;
  OpenedModel sample = shop.opened(writeSample(folder));
  EXPECT_FALSE(shop.save(sample, folder.path("out")));
  sample.model->program.reset();
  sample.model->otherType = Model::Other{500, ""};
  EXPECT_FALSE(shop.save(sample, folder.path("out.mil")));
  EXPECT_THAT(shop.slugs(), ElementsAre("unknown-output-form", "not-a-program"));
}

TEST(SaveModel, ReplacesOnlyWhenForced) {
  TestFolder folder;
  Workshop shop;
  OpenedModel sample = shop.opened(writeSample(folder));
  folder.write("out.mlpackage/mine", "kept");
  folder.write("text/out.mil", "kept");
  EXPECT_FALSE(shop.save(sample, folder.path("out.mlpackage")));
  EXPECT_FALSE(shop.save(sample, folder.path("text/out.mil")));
  EXPECT_THAT(shop.slugs(), ElementsAre("output-exists", "output-exists"));
  EXPECT_EQ(folder.read("out.mlpackage/mine"), "kept");
  EXPECT_EQ(folder.read("text/out.mil"), "kept");
  SaveOptions force;
  force.force = true;
  shop.saved(sample, folder.path("out.mlpackage"), force);
  EXPECT_FALSE(folder.names().count("out.mlpackage/mine"));
  shop.saved(sample, folder.path("text/out.mil"), force);
}

TEST(SaveModel, AWeightFileThatIsNotTheOutputsOwnIsNeverReplaced) {
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

TEST(SaveModel, AReplacedTextTakesItsOwnWeightsAlong) {
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

TEST(SaveModel, AModelChoosesNoFileNames) {
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

TEST(SaveModel, FollowsTheUmaskInside) {
  TestFolder folder;
  Workshop shop;
  OpenedModel sample = shop.opened(writeSample(folder));
  mode_t umaskBefore = ::umask(022);
  shop.saved(sample, folder.path("out.mlpackage"));
  shop.saved(sample, folder.path("out.mlmodelc"));
  shop.saved(sample, folder.path("out.mil"));
  ::umask(umaskBefore);
  for (std::string name : {"out.mlpackage", "out.mlmodelc", "out.mil", "weights"})
    for (auto it = std::filesystem::recursive_directory_iterator(folder.path()); it != std::filesystem::recursive_directory_iterator();
         ++it)
      if (std::filesystem::relative(it->path(), folder.path()).string().starts_with(name))
        EXPECT_EQ(it->status().permissions(), std::filesystem::perms(it->is_directory() ? 0755 : 0644)) << it->path();
}

TEST(SaveModel, NeverReplacesAnInput) {
  TestFolder folder;
  Workshop shop;
  std::string sample = writeSample(folder);
  OpenedModel text = shop.opened(sample);
  shop.saved(text, folder.path("out.mlpackage"));
  OpenedModel package = shop.opened(folder.path("out.mlpackage"));
  std::filesystem::create_symlink(folder.path("out.mlpackage"), folder.path("link.mlpackage"));
  SaveOptions force;
  force.force = true;
  EXPECT_FALSE(shop.save(text, sample, force));
  EXPECT_FALSE(shop.save(package, folder.path("out.mlpackage"), force));
  EXPECT_FALSE(shop.save(package, folder.path("link.mlpackage"), force));
  EXPECT_FALSE(shop.save(package, folder.path("out.mlpackage/Data/com.apple.CoreML/model.mlmodel"), force));
  // Nor is anything put into one.
  EXPECT_FALSE(shop.save(package, folder.path("out.mlpackage/new.mil")));
  EXPECT_FALSE(shop.save(package, folder.path("link.mlpackage/Data/new.mlpackage")));
  // Another model's weights in the place of the output's.
  OpenedModel other = shop.opened(folder.write("other/model.mil", sampleText), {folder.path("in/weights")});
  writeWeights(folder, "other/weights/weight.bin", {7});
  OpenedModel blocker = shop.opened(folder.write("other/third.mil", with(sampleText, "uint64(192)", "uint64(64)")));
  std::string weights = folder.read("other/weights/weight.bin");
  const OpenedModel *both[] = {&other, &blocker};
  EXPECT_TRUE(saveModel(*other.model, folder.path("other/out.mil"), shop.diags, force, both));
  EXPECT_EQ(folder.read("other/weights/weight.bin"), weights);
  EXPECT_THAT(shop.slugs(), ElementsAre("output-is-input", "output-is-input", "output-is-input", "output-is-input", "output-within-input",
                                        "output-within-input"));
  EXPECT_EQ(shop.diags.diagnostics()[1].notes.size(), 1u);
  EXPECT_EQ(shop.diags.diagnostics()[1].notes[0].kind.slug(), "input-within");
  EXPECT_EQ(folder.read("in/model.mil"), sampleText);
}

TEST(SaveModel, LeavesNothingWhereThereIsNoFolder) {
  TestFolder folder;
  Workshop shop;
  OpenedModel sample = shop.opened(writeSample(folder));
  folder.write("file", "");
  std::set<std::string> before = folder.names();
  for (std::string place : {"nowhere/", "file/"})
    for (std::string name : {"out.mlpackage", "out.mil", "out.mlmodel"})
      EXPECT_FALSE(shop.save(sample, folder.path(place + name)));
  EXPECT_THAT(shop.slugs(), testing::Each("cannot-write"));
  EXPECT_EQ(folder.names(), before);
}

TEST(SaveModel, LeavesNothingInAFolderThatMayNotBeWritten) {
  if (::geteuid() == 0)
    GTEST_SKIP() << "root may write anywhere";
  TestFolder folder;
  Workshop shop;
  OpenedModel sample = shop.opened(writeSample(folder));
  std::filesystem::create_directory(folder.path("locked"));
  ::chmod(folder.path("locked").c_str(), 0555);
  for (std::string name : {"locked/out.mlpackage", "locked/out.mil", "locked/out.mlmodel"})
    EXPECT_FALSE(shop.save(sample, folder.path(name)));
  EXPECT_THAT(shop.slugs(), ElementsAre("cannot-write", "cannot-write", "cannot-write"));
  ::chmod(folder.path("locked").c_str(), 0755);
}

TEST(SaveModel, LeavesNothingWhenItFailsHalfway) {
  TestFolder folder;
  Workshop shop;
  OpenedModel sample = shop.opened(writeSample(folder));
  auto broken = streamedBlob(BlobDType::Float32, 12, [](uint64_t, llvm::MutableArrayRef<uint8_t>) { return false; });
  Operation *constant = nullptr;
  sample.model->program->functions()[0]->body().walk([&](Operation &op) {
    if (op.is("const") && op.opName() == "big")
      constant = &op;
  });
  ASSERT_TRUE(constant);
  Type type = Type::tensor(shop.context, DType::Float32, {12});
  constant->setAttribute(shop.context.intern("val"), Literal::blob(shop.context, type, broken.get(), "", 0));
  std::set<std::string> before = folder.names();
  for (std::string name : {"out.mlpackage", "out.mil", "out.mlmodel"}) {
    EXPECT_FALSE(shop.save(sample, folder.path(name)));
    EXPECT_EQ(shop.slugs().back(), "blob-not-produced");
    EXPECT_EQ(folder.names(), before);
  }
}

TEST(SaveModel, AKillInMidWriteLeavesNothing) {
  for (int signal : {SIGTERM, SIGKILL})
    for (std::string name : {"out.mlpackage", "beside.mil"}) {
      TestFolder folder;
      std::string sample = writeSample(folder);
      std::set<std::string> before = folder.names();
      int ready[2];
      ASSERT_EQ(::pipe(ready), 0);
      pid_t child = ::fork();
      ASSERT_GE(child, 0);
      if (child == 0) {
        Workshop shop;
        OpenedModel model = shop.opened(sample);
        SaveOptions stuck = share();
        // The first progress comes in the middle of the copy.
        stuck.progress = [&](uint64_t, uint64_t) {
          (void)!::write(ready[1], "x", 1);
          for (;;)
            ::pause();
        };
        (void)bool(shop.save(model, folder.path(name), stuck));
        ::_exit(0);
      }
      ::close(ready[1]);
      char byte;
      ASSERT_EQ(::read(ready[0], &byte, 1), 1);
      ::close(ready[0]);
      ::kill(child, signal);
      int status;
      ::waitpid(child, &status, 0);
      EXPECT_TRUE(WIFSIGNALED(status));
      std::set<std::string> after = folder.names();
      EXPECT_FALSE(after.count(name));
      if (signal == SIGTERM) {
        EXPECT_EQ(after, before);
      }
    }
}

} // namespace
