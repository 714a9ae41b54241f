// Programs that run: values, shapes that follow from inputs, blocks, lists, states and precision.
#include "RunFixture.h"
#include "mil/Run/Check.h"
#include "mil/Run/Inputs.h"
#include "mil/Run/RandomWeights.h"
#include <cmath>
#include <thread>

using namespace mil;
using testing::ElementsAre;
using testing::HasSubstr;

namespace {

TEST_F(RunTest, SizesFollowFromTheInputs) {
  ASSERT_TRUE(plan(R"(func main<ios17>(tensor<fp32, [?]> x) {
    tensor<int32, [1]> n = shape(x = x);
    tensor<fp32, [?]> twice = concat(values = (x, x), axis = int32(0), interleave = bool(false));
    tensor<fp32, [?]> y = slice_by_size(x = twice, begin = tensor<int32, [1]>([1]), size = n);
  } -> (y);)"))
      << complaints();
  EXPECT_THAT(run({{"x", vector({1, 2, 3})}}), ElementsAre(2, 3, 1));
  EXPECT_THAT(run({{"x", vector({4, 5})}}), ElementsAre(5, 4));
}

TEST_F(RunTest, ValuesOfOtherTypesAreTakenWhenTheyConvertExactly) {
  ASSERT_TRUE(plan("func main<ios17>(tensor<int32, [2]> i) { tensor<int32, [2]> y = add(x = i, y = i); } -> (y);")) << complaints();
  EXPECT_THAT(run({{"i", vector({1, -2})}}), ElementsAre(2, -4));
  EXPECT_THAT(run({{"i", vector({1, 2.5})}}), ElementsAre());
  EXPECT_THAT(complaints(), HasSubstr("can't represent 2.5, the value of element 1 [input-number]"));
}

TEST_F(RunTest, InputsAreNamed) {
  ASSERT_TRUE(plan("func main<ios17>(tensor<fp32, [2]> x) { tensor<fp32, [2]> y = relu(x = x); } -> (y);")) << complaints();
  EXPECT_THAT(run({}), ElementsAre());
  EXPECT_THAT(run({{"x", vector({1, 2})}, {"z", vector({1})}}), ElementsAre());
  EXPECT_THAT(run({{"x", vector({1, 2, 3})}}), ElementsAre());
  std::string all = complaints();
  for (const char *slug : {"[missing-input]", "[no-such-input]", "[input-kind]"})
    EXPECT_THAT(all, HasSubstr(slug));
}

TEST_F(RunTest, PrecisionDeterminesWhereValuesAreRounded) {
  const char *source = R"(func main<ios17>(tensor<fp16, [1]> x) {
    tensor<fp16, [1]> big = mul(x = x, y = fp16(0x1p10));
    tensor<fp16, [1]> y = mul(x = big, y = fp16(0x1p-10));
  } -> (y);)";
  ASSERT_TRUE(plan(source)) << complaints();
  EXPECT_THAT(run({{"x", vector({100}, DType::Float16)}}), ElementsAre(INFINITY));
  for (Precision precision : {Precision::Fp32, Precision::Exact}) {
    ASSERT_TRUE(plan(source, {.precision = precision}));
    EXPECT_THAT(run({{"x", vector({100}, DType::Float16)}}), ElementsAre(100));
  }
}

// Rows of a compressed table, and the table turned and joined: kernels that copy take all bytes for those of the held type.
TEST_F(RunTest, DecompressedConstantsAreHeldLikeResults) {
  const char *source = R"(func main<ios18>(tensor<int32, [2]> i) {
    tensor<fp16, [3, 2]> t = constexpr_blockwise_shift_scale(data = tensor<int8, [3, 2]>([[1, 2], [3, 4], [5, 6]]), scale = tensor<fp16, [1, 1]>([[0.5]]));
    tensor<fp16, [2, 2]> rows = gather(x = t, indices = i, axis = int32(0), batch_dims = int32(0), validate_indices = bool(false));
    tensor<fp16, [2, 3]> turned = transpose(x = t, perm = tensor<int32, [2]>([1, 0]));
    tensor<fp16, [2, 5]> y = concat(values = (rows, turned), axis = int32(1), interleave = bool(false));
  } -> (y);)";
  for (Precision precision : {Precision::Declared, Precision::Fp32, Precision::Exact}) {
    ASSERT_TRUE(plan(source, {.precision = precision})) << complaints();
    EXPECT_THAT(run({{"i", vector({2, 0}, DType::Int32)}}), ElementsAre(2.5, 3, 0.5, 1.5, 2.5, 0.5, 1, 1, 2, 3)) << complaints();
  }
}

TEST_F(RunTest, StatesAreKeptBetweenRuns) {
  ASSERT_TRUE(plan(R"(func main<ios18>(state<tensor<fp16, [1]>> s, tensor<fp16, [1]> x) {
    tensor<fp16, [1]> before = read_state(input = s);
    tensor<fp16, [1]> sum = add(x = before, y = x);
    write_state(data = sum, input = s);
    tensor<fp16, [1]> after = read_state(input = s);
  } -> (after);)"))
      << complaints();
  Tensor one = vector({1}, DType::Float16);
  EXPECT_THAT(run({{"x", one}}), ElementsAre(1));
  EXPECT_THAT(run({{"x", one}}), ElementsAre(2));
  states.insert_or_assign("s", vector({10}, DType::Float16));
  EXPECT_THAT(run({{"x", one}}), ElementsAre(11));
}

TEST_F(RunTest, StatesAreUpdatedInPlace) {
  const char *source =
      R"(func main<ios18>(state<tensor<fp16, [4096, 2]>> s, tensor<fp16, [1, 2]> x, tensor<int32, [2]> begin, tensor<int32, [2]> end) {
    tensor<fp16, [4096, 2]> before = read_state(input = s);
    tensor<fp16, [4096, 2]> updated = slice_update(x = before, update = x, begin = begin, end = end);
    write_state(data = updated, input = s);
    tensor<fp16, [4096, 2]> after = read_state(input = s);
    tensor<fp16, [2]> y = reduce_sum(x = after, axes = tensor<int32, [1]>([0]), keep_dims = bool(false));
  } -> ()";
  auto step = [&](double row, RunCosts *costs) {
    return executable->run({{"x", Tensor(vector({1, row}, DType::Float16)).withDims({1, 2})},
                            {"begin", vector({row, 0}, DType::Int32)},
                            {"end", vector({row + 1, 2}, DType::Int32)}},
                           states, diags, nullptr, costs);
  };
  for (Precision precision : {Precision::Declared, Precision::Fp32, Precision::Exact}) {
    ASSERT_TRUE(plan(std::string(source) + "y);", {.precision = precision})) << complaints();
    const uint8_t *memory = nullptr;
    for (int row = 1; row <= 3; ++row) {
      RunCosts costs;
      Result<NamedValues> outputs = step(row, &costs);
      ASSERT_TRUE(outputs) << complaints();
      EXPECT_THAT(numbers(outputs->begin()->second), ElementsAre(row, row * (row + 1) / 2));
      const Tensor &state = states.begin()->second;
      if (row > 1) {
        EXPECT_EQ(state.bytes().data(), memory);
      }
      memory = state.bytes().data();
      EXPECT_LT(costs.peakBytes, state.byteCount() * (precision == Precision::Exact ? 5 : 1) + 1024);
    }
  }

  // A caller's copy keeps what it holds.
  ASSERT_TRUE(plan(std::string(source) + "after);")) << complaints();
  Result<NamedValues> first = step(1, nullptr);
  ASSERT_TRUE(first && step(2, nullptr));
  EXPECT_EQ(numbers(first->begin()->second)[5], 0);
  EXPECT_EQ(states.begin()->second.number(5), 2);
}

TEST_F(RunTest, FailedUpdatesKeepTheState) {
  ASSERT_TRUE(plan(R"(func main<ios18>(state<tensor<fp16, [4]>> s, tensor<int32, [1]> begin) {
    tensor<fp16, [4]> before = read_state(input = s);
    tensor<fp16, [4]> updated = slice_update(x = before, update = tensor<fp16, [1]>([7]), begin = begin, end = tensor<int32, [1]>([4]));
    write_state(data = updated, input = s);
    tensor<fp16, [4]> y = read_state(input = s);
  } -> (y);)"))
      << complaints();
  EXPECT_THAT(run({{"begin", vector({3}, DType::Int32)}}), ElementsAre(0, 0, 0, 7));
  EXPECT_THAT(run({{"begin", vector({2}, DType::Int32)}}), ElementsAre());
  EXPECT_THAT(complaints(), HasSubstr("slice_update"));
  EXPECT_EQ(states.begin()->second.number(3), 7);
}

TEST_F(RunTest, ExecutablesOfOneContextRunAtTheSameTime) {
  ASSERT_TRUE(plan(R"(func main<ios17>(tensor<fp32, [?]> x) {
    tensor<fp32, [?, 1]> column = expand_dims(x = x, axes = tensor<int32, [1]>([1]));
    tensor<fp32, [?, ?]> products = matmul(x = column, y = column, transpose_x = bool(false), transpose_y = bool(true));
    tensor<fp32, [?]> y = reduce_sum(x = products, axes = tensor<int32, [1]>([1]), keep_dims = bool(false));
  } -> (y);)"))
      << complaints();
  // Each run has new sizes, and creates their types.
  auto work = [&](int64_t from, bool &same) {
    DiagnosticEngine own;
    Result<std::unique_ptr<Executable>> other = Executable::make(*program->function("main"), own, {.threads = 1});
    same = bool(other);
    for (int64_t n = from; same && n < from + 400; n += 2) {
      States none;
      std::vector<double> ones(size_t(n), 1.0);
      Result<NamedValues> outputs = (*other)->run({{"x", vector(ones)}}, none, own);
      same = outputs && numbers(outputs->begin()->second) == std::vector<double>(size_t(n), double(n));
    }
  };
  bool first = false, second = false;
  std::thread thread([&] { work(1, first); });
  work(2, second);
  thread.join();
  EXPECT_TRUE(first && second);
}

TEST_F(RunTest, UnknownOperationsNeedAKernel) {
  const char *source = "func main<ios17>(tensor<fp32, [1]> x) { tensor<fp32, [1]> y = twice(x = x); } -> (y);";
  EXPECT_FALSE(plan(source));
  EXPECT_THAT(complaints(), HasSubstr("cannot compute operation 'twice': it is not in the catalogue [not-computed]"));
  RunOptions options;
  options.custom["twice"] = [](const Operation &, llvm::ArrayRef<RuntimeValue> arguments) {
    Tensor result = *arguments[0].tensor();
    result.write(0, llvm::ArrayRef<double>(2 * result.number(0)));
    return std::optional(std::vector<RuntimeValue>{result});
  };
  ASSERT_TRUE(plan(source, options));
  EXPECT_THAT(run({{"x", vector({4})}}), ElementsAre(8));
  options.custom["twice"] = [](const Operation &, llvm::ArrayRef<RuntimeValue>) {
    return std::optional(std::vector<RuntimeValue>{Tensor(DType::Float32, {2})});
  };
  ASSERT_TRUE(plan(source, options));
  EXPECT_THAT(run({{"x", vector({4})}}), ElementsAre());
  EXPECT_THAT(complaints(), HasSubstr("[value-differs]"));
}

TEST_F(RunTest, ProgressIsReported) {
  std::vector<std::pair<size_t, size_t>> told;
  ASSERT_TRUE(plan("func main<ios17>(tensor<fp32, [1]> x) { tensor<fp32, [1]> a = cumsum(x = x); tensor<fp32, [1]> y = cumsum(x = a); } "
                   "-> (y);",
                   {.progress = [&](size_t done, size_t all) { told.push_back({done, all}); }}));
  run({{"x", vector({1})}});
  EXPECT_THAT(told, ElementsAre(testing::Pair(0, 2), testing::Pair(1, 2), testing::Pair(2, 2)));
}

TEST_F(RunTest, RandomNumbersFollowFromTheSeed) {
  const char *source = R"(func main<ios17>() {
    tensor<fp32, [4]> y = random_uniform(high = fp32(1), low = fp32(0), seed = int32(-1), shape = tensor<int32, [1]>([4]));
  } -> (y);)";
  ASSERT_TRUE(plan(source, {.seed = 1}));
  std::vector<double> first = run({}), second = run({});
  EXPECT_NE(first, second); // a run draws on
  ASSERT_TRUE(plan(source, {.seed = 1}));
  EXPECT_EQ(run({}), first);
  ASSERT_TRUE(plan(source, {.seed = 2}));
  EXPECT_NE(run({}), first);
}

TEST_F(RunTest, MissingWeightsAreReported) {
  EXPECT_FALSE(plan(R"(func main<ios18>(tensor<fp32, [4]> x) {
    tensor<fp32, [4]> w = const()[val = tensor<fp32, [4]>(BLOBFILE(path = string("@model_path/weights/weight.bin"), offset = uint64(64)))];
    tensor<fp32, [4]> y = add(x = x, y = w);
  } -> (y);)"));
  EXPECT_THAT(complaints(), HasSubstr("[weights-missing]"));
  ASSERT_TRUE(plan(R"(func main<ios18>(tensor<fp32, [4]> x) {
    tensor<fp32, [4]> w = constexpr_blockwise_shift_scale(data = tensor<int8, [4]>(BLOBFILE(path = string("@model_path/weights/weight.bin"), offset = uint64(64))), scale = tensor<fp32, [1]>([1]));
    tensor<fp32, [4]> y = add(x = x, y = w);
  } -> (y);)"))
      << complaints();
  EXPECT_THAT(run({{"x", vector({1, 2, 3, 4})}}), ElementsAre());
  EXPECT_THAT(complaints(), HasSubstr("[cannot-decompress]"));
}

// A row of ones times 300 weights: with weights of variance 1 / 300, sums of a few units, however the weights are compressed.
TEST_F(RunTest, PlaceholdersForCompressedWeightsKeepValuesSmall) {
  auto blob = [](const std::string &type) {
    return type + "(BLOBFILE(path = string(\"@model_path/weights/weight.bin\"), offset = uint64(64)))";
  };
  const std::string weights[] = {
      "constexpr_blockwise_shift_scale(data = " + blob("tensor<int8, [4, 300]>") + ", scale = " + blob("tensor<fp32, [4, 1]>") + ")",
      "constexpr_blockwise_shift_scale(data = " + blob("tensor<uint4, [4, 300]>") + ", scale = " + blob("tensor<fp32, [4, 1]>") +
          ", offset = " + blob("tensor<uint4, [4, 1]>") + ")",
      "constexpr_affine_dequantize()[quantized_data = " + blob("tensor<uint8, [4, 300]>") + ", zero_point = " + blob("tensor<uint8, [4]>") +
          ", scale = " + blob("tensor<fp32, [4]>") + ", axis = int32(0)]",
      "constexpr_lut_to_dense(indices = " + blob("tensor<uint4, [4, 300]>") + ", lut = " + blob("tensor<fp32, [1, 1, 16, 1]>") + ")",
      "constexpr_sparse_to_dense(nonzero_data = " + blob("tensor<fp32, [600]>") + ", mask = " + blob("tensor<uint1, [4, 300]>") + ")",
      "dequantize(input = " + blob("tensor<int8, [4, 300]>") + ", scale = " + blob("tensor<fp32, [4]>") + ", axis = int32(0))"};
  for (const std::string &weight : weights) {
    std::string functions = "func main<ios18>(tensor<fp32, [1, 300]> x) { tensor<fp32, [4, 300]> w = " + weight +
                            "; tensor<fp32, [1, 4]> y = linear(x = x, weight = w); } -> (y);";
    text = "program(1.3)\n{\n" + functions + "\n}\n";
    Result<std::unique_ptr<Program>> parsed = parseProgram(text, diags.sources().add("test.mil", text), context, diags);
    ASSERT_TRUE(parsed) << weight << complaints();
    Model model;
    model.program = std::move(*parsed);
    giveRandomWeights(model, 1);
    Result<std::unique_ptr<Executable>> made = Executable::make(*model.program->function("main"), diags);
    ASSERT_TRUE(made) << weight << complaints();
    executable = std::move(*made);
    states = executable->newStates();
    std::vector<double> ones(300, 1), y = run({{"x", vector(ones).withDims({1, 300})}});
    ASSERT_EQ(y.size(), 4u) << weight << complaints();
    EXPECT_THAT(y, testing::AllOf(testing::Each(testing::Lt(6)), testing::Each(testing::Gt(-6)), testing::Contains(testing::Ne(0))))
        << weight;
    executable.reset();
  }
}

TEST_F(RunTest, ModelsAreHeldToTheirDescription) {
  ASSERT_TRUE(plan("func main<ios17>(tensor<fp32, [?]> x) { tensor<fp32, [?]> y = relu(x = x); } -> (y);")) << complaints();
  Model model;
  EXPECT_FALSE(ModelRunner::make(model, "", diags));
  EXPECT_THAT(complaints(), HasSubstr("[cannot-run-model]"));
  model.program = std::move(program);
  model.description.emplace();
  model.description->main = describeFunction(*model.program->functions()[0]);
  auto &array = *model.description->main.inputs[0].type->as<MultiArrayFeature>();
  array.flexibility = MultiArrayFeature::Range{{{2, 3}}, ""};
  Result<std::unique_ptr<ModelRunner>> runner = ModelRunner::make(model, "", diags);
  ASSERT_TRUE(runner);
  EXPECT_TRUE((*runner)->run({{"x", vector({1, 2})}}, states, diags));
  EXPECT_FALSE((*runner)->run({{"x", vector({1, 2, 3, 4})}}, states, diags));
  EXPECT_THAT(complaints(), HasSubstr("2 to 3 elements in dimension 0, not shape [4] [input-not-allowed]"));
}

TEST_F(RunTest, RewritesAreChecked) {
  auto model = [&](const char *op) {
    EXPECT_TRUE(plan("func main<ios17>(tensor<fp32, [3]> x) { tensor<fp32, [3]> y = " + std::string(op) + "(x = x); } -> (y);"));
    auto made = std::make_unique<Model>();
    executable.reset();
    made->program = std::move(program);
    return made;
  };
  std::unique_ptr<Model> before = model("relu"), same = model("relu"), other = model("relu6"), wrong = model("tanh");
  EXPECT_TRUE(checkRewrite(*before, *same, {.samples = 3}, diags));
  EXPECT_TRUE(checkRewrite(*before, *other, {.samples = 3}, diags)); // from -1 to 1 they agree
  EXPECT_FALSE(checkRewrite(*before, *wrong, {.samples = 3}, diags));
  EXPECT_THAT(complaints(), HasSubstr("[rewrite-differs]"));
}

} // namespace
