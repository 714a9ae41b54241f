// Models that can't be compiled, or only by a guess.
#include "CompileFixture.h"

using namespace mil;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

namespace {

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
