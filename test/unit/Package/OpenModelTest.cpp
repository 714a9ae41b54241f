// Opening: every form, and everything that can be wrong with a folder.
#include "SampleModel.h"
#include "mil/Compile/CompiledModel.h"
#include "mil/Proto/Proto.h"
#include "mil/Text/Printer.h"
#include <gmock/gmock.h>

using namespace mil;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

namespace fs = std::filesystem;

namespace {

const std::string inputData = "in.mlpackage/Data/com.apple.CoreML/";

/// The sample as in.mlpackage; returns its path.
std::string writePackage(const TestFolder &folder) {
  Workshop shop;
  shop.convert(writeSample(folder), folder.path("in.mlpackage"));
  return folder.path("in.mlpackage");
}

void rewriteManifest(const TestFolder &folder, const std::string &what, const std::string &by) {
  folder.write("in.mlpackage/Manifest.json", with(folder.read("in.mlpackage/Manifest.json"), what, by));
}

/// The serialised description of the sample, with its inputs as x, a.
std::string descriptionOf(const std::string &sample, std::optional<Metadata> metadata = {}) {
  Workshop shop;
  OpenedModel model = shop.opened(sample);
  std::swap(model.model->description->main.inputs[0], model.model->description->main.inputs[1]);
  model.model->description->metadata = std::move(metadata);
  std::string bytes;
  EXPECT_TRUE(exportDescription(*model.model->description, bytes, shop.diags));
  return bytes;
}

/// coremldata.bin of the sample.
std::string compiledDescription(const std::string &sample, std::optional<Metadata> metadata = {}) {
  return printCompiledModel(compiledProgram(9, descriptionOf(sample, std::move(metadata)), 1));
}

std::vector<std::string> inputNames(const Model &model) {
  std::vector<std::string> names;
  for (const Value *input : model.program->functions().front()->inputs())
    names.push_back(input->name().str().str());
  return names;
}

TEST(OpenModel, TellsFormsByLooking) {
  TestFolder folder;
  Workshop shop;
  std::string package = writePackage(folder);
  fs::rename(package, folder.path("renamed"));
  EXPECT_EQ(shop.opened(folder.path("renamed")).form, Form::Package);
  EXPECT_EQ(shop.opened(folder.path("renamed/")).form, Form::Package);
  EXPECT_EQ(shop.opened(folder.path("renamed/Data/com.apple.CoreML/model.mlmodel")).form, Form::Model);
  EXPECT_EQ(shop.opened(folder.path("in/model.mil")).form, Form::Text);
  fs::copy(folder.path("in/model.mil"), folder.path("in/unnamed"));
  EXPECT_EQ(shop.opened(folder.path("in/unnamed")).form, Form::Text);
  EXPECT_THAT(shop.slugs(), IsEmpty());
}

TEST(OpenModel, RefusesFilesThatAreNotModels) {
  TestFolder folder;
  Workshop shop;
  fs::create_directory(folder.path("empty"));
  fs::create_directory(folder.path("empty.mlpackage"));
  fs::create_directory(folder.path("empty.mlmodelc"));
  EXPECT_FALSE(shop.open(folder.path("empty")));
  EXPECT_FALSE(shop.open(folder.path("empty.mlpackage")));
  EXPECT_FALSE(shop.open(folder.path("empty.mlmodelc")));
  EXPECT_FALSE(shop.open(folder.write("nonsense", "nonsense")));
  EXPECT_FALSE(shop.open(folder.write("nothing", "")));
  EXPECT_FALSE(shop.open(folder.path("nowhere")));
  EXPECT_THAT(shop.slugs(), ElementsAre("unknown-form", "unknown-form", "unknown-form", "unknown-form", "foreign-file", "cannot-read"));
  EXPECT_THAT(shop.messages(), HasSubstr("the compiled model has no coremldata.bin and no model.mil"));
}

TEST(OpenModel, FollowsTheManifestToTheRootModel) {
  TestFolder folder;
  Workshop shop;
  writePackage(folder);
  fs::create_directories(folder.path("in.mlpackage/Data/com.example"));
  fs::rename(folder.path(inputData + "model.mlmodel"), folder.path("in.mlpackage/Data/com.example/net.mlmodel"));
  rewriteManifest(folder, "com.apple.CoreML/model.mlmodel", "com.example/net.mlmodel");
  // The weights are at the manifest's path, not beside the model.
  OpenedModel opened = shop.opened(folder.path("in.mlpackage"));
  EXPECT_EQ(opened.blobs.front()->files().size(), 1u);
  EXPECT_THAT(opened.extras, IsEmpty());
}

TEST(OpenModel, RefusesItemsThatLeaveThePackage) {
  TestFolder folder;
  std::string package = writePackage(folder);
  std::string manifest = folder.read("in.mlpackage/Manifest.json");
  folder.write("outside.mlmodel", folder.read(inputData + "model.mlmodel"));
  fs::create_symlink(folder.path("outside.mlmodel"), folder.path(inputData + "link.mlmodel"));
  for (std::string path :
       {std::string("../../outside.mlmodel"), folder.path("outside.mlmodel"), std::string("com.apple.CoreML/link.mlmodel"), std::string()})
    for (std::string item : {"com.apple.CoreML/model.mlmodel", "com.apple.CoreML/weights"}) {
      Workshop shop;
      folder.write("in.mlpackage/Manifest.json", with(manifest, "\"" + item + "\"", "\"" + path + "\""));
      EXPECT_FALSE(shop.open(package)) << path;
      EXPECT_THAT(shop.slugs(), ElementsAre("manifest-item-path")) << path;
      EXPECT_TRUE(shop.diags.diagnostics()[0].location.isKnown());
    }
  // Data itself may lead out.
  Workshop shop;
  folder.write("in.mlpackage/Manifest.json", manifest);
  fs::rename(folder.path("in.mlpackage/Data"), folder.path("elsewhere"));
  fs::create_directory_symlink(folder.path("elsewhere"), folder.path("in.mlpackage/Data"));
  EXPECT_FALSE(shop.open(package));
  EXPECT_THAT(shop.slugs(), ElementsAre("manifest-item-path"));
}

TEST(OpenModel, RefusesAManifestThatContradictsTheModel) {
  TestFolder folder;
  std::string package = writePackage(folder);
  std::string manifest = folder.read("in.mlpackage/Manifest.json");
  auto refused = [&](const std::string &what, const std::string &by, const char *message) {
    Workshop shop;
    folder.write("in.mlpackage/Manifest.json", with(manifest, what, by));
    EXPECT_FALSE(shop.open(package));
    EXPECT_THAT(shop.slugs(), ElementsAre("manifest-item-path"));
    EXPECT_THAT(shop.messages(), HasSubstr(message));
  };
  refused("com.apple.CoreML/model.mlmodel", "com.apple.CoreML/none.mlmodel", "it does not exist");
  refused("com.apple.CoreML/model.mlmodel", "com.apple.CoreML", "the root model is not a file");
  refused("\"itemInfoEntries\": {",
          R"("itemInfoEntries": {"0": {"author": "a", "description": "", "name": "b", "path": "com.apple.CoreML/none.json"},)",
          "it does not exist");
}

TEST(OpenModel, ToleratesAWeightsFolderThatNothingNeeds) {
  TestFolder folder;
  Workshop shop;
  folder.write("in/model.mil", R"(program(1.3)
{
    func main<ios18>(tensor<fp16, [1]> x) {
            tensor<fp16, [1]> y = relu(x = x)[name = string("y")];
        } -> (y);
}
)");
  shop.convert(folder.path("in/model.mil"), folder.path("in.mlpackage"));
  EXPECT_TRUE(fs::is_directory(folder.path(inputData + "weights")));
  fs::remove(folder.path(inputData + "weights"));
  EXPECT_TRUE(shop.open(folder.path("in.mlpackage")));
  EXPECT_THAT(shop.slugs(), IsEmpty());
}

TEST(OpenModel, LeavesLinksInAPackageBehind) {
  TestFolder folder;
  Workshop shop;
  std::string package = writePackage(folder);
  fs::create_symlink("/etc", folder.path("in.mlpackage/link"));
  EXPECT_THAT(shop.opened(package).extras, IsEmpty());
  EXPECT_THAT(shop.slugs(), ElementsAre("skipped-item"));
}

TEST(OpenModel, CompiledModelIsPutInTheOrderOfItsDescription) {
  TestFolder folder;
  Workshop shop;
  writeSample(folder);
  fs::rename(folder.path("in"), folder.path("in.mlmodelc"));
  std::string text = folder.path("in.mlmodelc/model.mil");
  folder.write("in.mlmodelc/coremldata.bin", compiledDescription(text, Metadata()));
  OpenedModel opened = shop.opened(folder.path("in.mlmodelc"));
  EXPECT_EQ(opened.form, Form::Compiled);
  EXPECT_FALSE(opened.descriptionDerived);
  EXPECT_EQ(opened.model->specificationVersion, 9);
  EXPECT_EQ(opened.model->description->metadata, std::nullopt); // an empty one is the same as none
  EXPECT_THAT(inputNames(*opened.model), ElementsAre("x", "a", "s"));
  // The text inside is the same model.
  OpenedModel inside = shop.opened(text);
  EXPECT_EQ(inside.model->description, opened.model->description);
  EXPECT_THAT(inputNames(*inside.model), ElementsAre("x", "a", "s"));
  EXPECT_THAT(shop.slugs(), IsEmpty());
}

TEST(OpenModel, OrderStaysWhereDescriptionAndProgramDisagree) {
  TestFolder folder;
  Workshop shop;
  std::string sample = writeSample(folder);
  folder.write("in/coremldata.bin", compiledDescription(sample));
  folder.write("in/model.mil", with(with(sampleText, "tensor<fp16, [1, 16]> x)", "tensor<fp16, [1, 16]> z)"), "x = x,", "x = z,"));
  EXPECT_THAT(inputNames(*shop.opened(sample).model), ElementsAre("a", "s", "z"));
}

TEST(OpenModel, CompiledModelMustBeWhole) {
  TestFolder folder;
  Workshop shop;
  std::string sample = writeSample(folder);
  fs::rename(folder.path("in"), folder.path("in.mlmodelc"));
  EXPECT_TRUE(shop.opened(folder.path("in.mlmodelc")).descriptionDerived);
  std::string description = compiledDescription(folder.path("in.mlmodelc/model.mil"));
  folder.write("in.mlmodelc/coremldata.bin", description.substr(0, description.size() - 1));
  EXPECT_FALSE(shop.open(folder.path("in.mlmodelc")));
  CompiledModel network;
  network.type = CompiledModel::NeuralNetwork;
  network.lists.resize(1);
  folder.write("in.mlmodelc/coremldata.bin", printCompiledModel(network));
  EXPECT_FALSE(shop.open(folder.path("in.mlmodelc")));
  folder.write("in.mlmodelc/coremldata.bin", description);
  fs::remove(folder.path("in.mlmodelc/model.mil"));
  EXPECT_FALSE(shop.open(folder.path("in.mlmodelc")));
  EXPECT_THAT(shop.slugs(), ElementsAre("description-derived", "malformed-coremldata", "compiled-model-type", "compiled-model-part"));
}

/// A compiled pipeline of two samples, each with its own weights.
std::string writePipeline(const TestFolder &folder, const std::vector<uint8_t> &first, const std::vector<uint8_t> &second) {
  CompiledModel wrapper;
  wrapper.type = CompiledModel::PipelineModel;
  wrapper.specificationVersion = 9;
  wrapper.modelCount = 2;
  writeWeights(folder, "in.mlmodelc/model0/weights/weight.bin", first);
  writeWeights(folder, "in.mlmodelc/model1/weights/weight.bin", second);
  for (std::string part : {"model0", "model1"}) {
    std::string text = folder.write("in.mlmodelc/" + part + "/model.mil", sampleText);
    folder.write("in.mlmodelc/" + part + "/coremldata.bin", compiledDescription(text));
    wrapper.description = descriptionOf(text);
  }
  folder.write("in.mlmodelc/coremldata.bin", printCompiledModel(wrapper));
  folder.write("in.mlmodelc/modelNames/coremldata.bin", std::string("\2\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0p\1\0\0\0\0\0\0\0q", 26));
  return folder.path("in.mlmodelc");
}

std::string partText(const OpenedModel &opened, size_t part) { return programText(*opened.model->pipeline->models[part]->program); }

TEST(OpenModel, CompiledPipelineBecomesAPackage) {
  TestFolder folder;
  Workshop shop;
  OpenedModel opened = shop.opened(writePipeline(folder, {1, 2}, {1, 2}));
  ASSERT_TRUE(opened.model->pipeline);
  EXPECT_THAT(opened.model->pipeline->names, ElementsAre("p", "q"));
  EXPECT_EQ(opened.blobs.size(), 2u);
  shop.saved(opened, folder.path("out.mlpackage"));
  OpenedModel package = shop.opened(folder.path("out.mlpackage"));
  ASSERT_TRUE(package.model->pipeline);
  EXPECT_THAT(package.model->pipeline->names, ElementsAre("p", "q"));
  // Copies of one weight file are one again.
  EXPECT_EQ(package.blobs.front()->files().size(), 1u);
  EXPECT_THAT(shop.slugs(), IsEmpty());
}

TEST(OpenModel, DifferentWeightFilesOfOnePipelineStayApart) {
  TestFolder folder;
  Workshop shop;
  OpenedModel opened = shop.opened(writePipeline(folder, {1, 2}, {3, 4}));
  shop.saved(opened, folder.path("out.mlpackage"));
  OpenedModel package = shop.opened(folder.path("out.mlpackage"));
  ASSERT_TRUE(package.model && package.model->pipeline);
  EXPECT_EQ(package.blobs.front()->files().size(), 2u);
  EXPECT_THAT(partText(package, 0), HasSubstr("\"@model_path/weights/weight.bin\"), offset = uint64(192)"));
  EXPECT_THAT(partText(package, 1), HasSubstr("\"@model_path/weights/1-weight.bin\"), offset = uint64(192)"));
  EXPECT_EQ(folder.read("out.mlpackage/Data/com.apple.CoreML/weights/1-weight.bin"), folder.read("in.mlmodelc/model1/weights/weight.bin"));
}

TEST(OpenModel, PipelineMustHaveAllItsModels) {
  TestFolder folder;
  Workshop shop;
  std::string pipeline = writePipeline(folder, {1, 2}, {1, 2});
  fs::remove_all(folder.path("in.mlmodelc/model1"));
  EXPECT_FALSE(shop.open(pipeline));
  // One that holds itself doesn't end.
  fs::create_directory_symlink("..", folder.path("in.mlmodelc/model1"));
  fs::remove_all(folder.path("in.mlmodelc/model0"));
  fs::create_directory_symlink(".", folder.path("in.mlmodelc/model0"));
  EXPECT_FALSE(shop.open(pipeline));
  EXPECT_THAT(shop.slugs(), ElementsAre("compiled-model-part", "compiled-model-type"));
}

TEST(OpenModel, SidecarDescribesText) {
  TestFolder folder;
  Workshop shop;
  std::string sample = writeSample(folder);
  OpenedModel plain = shop.opened(sample);
  EXPECT_TRUE(plain.descriptionDerived);
  EXPECT_EQ(plain.model->specificationVersion, 9);
  EXPECT_EQ(plain.model->description->main.inputs.size(), 2u);
  EXPECT_EQ(plain.model->description->main.states.size(), 1u);
  Metadata metadata;
  metadata.author = "someone";
  folder.write("in/model.coremldata.bin", compiledDescription(sample, metadata));
  OpenedModel described = shop.opened(sample);
  EXPECT_FALSE(described.descriptionDerived);
  EXPECT_EQ(described.model->description->metadata, metadata);
  EXPECT_THAT(inputNames(*described.model), ElementsAre("x", "a", "s"));
  CompiledModel wrapper;
  wrapper.type = CompiledModel::PipelineModel;
  folder.write("in/model.coremldata.bin", printCompiledModel(wrapper));
  EXPECT_FALSE(shop.open(sample));
  EXPECT_THAT(shop.slugs(), ElementsAre("compiled-model-type"));
}

TEST(OpenModel, SeveralFunctionsAreDescribedByName) {
  TestFolder folder;
  Workshop shop;
  std::string text = "program(1.3)\n{\n";
  for (std::string name : {"one", "two"})
    text += "    func " + name +
            "<ios18>(tensor<fp16, [1]> x) {\n            tensor<fp16, [1]> y = relu(x = x)[name = string(\"y\")];\n"
            "        } -> (y);\n";
  OpenedModel opened = shop.opened(folder.write("two.mil", text + "}\n"));
  const ModelDescription &description = *opened.model->description;
  ASSERT_EQ(description.functions.size(), 2u);
  EXPECT_EQ(description.functions[1].name, "two");
  EXPECT_EQ(description.defaultFunctionName, "one");
  EXPECT_THAT(description.main.inputs, IsEmpty());
}

} // namespace
