// What stops a run: values out of range, memory and cancelling.
#include "RunFixture.h"
#include "mil/Ops/Costs.h"

using namespace mil;
using testing::ElementsAre;
using testing::HasSubstr;

namespace {

TEST_F(RunTest, IndicesOutOfRangeAreNamed) {
  ASSERT_TRUE(plan("func main<ios17>(tensor<fp32, [3]> x, tensor<int32, [2]> i) { tensor<fp32, [2]> y = gather(axis = int32(0), "
                   "batch_dims = int32(0), indices = i, validate_indices = bool(false), x = x); } -> (y);"))
      << complaints();
  EXPECT_THAT(run({{"x", vector({1, 2, 3})}, {"i", vector({2, 0}, DType::Int32)}}), ElementsAre(3, 1));
  EXPECT_THAT(run({{"x", vector({1, 2, 3})}, {"i", vector({0, 3}, DType::Int32)}}), ElementsAre());
  EXPECT_THAT(complaints(), HasSubstr("must be an index into a dimension of 3, but is 3 [index-out-of-range]"));
}

// Types don't limit these values: each run checks them against the operations' rules, independent of earlier runs.
TEST_F(RunTest, BeginsOutOfRangeAreNamed) {
  ASSERT_TRUE(plan("func main<ios17>(tensor<fp32, [4]> x, tensor<int32, [1]> b) { tensor<fp32, [3]> y = slice_by_size(x = x, begin = b, "
                   "size = tensor<int32, [1]>([3])); } -> (y);"))
      << complaints();
  Tensor x = vector({1, 2, 3, 4});
  EXPECT_THAT(run({{"x", x}, {"b", vector({1}, DType::Int32)}}), ElementsAre(2, 3, 4));
  for (double begin : {2, -1, -5, INT32_MAX})
    EXPECT_THAT(run({{"x", x}, {"b", vector({begin}, DType::Int32)}}), ElementsAre());
  EXPECT_THAT(complaints(), testing::AllOf(HasSubstr("slice_by_size: argument 'size' must be no more than is left of dimension 0"),
                                           HasSubstr("'begin' must be an index into dimension 0, which has size 4, but is 2147483647")));
  EXPECT_THAT(run({{"x", x}, {"b", vector({-4}, DType::Int32)}}), ElementsAre(1, 2, 3));

  ASSERT_TRUE(plan("func main<ios17>(tensor<fp32, [4]> x, tensor<int32, [1]> b) { tensor<fp32, []> y = slice_by_index(x = x, begin = b, "
                   "end = tensor<int32, [1]>([4]), squeeze_mask = tensor<bool, [1]>([true])); } -> (y);"))
      << complaints();
  EXPECT_THAT(run({{"x", x}, {"b", vector({4}, DType::Int32)}}), ElementsAre());
  EXPECT_THAT(complaints(), HasSubstr("slice_by_index: argument 'begin' must be an index into dimension 0, which has size 4, but is 4"));
}

TEST_F(RunTest, LengthsOutOfRangeAreNamed) {
  ASSERT_TRUE(plan("func main<ios17>(tensor<fp32, [1, 3]> x, tensor<int32, [1]> n) { tensor<fp32, [1, 3]> y = reverse_sequence(x = x, "
                   "lengths = n, seq_axis = int32(1), batch_axis = int32(0)); } -> (y);"))
      << complaints();
  Tensor x = vector({1, 2, 3}).withDims({1, 3});
  EXPECT_THAT(run({{"x", x}, {"n", vector({2}, DType::Int32)}}), ElementsAre(2, 1, 3));
  for (double length : {4, -1})
    EXPECT_THAT(run({{"x", x}, {"n", vector({length}, DType::Int32)}}), ElementsAre());
  EXPECT_THAT(complaints(), HasSubstr("reverse_sequence: argument 'lengths' must be 0 to 3, the length of a sequence, but is 4"));
}

TEST_F(RunTest, MemoryIsLimited) {
  ASSERT_TRUE(plan("func main<ios17>(tensor<int32, [1]> n) { tensor<fp32, [?]> y = fill(shape = n, value = fp32(1)); } -> (y);",
                   {.maxMemory = 1 << 20}))
      << complaints();
  EXPECT_THAT(run({{"n", vector({3}, DType::Int32)}}), ElementsAre(1, 1, 1));
  EXPECT_THAT(run({{"n", vector({2000000000}, DType::Int32)}}), ElementsAre());
  EXPECT_THAT(complaints(), HasSubstr("[too-much-memory]"));
}

TEST_F(RunTest, MemoryOfInterfacesIsLimited) {
  EXPECT_FALSE(plan("func main<ios18>(tensor<fp32, [1000000, 1000000]> x) { tensor<fp32, [1000000, 1000000]> y = relu(x = x); } -> (y);"));
  EXPECT_FALSE(plan("func main<ios18>(state<tensor<fp16, [300000, 3000000, 3000000]>> s) "
                    "{ tensor<fp16, [300000, 3000000, 3000000]> y = read_state(input = s); } -> (y);"));
  EXPECT_THAT(complaints(), testing::AllOf(HasSubstr("the inputs and states of function 'main' take 4000000000000 bytes"),
                                           HasSubstr("the inputs and states of function 'main' take 5400000000000000000 bytes"),
                                           HasSubstr("[interface-too-large]")));
}

TEST_F(RunTest, MemoryOfTemporariesIsLimited) {
  // As doubles, the operands take eight times the limit.
  const char *source = "func main<ios17>(tensor<fp16, [256, 256]> x) { tensor<fp16, [256, 256]> y = matmul(x = x, y = x, transpose_x = "
                       "bool(false), transpose_y = bool(false)); } -> (y);";
  RunOptions options;
  options.maxMemory = 512 * 1024;
  Tensor x(DType::Float16, {256, 256});
  ASSERT_TRUE(plan(source, options)) << complaints();
  EXPECT_EQ(run({{"x", x}}).size(), 65536u) << complaints();
  options.fastKernels = false;
  ASSERT_TRUE(plan(source, options)) << complaints();
  EXPECT_THAT(run({{"x", x}}), ElementsAre());
  EXPECT_THAT(complaints(), HasSubstr("operation 'matmul' needs 3276832 bytes"));
}

TEST_F(RunTest, MemoryOfListsIsLimited) {
  ASSERT_TRUE(plan(R"(func main<ios17>(tensor<int32, []> n) {
    list<tensor<fp32, [4]>, ?> l = make_list(init_length = n, dynamic_length = bool(true), elem_shape = (int32(4)), dtype = string("fp32"));
    tensor<int32, []> y = list_length(ls = l);
  } -> (y);)",
                   {.maxMemory = 1 << 20}))
      << complaints();
  Tensor n = Tensor::scalar(DType::Int32, 10);
  EXPECT_THAT(run({{"n", n}}), ElementsAre(10)) << complaints();
  n = Tensor::scalar(DType::Int32, 10000000);
  EXPECT_THAT(run({{"n", n}}), ElementsAre());
  EXPECT_THAT(complaints(), HasSubstr("[too-much-memory]"));
}

TEST_F(RunTest, RunsCanBeCancelled) {
  ASSERT_TRUE(
      plan("func main<ios17>(tensor<fp32, [1]> x) { tensor<fp32, [1]> y = relu(x = x); } -> (y);", {.cancelled = [] { return true; }}));
  EXPECT_THAT(run({{"x", vector({1})}}), ElementsAre());
  EXPECT_THAT(complaints(), HasSubstr("[run-cancelled]"));
}

TEST_F(RunTest, MemoryIsThatOfLiveValues) {
  // Forty values of 4 MB, of which two are alive at a time.
  std::string body, last = "x";
  for (int i = 0; i < 40; ++i) {
    std::string name = "v" + std::to_string(i);
    body += "tensor<fp32, [1024, 1024]> " + name + " = transpose(x = " + last + ", perm = tensor<int32, [2]>([1, 0]));\n";
    last = name;
  }
  ASSERT_TRUE(plan("func main<ios17>(tensor<fp32, [1024, 1024]> x) {\n" + body + "} -> (" + last + ");")) << complaints();
  RunCosts costs;
  ASSERT_TRUE(executable->run({{"x", Tensor(DType::Float32, {1024, 1024})}}, states, diags, nullptr, &costs));
  uint64_t live = costsOf(*program->function("main")).peakBytes;
  EXPECT_EQ(live, 8u << 20);
  EXPECT_LE(costs.peakBytes, live + (64u << 20));
  EXPECT_GE(costs.peakBytes, live);
}

} // namespace
