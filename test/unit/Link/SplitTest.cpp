#include "mil/Link/Split.h"
#include "../TestFolder.h"
#include "SplitChecks.h"
#include "mil/IR/Builder.h"
#include "mil/Link/Extract.h"
#include <random>

using namespace mil;
using testing::ElementsAre;

namespace {

struct SplitTest : testing::Test {
  Context context;
  DiagnosticEngine diags;
  OpenedModel opened;
  Type type = Type::tensor(context, DType::Float16, {2, 3}), mask = Type::tensor(context, DType::Bool, {2, 3});

  SplitTest() {
    opened.path = "model.mil";
    opened.model = std::make_unique<Model>();
    opened.model->program = std::make_unique<Program>(context);
    opened.model->description.emplace();
    opened.model->specificationVersion = 9;
  }
  Function &addFunction(const char *name = "main") {
    return *opened.model->program->addFunction(context.intern(name), context.intern("CoreML8"));
  }
  Name name(const char *stem, size_t number) { return context.intern(stem + std::to_string(number)); }

  /// Operations that read what is there at random: floats, bools, constants, states.
  void fill(Function &function, unsigned seed, unsigned size) {
    std::mt19937 random(seed);
    auto pick = [&](const std::vector<Value *> &from) { return from[random() % from.size()]; };
    Block &body = function.body();
    Builder builder = Builder::atEnd(body);
    std::vector<Value *> floats, masks, states;
    for (size_t i = 0; i < 3; ++i)
      floats.push_back(body.addInput(name("x", i), type));
    for (size_t i = 0; i < 2; ++i)
      states.push_back(body.addInput(name("s", i), Type::state(context, type)));
    std::vector<Value *> outputs;
    for (unsigned i = 0; i < size; ++i) {
      unsigned kind = random() % 12;
      Operation::ResultSpec made{name("v", i), type}, compared{name("v", i), mask};
      if (kind == 0)
        floats.push_back(builder.constant(made.name, Literal::tensor(context, type, std::vector<uint8_t>(12, uint8_t(random())))));
      else if (kind == 1)
        floats.push_back(builder.create("read_state", made, {{"input", Binding(pick(states))}})->result());
      else if (kind == 2 && i % 5 == 0)
        builder.create("write_state", {}, {{"input", Binding(states[0])}, {"data", Binding(pick(floats))}});
      else if (kind <= 4)
        masks.push_back(builder.create("greater", compared, {{"x", Binding(pick(floats))}, {"y", Binding(pick(floats))}})->result());
      else if (kind <= 6 && !masks.empty())
        floats.push_back(
            builder.create("select", made, {{"a", Binding(pick(floats))}, {"b", Binding(pick(floats))}, {"cond", Binding(pick(masks))}})
                ->result());
      else
        floats.push_back(builder.create("add", made, {{"x", Binding(pick(floats))}, {"y", Binding(floats.back())}})->result());
    }
    outputs.push_back(builder.create("relu", Operation::ResultSpec{context.intern("y"), type}, {{"x", Binding(floats.back())}})->result());
    outputs.push_back(pick(floats));
    body.setOutputs(outputs);
    FunctionDescription description = describeFunction(function);
    if (function.name() == "main") {
      opened.model->description->main = description;
    } else {
      description.name = function.name().str();
      opened.model->description->functions.push_back(description);
      opened.model->description->defaultFunctionName = opened.model->description->functions[0].name;
    }
  }
};

TEST_F(SplitTest, KeepsWhatRandomProgramsDo) {
  size_t parted = 0;
  for (unsigned seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE(seed);
    opened.model->program = std::make_unique<Program>(context);
    fill(addFunction(), seed, 5 + seed % 60);
    DiagnosticEngine quiet;
    if (size_t made = checkSplit(opened, {.parts = 2 + seed % 5}, quiet)) {
      EXPECT_EQ(made, 2 + seed % 5);
      ++parted;
    } else {
      EXPECT_THAT(slugsOf(quiet), ElementsAre(testing::AnyOf("split-too-few", "split-empty-part")));
    }
  }
  EXPECT_GT(parted, 100u);
}

TEST_F(SplitTest, ExtractsWhatLeadsToAnyValue) {
  size_t extracted = 0;
  for (unsigned seed = 0; seed < 100; ++seed) {
    opened.model->program = std::make_unique<Program>(context);
    Function &whole = addFunction();
    fill(whole, seed, 40);
    llvm::StringMap<std::string> texts, constants = constantsOf(whole);
    std::vector<std::string> steps;
    for (const Operation &op : std::as_const(whole.body())) {
      if (op.resultCount())
        texts[op.result()->name()] = textOf(op);
      if (op.resultCount() && !isIn(constants, op))
        steps.push_back(op.result()->name().str().str());
    }
    const std::string &from = steps[seed % steps.size()], &to = steps[(seed * 7 + 11) % steps.size()];
    for (bool inMiddle : {false, true}) {
      SCOPED_TRACE(from + " to " + to + " of " + std::to_string(seed));
      DiagnosticEngine quiet;
      auto part =
          extractModel(opened, {.inputs = inMiddle ? std::vector{from} : std::vector<std::string>(), .outputs = {to}}, context, quiet);
      if (!part) {
        EXPECT_TRUE(inMiddle);
        EXPECT_THAT(slugsOf(quiet), ElementsAre("extract-input"));
        continue;
      }
      ++extracted;
      EXPECT_TRUE(verifyModel(**part, quiet));
      EXPECT_THAT(slugsOf(quiet), testing::IsEmpty());
      const Function &made = *(*part)->program->functions()[0];
      bool taken = false;
      for (const Value *input : made.inputs())
        taken |= input->name().str().starts_with(from);
      EXPECT_EQ(taken, inMiddle);
      for (const Operation &op : std::as_const(made.body()))
        if (op.resultCount() && texts.contains(op.result()->name()) && !op.is("cast"))
          EXPECT_EQ(textOf(op), texts[op.result()->name()]);
    }
  }
  EXPECT_GT(extracted, 110u);
}

TEST_F(SplitTest, PartsEachFunctionOfSeveral) {
  fill(addFunction("first"), 2, 40);
  fill(addFunction("second"), 3, 30);
  ASSERT_EQ(checkSplit(opened, {.parts = 3}, diags), 3u);
  auto plan = planSplit(opened, {.parts = 3}, diags);
  ASSERT_TRUE(plan);
  std::unique_ptr<Model> part = plan->makePart(1);
  EXPECT_EQ(part->description->defaultFunctionName, "first");
  EXPECT_EQ(part->description->functions.size(), 2u);
  auto one = planSplit(opened, {.parts = 2, .functions = {"second"}}, diags);
  ASSERT_TRUE(one);
  EXPECT_EQ(one->makePart(0)->description->defaultFunctionName, "second");
  EXPECT_THAT(slugsOf(diags), testing::IsEmpty());
}

TEST_F(SplitTest, KeepsFeaturesOfInputsAndOutputs) {
  fill(addFunction(), 7, 30);
  FunctionDescription &main = opened.model->description->main;
  for (auto *features : {&main.inputs, &main.outputs, &main.states})
    for (FeatureDescription &feature : *features)
      feature.shortDescription = "about " + feature.name;
  main.predictedFeatureName = "y";
  auto plan = planSplit(opened, {.parts = 2}, diags);
  ASSERT_TRUE(plan);
  std::unique_ptr<Model> first = plan->makePart(0), last = plan->makePart(1);
  EXPECT_EQ(first->description->main.predictedFeatureName, "");
  EXPECT_EQ(last->description->main.predictedFeatureName, "y");
  for (const FeatureDescription &feature : first->description->main.inputs)
    EXPECT_EQ(feature.shortDescription, "about " + feature.name);
  EXPECT_EQ(last->description->main.outputs.front().shortDescription, "about y");
}

TEST_F(SplitTest, RefusesWhatItCannotTakeApart) {
  fill(addFunction(), 1, 10);
  opened.model->program->functions()[0]->addSpecialization(context.intern("CoreML7"));
  EXPECT_FALSE(planSplit(opened, {.parts = 2}, diags));
  EXPECT_FALSE(extractModel(opened, {.outputs = {"y"}}, context, diags));
  opened.model->program = std::make_unique<Program>(context);
  EXPECT_FALSE(planSplit(opened, {.parts = 2}, diags));
  opened.model->program.reset();
  opened.model->pipeline = std::make_unique<Pipeline>();
  EXPECT_FALSE(planSplit(opened, {.parts = 2}, diags));
  EXPECT_FALSE(extractModel(opened, {}, context, diags));
  EXPECT_EQ(slugsOf(diags),
            (Slugs{"slice-specialized", "slice-specialized", "slice-no-functions", "slice-not-program", "slice-not-program"}));
}

TEST_F(SplitTest, LeavesTrainingOut) {
  fill(addFunction(), 1, 20);
  opened.model->updatable = true;
  EXPECT_TRUE(planSplit(opened, {.parts = 2}, diags));
  auto whole = extractModel(opened, {}, context, diags);
  ASSERT_TRUE(whole);
  EXPECT_TRUE((*whole)->updatable) << "a plain model as a whole stays what it is";
  auto part = extractModel(opened, {.outputs = {"y"}}, context, diags);
  ASSERT_TRUE(part);
  EXPECT_FALSE((*part)->updatable);
  EXPECT_EQ(slugsOf(diags), (Slugs{"slice-training-left-out", "slice-training-left-out"}));
}

} // namespace
