#include "mil/Link/Link.h"
#include "mil/IR/Builder.h"
#include "mil/IR/Verifier.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <list>

using namespace mil;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

namespace {

/// Models of one relu a function, opened from nowhere.
struct LinkTest : testing::Test {
  Context context;
  DiagnosticEngine diags;
  std::list<OpenedModel> models;

  Function &addFunction(OpenedModel &opened, const char *name, const char *opset) {
    Program &program = *opened.model->program;
    Function &function = *program.addFunction(context.intern(name), context.intern(opset));
    Type type = Type::tensor(context, DType::Float32, {2});
    Value *x = function.body().addInput(context.intern("x"), type);
    Builder builder = Builder::atEnd(function.body());
    Operation *relu = builder.create("relu", Operation::ResultSpec{context.intern("y"), type}, Builder::NamedBinding("x", Binding(x)));
    function.body().setOutputs(relu->result());
    return function;
  }
  /// A plain model, or with several names one with a list of functions.
  OpenedModel &open(const char *path, std::vector<const char *> functions = {"main"}, const char *opset = "CoreML7") {
    OpenedModel &opened = models.emplace_back();
    opened.path = path;
    opened.model = std::make_unique<Model>();
    opened.model->program = std::make_unique<Program>(context);
    ModelDescription &description = opened.model->description.emplace();
    for (const char *name : functions) {
      FunctionDescription described = describeFunction(addFunction(opened, name, opset));
      if (functions.size() == 1 && llvm::StringRef(name) == "main") {
        description.main = described;
      } else {
        described.name = name;
        description.functions.push_back(described);
        description.defaultFunctionName = functions[0];
      }
    }
    return opened;
  }
  Result<MergedModel> merge(std::vector<MergeInput> inputs, const MergeOptions &options = {}) {
    return mergeModels(inputs, options, context, diags);
  }
  std::vector<std::string> slugs() const {
    std::vector<std::string> result;
    for (const Diagnostic &diagnostic : diags.diagnostics())
      result.push_back(diagnostic.kind.slug().str());
    return result;
  }
  static std::vector<std::string> names(const MergedModel &merged) {
    std::vector<std::string> result;
    for (const Function *function : merged.model->program->functions())
      result.push_back(function->name().str().str());
    return result;
  }
};

TEST_F(LinkTest, CallsFunctionsThatClashAfterTheirFiles) {
  auto merged = merge({{&open("dir/first.mlpackage")}, {&open("2nd model.mil")}, {&open("c.mil", {"encode", "decode"})}});
  ASSERT_TRUE(merged);
  EXPECT_THAT(names(*merged), ElementsAre("first", "model_2nd_model", "encode", "decode"));
  EXPECT_THAT(slugs(), IsEmpty());
  DiagnosticEngine check;
  EXPECT_TRUE(verifyStructure(*merged->model->program, check));
  const ModelDescription &description = *merged->model->description;
  EXPECT_EQ(description.defaultFunctionName, "first");
  ASSERT_EQ(description.functions.size(), 4u);
  EXPECT_EQ(description.functions[1].name, "model_2nd_model");
  EXPECT_EQ(description.functions[1].inputs.size(), 1u);
  EXPECT_TRUE(description.main == FunctionDescription());
  EXPECT_EQ(merged->model->specificationVersion, 9);
  EXPECT_EQ(merged->origins[3].input, 2u);
  EXPECT_EQ(merged->origins[3].function, "decode");
  EXPECT_EQ(merged->origins[3].operations, 1u);
}

TEST_F(LinkTest, CallsClashingFunctionsOfSeveralAfterFileAndFunction) {
  auto merged = merge({{&open("a.mil", {"encode", "decode"})}, {&open("b.mil", {"encode", "sample"})}});
  ASSERT_TRUE(merged);
  EXPECT_THAT(names(*merged), ElementsAre("a_encode", "decode", "b_encode", "sample"));
}

TEST_F(LinkTest, PutsGivenNamesFirst) {
  auto merged = merge({{&open("a.mil"), "", "one"}, {&open("b.mil")}, {&open("c.mil", {"encode", "decode"}), "decode", "two"}},
                      {.defaultFunction = "main"});
  ASSERT_TRUE(merged);
  EXPECT_THAT(names(*merged), ElementsAre("one", "main", "two"));
  EXPECT_EQ(merged->model->description->defaultFunctionName, "main");
}

TEST_F(LinkTest, KeepsOpsets) {
  auto merged = merge({{&open("a.mil", {"main"}, "CoreML5")}, {&open("b.mil", {"main"}, "CoreML9")}});
  ASSERT_TRUE(merged);
  EXPECT_EQ(merged->model->program->functions()[0]->opset(), Opset::IOS15);
  EXPECT_EQ(merged->model->program->functions()[1]->opset(), Opset::IOS26);
  EXPECT_EQ(merged->model->specificationVersion, 10) << "ios26 came with 10";
}

TEST_F(LinkTest, KeepsASingleModelPlain) {
  OpenedModel &model = open("a.mil");
  auto plain = merge({{&model}});
  ASSERT_TRUE(plain);
  EXPECT_TRUE(plain->model->description->functions.empty());
  EXPECT_EQ(plain->model->description->main, model.model->description->main);
  EXPECT_EQ(plain->model->specificationVersion, 8);

  auto named = merge({{&model, "", "main"}});
  ASSERT_TRUE(named);
  EXPECT_EQ(named->model->description->functions.size(), 1u);
  EXPECT_EQ(named->model->specificationVersion, 9);

  auto picked = merge({{&open("b.mil", {"encode", "decode"}), "decode"}});
  ASSERT_TRUE(picked);
  EXPECT_EQ(picked->model->description->functions.size(), 1u) << "a list stays a list";
}

TEST_F(LinkTest, RefusesNamesThatClash) {
  OpenedModel &model = open("a.mil");
  EXPECT_FALSE(merge({{&model}, {&model}}));
  EXPECT_THAT(slugs(), ElementsAre("merge-name-clash"));
  EXPECT_THAT(diags.diagnostics()[0].message, HasSubstr("NAME=a.mil:main"));
}

TEST_F(LinkTest, RefusesOneNameForSeveralFunctions) {
  EXPECT_FALSE(merge({{&open("a.mil", {"encode", "decode"}), "", "x"}}));
  EXPECT_THAT(slugs(), ElementsAre("merge-name-of-several"));
}

TEST_F(LinkTest, RefusesInvalidNames) {
  EXPECT_FALSE(merge({{&open("a.mil"), "", "9x"}}));
  EXPECT_FALSE(merge({{&open("a.mil"), "", "tensor"}}));
  EXPECT_THAT(slugs(), ElementsAre("merge-bad-name", "merge-bad-name"));
}

TEST_F(LinkTest, TellsUnknownFunctionsAndDefaults) {
  EXPECT_FALSE(merge({{&open("a.mil", {"encode", "decode"}), "encoder"}}));
  EXPECT_FALSE(merge({{&open("a.mil")}}, {.defaultFunction = "other"}));
  EXPECT_FALSE(merge({{&open("a.mil")}}, {.metadataFrom = "other"}));
  EXPECT_THAT(slugs(), ElementsAre("merge-unknown-function", "merge-unknown-default", "merge-unknown-source"));
  EXPECT_THAT(diags.diagnostics()[0].message, HasSubstr("'encode', 'decode'"));
}

TEST_F(LinkTest, RefusesModelsOfOtherTypes) {
  OpenedModel &pipeline = open("a.mlpackage");
  pipeline.model->program.reset();
  pipeline.model->pipeline = std::make_unique<Pipeline>();
  EXPECT_FALSE(merge({{&pipeline}}));
  EXPECT_FALSE(merge({{&open("b.mil", {})}}));
  EXPECT_THAT(slugs(), ElementsAre("merge-not-program", "merge-no-functions"));
}

TEST_F(LinkTest, UnitesMetadata) {
  OpenedModel &a = open("a.mil"), &b = open("b.mil");
  Metadata &first = a.model->description->metadata.emplace(), &second = b.model->description->metadata.emplace();
  first.author = second.author = "same";
  first.license = "MIT";
  second.license = "BSD";
  second.version = "2";
  first.userDefined = {{"k", "1"}, {"onlyA", ""}};
  second.userDefined = {{"k", "2"}, {"onlyB", "b"}};
  auto merged = merge({{&a}, {&b}});
  ASSERT_TRUE(merged);
  const Metadata &metadata = *merged->model->description->metadata;
  EXPECT_EQ(metadata.author, "same");
  EXPECT_EQ(metadata.license, "MIT");
  EXPECT_EQ(metadata.version, "2");
  EXPECT_EQ(metadata.userDefined, (OrderedTexts{{"k", "1"}, {"onlyA", ""}, {"onlyB", "b"}}));
  EXPECT_THAT(slugs(), ElementsAre("merge-metadata-differs", "merge-metadata-differs"));
  EXPECT_EQ(diags.diagnostics()[0].message, "license differs: 'MIT' of a.mil is kept, 'BSD' of b.mil is dropped");

  auto chosen = merge({{&a}, {&b}}, {.metadataFrom = "b.mil"});
  ASSERT_TRUE(chosen);
  EXPECT_EQ(*chosen->model->description->metadata, second);
  auto byName = merge({{&a, "", "one"}, {&b, "", "two"}}, {.metadataFrom = "two"});
  ASSERT_TRUE(byName);
  EXPECT_EQ(*byName->model->description->metadata, second);
  EXPECT_EQ(diags.warningCount(), 2u) << "choosing differs from nobody";
}

TEST_F(LinkTest, UnitesProgramAttributes) {
  OpenedModel &a = open("a.mil"), &b = open("b.mil");
  auto build = [&](OpenedModel &opened, std::vector<const char *> texts) {
    std::vector<const Literal *> entries;
    for (const char *text : texts)
      entries.push_back(Literal::string(context, text));
    Type string = Type::scalar(context, DType::String);
    opened.model->program->setAttribute(context.intern("buildInfo"), Literal::dict(context, Type::dict(context, string, string), entries));
  };
  build(a, {"tool", "1", "empty", ""});
  build(b, {"tool", "2", "more", "x"});
  b.model->program->setAttribute(context.intern("other"), Literal::int32(context, 3));
  auto merged = merge({{&a}, {&b}});
  ASSERT_TRUE(merged);
  std::vector<std::string> entries;
  for (const Literal *entry : merged->model->program->attribute("buildInfo")->elements())
    entries.push_back(entry->asString()->str());
  EXPECT_THAT(entries, ElementsAre("tool", "1", "empty", "", "more", "x"));
  EXPECT_EQ(merged->model->program->attribute("other")->asInt(), 3);
  EXPECT_THAT(slugs(), ElementsAre("merge-metadata-differs"));
}

TEST_F(LinkTest, CarriesUnknownFields) {
  OpenedModel &a = open("a.mil"), &b = open("b.mil");
  b.model->protoExtra = "m";
  b.model->description->protoExtra = "d";
  b.model->program->setProtoExtra(b.model->program.get(), "p");
  b.model->description->main.protoExtra = "f";
  b.model->program->setDocString("doc");
  auto merged = merge({{&a}, {&b}});
  ASSERT_TRUE(merged);
  const Model &model = *merged->model;
  EXPECT_EQ(model.protoExtra, "m");
  EXPECT_EQ(model.description->protoExtra, "d");
  EXPECT_EQ(model.program->protoExtra(model.program.get()), "p");
  EXPECT_EQ(model.program->docString(), "doc");
  EXPECT_EQ(model.description->functions[1].protoExtra, "f");
}

TEST_F(LinkTest, DescribesWhatIsNotDescribed) {
  OpenedModel &silent = open("a.mil"), &partly = open("b.mil", {"encode", "decode"});
  silent.model->description.emplace();
  partly.model->description->functions.pop_back();
  auto merged = merge({{&silent}, {&partly}});
  ASSERT_TRUE(merged);
  EXPECT_THAT(slugs(), ElementsAre("merge-not-described", "merge-not-described"));
  for (const FunctionDescription &function : merged->model->description->functions)
    EXPECT_EQ(function.inputs.size(), 1u);
}

TEST_F(LinkTest, TellsWhatIsLeftOut) {
  OpenedModel &a = open("a.mil"), &b = open("b.mil");
  a.extras.emplace_back().path = "debug.json";
  b.model->description->trainingInputs.emplace_back();
  ASSERT_TRUE(merge({{&a}, {&b}}));
  EXPECT_THAT(slugs(), ElementsAre("merge-item-left-out", "merge-training-left-out"));

  auto lone = merge({{&a}});
  ASSERT_TRUE(lone);
  EXPECT_THAT(lone->sources, ElementsAre(&a)) << "the items of one model go with it";
  auto trains = merge({{&b}});
  ASSERT_TRUE(trains);
  EXPECT_EQ(trains->model->description->trainingInputs.size(), 1u);
  EXPECT_EQ(diags.warningCount(), 2u);
}

TEST_F(LinkTest, CountsWeightsOnceAnInput) {
  std::vector<uint8_t> bytes(4);
  auto blob = borrowedBlob(BlobDType::Float16, 2, bytes);
  OpenedModel &a = open("a.mil");
  Function &main = *a.model->program->function("main");
  const Literal *value =
      Literal::blob(context, Type::tensor(context, DType::Float16, {2}), blob.get(), "@model_path/weights/weight.bin", 64);
  Builder builder = Builder::before(&main.body().front());
  builder.constant(context.intern("w"), value);
  builder.constant(context.intern("again"), value);
  auto merged = merge({{&a, "", "one"}, {&a, "", "two"}});
  ASSERT_TRUE(merged);
  EXPECT_EQ(merged->weightBytesBefore, 8u);
  EXPECT_THAT(merged->sources, ElementsAre(&a));
}

} // namespace
