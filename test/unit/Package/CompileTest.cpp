// Compiled models: their bytes, metadata.json, pipelines, and what is refused.
#include "FeatureSchema.h"
#include "SampleModel.h"
#include "mil/Compile/CompiledMetadata.h"
#include "mil/Compile/CompiledModel.h"
#include "mil/Package/Manifest.h"
#include "mil/Proto/Proto.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Base64.h"
#include "llvm/Support/SHA256.h"
#include <gmock/gmock.h>

using namespace mil;
using nlohmann::json;
using testing::AllOf;
using testing::ElementsAre;
using testing::Eq;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

namespace {

std::string number(uint64_t value) {
  std::string bytes;
  for (int i = 0; i != 8; ++i)
    bytes += char(value >> 8 * i);
  return bytes;
}
std::string text(const std::string &value) { return number(value.size()) + value; }

std::string hashOf(const std::string &bytes) { return llvm::encodeBase64(llvm::SHA256::hash(llvm::arrayRefFromStringRef(bytes))); }

std::string program(const std::string &arguments, const std::string &operations, const std::string &outputs,
                    const std::string &opset = "ios18") {
  return "program(1.3)\n{\n    func main<" + opset + ">(" + arguments + ") {\n" + operations + "        } -> (" + outputs + ");\n}";
}
std::string reluProgram(const std::string &input = "x", const std::string &output = "y") {
  return program("tensor<fp32, [4]> " + input, "            tensor<fp32, [4]> " + output + " = relu(x = " + input + ");\n", output);
}

struct Compile : testing::Test {
  OpenedModel openText(const std::string &text, const std::string &name = "in/model.mil") { return shop.opened(folder.write(name, text)); }
  bool compile(OpenedModel &opened, const SaveOptions &options = {}, const std::string &name = "out.mlmodelc") {
    return bool(compileModel(opened, folder.path(name), shop.diags, options));
  }
  json metadata(const std::string &name = "out.mlmodelc") { return json::parse(folder.read(name + "/metadata.json")).at(0); }
  CompiledModel coremldata(const std::string &name) {
    Result<CompiledModel> compiled = parseCompiledModel(folder.read(name + "/coremldata.bin"), 0, shop.diags);
    EXPECT_TRUE(compiled);
    return compiled ? *compiled : CompiledModel();
  }
  TestFolder folder;
  Workshop shop;
};

TEST_F(Compile, WritesTheBytesOfTheCompiler) {
  OpenedModel sample = shop.opened(writeSample(folder));
  sample.model->description->metadata.reset();
  shop.saved(sample, folder.path("Sample Model.mlpackage"));
  OpenedModel package = shop.opened(folder.path("Sample Model.mlpackage/"));
  SaveOptions options;
  options.compile.compilerVersion = "3500.32.1";
  options.compile.milVersion = "3510.2.1";
  ASSERT_TRUE(compile(package, options)) << shop.messages();

  std::string modelText = folder.read("out.mlmodelc/model.mil");
  EXPECT_THAT(modelText, HasSubstr("[buildInfo = dict<string, string>({{\"coremlc-component-MIL\", \"3510.2.1\"}, {\"coremlc-version\", "
                                   "\"3500.32.1\"}, {\"coremltools-version\", \"9.0\"}})]\n{\n    func main<ios18>("));
  EXPECT_EQ(modelText.back(), '}');
  EXPECT_EQ(folder.read("out.mlmodelc/weights/weight.bin"), folder.read("Sample Model.mlpackage/Data/com.apple.CoreML/weights/weight.bin"));

  CompiledModel compiled = coremldata("out.mlmodelc");
  EXPECT_EQ(compiled, compiledProgram(9, compiled.description, 1));
  // Metadata, which there is none of, is an empty message at the end.
  EXPECT_TRUE(llvm::StringRef(compiled.description).ends_with(llvm::StringRef("\xa2\x06\0", 3)));

  std::string message = folder.read("Sample Model.mlpackage/Data/com.apple.CoreML/model.mlmodel");
  EXPECT_EQ(folder.read("out.mlmodelc/analytics/coremldata.bin"),
            text("NeuralNetworkModelDetails") + number(2) + text("containsCustomLayer") + text("0") + text("modelDimension") + text("0") +
                text("SpecificationDetails") + number(2) + text("modelHash") + text(hashOf(message)) + text("modelName") + text("model"));
  EXPECT_EQ(metadata()["generatedClassName"], "Sample_Model");
  EXPECT_FALSE(package.model->program->attribute("coremlc-version"));
  EXPECT_EQ(package.model->program->functions()[0]->attributes().size(), 0u); // as it was
}

TEST_F(Compile, NamesTheFileOfABareModel) {
  OpenedModel sample = shop.opened(writeSample(folder));
  shop.saved(sample, placeFor(folder, "bare/Décodeur 2.mlmodel"));
  OpenedModel bare = shop.opened(folder.path("bare/Décodeur 2.mlmodel"));
  ASSERT_TRUE(compile(bare)) << shop.messages();
  std::string analytics = folder.read("out.mlmodelc/analytics/coremldata.bin");
  EXPECT_THAT(analytics, HasSubstr(text("modelName") + text("Décodeur 2")));
  EXPECT_THAT(analytics, HasSubstr(hashOf(folder.read("bare/Décodeur 2.mlmodel"))));
  EXPECT_EQ(metadata()["generatedClassName"], "D_codeur_2");
}

TEST_F(Compile, MovesOverlaysIntoTheDescription) {
  OpenedModel sample = shop.opened(writeSample(folder));
  shop.saved(sample, folder.path("a.mlpackage"));
  OpenedModel package = shop.opened(folder.path("a.mlpackage"));
  package.extras.push_back({"Data/com.apple.CoreML/Metadata.json", folder.write("overlay.json", R"({"MLModelAuthorKey": "Ann/Bob"})"), true,
                            "Metadata.json", coremlAuthor.str(), "", stableIdentifier("x")});
  ASSERT_TRUE(compile(package)) << shop.messages();
  EXPECT_EQ(metadata()["author"], "Ann/Bob");
  EXPECT_THAT(folder.read("out.mlmodelc/metadata.json"), HasSubstr("\"author\" : \"Ann\\/Bob\",\n"));
  Result<ModelDescription> description = importDescription(coremldata("out.mlmodelc").description, 0, shop.diags);
  ASSERT_TRUE(description);
  EXPECT_EQ(description->metadata->author, "Ann/Bob");
}

// ---- Flexible shapes --------------------------------------------------------

TEST_F(Compile, RepeatsRangesInTheText) {
  OpenedModel opened =
      openText(program("tensor<fp32, [1, ?]> b, tensor<fp32, [?]> a", "            tensor<fp32, [1, ?]> y = relu(x = b);\n", "y"));
  auto &inputs = opened.model->description->main.inputs;
  inputs[0].type->as<MultiArrayFeature>()->flexibility = MultiArrayFeature::Range{{{1, 1}, {2, 8}}, {}};
  inputs[1].type->as<MultiArrayFeature>()->flexibility = MultiArrayFeature::Range{{{0, 4}}, {}};
  for (FeatureDescription &input : inputs)
    input.type->as<MultiArrayFeature>()->shape = input.name == "b" ? std::vector<int64_t>{1, 3} : std::vector<int64_t>{2};
  inputs[0].name == "b" ? void() : std::swap(inputs[0].type, inputs[1].type);
  ASSERT_TRUE(compile(opened)) << shop.messages();
  std::string out = folder.read("out.mlmodelc/model.mil");
  EXPECT_THAT(
      out,
      HasSubstr(R"(((("DefaultShapes", {{"a", [2]}, {"b", [1, 3]}}), ("RangeDims", {{"a", [[0, 4]]}, {"b", [[1, 1], [2, 8]]}})))] {)"));
}

const std::string imageProgram = program("tensor<fp32, [1, 3, ?, 8]> x", "            tensor<fp32, [1, 3, ?, 8]> y = relu(x = x);\n", "y");

/// Makes the input an image of 8 by 8 pixels.
ImageFeature &describeImage(Model &model, ColorSpace space) {
  ImageFeature image;
  image.width = image.height = 8;
  image.colorSpace = space;
  auto &type = model.description->main.inputs[0].type->type;
  type = image;
  return std::get<ImageFeature>(type);
}

TEST_F(Compile, ListsImagesOfFlexibleSizeAsArrays) { // compile-guess
  OpenedModel opened = openText(imageProgram);
  describeImage(*opened.model, ColorSpace::BGR).flexibility = ImageFeature::Range{SizeRange{8, 8}, SizeRange{1, 16}, {}};
  ASSERT_TRUE(compile(opened)) << shop.messages();
  EXPECT_THAT(shop.messages(), HasSubstr("compile-guess: an image of flexible size"));
  EXPECT_THAT(folder.read("out.mlmodelc/model.mil"),
              HasSubstr(R"(((("DefaultShapes", {{"x", [1, 3, 8, 8]}}), ("RangeDims", {{"x", [[1, 1], [3, 3], [1, 16], [8, 8]]}})))] {)"));
  EXPECT_EQ(metadata()["inputSchema"][0]["sizeRange"], "[[8, 8], [1, 16]]");
}

TEST_F(Compile, ListsGreyImagesWithOneChannel) {
  OpenedModel opened = openText(program("tensor<fp32, [1, 1, ?, ?]> x", "            tensor<fp32, [1, 1, ?, ?]> y = relu(x = x);\n", "y"));
  describeImage(*opened.model, ColorSpace::Grayscale).flexibility = ImageFeature::Range{SizeRange{2, 9}, SizeRange{1, 16}, {}};
  ASSERT_TRUE(compile(opened)) << shop.messages();
  EXPECT_THAT(folder.read("out.mlmodelc/model.mil"), HasSubstr(R"([[1, 1], [1, 1], [1, 16], [2, 9]])"));
}

/// An input whose shapes are chosen from a list, with the labels that a compiler gave them.
const char *const labelled =
    R"( [FlexibleShapeInformation = tuple<tuple<string, dict<string, tensor<int32, [?]>>>, tuple<string, dict<string, dict<string, tensor<int32, [?]>>>>>((("DefaultShapes", {{"x", [4]}}), ("EnumeratedShapes", {{"543d0f94", {{"x", [1]}}}, {"9e38c1a4", {{"x", [4]}}}})))])";

TEST_F(Compile, KeepsLabelsThatItCannotMake) {
  std::string plain = program("tensor<fp32, [?]> x", "            tensor<fp32, [?]> y = relu(x = x);\n", "y");
  OpenedModel opened = openText(with(plain, ") {", std::string(")") + labelled + " {"));
  ASSERT_TRUE(compile(opened)) << shop.messages();
  EXPECT_THAT(folder.read("out.mlmodelc/model.mil"), HasSubstr(labelled));
  json input = metadata()["inputSchema"][0];
  EXPECT_EQ(input["enumeratedShapes"], "[[4], [1]]");
  EXPECT_EQ(input["shapeFlexibility"], "4 | 1");

  // Another list of shapes than the text has.
  auto &choices =
      std::get<MultiArrayFeature::Enumerated>(opened.model->description->main.inputs[0].type->as<MultiArrayFeature>()->flexibility);
  choices.shapes.push_back({2});
  SaveOptions options;
  EXPECT_FALSE(compile(opened, options, "two.mlmodelc"));
  EXPECT_THAT(shop.messages(), HasSubstr("compile-unknown: cannot compile input 'x' with enumerated shapes, which the compiler labels"));
  options.compile.bestEffort = true;
  ASSERT_TRUE(compile(opened, options, "two.mlmodelc")) << shop.messages();
  OpenedModel back = shop.opened(folder.path("two.mlmodelc"));
  back.model->description.reset();
  EXPECT_EQ(describeFunction(*back.model->program->functions()[0]).inputs[0].type->as<MultiArrayFeature>()->shape, std::vector<int64_t>{4});
}

// ---- metadata.json ----------------------------------------------------------

MultiArrayFeature array(std::vector<int64_t> shape, ArrayDataType type) {
  MultiArrayFeature feature;
  feature.shape = std::move(shape);
  feature.dataType = type;
  return feature;
}

json schemaOf(decltype(FeatureType::type) type, bool optional = false) {
  return featureSchema({{"n", "says", FeatureType{std::move(type), optional, {}}, {}}}).at(0);
}

TEST(FeatureSchema, DescribesArrays) {
  json common = {{"name", "n"}, {"shortDescription", "says"}, {"isOptional", "0"}, {"type", "MultiArray"}};
  json fixed = common;
  fixed.update(
      {{"dataType", "Float16"}, {"formattedType", "MultiArray (Float16 1 × 80)"}, {"hasShapeFlexibility", "0"}, {"shape", "[1, 80]"}});
  EXPECT_EQ(schemaOf(array({1, 80}, ArrayDataType::Float16)), fixed);

  json open = common;
  open.update({{"dataType", "Double"},
               {"formattedType", "MultiArray (Double)?"},
               {"hasShapeFlexibility", "0"},
               {"shape", "[]"},
               {"isOptional", "1"}});
  EXPECT_EQ(schemaOf(array({}, ArrayDataType::Double), true), open);

  MultiArrayFeature ranged = array({}, ArrayDataType::Float32);
  ranged.flexibility = MultiArrayFeature::Range{{{0, -1}, {80, 80}, {2, 5}}, {}};
  json flexible = common;
  flexible.update({{"dataType", "Float32"},
                   {"formattedType", "MultiArray (Float32 0 × 80 × 2)"},
                   {"hasShapeFlexibility", "1"},
                   {"shape", "[0, 80, 2]"},
                   {"shapeFlexibility", "0... × 80 × 2...5"},
                   {"shapeRange", "[[0, -1], [80, 80], [2, 5]]"}});
  EXPECT_EQ(schemaOf(ranged), flexible);

  MultiArrayFeature chosen = array({1, 2}, ArrayDataType::Int32);
  chosen.flexibility = MultiArrayFeature::Enumerated{{{1, 2}, {3, 4}}, {}};
  json choices = schemaOf(chosen);
  EXPECT_EQ(choices["shapeFlexibility"], "1 × 2 | 3 × 4");
  EXPECT_EQ(choices["enumeratedShapes"], "[[1, 2], [3, 4]]");
  // Without a default, the first.
  chosen.shape.clear();
  EXPECT_EQ(schemaOf(chosen)["shape"], "[1, 2]");
}

TEST(FeatureSchema, DescribesImagesStatesAndTheRest) {
  ImageFeature image;
  image.width = 640;
  image.height = 480;
  image.colorSpace = ColorSpace::RGB;
  EXPECT_EQ(schemaOf(image), json({{"name", "n"},
                                   {"shortDescription", "says"},
                                   {"isOptional", "0"},
                                   {"type", "Image"},
                                   {"width", "640"},
                                   {"height", "480"},
                                   {"colorspace", "RGB"},
                                   {"isColor", "1"},
                                   {"hasSizeFlexibility", "0"},
                                   {"formattedType", "Image (Color 640 × 480)"}}));
  EXPECT_EQ(schemaOf(StateFeature{array({1, 8}, ArrayDataType::Float16), {}}), json({{"name", "n"},
                                                                                     {"shortDescription", "says"},
                                                                                     {"isOptional", "0"},
                                                                                     {"type", "State"},
                                                                                     {"dataType", "Float16"},
                                                                                     {"shape", "[1, 8]"},
                                                                                     {"formattedType", "State (Float16 1 × 8)"}}));
  EXPECT_EQ(schemaOf(DoubleFeature()),
            json({{"name", "n"}, {"shortDescription", "says"}, {"isOptional", "0"}, {"type", "Double"}, {"formattedType", "Double"}}));

  image.colorSpace = ColorSpace::Grayscale;
  json gray = schemaOf(image);
  EXPECT_EQ(gray["formattedType"], "Image (Grayscale 640 × 480)");
  EXPECT_EQ(gray["isColor"], "0");
  image.colorSpace = ColorSpace::GrayscaleFloat16;
  json half = schemaOf(image, true);
  EXPECT_EQ(half["formattedType"], "Image (Grayscale16Half 640 × 480)?");
  EXPECT_EQ(half["colorspace"], "Grayscale16Half");
  EXPECT_EQ(half["isOptional"], "1");
  image.colorSpace = ColorSpace::BGR;
  image.width = image.height = 0;
  image.flexibility = ImageFeature::Range{SizeRange{8, 64}, SizeRange{16, -1}, {}};
  json ranged = schemaOf(image);
  EXPECT_EQ(ranged["colorspace"], "BGR");
  EXPECT_EQ(ranged["formattedType"], "Image (Color 8 × 16)");
  EXPECT_EQ(ranged["hasSizeFlexibility"], "1");
  EXPECT_EQ(ranged["sizeRange"], "[[8, 64], [16, -1]]");
  EXPECT_EQ(ranged["sizeFlexibility"], "8...64 × 16...");
  image.flexibility = ImageFeature::Enumerated{{{4, 5}, {6, 7}}, {}};
  json chosen = schemaOf(image);
  EXPECT_EQ(chosen["enumeratedSizes"], "[[4, 5], [6, 7]]");
  EXPECT_EQ(chosen["sizeFlexibility"], "4 × 5 | 6 × 7");
  EXPECT_EQ(chosen["width"], "4");

  json dictionary = schemaOf(DictionaryFeature{DictionaryFeature::Key::String, {}});
  EXPECT_EQ(dictionary["formattedType"], "Dictionary (String → Double)");
  EXPECT_EQ(dictionary["keyType"], "String");
  EXPECT_EQ(schemaOf(Int64Feature())["type"], "Int64");
  EXPECT_EQ(schemaOf(StringFeature(), true)["formattedType"], "String?");
  json sequence = schemaOf(SequenceFeature{SequenceFeature::Element::Int64, SizeRange{1, 3}, {}});
  EXPECT_EQ(sequence["formattedType"], "Sequence (Int64 1...3)");
  EXPECT_EQ(sequence["sizeRange"], "[1, 3]");
  EXPECT_EQ(sequence["valueType"], "Int64");
}

TEST(OperationStatistics, NamesOperationsAsTheCompilerDoes) {
  Guesses guesses;
  EXPECT_EQ(histogramName("slice_by_index", Opset::IOS15, guesses), "SliceByIndex");
  EXPECT_EQ(histogramName("slice_by_index", Opset::IOS17, guesses), "Ios17.sliceByIndex");
  EXPECT_EQ(histogramName("reduce_sum", Opset::IOS18, guesses), "Ios16.reduceSum");
  EXPECT_EQ(histogramName("range_1d", Opset::IOS17, guesses), "Range1d");
  EXPECT_EQ(histogramName("einsum", Opset::IOS17, guesses), "Ios16.einsum"); // seen under ios18 only
  EXPECT_EQ(histogramName("clip", Opset::IOS18, guesses), "Ios18.clip");
  EXPECT_EQ(histogramName("cumsum", Opset::IOS18, guesses), "Ios16.cumsum");
  EXPECT_EQ(histogramName("tile", Opset::IOS18, guesses), "Tile");
  EXPECT_EQ(histogramName("mul", Opset::IOS26, guesses), "Ios19.mul");
  EXPECT_EQ(histogramName("conv", Opset::IOS26, guesses), "Ios18.conv");
  EXPECT_THAT(guesses, IsEmpty());
  EXPECT_EQ(histogramName("abs", Opset::IOS15, guesses), "Abs");
  EXPECT_EQ(histogramName("my_op", Opset::IOS18, guesses), "MyOp");
  EXPECT_THAT(guesses, ElementsAre("the version of abs", "the version of my_op"));
}

TEST(OperationStatistics, ListsPrecisionsSorted) {
  EXPECT_EQ(printPrecision({}), "");
  EXPECT_EQ(printPrecision({"Float16"}), "Float16");
  EXPECT_EQ(printPrecision({"Sparse", "Float16", "Int8"}), "Mixed (Float16, Int8, Sparse)");
}

TEST_F(Compile, TellsWhatIsStored) {
  OpenedModel opened = openText(program("tensor<fp16, [4]> x",
                                        "            tensor<fp16, [4]> a = constexpr_lut_to_dense()[indices = tensor<uint8, [1]>([27]), "
                                        "lut = tensor<fp16, [4]>([0x1p+0, 0x1p+1, "
                                        "0x1p+2, 0x1p+3]), name = string(\"a\"), shape = tensor<uint32, [1]>([4])];\n"
                                        "            tensor<fp16, [4]> b = constexpr_affine_dequantize()[axis = int32(0), name = "
                                        "string(\"b\"), quantized_data = tensor<int8, "
                                        "[4]>([1, 2, 3, 4]), scale = fp16(0x1p+0), zero_point = int8(0)];\n"
                                        "            tensor<fp16, [4]> c = add(x = a, y = b)[name = string(\"c\")];\n"
                                        "            tensor<fp16, [4]> y = add(x = x, y = c)[name = string(\"y\")];\n",
                                        "y", "ios16"));
  ASSERT_TRUE(compile(opened)) << shop.messages();
  json all = metadata();
  EXPECT_EQ(all["storagePrecision"], "Mixed (Int8, Palettized (2 bits))");
  EXPECT_EQ(all["computePrecision"], "Float16");
  EXPECT_EQ(all["mlProgramOperationTypeHistogram"],
            json({{"Ios16.constexprLutToDense", 1}, {"Ios16.constexprAffineDequantize", 1}, {"Ios16.add", 2}}));
  EXPECT_EQ(all["availability"]["iOS"], "16.0");
}

TEST_F(Compile, DescribesFunctionsAndTheDefault) {
  OpenedModel opened =
      openText("program(1.3)\n{\n    func a<ios18>(tensor<fp32, [2]> x) {\n            tensor<fp32, [2]> y = relu(x = x);\n"
               "        } -> (y);\n    func b<ios17>(tensor<fp16, [3]> x) {\n            tensor<fp16, [3]> z = abs(x = x);\n"
               "        } -> (z);\n}");
  opened.model->description->defaultFunctionName = "b";
  ASSERT_TRUE(compile(opened)) << shop.messages();
  json all = metadata();
  EXPECT_EQ(all["defaultFunctionName"], "b");
  EXPECT_EQ(all["computePrecision"], "Float16");
  EXPECT_EQ(all["inputSchema"][0]["shape"], "[3]");
  ASSERT_EQ(all["functions"].size(), 2u);
  EXPECT_EQ(all["functions"][0]["name"], "a");
  EXPECT_EQ(all["functions"][0]["mlProgramOperationTypeHistogram"], json({{"Ios18.relu", 1}}));
  EXPECT_EQ(all["functions"][1]["mlProgramOperationTypeHistogram"], json({{"Ios17.abs", 1}}));
  EXPECT_EQ(coremldata("out.mlmodelc").lists.size(), 2u);
}

// ---- Pipelines --------------------------------------------------------------

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

TEST(ClassLabels, AreReadFromAnyBytes) {
  EXPECT_THAT(classLabelsOf(""), IsEmpty());
  EXPECT_THAT(classLabelsOf("\xa2\x06\x7f"), IsEmpty());
  EXPECT_THAT(classLabelsOf("\xa2"), IsEmpty());
  EXPECT_THAT(classLabelsOf("\x08\x01\x11"
                            "12345678"
                            "\xa2\x06\x03\x0a\x01"
                            "a\x0f"),
              ElementsAre("a"));
}

// ---- What is refused --------------------------------------------------------

TEST_F(Compile, RefusesOtherModels) {
  OpenedModel opened = openText(reluProgram());
  opened.model->program.reset();
  opened.model->otherType = Model::Other{500, ""};
  EXPECT_FALSE(compile(opened));
  opened.model->description.reset();
  EXPECT_FALSE(compile(opened));
  EXPECT_THAT(shop.slugs(), ElementsAre("interface-derived", "not-compilable", "interface-derived", "not-described"));
}

TEST_F(Compile, RefusesWhatContradictsItself) {
  OpenedModel opened = openText(reluProgram());
  opened.model->description->main.inputs[0].name = "other";
  EXPECT_FALSE(compile(opened));
  EXPECT_THAT(shop.messages(), HasSubstr("feature-without-value"));
  EXPECT_EQ(folder.names().count("out.mlmodelc"), 0u);
}

struct Unknown {
  const char *what; ///< in the message
  std::string text;
  void (*change)(Model &) = nullptr;
};

struct CompileUnknown : Compile, testing::WithParamInterface<Unknown> {};

TEST_P(CompileUnknown, IsRefusedOrGuessed) {
  OpenedModel opened = openText(GetParam().text);
  if (GetParam().change)
    GetParam().change(*opened.model);
  EXPECT_FALSE(compile(opened));
  EXPECT_THAT(shop.messages(), AllOf(HasSubstr("compile-unknown: cannot compile "), HasSubstr(GetParam().what)));
  EXPECT_THAT(folder.names(), ElementsAre("in", "in/model.mil"));
  SaveOptions options;
  options.compile.bestEffort = true;
  ASSERT_TRUE(compile(opened, options)) << shop.messages();
  EXPECT_THAT(shop.messages(), HasSubstr(std::string("compile-guess: ") + GetParam().what));
  EXPECT_TRUE(shop.open(folder.path("out.mlmodelc"))) << shop.messages();
}

std::string constant(const std::string &literal, const std::string &type) {
  return program(
      "tensor<fp32, [4]> x",
      "            " + type + " w = const()[val = " + type + "(" + literal + ")];\n            tensor<fp32, [4]> y = relu(x = x);\n", "y");
}

INSTANTIATE_TEST_SUITE_P(
    All, CompileUnknown,
    testing::Values(
        Unknown{"a model of specification version 11", reluProgram(), [](Model &model) { model.specificationVersion = 11; }},
        Unknown{"a model that can be trained", reluProgram(), [](Model &model) { model.updatable = true; }},
        Unknown{"a program that is a classifier", reluProgram(), [](Model &model) { model.description->main.predictedFeatureName = "y"; }},
        Unknown{"input 'x' with enumerated shapes", imageProgram,
                [](Model &model) { describeImage(model, ColorSpace::RGB).flexibility = ImageFeature::Enumerated{{{8, 8}, {8, 4}}, {}}; }},
        Unknown{"input 'x' whose size has no upper bound", imageProgram,
                [](Model &model) {
                  describeImage(model, ColorSpace::RGB).flexibility = ImageFeature::Range{SizeRange{8, 8}, SizeRange{1, -1}, {}};
                }},
        Unknown{"input 'x' whose size has no upper bound",
                program("tensor<fp32, [?]> x", "            tensor<fp32, [?]> y = relu(x = x);\n", "y")},
        Unknown{"input 'x' of flexible shape without a default",
                program("tensor<fp32, [?]> x", "            tensor<fp32, [?]> y = relu(x = x);\n", "y"),
                [](Model &model) { model.description->main.inputs[0].type->as<MultiArrayFeature>()->shape.clear(); }},
        Unknown{"input 'x' whose size may be more than 2147483647",
                program("tensor<fp32, [?]> x", "            tensor<fp32, [?]> y = relu(x = x);\n", "y"),
                [](Model &model) {
                  model.description->main.inputs[0].type->as<MultiArrayFeature>()->flexibility =
                      MultiArrayFeature::Range{{{1, int64_t(1) << 31}}, {}};
                }},
        Unknown{"the program attribute 'more'", with(reluProgram(), "\n{", "\n[more = int32(1)]\n{")},
        Unknown{"the function attribute 'more'", with(reluProgram(), ") {", ") [more = int32(1)] {")},
        Unknown{"the opset 'CoreML10'", program("tensor<fp32, [4]> x", "            tensor<fp32, [4]> y = relu(x = x);\n", "y", "CoreML10"),
                [](Model &model) { model.specificationVersion = 9; }},
        Unknown{"an operation with its own opset", with(reluProgram(), "relu(", "relu<ios17>(")},
        Unknown{"the name 'a.b', which is not an identifier", reluProgram("x", "`a.b`")},
        Unknown{"the name '1', which is not an identifier", reluProgram("`1`", "y")},
        Unknown{"a constant without elements", constant("[]", "tensor<fp32, [0]>")},
        Unknown{"a constant that is not a number", constant("nan", "fp32")},
        Unknown{"a string with backslashes or non-ASCII characters", constant("\"a \\\\ b\"", "string")},
        Unknown{"a constant that is a tuple or dictionary", constant("{{\"a\", int32(1)}}", "dict<string, int32>")}));

} // namespace
