// Saving: every form gives back what went in.
#include "SavedModel.h"

using namespace mil;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

namespace {

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

} // namespace
