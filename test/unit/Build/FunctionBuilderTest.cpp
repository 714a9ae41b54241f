// The frontend builder: what it checks, what it fills in, what it refuses.
#include "mil/Build/FunctionBuilder.h"
#include "mil/Verify/Verify.h"
#include "llvm/ADT/STLExtras.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace mil;
using testing::HasSubstr;

namespace {

struct FunctionBuilderTest : testing::Test {
  Context context;
  ModelBuilder model{context, Opset::IOS17};
  FunctionBuilder f = model.function("main");
  Value *x = f.input("x", DType::Float16, {2, 3});
};

TEST_F(FunctionBuilderTest, InfersTypesAndWritesDefaultsOut) {
  Value *y = f.op("inverse", {{"x", x}}, "y");
  ASSERT_TRUE(y) << model.error();
  EXPECT_EQ(y->type().str(), "tensor<fp16, [2, 3]>");
  const Literal *epsilon = y->definingOp()->constant("epsilon");
  ASSERT_TRUE(epsilon);
  EXPECT_EQ(epsilon->type().str(), "fp16");
  EXPECT_EQ(y->definingOp()->input("epsilon")->name(), "y_epsilon_0");
  EXPECT_EQ(y->definingOp()->opName(), "y");
}

TEST_F(FunctionBuilderTest, ScalarsTakeTheTypeOfTheOperandTheyGoWith) {
  Value *half = f.op("mul", {{"x", x}, {"y", 0.5}});
  ASSERT_TRUE(half) << model.error();
  EXPECT_EQ(half->definingOp()->constant("y")->type().str(), "fp16");
  Value *i = f.input("i", DType::Int32, {2});
  Value *sum = f.op("add", {{"x", 1}, {"y", i}});
  ASSERT_TRUE(sum) << model.error();
  EXPECT_EQ(sum->definingOp()->constant("x")->type().str(), "int32");
  EXPECT_FALSE(f.op("add", {{"x", i}, {"y", 0.5}}));
  EXPECT_THAT(model.error(), HasSubstr("[constant-does-not-fit]"));
}

TEST_F(FunctionBuilderTest, RefusesWhatTheVerifierWouldAndShowsTheSignature) {
  EXPECT_FALSE(f.op("add", {{"x", x}}, "z"));
  EXPECT_FALSE(model.ok());
  EXPECT_THAT(model.error(), HasSubstr("[missing-argument]"));
  EXPECT_THAT(model.error(), HasSubstr("function 'main', operation 'z' (add)"));
  EXPECT_THAT(model.error(), HasSubstr("note: the signature is add(x: T, y: T)")); // op-signature
  // The first error is kept, and later calls do nothing.
  std::string first = model.error();
  EXPECT_FALSE(f.op("relu", {{"x", x}}));
  EXPECT_EQ(model.error(), first);
  DiagnosticEngine diags;
  EXPECT_FALSE(model.finish(diags));
  EXPECT_EQ(diags.errorCount(), 1u);
}

TEST_F(FunctionBuilderTest, UnknownOpsAndArguments) {
  EXPECT_FALSE(f.op("frobnicate", {{"x", x}}));
  EXPECT_THAT(model.error(), HasSubstr("frobnicate"));
  ModelBuilder other(context, Opset::IOS15);
  FunctionBuilder g = other.function("main");
  Value *y = g.input("y", DType::Float32, {1});
  EXPECT_FALSE(g.op("add", {{"x", y}, {"z", y}}));
  EXPECT_THAT(other.error(), HasSubstr("[unknown-argument]"));
  ModelBuilder states(context, Opset::IOS15);
  FunctionBuilder h = states.function("main");
  EXPECT_FALSE(h.op("read_state", {{"input", h.state("s", DType::Float16, {1})}}));
  EXPECT_THAT(states.error(), HasSubstr("ios18"));
}

TEST_F(FunctionBuilderTest, ChecksAssertedTypes) {
  EXPECT_TRUE(f.op("abs", {{"x", x}}, "a", Type::tensor(context, DType::Float16, {2, Type::unknown})));
  EXPECT_FALSE(f.op("abs", {{"x", x}}, "b", Type::tensor(context, DType::Float16, {3, 2})));
  EXPECT_THAT(model.error(), HasSubstr("[result-type]"));
}

TEST_F(FunctionBuilderTest, WhatCannotBeInferredIsGiven) {
  Type type = Type::tensor(context, DType::Float16, {4});
  Value *y = f.op("custom_layer", {{"class_name", "Mine"}, {"input", x}}, "y", type);
  ASSERT_TRUE(y) << model.error();
  EXPECT_EQ(y->type(), type);
  EXPECT_EQ(y->definingOp()->input("input"), x);
  EXPECT_EQ(y->definingOp()->attribute("class_name")->asString(), "Mine");
  EXPECT_FALSE(f.op("custom_layer", {{"class_name", "Mine"}, {"input", x}}, "z"));
  EXPECT_THAT(model.error(), HasSubstr("[result-not-inferred]"));
}

TEST_F(FunctionBuilderTest, NamesAreKeptOrMade) {
  EXPECT_EQ(f.op("abs", {{"x", x}}, "layer.0/abs")->name(), "layer_0_abs");
  Value *again = f.op("abs", {{"x", x}}, "layer.0/abs");
  EXPECT_EQ(again->name(), "layer_0_abs_0");
  EXPECT_EQ(again->definingOp()->opName(), "layer.0/abs");
  EXPECT_EQ(f.input("tensor", DType::Float16, {1})->name(), "tensor_workaround");
}

TEST_F(FunctionBuilderTest, ConstantsAreNotCopied) {
  std::vector<uint8_t> bytes(12, 1);
  Value *w = f.constant("w", DType::Float16, {2, 3}, bytes);
  ASSERT_TRUE(w);
  EXPECT_EQ(constantOf(w)->bytes().data(), bytes.data());
  Value *owned = f.constant("v", {2, 3}, ownedBlob(BlobDType::Float16, 6, bytes));
  ASSERT_TRUE(owned);
  EXPECT_TRUE(constantOf(owned)->isBlob());
  EXPECT_FALSE(f.constant("u", DType::Float16, {2, 2}, bytes));
  EXPECT_THAT(model.error(), HasSubstr("[constant-bytes]"));
}

TEST_F(FunctionBuilderTest, BuildsNestedBlocks) {
  Value *p = f.op("cast", {{"x", f.input("i", DType::Int32, {1})}, {"dtype", "bool"}});
  auto branches = f.cond(
      p, [&](FunctionBuilder &b) { return llvm::SmallVector<Value *, 2>{b.op("abs", {{"x", x}})}; },
      [&](FunctionBuilder &b) { return llvm::SmallVector<Value *, 2>{b.op("sign", {{"x", x}})}; }, "choice");
  ASSERT_EQ(branches.size(), 1u) << model.error();
  EXPECT_EQ(branches[0]->type(), x->type());
  Value *start = f.constant("start", Literal::int32(context, 0));
  auto loop = f.whileLoop(
      {start, branches[0]}, [&](FunctionBuilder &b, llvm::ArrayRef<Value *> v) { return b.op("less", {{"x", v[0]}, {"y", 10}}); },
      [&](FunctionBuilder &b, llvm::ArrayRef<Value *> v) {
        return llvm::SmallVector<Value *, 2>{b.op("add", {{"x", v[0]}, {"y", 1}}), b.op("mul", {{"x", v[1]}, {"y", 2.0}})};
      });
  ASSERT_EQ(loop.size(), 2u) << model.error();
  f.output(loop[1], "y");
  DiagnosticEngine diags(llvm::errs());
  auto finished = model.finish(diags);
  ASSERT_TRUE(finished);
  EXPECT_EQ((*finished)->program->function("main")->outputs()[0].value()->name(), "y");
}

TEST_F(FunctionBuilderTest, BranchesOfDifferentTypesAreRefused) {
  Value *p = f.input("p", DType::Bool, {});
  auto branches = f.cond(
      p, [&](FunctionBuilder &) { return llvm::SmallVector<Value *, 2>{x}; },
      [&](FunctionBuilder &b) { return llvm::SmallVector<Value *, 2>{b.op("cast", {{"x", x}, {"dtype", "fp32"}})}; });
  EXPECT_TRUE(branches.empty());
  EXPECT_FALSE(model.ok());
}

TEST_F(FunctionBuilderTest, DescribesTheInterface) {
  f.output(f.op("abs", {{"x", x}}, "y"));
  FeatureDescription feature;
  feature.name = "y";
  feature.shortDescription = "the magnitude";
  feature.type.emplace().type = MultiArrayFeature{{2, 3}, ArrayDataType::Float16, {}, {}, {}};
  model.describe("main", feature);
  Metadata metadata;
  metadata.author = "me";
  model.setMetadata(metadata);
  DiagnosticEngine diags(llvm::errs());
  auto finished = model.finish(diags);
  ASSERT_TRUE(finished);
  EXPECT_EQ((*finished)->description->main.outputs[0].shortDescription, "the magnitude");
  EXPECT_EQ((*finished)->description->metadata->author, "me");
  EXPECT_EQ((*finished)->specificationVersion, 8);
}

TEST_F(FunctionBuilderTest, SomeTypesCannotBeAtTheInterface) {
  f.output(f.input("p", DType::Bool, {2}));
  DiagnosticEngine diags;
  EXPECT_FALSE(model.finish(diags));
  EXPECT_EQ(diags.diagnostics()[0].kind.slug(), "interface-dtype");
  EXPECT_TRUE(llvm::any_of(diags.diagnostics(), [](const Diagnostic &each) { return each.kind.slug() == "interface-refused"; }));
}

TEST_F(FunctionBuilderTest, ProgramsOlderThanTheSpecificationAreReported) {
  ModelBuilder old(context, Opset::IOS13);
  FunctionBuilder g = old.function("main");
  g.output(g.op("abs", {{"x", g.input("x", DType::Float32, {1})}}, "y"));
  DiagnosticEngine diags;
  auto finished = old.finish(diags);
  ASSERT_TRUE(finished);
  (*finished)->specificationVersion = 4;
  EXPECT_TRUE(verifyModel(**finished, diags));
  EXPECT_EQ(diags.diagnostics().back().kind.slug(), "before-programs");
}

TEST_F(FunctionBuilderTest, FeaturesMustBelongToTheFunction) {
  f.output(f.op("abs", {{"x", x}}, "y"));
  FeatureDescription feature;
  feature.name = "nope";
  model.describe("main", feature);
  DiagnosticEngine diags;
  EXPECT_FALSE(model.finish(diags));
  EXPECT_EQ(diags.diagnostics()[0].kind.slug(), "no-such-feature");
  ModelBuilder other(context, Opset::IOS18);
  other.describe("main", feature);
  EXPECT_THAT(other.error(), HasSubstr("[no-such-function]"));
}

TEST_F(FunctionBuilderTest, SeveralFunctionsMakeAMultifunctionModel) {
  ModelBuilder many(context, Opset::IOS18);
  for (llvm::StringRef name : {"prefill", "decode"}) {
    FunctionBuilder g = many.function(name);
    g.output(g.op("abs", {{"x", g.input("x", DType::Float16, {1})}}, "y"));
  }
  many.setDefaultFunction("decode");
  DiagnosticEngine diags(llvm::errs());
  auto finished = many.finish(diags);
  ASSERT_TRUE(finished);
  EXPECT_EQ((*finished)->specificationVersion, 9);
  EXPECT_EQ((*finished)->description->functions.size(), 2u);
  EXPECT_EQ((*finished)->description->defaultFunctionName, "decode");
}

TEST_F(FunctionBuilderTest, TellsWhatAProgramNeeds) {
  f.op("abs", {{"x", x}});
  EXPECT_EQ(requiredOpset(f.function()).opset, Opset::IOS15);
  Value *small = f.op("cast", {{"x", x}, {"dtype", "int8"}}, "small");
  ASSERT_TRUE(small) << model.error();
  EXPECT_EQ(whyNot("add", "x", DType::Float16, Opset::IOS15), "");
  EXPECT_THAT(whyNot("add", "x", DType::Bool, Opset::IOS15), HasSubstr("takes fp16, fp32, int32 in ios15"));
  EXPECT_THAT(whyNot("read_state", "input", DType::Float16, Opset::IOS17), HasSubstr("needs opset ios18"));
  EXPECT_THAT(whyNot("nope", "x", DType::Float16, Opset::IOS17), HasSubstr("unknown op 'nope'"));
  EXPECT_THAT(whyNot("add", "z", DType::Float16, Opset::IOS17), HasSubstr("no argument 'z'"));
}

} // namespace
