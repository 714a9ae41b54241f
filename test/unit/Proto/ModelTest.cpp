// Models as a whole: descriptions, pipelines, other types, and what is carried without being understood.

#include "ProtoTesting.h"
#include "Wire.h"

namespace mil::test {

/// Field 777 with two bytes: unknown to every message.
const std::string unknownField = "\xca\x30\x02hi";

template <typename Message> void addUnknown(Message &message) { ASSERT_TRUE(message.MergeFromString(unknownField)); }

void fillArray(spec::ArrayFeatureType &array) {
  array.add_shape(1);
  array.add_shape(8);
  array.set_datatype(spec::ArrayFeatureType::FLOAT16);
}

/// An input of every type, with every kind of sizes and defaults.
void addInputs(spec::ModelDescription &description) {
  auto input = [&](const char *name) -> spec::FeatureType & {
    spec::FeatureDescription &feature = *description.add_input();
    feature.set_name(name);
    feature.set_shortdescription("about it");
    return *feature.mutable_type();
  };
  fillArray(*input("plain").mutable_multiarraytype());
  spec::ArrayFeatureType &ranged = *input("ranged").mutable_multiarraytype();
  ranged.mutable_shaperange()->add_sizeranges()->set_upperbound(-1);
  ranged.set_floatdefaultvalue(0);
  spec::ArrayFeatureType &listed = *input("listed").mutable_multiarraytype();
  fillArray(listed);
  listed.mutable_enumeratedshapes()->add_shapes()->add_shape(3);
  listed.mutable_enumeratedshapes()->add_shapes();
  listed.set_intdefaultvalue(-1);
  spec::ArrayFeatureType &defaulted = *input("defaulted").mutable_multiarraytype();
  defaulted.set_doubledefaultvalue(0.5);
  input("optional").set_isoptional(true);
  spec::ImageFeatureType &image = *input("image").mutable_imagetype();
  image.set_width(2);
  image.set_height(3);
  image.set_colorspace(spec::ImageFeatureType::RGB);
  image.mutable_enumeratedsizes()->add_sizes()->set_width(5);
  input("sized").mutable_imagetype()->mutable_imagesizerange()->mutable_widthrange()->set_lowerbound(7);
  input("int").mutable_int64type();
  input("double").mutable_doubletype();
  input("string").mutable_stringtype();
  input("dict").mutable_dictionarytype()->mutable_int64keytype();
  input("texts").mutable_dictionarytype()->mutable_stringkeytype();
  input("sequence").mutable_sequencetype()->mutable_int64type();
  input("words").mutable_sequencetype()->mutable_stringtype();
  description.mutable_input()->rbegin()->mutable_type()->mutable_sequencetype()->mutable_sizerange()->set_lowerbound(1);
  description.add_input()->set_name("untyped");
}

void addOtherFeatures(spec::ModelDescription &description) {
  description.add_output()->set_name("y");
  spec::FeatureDescription &state = *description.add_state();
  fillArray(*state.mutable_type()->mutable_statetype()->mutable_arraytype());
  description.add_traininginput()->set_name("t");
  description.set_predictedfeaturename("label");
  description.set_predictedprobabilitiesname("probabilities");
  description.set_defaultfunctionname("main");
  spec::FunctionDescription &function = *description.add_functions();
  function.set_name("main");
  function.add_state()->set_name("s");
  function.set_predictedfeaturename("label");
  spec::Metadata &metadata = *description.mutable_metadata();
  metadata.set_author("a");
  metadata.set_license("l");
  metadata.set_versionstring("v");
  metadata.set_shortdescription("d");
  for (const char *key : {"b", "a"}) {
    metadata.add_userdefined()->set_key(key);
    metadata.mutable_userdefined()->rbegin()->set_value("value");
  }
}

TEST(ModelTest, Descriptions) {
  SmallModel small;
  spec::ModelDescription &description = *small.message.mutable_description();
  addInputs(description);
  addOtherFeatures(description);
  small.message.set_isupdatable(true);
  expectRoundTrip(small.bytes());

  Imported imported(small.bytes());
  ASSERT_TRUE(imported);
  const FunctionDescription &main = imported.model->description->main;
  ASSERT_EQ(main.inputs.size(), 15u);
  EXPECT_EQ(main.inputs[0].type->as<MultiArrayFeature>()->shape, (std::vector<int64_t>{1, 8}));
  auto &range = std::get<MultiArrayFeature::Range>(main.inputs[1].type->as<MultiArrayFeature>()->flexibility);
  EXPECT_EQ(range.sizes.front(), (SizeRange{0, -1}));
  EXPECT_TRUE(main.inputs[4].type->optional);
  EXPECT_EQ(main.inputs[5].type->as<ImageFeature>()->colorSpace, ColorSpace::RGB);
  EXPECT_FALSE(main.inputs[14].type);
  EXPECT_EQ(main.states.size(), 1u);
  EXPECT_TRUE(imported.model->updatable);

  // The description alone, as compiled models hold it.
  std::string alone = description.SerializeAsString(), out;
  auto read = importDescription(alone, 0, imported.diags);
  ASSERT_TRUE(bool(read));
  EXPECT_EQ(*read, *imported.model->description);
  ASSERT_TRUE(bool(exportDescription(*read, out, imported.diags)));
  EXPECT_EQ(*importDescription(out, 0, imported.diags), *read);
  EXPECT_FALSE(bool(importDescription("\x0a\x05", 0, imported.diags)));
}

TEST(ModelTest, UnknownFieldsOfDescriptionsAreKept) {
  SmallModel small;
  spec::ModelDescription &description = *small.message.mutable_description();
  addUnknown(description);
  addUnknown(*description.mutable_metadata());
  addUnknown(*description.add_functions());
  spec::FeatureDescription &feature = *description.add_input();
  addUnknown(feature);
  addUnknown(*feature.mutable_type());
  spec::ArrayFeatureType &array = *feature.mutable_type()->mutable_multiarraytype();
  addUnknown(array);
  addUnknown(*array.mutable_shaperange());
  array.mutable_shaperange()->add_sizeranges()->set_lowerbound(1);
  addUnknown(*array.mutable_shaperange()->add_sizeranges());
  spec::ArrayFeatureType &listed = *description.add_input()->mutable_type()->mutable_multiarraytype();
  addUnknown(*listed.mutable_enumeratedshapes());
  addUnknown(*listed.mutable_enumeratedshapes()->add_shapes());
  spec::ImageFeatureType &image = *description.add_input()->mutable_type()->mutable_imagetype();
  addUnknown(image);
  addUnknown(*image.mutable_imagesizerange()->mutable_heightrange());
  addUnknown(*image.mutable_imagesizerange()->mutable_widthrange());
  addUnknown(*description.add_input()->mutable_type()->mutable_imagetype()->mutable_enumeratedsizes()->add_sizes());
  addUnknown(*description.add_input()->mutable_type()->mutable_int64type());
  addUnknown(*description.add_input()->mutable_type()->mutable_dictionarytype()->mutable_stringkeytype());
  addUnknown(*description.add_input()->mutable_type()->mutable_dictionarytype()->mutable_int64keytype());
  addUnknown(*description.add_input()->mutable_type()->mutable_sequencetype()->mutable_stringtype());
  addUnknown(*description.add_input()->mutable_type()->mutable_sequencetype()->mutable_int64type());
  addUnknown(*description.add_input()->mutable_type()->mutable_sequencetype()->mutable_sizerange());
  addUnknown(*description.add_state()->mutable_type()->mutable_statetype()->mutable_arraytype());
  addUnknown(*description.mutable_state(0)->mutable_type()->mutable_statetype());
  expectRoundTrip(small.bytes());
}

TEST(ModelTest, UnknownFieldsOfProgramsAreKept) {
  SmallModel small;
  addUnknown(small.message);
  addUnknown(small.program());
  addUnknown(small.function());
  addUnknown(*small.function().mutable_inputs(0));
  addUnknown(small.block());
  milspec::Value &value = addConst(small.block(), "c", milspec::FLOAT32, {1});
  addUnknown(value);
  addUnknown(*value.mutable_type());
  addUnknown(*value.mutable_type()->mutable_tensortype()->mutable_dimensions(0)->mutable_constant());
  addUnknown(*value.mutable_immediatevalue());
  addUnknown(*value.mutable_immediatevalue()->mutable_tensor());
  addUnknown(*value.mutable_immediatevalue()->mutable_tensor()->mutable_floats());
  value.mutable_immediatevalue()->mutable_tensor()->mutable_floats()->add_values(1);
  addUnknown(*small.block().mutable_operations(0)->mutable_outputs(0));
  milspec::Value &blob = addConst(small.block(), "w", milspec::FLOAT32, {1});
  addUnknown(*blob.mutable_blobfilevalue());
  milspec::Operation &op = addOperation(small.block(), "add", "y");
  addUnknown(op);
  bind(op, "y", "x");
  bind(op, "x", "c");
  addUnknown(*op.mutable_inputs(1)->mutable_value());
  op.mutable_inputs(1)->mutable_value()->add_arguments()->set_name("x");
  addUnknown(*op.mutable_inputs(1)->mutable_value()->mutable_arguments(1));
  addUnknown(*small.function().mutable_inputs(0)->mutable_type()->mutable_tensortype());
  milspec::NamedValueType &later = *small.function().add_inputs();
  later.set_name("later");
  addUnknown(*later.mutable_type()); // a kind of type that is not known yet
  expectRoundTrip(small.bytes());

  SmallModel dict;
  milspec::AttributeEntry &attribute = *dict.program().add_attributes();
  attribute.set_key("pairs");
  milspec::Value &pairs = *attribute.mutable_value();
  setScalar(*pairs.mutable_type()->mutable_dictionarytype()->mutable_keytype(), milspec::STRING);
  setScalar(*pairs.mutable_type()->mutable_dictionarytype()->mutable_valuetype(), milspec::STRING);
  for (int i = 0; i < 2; ++i) {
    auto &pair = *pairs.mutable_immediatevalue()->mutable_dictionary()->add_values();
    setString(*pair.mutable_key(), "k");
    setString(*pair.mutable_value(), "v");
  }
  addUnknown(*pairs.mutable_immediatevalue()->mutable_dictionary()->mutable_values(1));
  expectRoundTrip(dict.bytes());
}

TEST(ModelTest, AttributesAndDocStringsEverywhere) {
  SmallModel small;
  small.program().set_docstring("a program");
  milspec::Value value;
  setString(value, "text");
  value.set_docstring("a value");
  addAttribute(*small.program().mutable_attributes(), "buildInfo", value);
  addAttribute(*small.function().mutable_attributes(), "f", value);
  addAttribute(*small.block().mutable_attributes(), "b", value);
  addAttribute(*addOperation(small.block(), "relu", "y").mutable_attributes(), "o", value);
  addAttribute(*small.function().mutable_inputs(0)->mutable_type()->mutable_tensortype()->mutable_attributes(), "t", value);
  expectRoundTrip(small.bytes());
  Imported imported(small.bytes());
  ASSERT_TRUE(imported);
  EXPECT_EQ(imported.program().docString(), "a program");
  EXPECT_EQ(imported.program().function("main")->body().attribute("b")->asString(), "text");
}

TEST(ModelTest, ValuesGivenInPieces) {
  // Protobuf merges a message that comes twice; so must who takes messages apart.
  SmallModel first, second;
  first.program().clear_functions();
  second.program().clear_version();
  Imported imported(first.bytes() + second.bytes());
  ASSERT_TRUE(imported) << imported.printed();
  EXPECT_EQ(imported.program().functions().size(), 1u);
}

TEST(ModelTest, Pipelines) {
  SmallModel stage;
  spec::Model plain;
  plain.set_specificationversion(5);
  *plain.mutable_pipeline()->add_models() = stage.message;
  *plain.mutable_pipeline()->add_models() = stage.message;
  plain.mutable_pipeline()->add_names("one");
  plain.mutable_pipeline()->add_names("two");
  expectRoundTrip(plain.SerializeAsString());
  Imported imported(plain.SerializeAsString());
  ASSERT_TRUE(imported);
  ASSERT_EQ(imported.model->pipeline->models.size(), 2u);
  EXPECT_EQ(imported.model->pipeline->names[1], "two");
  EXPECT_EQ(requiredSpecificationVersion(*imported.model), 8);

  spec::Model classifier;
  *classifier.mutable_pipelineclassifier()->mutable_pipeline() = plain.pipeline();
  addUnknown(*classifier.mutable_pipelineclassifier());
  addUnknown(*classifier.mutable_pipelineclassifier()->mutable_pipeline());
  expectRoundTrip(classifier.SerializeAsString());
  spec::Model regressor;
  *regressor.mutable_pipelineregressor()->mutable_pipeline()->add_models() = classifier;
  expectRoundTrip(regressor.SerializeAsString());

  for (int i = 0; i < 40; ++i) {
    spec::Model outer;
    *outer.mutable_pipeline()->add_models() = plain;
    plain = outer;
  }
  Imported deep(plain.SerializeAsString());
  EXPECT_EQ(deep.slugs(), "pipeline-too-deep");
}

TEST(ModelTest, OtherTypesAreCarriedAsBytes) {
  auto model = [](uint32_t field) {
    std::string bytes = "\x08\x04"; // specificationVersion 4
    llvm::raw_string_ostream out(bytes);
    wire::Buffer buffer;
    buffer.field(field, "no message that anybody knows");
    buffer.writeTo(out);
    return bytes;
  };
  for (uint32_t field : {500u, 610u, 3000u, 503u}) {
    Imported imported(model(field));
    ASSERT_TRUE(imported);
    EXPECT_EQ(imported.model->otherType->field, int(field));
    EXPECT_EQ(imported.model->specificationVersion, 4);
    EXPECT_EQ(imported.exported(), model(field));
  }
  // Of two cases of a oneof, the last one counts.
  Imported imported(model(500) + model(610));
  ASSERT_TRUE(imported);
  EXPECT_EQ(imported.model->otherType->field, 610);
}

TEST(ModelTest, NoModel) {
  Imported empty("");
  EXPECT_EQ(empty.slugs(), "no-model-type");
  Imported garbage("this is no message");
  EXPECT_EQ(garbage.slugs(), "malformed-message");
  Imported large(llvm::StringRef("x", size_t(1) << 31)); // refused before it is read
  EXPECT_EQ(large.slugs(), "message-too-large");
}

} // namespace mil::test
