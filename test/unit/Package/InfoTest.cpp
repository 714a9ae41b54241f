// Reports about a model's features, and about models other than programs. Programs are tested by test/lit/info.
#include "mil/Package/Info.h"
#include <gtest/gtest.h>

using namespace mil;

namespace {

template <typename T> std::string text(T feature) {
  FeatureType type;
  type.type = std::move(feature);
  return describeFeature(type);
}

MultiArrayFeature array(std::vector<int64_t> shape) {
  MultiArrayFeature feature;
  feature.dataType = ArrayDataType::Float16;
  feature.shape = std::move(shape);
  return feature;
}

TEST(InfoTest, DescribesArrays) {
  EXPECT_EQ(text(array({1, 3})), "multiarray fp16 [1, 3]");
  EXPECT_EQ(text(array({})), "multiarray fp16");
  MultiArrayFeature range = array({1, 3});
  range.flexibility = MultiArrayFeature::Range{{{1, 1}, {3, 8}, {0, -1}}, {}};
  EXPECT_EQ(text(range), "multiarray fp16 [1, 3..8, 0..]");
  range.flexibility = MultiArrayFeature::Enumerated{{{1, 3}, {1, 5}}, {}};
  EXPECT_EQ(text(range), "multiarray fp16 [1, 3] or [1, 5]");
  EXPECT_EQ(text(StateFeature{array({4}), {}}), "state fp16 [4]");
}

TEST(InfoTest, DescribesImages) {
  ImageFeature image;
  image.width = 640;
  image.height = 480;
  image.colorSpace = ColorSpace::RGB;
  EXPECT_EQ(text(image), "image 640 x 480 RGB");
  image.colorSpace = ColorSpace::GrayscaleFloat16;
  image.flexibility = ImageFeature::Enumerated{{{16, 16}, {32, 24}}, {}};
  EXPECT_EQ(text(image), "image 16 x 16 or 32 x 24 grayscale fp16");
  image.colorSpace = ColorSpace::BGR;
  image.flexibility = ImageFeature::Range{SizeRange{16, 64}, SizeRange{8, -1}, {}};
  EXPECT_EQ(text(image), "image 16..64 x 8.. BGR");
}

TEST(InfoTest, DescribesTheRest) {
  EXPECT_EQ(text(std::monostate()), "");
  EXPECT_EQ(text(Int64Feature()), "int64");
  EXPECT_EQ(text(DoubleFeature()), "double");
  EXPECT_EQ(text(StringFeature()), "string");
  EXPECT_EQ(text(DictionaryFeature{DictionaryFeature::Key::String, {}}), "dictionary by string");
  EXPECT_EQ(text(SequenceFeature{SequenceFeature::Element::Int64, {}, {}}), "sequence of int64");
}

TEST(InfoTest, DescribesPipelines) {
  Model model;
  model.specificationVersion = 6;
  model.description.emplace().main.inputs.emplace_back().name = "image";
  model.pipeline = std::make_unique<Pipeline>();
  model.pipeline->names = {"first"};
  model.pipeline->models.push_back(std::make_unique<Model>());
  model.pipeline->models[0]->otherType = Model::Other{500, {}};
  ModelInfo info = describeModel(model);
  EXPECT_EQ(info.kind, "pipeline");
  ASSERT_EQ(info.functions.size(), 1u);
  EXPECT_EQ(info.functions[0].inputs[0].name, "image");
  ASSERT_EQ(info.stages.size(), 1u);
  EXPECT_EQ(info.stages[0].kind, "neural network (500)");
  EXPECT_EQ(info.stageNames, model.pipeline->names);
}

} // namespace
