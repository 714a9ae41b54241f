#include "mil/Ops/Elements.h"
#include "mil/IR/Builder.h"
#include "mil/Text/Parser.h"
#include <gmock/gmock.h>
#include <numeric>

using namespace mil;
using testing::ElementsAre;

namespace {

class Elements : public testing::Test {
protected:
  Context context;
  DiagnosticEngine diags;
  std::unique_ptr<Program> program;

  /// A reader for the result `w` of the last statement of a function; null, too, when the text is wrong.
  std::unique_ptr<ElementReader> open(llvm::StringRef body, llvm::StringRef opset = "ios18", size_t result = 0) {
    std::string text = "program(1.3)\n{\n    func main<" + opset.str() + ">() {\n" + body.str() + ";\n} -> (w);\n}\n";
    auto parsed = parseProgram(text, diags.sources().add("test", text), context, diags);
    if (!parsed) {
      ADD_FAILURE() << diags.diagnostics().back().message;
      return nullptr;
    }
    program = std::move(*parsed);
    return elementsOf(*program->functions().front()->body().back().result(result));
  }
  /// All elements, which any windows must give.
  std::vector<double> all(std::unique_ptr<ElementReader> elements) {
    if (!elements)
      return {};
    std::vector<double> whole(static_cast<size_t>(elements->count()));
    EXPECT_TRUE(elements->read(0, whole, diags));
    for (size_t width = 1; width <= whole.size(); ++width)
      for (size_t at = 0; at + width <= whole.size(); ++at) {
        std::vector<double> part(width);
        EXPECT_TRUE(elements->read(int64_t(at), part, diags));
        EXPECT_TRUE(std::equal(part.begin(), part.end(), whole.begin() + ptrdiff_t(at))) << at << " " << width;
      }
    return whole;
  }
};

TEST_F(Elements, AreThoseOfConstants) {
  EXPECT_THAT(all(open("tensor<fp16, [2]> w = const()[name = string(\"w\"), val = tensor<fp16, [2]>([0x1p-1, -0x1p+1])]")),
              ElementsAre(0.5, -2));
  EXPECT_THAT(all(open("tensor<int4, [3]> w = const()[name = string(\"w\"), val = tensor<int4, [3]>([-8, 7, -1])]")),
              ElementsAre(-8, 7, -1));
  EXPECT_FALSE(open("tensor<int64, [1]> w = const()[name = string(\"w\"), val = tensor<int64, [1]>([1])]"));
  EXPECT_FALSE(open("tensor<fp32, [1]> v = const()[name = string(\"v\"), val = tensor<fp32, [1]>([1])];\n"
                    "tensor<fp32, [1]> w = exp(x = v)[name = string(\"w\")]"));
}

TEST_F(Elements, OfBlocksAreRoundedTwice) {
  // 3 · 0.1 in fp16, with an offset for each block of two columns.
  EXPECT_THAT(
      all(open("tensor<fp16, [2, 4]> w = constexpr_blockwise_shift_scale(data = tensor<uint4, [2, 4]>([[0, 1, 2, 3], [4, 5, 6, 15]]), "
               "offset = tensor<uint4, [1, 2]>([[1, 0]]), scale = tensor<fp16, [1, 2]>([[0x1p-1, 0x1.998p-4]]))[name = string(\"w\")]")),
      ElementsAre(-0.5, 0, 2 * 0x1.998p-4, 0x1.33p-2, 1.5, 2, 0x1.33p-1, 1.5));
}

TEST_F(Elements, OfAffineOnesAreRoundedOnce) {
  EXPECT_THAT(all(open("tensor<fp32, [2, 2]> w = constexpr_affine_dequantize()[axis = int32(-1), name = string(\"w\"), quantized_data = "
                       "tensor<int8, [2, 2]>([[-128, 127], [0, 1]]), scale = tensor<fp32, [2]>([0x1p-1, 0x1p+1]), zero_point = int8(-1)]",
                       "ios16")),
              ElementsAre(-63.5, 256, 0.5, 4));
}

TEST_F(Elements, OfTablesAreLookedUp) {
  // Two tables, one a row.
  EXPECT_THAT(all(open("tensor<fp16, [2, 3]> w = constexpr_lut_to_dense(indices = tensor<uint2, [2, 3]>([[0, 1, 3], [3, 2, 0]]), lut = "
                       "tensor<fp16, [2, 1, 4, 1]>([[[[1], [2], [3], [4]]], [[[5], [6], [7], [8]]]]))[name = string(\"w\")]")),
              ElementsAre(1, 2, 4, 8, 7, 5));
  // Vectors of two along the rows.
  EXPECT_THAT(
      all(open("tensor<int8, [4, 2]> w = constexpr_lut_to_dense(indices = tensor<uint1, [2, 2]>([[0, 1], [1, 0]]), lut = tensor<int8, "
               "[1, 1, 2, 2]>([[[[1, 2], [3, 4]]]]), vector_axis = int32(0))[name = string(\"w\")]")),
      ElementsAre(1, 3, 2, 4, 3, 1, 4, 2));
  // Packed: 0b11'10'01'00, then 0b01.
  EXPECT_THAT(
      all(open("tensor<fp16, [5]> w = constexpr_lut_to_dense()[indices = tensor<uint8, [2]>([228, 1]), lut = tensor<fp16, [4]>([1, 2, 3, "
               "4]), name = string(\"w\"), shape = tensor<uint32, [1]>([5])]",
               "ios16")),
      ElementsAre(1, 2, 3, 4, 2));
}

TEST_F(Elements, OfSparseOnesAreScattered) {
  EXPECT_THAT(
      all(open("tensor<fp16, [2, 3]> w = constexpr_sparse_to_dense(mask = tensor<uint1, [2, 3]>([[0, 1, 0], [1, 1, 0]]), nonzero_data = "
               "tensor<fp16, [3]>([1, 2, 3]))[name = string(\"w\")]")),
      ElementsAre(0, 1, 0, 2, 3, 0));
  EXPECT_THAT(
      all(open("tensor<fp16, [2, 3]> w = constexpr_sparse_to_dense()[mask = tensor<uint8, [1]>([26]), name = string(\"w\"), nonzero_data "
               "= tensor<fp16, [3]>([1, 2, 3]), shape = tensor<uint32, [2]>([2, 3])]",
               "ios16")),
      ElementsAre(0, 1, 0, 2, 3, 0));
}

TEST_F(Elements, OfChainsAreComputedThroughout) {
  // Kept elements, scaled by rows, then scattered.
  auto scaled = [](std::string v) {
    return "tensor<uint1, [2, 3]> m, tensor<fp16, [3]> " + v +
           " = constexpr_sparse_blockwise_shift_scale(data_mask = tensor<uint1, [2, "
           "3]>([[0, 1, 0], [1, 1, 0]]), nonzero_data = tensor<int8, [3]>([1, 2, 3]), offset = tensor<int8, [2, 1]>([[0], [1]]), scale "
           "= tensor<fp16, [2, 1]>([[0x1p-1], [0x1p+1]]))[name = string(\"v\")]";
  };
  EXPECT_THAT(all(open(scaled("w"), "ios18", 1)), ElementsAre(0.5, 2, 4));
  EXPECT_THAT(
      all(open(scaled("v") + ";\ntensor<fp16, [2, 3]> w = constexpr_sparse_to_dense(mask = m, nonzero_data = v)[name = string(\"w\")]")),
      ElementsAre(0, 0.5, 0, 2, 4, 0));
  // Kept indices into a table a row, which is itself scaled.
  EXPECT_THAT(
      all(open(
          "tensor<fp16, [2, 1, 2, 1]> l = constexpr_blockwise_shift_scale(data = tensor<int8, [2, 1, 2, 1]>([[[[1], [2]]], [[[3], "
          "[4]]]]), scale = tensor<fp16, [1, 1, 1, 1]>([[[[2]]]]))[name = string(\"l\")];\n"
          "tensor<uint1, [2, 3]> m, tensor<fp16, [3]> v = constexpr_lut_to_sparse(indices_mask = tensor<uint1, [2, 3]>([[0, 1, 0], [1, "
          "1, 0]]), indices_nonzero_data = tensor<uint1, [3]>([1, 0, 1]), lut = l)[name = string(\"v\")];\n"
          "tensor<fp16, [2, 3]> w = constexpr_sparse_to_dense(mask = m, nonzero_data = v)[name = string(\"w\")]")),
      ElementsAre(0, 4, 0, 6, 8, 0));
}

TEST_F(Elements, OfMoreThanAWindowAreTheSame) {
  constexpr int64_t count = 20011;
  Type type = Type::tensor(context, DType::UInt3, count);
  std::vector<int64_t> values(count);
  for (int64_t i = 0; i < count; ++i)
    values[size_t(i)] = i * i % 7;
  std::unique_ptr<ElementReader> elements = elementsOf(*Tensor::vector(DType::UInt3, values).toLiteral(context, type));
  ASSERT_TRUE(elements);
  std::vector<double> part(9973);
  ASSERT_TRUE(elements->read(5003, part, diags));
  for (size_t i = 0; i < part.size(); ++i)
    ASSERT_EQ(part[i], double(values[i + 5003])) << i;
  std::optional<Tensor> tensor = readAll(*elements, count, diags);
  ASSERT_TRUE(tensor);
  EXPECT_EQ(tensor->integer(count - 1), values.back());
  EXPECT_FALSE(readAll(*elements, count - 1, diags));
}

} // namespace
