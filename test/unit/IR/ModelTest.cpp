#include "mil/IR/Model.h"
#include "mil/IR/Builder.h"
#include <gtest/gtest.h>

using namespace mil;

namespace {

struct ModelTest : testing::Test {
  Context context;
  Model model;
  Program &program = *(model.program = std::make_unique<Program>(context));

  Function &add(const char *name, const char *opset) { return *program.addFunction(context.intern(name), context.intern(opset)); }
  Type tensor(DType element, llvm::ArrayRef<int64_t> dims) { return Type::tensor(context, element, dims); }
};

TEST_F(ModelTest, RequiresWhatItsOpsetNeeds) {
  add("main", "CoreML5");
  EXPECT_EQ(requiredSpecificationVersion(model), 6);
  program.functions()[0]->setOpsetName(context.intern("CoreML7"));
  EXPECT_EQ(requiredSpecificationVersion(model), 8);
  program.functions()[0]->setOpsetName(context.intern("CoreML77"));
  model.specificationVersion = 12;
  EXPECT_EQ(requiredSpecificationVersion(model), 12) << "an unknown opset keeps what was written";
}

TEST_F(ModelTest, RequiresNineForFunctionsAndStates) {
  Function &main = add("main", "CoreML5");
  Value *state = main.body().addInput(context.intern("s"), Type::state(context, tensor(DType::Float16, {2})));
  EXPECT_EQ(requiredSpecificationVersion(model), 9);
  main.body().eraseInput(state->index());
  model.description.emplace().main = describeFunction(main);
  EXPECT_EQ(requiredSpecificationVersion(model), 6);
  model.description->functions.push_back(describeFunction(main));
  EXPECT_EQ(requiredSpecificationVersion(model), 9) << "a list of one function is a list";
}

TEST_F(ModelTest, RequiresWhatItsFeaturesNeed) {
  Function &main = add("main", "CoreML5");
  main.body().addInput(context.intern("x"), tensor(DType::Float16, {2}));
  model.description.emplace().main = describeFunction(main);
  EXPECT_EQ(requiredSpecificationVersion(model), 7);
  main.body().addInput(context.intern("y"), tensor(DType::Int8, {2}));
  model.description->main = describeFunction(main);
  EXPECT_EQ(requiredSpecificationVersion(model), 10);
}

TEST_F(ModelTest, RequiresWhatTheModelsOfAPipelineNeed) {
  add("main", "CoreML7");
  Model outer;
  outer.pipeline = std::make_unique<Pipeline>();
  outer.pipeline->models.push_back(std::make_unique<Model>(std::move(model)));
  EXPECT_EQ(requiredSpecificationVersion(outer), 8);
}

TEST_F(ModelTest, DescribesSignatures) {
  Function &main = add("main", "CoreML8");
  main.body().addInput(context.intern("x"), tensor(DType::Float32, {1, Type::unknown}));
  main.body().addInput(context.intern("flag"), Type::scalar(context, DType::Bool));
  main.body().addInput(context.intern("cache"), Type::state(context, tensor(DType::Float16, {4})));
  Builder builder = Builder::atEnd(main.body());
  Operation *op = builder.create("identity", {{context.intern("y"), Type::scalar(context, DType::Float32)}}, {});
  main.body().setOutputs(op->result());

  FunctionDescription described = describeFunction(main);
  ASSERT_EQ(described.inputs.size(), 2u);
  ASSERT_TRUE(described.inputs[0].type);
  const auto *x = described.inputs[0].type->as<MultiArrayFeature>();
  ASSERT_TRUE(x);
  EXPECT_EQ(x->shape, (std::vector<int64_t>{1, 1}));
  const auto *range = std::get_if<MultiArrayFeature::Range>(&x->flexibility);
  ASSERT_TRUE(range);
  EXPECT_EQ(range->sizes, (std::vector<SizeRange>{{1, 1}, {1, -1}}));
  EXPECT_EQ(described.inputs[1].type->as<MultiArrayFeature>()->dataType, ArrayDataType::Invalid) << "there are no arrays of bool";
  ASSERT_EQ(described.states.size(), 1u);
  EXPECT_EQ(described.states[0].type->as<StateFeature>()->array.dataType, ArrayDataType::Float16);
  ASSERT_EQ(described.outputs.size(), 1u);
  EXPECT_TRUE(described.outputs[0].type->as<MultiArrayFeature>()->shape.empty());
}

TEST_F(ModelTest, DescribesFlexibleShapesAsTheCompilerTellsThem) {
  Function &main = add("main", "CoreML8");
  main.body().addInput(context.intern("x"), tensor(DType::Float32, {Type::unknown}));
  auto text = [&](const char *value) { return Literal::string(context, value); };
  auto dict = [&](std::initializer_list<const Literal *> entries) { return Literal::dict(context, Type(), entries); };
  auto pair = [&](const char *title, const Literal *value) { return Literal::tuple(context, Type(), {text(title), value}); };
  const Literal *four = Literal::int32s(context, {4}), *one = Literal::int32s(context, {1});
  const Literal *choices = dict({text("543d"), dict({text("x"), one}), text("9e38"), dict({text("x"), four})});
  const Literal *shapes[] = {pair("DefaultShapes", dict({text("x"), four})), pair("EnumeratedShapes", choices)};
  main.setAttribute(context.intern("FlexibleShapeInformation"), Literal::tuple(context, Type(), shapes));

  FunctionDescription described = describeFunction(main);
  const auto *x = described.inputs[0].type->as<MultiArrayFeature>();
  EXPECT_EQ(x->shape, (std::vector<int64_t>{4}));
  const auto *choice = std::get_if<MultiArrayFeature::Enumerated>(&x->flexibility);
  ASSERT_TRUE(choice);
  EXPECT_EQ(choice->shapes, (std::vector<std::vector<int64_t>>{{4}, {1}}));
}

TEST_F(ModelTest, DescribesClassifiers) {
  Function &main = add("main", "CoreML6");
  Type label = Type::scalar(context, DType::String);
  Builder builder = Builder::atEnd(main.body());
  Operation *op = builder.create(
      "classify",
      {{context.intern("label"), label}, {context.intern("odds"), Type::dict(context, label, Type::scalar(context, DType::Float64))}}, {});
  main.body().setOutputs({op->result(0), op->result(1)});
  FunctionDescription described = describeFunction(main);
  EXPECT_EQ(described.predictedFeatureName, "label");
  EXPECT_EQ(described.predictedProbabilitiesName, "odds");
  EXPECT_TRUE(described.outputs[0].type->as<StringFeature>());
  EXPECT_EQ(described.outputs[1].type->as<DictionaryFeature>()->key, DictionaryFeature::Key::String);
}

TEST(ModelDescriptionTest, FindsFunctions) {
  ModelDescription description;
  EXPECT_EQ(description.function("main"), &description.main);
  EXPECT_EQ(description.function("other"), nullptr);
  description.functions.emplace_back().name = "other";
  EXPECT_EQ(description.function("main"), nullptr);
  EXPECT_EQ(description.function("other"), &description.functions[0]);
}

} // namespace
