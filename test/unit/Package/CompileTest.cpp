// Compiled models: their bytes, metadata.json and flexible shapes.
#include "CompileFixture.h"
#include "mil/Compile/CompiledMetadata.h"
#include "mil/Package/Manifest.h"
#include "mil/Proto/Proto.h"

using namespace mil;
using nlohmann::json;
using testing::HasSubstr;

namespace {

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

} // namespace
