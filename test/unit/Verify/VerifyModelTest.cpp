// Models against their descriptions: each way to contradict the program, one at a time.
#include "mil/Build/FunctionBuilder.h"
#include "mil/Verify/Verify.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace mil;
using testing::HasSubstr;

namespace {

struct VerifyModelTest : testing::Test {
  Context context;
  std::unique_ptr<Model> model = build();

  /// main(x: fp16 [1, 3, 4, 5], s: a state) -> y, as its builder describes it.
  std::unique_ptr<Model> build() {
    ModelBuilder builder(context, Opset::IOS18);
    FunctionBuilder f = builder.function("main");
    Value *x = f.input("x", DType::Float16, {1, 3, 4, 5});
    Value *s = f.state("s", DType::Float16, {1});
    f.output(f.op("mul", {{"x", x}, {"y", f.op("read_state", {{"input", s}})}}), "y");
    DiagnosticEngine diags(llvm::errs());
    return std::move(*builder.finish(diags));
  }

  FunctionDescription &described() { return *model->description->function("main"); }
  MultiArrayFeature &array(FeatureDescription &feature) { return *feature.type->as<MultiArrayFeature>(); }

  /// The verifier's messages, one per line; "" if there are none.
  std::string complaints() {
    DiagnosticEngine diags;
    bool ok = bool(verifyModel(*model, diags));
    std::string text;
    llvm::raw_string_ostream out(text);
    for (const Diagnostic &diagnostic : diags.diagnostics())
      diags.print(diagnostic, out);
    EXPECT_EQ(ok, text.empty());
    return text;
  }
};

TEST_F(VerifyModelTest, WhatTheBuilderDescribesAgrees) { EXPECT_EQ(complaints(), ""); }

TEST_F(VerifyModelTest, EveryFeatureHasAValue) {
  described().inputs[0].name = "z";
  described().states[0].name = "t";
  described().outputs[0].name = "w";
  std::string text = complaints();
  for (const char *what : {"has input 'z'", "has state 't'", "has output 'w'"})
    EXPECT_THAT(text,
                HasSubstr(std::string("function 'main': the description ") + what + ", but the function doesn't [feature-without-value]"));
  for (const char *what : {"doesn't have input 'x'", "doesn't have state 's'", "doesn't have output 'y'"})
    EXPECT_THAT(text, HasSubstr(std::string("function 'main': the description ") + what + " [value-without-feature]"));
}

TEST_F(VerifyModelTest, FeaturesAreOfTheKindOfTheirValue) {
  described().inputs[0].type->type = StringFeature();
  EXPECT_THAT(complaints(), HasSubstr("'x' is of type tensor<fp16, [1, 3, 4, 5]>, but is described as a string [feature-kind]"));
  described().inputs[0].type->type = StateFeature();
  EXPECT_THAT(complaints(), HasSubstr("but is described as a state [feature-kind]"));
  model = build();
  described().states[0].type->type = MultiArrayFeature{{1}, ArrayDataType::Float16, {}, {}, {}};
  EXPECT_THAT(complaints(), HasSubstr("'s' is of type state<tensor<fp16, [1]>>, but is described as a multiarray [feature-kind]"));
  model = build();
  described().outputs[0].type->type = DictionaryFeature();
  EXPECT_THAT(complaints(), HasSubstr("'y' is of type tensor<fp16, [1, 3, 4, 5]>, but is described as a dictionary [feature-kind]"));
}

TEST_F(VerifyModelTest, ArraysHaveTheElementsOfTheirValue) {
  array(described().inputs[0]).dataType = ArrayDataType::Float32;
  EXPECT_THAT(complaints(), HasSubstr("'x' has elements of type fp16, but is described with fp32 [feature-dtype]"));
}

TEST_F(VerifyModelTest, ArraysHaveTheShapeOfTheirValue) {
  array(described().outputs[0]).shape = {};
  EXPECT_EQ(complaints(), "") << "outputs may leave it out";
  array(described().inputs[0]).shape = {1, 3, 4};
  EXPECT_THAT(complaints(), HasSubstr("'x' has the shape [1, 3, 4, 5], but is described as [1, 3, 4] [feature-shape]"));
  array(described().inputs[0]).shape = {1, 3, 4, 6};
  EXPECT_THAT(complaints(), HasSubstr("[feature-shape]"));
}

TEST_F(VerifyModelTest, ImagesHaveTheShapeOfTheirValue) {
  auto image = [&](int64_t width, int64_t height, ColorSpace colors) {
    described().inputs[0].type->type = ImageFeature{width, height, colors, {}, {}};
    return complaints();
  };
  EXPECT_EQ(image(5, 4, ColorSpace::RGB), "");
  EXPECT_THAT(image(4, 5, ColorSpace::BGR), HasSubstr("an image, which is [1, 3, 5, 4] [feature-shape]"));
  EXPECT_THAT(image(5, 4, ColorSpace::Grayscale), HasSubstr("an image, which is [1, 1, 4, 5] [feature-shape]"));
}

TEST_F(VerifyModelTest, FunctionsAreThoseDescribed) {
  // Functions in a list: main is there, but under another name.
  FunctionDescription main = std::exchange(model->description->main, {});
  main.name = "other";
  model->description->functions = {main};
  model->description->defaultFunctionName = "main";
  std::string text = complaints();
  EXPECT_THAT(text, HasSubstr("the description has function 'other', but the program doesn't [described-function-missing]"));
  EXPECT_THAT(text, HasSubstr("the default function 'main' is not described [default-function-missing]"));
  EXPECT_THAT(text, HasSubstr("function 'main' is not in the description [function-not-described]"));
  model->description->functions[0].name = "main";
  EXPECT_EQ(complaints(), "");
}

TEST_F(VerifyModelTest, ADescriptionWithoutListIsOfMain) {
  model->program = std::make_unique<Program>(context);
  EXPECT_THAT(complaints(), HasSubstr("the description has function 'main', but the program doesn't [described-function-missing]"));
}

TEST_F(VerifyModelTest, TheSpecificationVersionIsHighEnough) {
  ASSERT_EQ(model->specificationVersion, 9);
  model->specificationVersion = 8;
  EXPECT_THAT(complaints(), HasSubstr("the specification version is 8, but the model needs 9 [specification-too-low]"));
  model->specificationVersion = 10;
  EXPECT_EQ(complaints(), "");
}

TEST_F(VerifyModelTest, ModelsOfPipelinesAreVerifiedEach) {
  auto outer = std::make_unique<Model>();
  outer->specificationVersion = 9;
  outer->pipeline = std::make_unique<Pipeline>();
  model->specificationVersion = 7;
  outer->pipeline->models.push_back(std::move(model));
  outer->pipeline->models.push_back(build());
  outer->pipeline->models.back()->specificationVersion = 6;
  model = std::move(outer);
  std::string text = complaints();
  EXPECT_LT(text.find("version is 7"), text.find("version is 6"));
  EXPECT_THAT(text, HasSubstr("version is 6"));
}

TEST_F(VerifyModelTest, OperationsAreNotLookedAtInAnUnsoundGraph) {
  Function *main = model->program->function("main");
  main->setOpsetName(context.intern("CoreML5")); // no read_state there
  EXPECT_THAT(complaints(), HasSubstr("[op-not-in-opset]"));
  main->body().front().result()->setType({});
  EXPECT_THAT(complaints(), testing::Not(HasSubstr("[op-not-in-opset]")));
}

} // namespace
