// Compiled pipelines.
#include "CompileFixture.h"

using namespace mil;
using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;

namespace {

/// Two programs, the first of which gives what the second takes, and a suppression; all of one context.
struct CompilePipeline : Compile {
  void SetUp() override {
    for (const char *part : {"one", "two"}) {
      writeWeights(folder, std::string(part) + "/weights/weight.bin", {uint8_t(part[0])});
      bool first = part[0] == 'o';
      std::string w =
          R"(            tensor<fp16, [16]> w = const()[val = tensor<fp16, [16]>(BLOBFILE(path = string("@model_path/weights/weight.bin"), offset = uint64(64)))];)";
      std::string in = first ? "x" : "mid", out = first ? "mid" : "y";
      sources.push_back(std::make_unique<OpenedModel>(openText(
          program("tensor<fp16, [16]> " + in, w + "\n            tensor<fp16, [16]> " + out + " = add(x = " + in + ", y = w);\n", out),
          std::string(part) + "/model.mil")));
    }
    model.specificationVersion = 9;
    model.pipeline = std::make_unique<Pipeline>();
    model.description.emplace();
    model.description->main.inputs = sources[0]->model->description->main.inputs;
    model.description->main.outputs = sources[1]->model->description->main.outputs;
    for (const auto &source : sources)
      model.pipeline->models.push_back(std::move(source->model));
    auto suppression = std::make_unique<Model>();
    suppression->specificationVersion = 5;
    suppression->description.emplace();
    // stringClassLabels { vector: "cat" vector: "dög" }
    suppression->otherType = Model::Other{610, std::string("\xa2\x06\x0b\x0a\x03") + "cat\x0a\x04" + "dög"};
    model.pipeline->models.push_back(std::move(suppression));
  }

  Result<SaveResult> save(const SaveOptions &options = {}) {
    std::vector<const OpenedModel *> all;
    for (const auto &source : sources)
      all.push_back(source.get());
    return saveModel(model, folder.path("out.mlmodelc"), shop.diags, options, all);
  }

  std::vector<std::unique_ptr<OpenedModel>> sources;
  Model model;
};

TEST_F(CompilePipeline, HasAFolderForEachModel) {
  model.pipeline->names = {"first", "second", "third"};
  ASSERT_TRUE(save()) << shop.messages();
  CompiledModel wrapper = coremldata("out.mlmodelc");
  EXPECT_EQ(wrapper.type, CompiledModel::PipelineModel);
  EXPECT_EQ(wrapper.variant, "generic.model0v9.0.0generic.model1v9.0.0generic.model2v1.0.0spec");
  EXPECT_THAT(wrapper.formatVersion, ElementsAre(1, 0, 1));
  EXPECT_EQ(wrapper.modelCount, 3u);
  EXPECT_EQ(folder.read("out.mlmodelc/model0/weights/weight.bin"), folder.read("one/weights/weight.bin"));
  EXPECT_EQ(folder.read("out.mlmodelc/model1/weights/weight.bin"), folder.read("two/weights/weight.bin"));
  EXPECT_EQ(coremldata("out.mlmodelc/model2").type, CompiledModel::NonMaximumSuppression);
  std::string details =
      text("NeuralNetworkModelDetails") + number(2) + text("containsCustomLayer") + text("0") + text("modelDimension") + text("0");
  EXPECT_EQ(folder.read("out.mlmodelc/model1/analytics/coremldata.bin"), details);
  EXPECT_THAT(
      folder.read("out.mlmodelc/analytics/coremldata.bin"),
      testing::StartsWith(text("PipelineModelDetails") + number(1) + text("modelDimension") + text("3") + text("SpecificationDetails")));
  EXPECT_EQ(folder.read("out.mlmodelc/modelNames/coremldata.bin"), number(3) + text("first") + text("second") + text("third"));
  for (const char *absent : {"model0/metadata.json", "model2/model.mil", "model2/analytics", "model.mil", "weights"})
    EXPECT_FALSE(std::filesystem::exists(folder.path("out.mlmodelc/" + std::string(absent)))) << absent;

  json all = metadata();
  EXPECT_EQ(all["classLabels"], json({"cat", "dög"}));
  EXPECT_EQ(all["mlProgramOperationTypeHistogram"], json({{"Ios18.add", 2}}));
  EXPECT_EQ(all["storagePrecision"], "Float16");
  EXPECT_EQ(
      all["modelType"],
      json(
          {{"name", "MLModelType_pipeline"},
           {"structure",
            {{{"name", "MLModelType_mlProgram"}}, {{"name", "MLModelType_mlProgram"}}, {{"name", "MLModelType_nonMaximumSuppression"}}}}}));
}

TEST_F(CompilePipeline, ComesBackThroughAPackage) {
  ASSERT_TRUE(save()) << shop.messages();
  OpenedModel compiled = shop.opened(folder.path("out.mlmodelc"));
  shop.saved(compiled, folder.path("back.mlpackage"));
  OpenedModel package = shop.opened(folder.path("back.mlpackage"));
  ASSERT_TRUE(compile(package, {}, "again.mlmodelc")) << shop.messages();
  for (const char *same : {"coremldata.bin", "model0/model.mil", "model0/coremldata.bin", "model1/coremldata.bin", "model2/coremldata.bin"})
    EXPECT_EQ(folder.read("out.mlmodelc/" + std::string(same)), folder.read("again.mlmodelc/" + std::string(same))) << same;
  // One folder of a package can't hold two files of one name.
  EXPECT_EQ(folder.read("out.mlmodelc/model1/weights/weight.bin"), folder.read("again.mlmodelc/model1/weights/1-weight.bin"));
}

TEST_F(CompilePipeline, MustConnect) {
  model.description->main.inputs[0].name = "other";
  EXPECT_FALSE(save());
  EXPECT_EQ(shop.messages(), "pipeline-stage: the models of the pipeline don't connect: model 0 has the input 'x', which is neither an "
                             "input of the pipeline nor an output of an earlier model\n");
  EXPECT_FALSE(std::filesystem::exists(folder.path("out.mlmodelc")));
  model.pipeline->models[0]->description->main.inputs[0].type->optional = true;
  EXPECT_TRUE(save()) << shop.messages();
}

TEST_F(CompilePipeline, MustGiveItsOutputs) {
  model.description->main.outputs[0].name = "other";
  EXPECT_FALSE(save());
  EXPECT_THAT(shop.messages(), HasSubstr("no model computes 'other', an output of the pipeline"));
}

TEST_F(CompilePipeline, TakesNoOtherModels) {
  model.pipeline->models[2]->otherType->field = CompiledModel::NeuralNetwork;
  EXPECT_FALSE(save());
  EXPECT_EQ(shop.messages(),
            "not-compilable: cannot compile model 2 of the pipeline: it is neither an ML program nor a pipeline of ML programs\n");
  shop.diags.~DiagnosticEngine();
  new (&shop.diags) DiagnosticEngine();
  model.pipeline->models[2]->description.reset();
  EXPECT_FALSE(save());
  EXPECT_THAT(shop.messages(), HasSubstr("the models of the pipeline don't connect: model 2 has no description"));
}

} // namespace
