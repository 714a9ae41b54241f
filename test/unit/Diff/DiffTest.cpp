#include "mil/Diff/Diff.h"
#include "../TestFolder.h"
#include "mil/Text/Parser.h"
#include <gmock/gmock.h>
#include <limits>
#include <random>

using namespace mil;
using testing::ElementsAre;
using testing::IsEmpty;

namespace {

struct DiffTest : testing::Test {
  Context context;
  DiagnosticEngine diags;

  /// A model from the statements of a function: lines of "name = op(args)", results being fp16 [4] and x an input.
  std::unique_ptr<Model> model(const std::vector<std::string> &lines, const std::string &output = "y",
                               const std::string &inputs = "tensor<fp16, [4]> x") {
    std::string text = "program(1.3)\n{\n func main<ios18>(" + inputs + ") {\n";
    for (const std::string &line : lines) {
      bool isWhole = line.find('<') != std::string::npos;
      text += isWhole ? line + "\n" : "tensor<fp16, [4]> " + line + "[name = string(\"" + line.substr(0, line.find(' ')) + "\")];\n";
    }
    text += "} -> (" + output + ");\n}";
    texts.push_back(std::make_unique<std::string>(text));
    uint32_t file = diags.sources().add("test.mil", *texts.back());
    auto program = parseProgram(*texts.back(), file, context, diags);
    auto made = std::make_unique<Model>();
    EXPECT_TRUE(program) << text;
    if (program)
      made->program = std::move(*program);
    made->specificationVersion = 9;
    return made;
  }
  static std::string constant(const std::string &name, const std::vector<double> &values, const std::string &type = "fp32") {
    std::string list;
    for (double value : values)
      list += (list.empty() ? "" : ", ") + std::to_string(value);
    std::string full = "tensor<" + type + ", [" + std::to_string(values.size()) + "]>";
    return full + " " + name + " = const()[name = string(\"" + name + "\"), val = " + full + "([" + list + "])];";
  }
  ModelDifference diff(const Model &before, const Model &after, const DiffOptions &options = {}) {
    auto result = diffModels(before, after, diags, options);
    EXPECT_TRUE(result);
    return result ? std::move(*result) : ModelDifference();
  }
  /// "+y", "-y", "~y" for each operation.
  static std::vector<std::string> operations(const ModelDifference &difference) {
    std::vector<std::string> list;
    for (const FunctionDifference &function : difference.functions)
      for (const OperationDifference &op : function.operations)
        list.push_back("+-~"[unsigned(op.change)] + op.name);
    return list;
  }
  std::vector<std::unique_ptr<std::string>> texts;
};

TEST_F(DiffTest, FindsNothingInTheSame) {
  auto a = model({"a = relu(x = x)", "b = tanh(x = a)", "c = exp(x = a)", "y = add(x = b, y = c)"});
  EXPECT_TRUE(diff(*a, *a).empty());
  auto reordered = model({"a = relu(x = x)", "c = exp(x = a)", "b = tanh(x = a)", "y = add(x = b, y = c)"});
  EXPECT_TRUE(diff(*a, *reordered).empty());
}

TEST_F(DiffTest, FindsWhatWasInserted) {
  auto a = model({"a = relu(x = x)", "y = tanh(x = a)"});
  auto b = model({"a = relu(x = x)", "t = relu(x = a)", "y = tanh(x = t)"});
  EXPECT_THAT(operations(diff(*a, *b)), ElementsAre("+t", "~y"));
  EXPECT_THAT(operations(diff(*b, *a)), ElementsAre("-t", "~y"));
  auto front = model({"t = relu(x = x)", "a = relu(x = t)", "y = tanh(x = a)"});
  EXPECT_THAT(operations(diff(*a, *front)), ElementsAre("+t", "~a"));
}

TEST_F(DiffTest, MatchesRenamedByStructure) {
  auto a = model({"a = relu(x = x)", "b = tanh(x = a)", "c = exp(x = a)", "y = add(x = b, y = c)"});
  auto b = model({"p = relu(x = x)", "q = tanh(x = p)", "r = exp(x = p)", "y = add(x = q, y = r)"});
  EXPECT_THAT(operations(diff(*a, *b)), ElementsAre("~a", "~b", "~c"));
  EXPECT_TRUE(diff(*a, *b, {.ignoreNames = true}).empty());
}

TEST_F(DiffTest, TellsReplacedOnes) {
  auto a = model({"a = relu(x = x)", "y = tanh(x = a)"}), b = model({"a = exp(x = x)", "y = tanh(x = a)"});
  ModelDifference difference = diff(*a, *b);
  ASSERT_THAT(operations(difference), ElementsAre("~a"));
  const Difference &detail = difference.functions[0].operations[0].details.at(0);
  EXPECT_EQ(detail.what, "replaced");
  EXPECT_EQ(detail.before, "tensor<fp16, [4]> = relu(x = x)");
  EXPECT_EQ(detail.after, "tensor<fp16, [4]> = exp(x = x)");
}

TEST_F(DiffTest, SeesOperandsThatChangePlaces) {
  auto a = model({"a = relu(x = x)", "b = tanh(x = x)", "y = sub(x = a, y = b)"});
  auto b = model({"a = relu(x = x)", "b = tanh(x = x)", "y = sub(x = b, y = a)"});
  ModelDifference difference = diff(*a, *b);
  ASSERT_THAT(operations(difference), ElementsAre("~y"));
  EXPECT_EQ(difference.functions[0].operations[0].details.size(), 2u);
}

/// Layers whose values are numbered through: what a converter writes.
std::vector<std::string> layers(const std::vector<unsigned> &weights, auto constant) {
  std::vector<std::string> lines;
  std::string last = "x";
  unsigned number = 0;
  for (unsigned weight : weights) {
    std::vector<double> values;
    for (int i = 0; i < 16; ++i)
      values.push_back(weight * 100 + i);
    std::string w = "w_" + std::to_string(number), y = "v_" + std::to_string(number++), z = "v_" + std::to_string(number++);
    lines.push_back(constant(w, values, "fp16"));
    lines.push_back(y + " = linear(x = " + last + ", weight = " + w + ")");
    lines.push_back(z + " = relu(x = " + y + ")");
    last = z;
  }
  lines.push_back("y = tanh(x = " + last + ")");
  return lines;
}

TEST_F(DiffTest, PrefersEqualWeightsToEqualPositions) {
  auto a = model(layers({1, 2, 3, 4, 5, 6}, constant)), b = model(layers({9, 1, 2, 3, 4, 5, 6}, constant));
  ModelDifference difference = diff(*a, *b, {.ignoreNames = true});
  EXPECT_THAT(operations(difference), ElementsAre("+v_0", "+v_1", "~v_0"));
  EXPECT_THAT(difference.functions.at(0).constants, IsEmpty());
}

TEST_F(DiffTest, MatchesRetrainedWeights) {
  auto a = model(layers({1, 2, 3, 4}, constant)), b = model(layers({5, 6, 7, 8}, constant));
  ModelDifference difference = diff(*a, *b);
  EXPECT_THAT(operations(difference), IsEmpty());
  ASSERT_EQ(difference.functions.at(0).constants.size(), 4u);
  EXPECT_EQ(difference.functions[0].constants[2].name, "w_4");
  EXPECT_EQ(difference.functions[0].constants[2].largest, 400);
  EXPECT_EQ(difference.functions[0].constants[2].differing, 16u);
}

TEST_F(DiffTest, ComparesConstantsAcrossTypes) {
  std::vector<double> values{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, -1, 0.5}, off = values;
  off[3] = 3.25;
  auto with = [&](const std::vector<double> &list, const std::string &type) {
    return model({constant("w", list, type), "y = linear(x = x, weight = w)"});
  };
  auto only = [&](const Model &before, const Model &after) { return diff(before, after).functions.at(0).constants.at(0); };
  ConstantDifference half = only(*with(values, "fp32"), *with(off, "fp16"));
  EXPECT_TRUE(half.compared);
  EXPECT_EQ(half.differing, 1u);
  EXPECT_EQ(half.largest, 0.25);
  EXPECT_EQ(half.bytesBefore, 48u);
  EXPECT_EQ(half.bytesAfter, 24u);
  ConstantDifference exact = only(*with(values, "fp32"), *with(values, "bf16"));
  EXPECT_TRUE(exact.compared);
  EXPECT_EQ(exact.differing, 0u);
  values.push_back(1);
  EXPECT_FALSE(only(*with(values, "fp32"), *with(off, "fp32")).compared) << "another number of elements";
}

TEST_F(DiffTest, ComparesEveryElementType) {
  Type input = Type::tensor(context, DType::Float16, {4});
  for (DType dtype :
       {DType::Float16, DType::Float32, DType::Float64, DType::BFloat16, DType::Int8,   DType::Int16,        DType::Int32,
        DType::Int64,   DType::Int4,    DType::UInt8,   DType::UInt16,   DType::UInt32, DType::UInt64,       DType::UInt4,
        DType::UInt2,   DType::UInt1,   DType::UInt6,   DType::UInt3,    DType::Bool,   DType::Float8E4M3FN, DType::Float8E5M2}) {
    SCOPED_TRACE(name(dtype).str());
    auto build = [&](unsigned last) {
      auto made = std::make_unique<Model>();
      made->program = std::make_unique<Program>(context);
      Function &function = *made->program->addFunction(context.intern("main"), context.intern("CoreML8"));
      Value *x = function.body().addInput(context.intern("x"), input);
      std::vector<uint8_t> bytes(*packedSize(dtype, 16));
      bytes.back() = uint8_t(last); // the top of the last element, or all of it
      Operation *op = Operation::create(*made->program, context.intern("user"), Operation::ResultSpec{context.intern("y"), input});
      op->setArgument(context.intern("x"), Binding(x));
      op->setArgument(context.intern("w"), Binding(Literal::tensor(context, Type::tensor(context, dtype, {16}), bytes)));
      function.body().append(op);
      function.body().setOutputs(op->result());
      return made;
    };
    auto zero = build(0), one = build(dtype == DType::Bool ? 1 : 0x20);
    EXPECT_TRUE(diff(*zero, *build(0)).empty());
    ModelDifference difference = diff(*zero, *one);
    ASSERT_EQ(difference.functions.size(), 1u);
    const ConstantDifference &constant = difference.functions[0].constants.at(0);
    EXPECT_TRUE(constant.compared);
    EXPECT_EQ(constant.differing, 1u);
    EXPECT_GT(constant.largest, 0);
  }
}

TEST_F(DiffTest, TellsNaNFromNumbers) {
  auto with = [&](const std::string &element) {
    std::string list = "0x1p+0, 0x1p+0, 0x1p+0, 0x1p+0, 0x1p+0, 0x1p+0, 0x1p+0, 0x1p+0, " + element;
    return model(
        {"tensor<fp32, [9]> w = const()[name = string(\"w\"), val = tensor<fp32, [9]>([" + list + "])];", "y = linear(x = x, weight = w)"});
  };
  EXPECT_TRUE(diff(*with("nan"), *with("nan")).empty());
  auto only = [&](const char *before, const char *after) { return diff(*with(before), *with(after)).functions.at(0).constants.at(0); };
  EXPECT_TRUE(only("nan", "0x1p+0").nanAppears);
  EXPECT_EQ(only("inf", "0x1p+0").largest, std::numeric_limits<double>::infinity());
  ConstantDifference zeros = only("0x0p+0", "-0x0p+0");
  EXPECT_EQ(zeros.differing, 0u);
  EXPECT_FALSE(zeros.nanAppears);
}

TEST_F(DiffTest, ComparesTheOrderOfAccessesToAState) {
  const std::string state = "state<tensor<fp16, [4]>> s, tensor<fp16, [4]> x";
  std::string write = "write_state(data = x, input = s)[name = string(\"w\")]; //<>";
  auto a = model({"r = read_state(input = s)", write, "y = relu(x = r)"}, "y", state);
  auto b = model({write, "r = read_state(input = s)", "y = relu(x = r)"}, "y", state);
  ModelDifference difference = diff(*a, *b);
  ASSERT_EQ(difference.functions.size(), 1u);
  EXPECT_EQ(difference.functions[0].interface.at(0).what, "order of the operations on state s");
}

TEST_F(DiffTest, PairsInputsThatWereRenamed) {
  auto a = model({"y = relu(x = x)"}), b = model({"y = relu(x = z)"}, "y", "tensor<fp16, [4]> z");
  ModelDifference difference = diff(*a, *b);
  EXPECT_THAT(operations(difference), IsEmpty());
  ASSERT_EQ(difference.functions.at(0).interface.size(), 2u);
  EXPECT_EQ(difference.functions[0].interface[0].change, Change::Removed);
  EXPECT_EQ(difference.functions[0].interface[1].what, "input z");
}

TEST_F(DiffTest, MatchesOneOfManyAlike) {
  // All read the same: the one that is gone is told by its name, and none is looked at again and again.
  std::vector<std::string> lines, without;
  for (int i = 0; i < 3000; ++i) {
    lines.push_back("v_" + std::to_string(i) + " = relu(x = x)");
    if (i != 1234)
      without.push_back(lines.back());
  }
  auto a = model(lines, "v_0, v_1"), b = model(without, "v_0, v_1");
  EXPECT_THAT(operations(diff(*a, *b)), ElementsAre("-v_1234"));
}

TEST_F(DiffTest, ComparesDescriptionsAndMetadata) {
  auto a = model({"y = relu(x = x)"}), b = model({"y = relu(x = x)"});
  for (auto *each : {&a, &b}) {
    ModelDescription &description = (*each)->description.emplace();
    description.main = describeFunction(*(*each)->program->functions()[0]);
    description.metadata.emplace();
  }
  Metadata &was = *a->description->metadata, &is = *b->description->metadata;
  was.author = "one", is.author = "two";
  was.license = "MIT";
  was.userDefined = {{"same", "s"}, {"gone", "g"}};
  is.userDefined = {{"new", "n"}, {"same", "s"}};
  b->description->main.inputs[0].type->optional = true;
  b->description->main.outputs[0].shortDescription = "the result";
  b->program->setAttribute(context.intern("other"), Literal::int32(context, 3));
  b->protoExtra = "?";
  ModelDifference difference = diff(*a, *b);
  std::vector<std::string> what;
  for (const Difference &each : difference.model)
    what.push_back("+-~"[unsigned(each.change)] + each.what);
  EXPECT_THAT(what, ElementsAre("~metadata author", "-metadata license", "-metadata key gone", "+metadata key new",
                                "~fields of the model unknown to milc", "+program attribute other"));
  ASSERT_EQ(difference.functions.size(), 1u);
  const std::vector<Difference> &interface = difference.functions[0].interface;
  ASSERT_EQ(interface.size(), 2u);
  EXPECT_EQ(interface[0].what, "input x");
  EXPECT_EQ(interface[0].after, "tensor<fp16, [4]>, multiarray fp16 [4], optional");
  EXPECT_EQ(interface[1].what, "output y, description");
}

TEST_F(DiffTest, ComparesPipelinesModelByModel) {
  auto pipeline = [&](const char *second) {
    auto made = std::make_unique<Model>();
    made->pipeline = std::make_unique<Pipeline>();
    made->pipeline->models.push_back(model({"y = relu(x = x)"}));
    made->pipeline->models.push_back(model({std::string("y = ") + second + "(x = x)"}));
    return made;
  };
  auto a = pipeline("tanh"), b = pipeline("exp");
  EXPECT_TRUE(diff(*a, *pipeline("tanh")).empty());
  ModelDifference difference = diff(*a, *b);
  ASSERT_EQ(difference.stages.size(), 1u);
  EXPECT_EQ(difference.stages[0].number, 1u);
  EXPECT_THAT(operations(difference.stages[0].difference), ElementsAre("~y"));
  b->pipeline->models.pop_back();
  EXPECT_THAT(diff(*a, *b).model.at(0).what, "number of models");
  EXPECT_THAT(diff(*a, *a->pipeline->models[0]).model.at(0).what, "kind");
}

TEST_F(DiffTest, ComparesOtherKindsByTheirBytes) {
  Model a, b;
  a.otherType = b.otherType = Model::Other{500, "abc"};
  EXPECT_TRUE(diff(a, b).empty());
  b.otherType->bytes = "abd";
  EXPECT_EQ(diff(a, b).model.at(0).what, "content of the model");
}

TEST_F(DiffTest, TellsWhatCannotBeRead) {
  // A blob whose bytes can't be had.
  auto broken = [&] {
    auto made = model({"y = relu(x = x)"});
    std::shared_ptr<const Blob> blob = streamedBlob(BlobDType::Float16, 64, [](uint64_t, llvm::MutableArrayRef<uint8_t>) { return false; });
    context.keepAlive(blob);
    made->program->functions()[0]->body().front().setArgument(
        context.intern("w"), Binding(Literal::blob(context, Type::tensor(context, DType::Float16, {64}), blob.get(), "w.bin", 64)));
    return made;
  };
  EXPECT_FALSE(diffModels(*broken(), *broken(), diags));
  EXPECT_EQ(slugsOf(diags), Slugs{"blob-not-produced"});
}

TEST_F(DiffTest, CountsConstantsWithoutBytes) {
  auto missing = [&](uint64_t offset, int64_t size) {
    auto made = model({"y = relu(x = x)"});
    made->program->functions()[0]->body().front().setArgument(
        context.intern("w"), Binding(Literal::blob(context, Type::tensor(context, DType::Float16, {size}), nullptr, "w.bin", offset)));
    return made;
  };
  ModelDifference difference = diff(*missing(64, 32), *missing(128, 32));
  EXPECT_TRUE(difference.empty());
  EXPECT_EQ(difference.functions.at(0).uncompared, 1u);
  difference = diff(*missing(64, 32), *missing(64, 33));
  EXPECT_EQ(difference.functions.at(0).constants.at(0).bytesAfter, 66u);
}

/// Whatever is changed at random, both directions tell the same number of changes, and none where nothing was changed.
TEST_F(DiffTest, IsSymmetricOnRandomPrograms) {
  for (unsigned seed = 0; seed < 60; ++seed) {
    std::mt19937 random(seed);
    const char *const types[] = {"relu", "tanh", "exp", "sigmoid"};
    std::vector<std::string> lines, changed;
    for (unsigned i = 0; i < 30; ++i) {
      std::string x = i ? "v_" + std::to_string(random() % i) : "x", name = "v_" + std::to_string(i);
      lines.push_back(name + " = " + types[random() % 4] + "(x = " + x + ")");
      bool isChanged = random() % 6 == 0 && i > 1;
      changed.push_back(isChanged ? name + " = gelu(x = v_0)" : lines.back());
    }
    auto a = model(lines, "v_29"), b = model(changed, "v_29");
    EXPECT_TRUE(diff(*a, *model(lines, "v_29")).empty());
    ModelDifference forth = diff(*a, *b), back = diff(*b, *a);
    EXPECT_EQ(operations(forth).size(), operations(back).size()) << seed;
    EXPECT_EQ(forth.empty(), lines == changed) << seed;
  }
}

} // namespace
