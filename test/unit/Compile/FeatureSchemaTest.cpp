// The schemas of features in metadata.json.
#include "FeatureSchema.h"
#include <gtest/gtest.h>

using namespace mil;
using nlohmann::json;

namespace {

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

} // namespace
