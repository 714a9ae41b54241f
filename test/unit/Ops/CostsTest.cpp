// FLOPs and bytes by hand, and lifetimes.
#include "mil/Ops/Costs.h"
#include "mil/Text/Parser.h"
#include <gtest/gtest.h>

using namespace mil;

namespace {

class CostsTest : public testing::Test {
protected:
  Context context;
  DiagnosticEngine diags;
  std::unique_ptr<Program> program;

  FunctionCosts costs(const std::string &signature, const std::string &body, const std::string &outputs) {
    std::string text = "program(1.3)\n{\nfunc main<ios18>(" + signature + ") {\n" + body + "} -> (" + outputs + ");\n}\n";
    Result<std::unique_ptr<Program>> parsed = parseProgram(text, diags.sources().add("test.mil", text), context, diags);
    if (!parsed)
      return {};
    program = std::move(*parsed);
    return costsOf(*program->function("main"));
  }
};

std::string zeros(size_t count) {
  std::string list = "[0";
  for (size_t i = 1; i < count; ++i)
    list += ", 0";
  return list + "]";
}

TEST_F(CostsTest, Products) {
  FunctionCosts made =
      costs("tensor<fp32, [2, 3, 5]> x, tensor<fp32, [2, 7, 5]> m",
            "bool f = const()[name = string(\"f\"), val = bool(false)];\n"
            "tensor<fp32, [7, 5]> w = const()[name = string(\"w\"), val = tensor<fp32, [7, 5]>(" +
                zeros(35) +
                ")];\n"
                "bool t = const()[name = string(\"t\"), val = bool(true)];\n"
                "tensor<fp32, [2, 3, 7]> y = linear(x = x, weight = w)[name = string(\"y\")];\n"
                "tensor<fp32, [2, 3, 7]> z = matmul(x = x, y = m, transpose_x = f, transpose_y = t)[name = string(\"z\")];\n",
            "y, z");
  ASSERT_EQ(made.steps.size(), 2u);
  for (const FunctionCosts::Step &step : made.steps)
    EXPECT_EQ(step.cost.flops, 2.0 * 2 * 3 * 7 * 5) << step.op->type().str().str();
  EXPECT_EQ(made.steps[0].cost.bytes, 4.0 * (2 * 3 * 5 + 7 * 5 + 2 * 3 * 7));
  EXPECT_EQ(made.flops, 2 * made.steps[0].cost.flops);
}

TEST_F(CostsTest, ConvolutionAttentionAndPool) {
  FunctionCosts made =
      costs("tensor<fp16, [1, 4, 8, 8]> x, tensor<fp16, [6, 2, 3, 3]> w, tensor<fp16, [1, 2, 5, 16]> q, tensor<fp16, [1, 2, 9, 16]> k",
            "tensor<fp16, [1, 6, 6, 6]> c = conv(x = x, weight = w, groups = int32(2))[name = string(\"c\")];\n"
            "tensor<fp16, [1, 2, 5, 16]> a = scaled_dot_product_attention(query = q, key = k, value = k)[name = string(\"a\")];\n"
            "tensor<fp16, [1, 4, 4, 4]> p = max_pool(x = x, kernel_sizes = tensor<int32, [2]>([2, 2]), strides = tensor<int32, [2]>([2, "
            "2]), pad_type = string(\"valid\"), pad = tensor<int32, [4]>([0, 0, 0, 0]), ceil_mode = bool(false))[name = string(\"p\")];\n",
            "c, a, p");
  ASSERT_EQ(made.steps.size(), 3u);
  EXPECT_EQ(made.steps[0].cost.flops, 2.0 * 6 * 36 * 2 * 9);
  EXPECT_EQ(made.steps[1].cost.flops, 2.0 * 2 * 5 * 9 * (16 + 16));
  EXPECT_EQ(made.steps[2].cost.flops, 4.0 * 16 * 4);
  EXPECT_EQ(made.unknown, 0u);
}

TEST_F(CostsTest, ViewsAndChoicesMoveLittle) {
  FunctionCosts made = costs("tensor<fp32, [100, 4]> x, tensor<int32, [3]> i",
                             "tensor<fp32, [400]> flat = reshape(x = x, shape = tensor<int32, [1]>([400]))[name = string(\"flat\")];\n"
                             "tensor<fp32, [3, 4]> rows = gather(x = x, indices = i, axis = int32(0))[name = string(\"rows\")];\n",
                             "flat, rows");
  ASSERT_EQ(made.steps.size(), 2u);
  EXPECT_EQ(made.steps[0].cost.bytes, 0);
  EXPECT_EQ(made.steps[1].cost.bytes, 2 * 4.0 * 12);
}

TEST_F(CostsTest, PeakIsOfWhatIsAlive) {
  // x 400 bytes; a is live until b is computed, its view too; then b and c.
  FunctionCosts made = costs("tensor<fp32, [100]> x",
                             "tensor<fp32, [100]> a = exp(x = x)[name = string(\"a\")];\n"
                             "tensor<fp32, [10, 10]> v = reshape(x = a, shape = tensor<int32, [2]>([10, 10]))[name = string(\"v\")];\n"
                             "tensor<fp32, [10, 10]> b = exp(x = v)[name = string(\"b\")];\n"
                             "tensor<fp32, [10, 10]> c = exp(x = b)[name = string(\"c\")];\n"
                             "tensor<fp32, [10, 10]> d = add(x = c, y = b)[name = string(\"d\")];\n",
                             "d");
  EXPECT_EQ(made.peakBytes, 1200u); // b, c and d
  ASSERT_TRUE(made.peakAt);
  EXPECT_TRUE(made.peakAt->is("add"));
}

TEST_F(CostsTest, QuantizedElementsAreCounted) {
  FunctionCosts made =
      costs("tensor<fp32, [10]> x",
            "tensor<int8, [10]> q = quantize(input = x, output_dtype = string(\"int8\"), scale = fp32(0.1))[name = string(\"q\")];\n"
            "tensor<fp32, [10]> y = dequantize(input = q, scale = fp32(0.1))[name = string(\"y\")];\n",
            "y");
  EXPECT_EQ(made.flops, 20);
}

TEST_F(CostsTest, SizesThatAreOpenAreNotCounted) {
  FunctionCosts made = costs("tensor<fp32, [?]> x", "tensor<fp32, [?]> a = exp(x = x)[name = string(\"a\")];\n", "a");
  EXPECT_EQ(made.unknown, 1u);
  EXPECT_EQ(made.flops, 0);
}

} // namespace
