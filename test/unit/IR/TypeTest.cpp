#include "mil/IR/Type.h"
#include <gtest/gtest.h>

using namespace mil;

namespace {

struct TypeTest : testing::Test {
  Context context;
  Type tensor(DType element, std::vector<int64_t> dims) { return Type::tensor(context, element, dims); }
};

TEST_F(TypeTest, AreUnique) {
  EXPECT_EQ(tensor(DType::Float16, {1, 2}), tensor(DType::Float16, {1, 2}));
  EXPECT_NE(tensor(DType::Float16, {1, 2}), tensor(DType::Float16, {2, 1}));
  EXPECT_NE(tensor(DType::Float16, {1, 2}), tensor(DType::BFloat16, {1, 2}));
  EXPECT_NE(tensor(DType::Float16, {}), Type::unrankedTensor(context, DType::Float16));
  Type scalar = Type::scalar(context, DType::Int32);
  EXPECT_EQ(Type::list(context, scalar, 3), Type::list(context, scalar, 3));
  EXPECT_NE(Type::list(context, scalar, 3), Type::list(context, scalar, Type::unknown));
  EXPECT_NE(Type::list(context, scalar, 0), Type::tuple(context, scalar));
  EXPECT_NE(scalar, scalar.withProtoExtra(context, "x"));
  EXPECT_EQ(scalar.withProtoExtra(context, "x").protoExtra(), "x");
  EXPECT_EQ(Type::opaque(context, "tensor_buffer<fp16>"), Type::opaque(context, "tensor_buffer<fp16>"));
}

TEST_F(TypeTest, SurviveTheTextTheyWereMadeFrom) {
  std::vector<int64_t> dims{3, 4};
  Type type = tensor(DType::Int8, dims);
  dims = {9, 9};
  EXPECT_EQ(type.dim(0), 3);
  EXPECT_EQ(type.dim(-1), 4);
}

TEST_F(TypeTest, PrintAsMilText) {
  EXPECT_EQ(tensor(DType::Float16, {1, Type::unknown, 64}).str(), "tensor<fp16, [1, ?, 64]>");
  EXPECT_EQ(tensor(DType::Float16, {Type::variadic}).str(), "tensor<fp16, [...]>");
  EXPECT_EQ(Type::unrankedTensor(context, DType::Float32).str(), "tensor<fp32, ?>");
  Type string = Type::scalar(context, DType::String), fp64 = Type::scalar(context, DType::Float64);
  EXPECT_EQ(Type::dict(context, string, fp64).str(), "dict<string, fp64>");
  EXPECT_EQ(Type::list(context, tensor(DType::Int32, {2}), Type::unknown).str(), "list<tensor<int32, [2]>, ?>");
  EXPECT_EQ(Type::tuple(context, {}).str(), "tuple<>");
  EXPECT_EQ(Type::state(context, tensor(DType::Float16, {1})).str(), "state<tensor<fp16, [1]>>");
  std::string old;
  llvm::raw_string_ostream out(old);
  Type::dict(context, string, fp64).print(out, /*scalarsAsTensors=*/true);
  EXPECT_EQ(old, "dict<tensor<string, []>, tensor<fp64, []>>");
}

TEST_F(TypeTest, CountElementsWithoutOverflow) {
  EXPECT_EQ(tensor(DType::Int4, {2, 3}).elementCount(), 6);
  EXPECT_EQ(Type::scalar(context, DType::Bool).elementCount(), 1);
  EXPECT_EQ(tensor(DType::Bool, {1, Type::unknown}).elementCount(), std::nullopt);
  EXPECT_EQ(tensor(DType::Bool, {INT64_MAX, 3}).elementCount(), std::nullopt);
  EXPECT_EQ(tensor(DType::Bool, {INT64_MAX, 3, 0}).elementCount(), 0);
  EXPECT_FALSE(Type::unrankedTensor(context, DType::Bool).hasStaticShape());
}

TEST(DTypeTest, NamesAndNumbersAgree) {
  int count = 0;
  for (int number = 0; number < 64; ++number) {
    DType type = dtypeFromProto(number);
    if (type == DType::Invalid)
      continue;
    ++count;
    EXPECT_EQ(int(type), number);
    EXPECT_EQ(dtypeFromName(name(type)), type);
    if (auto code = toBlobDType(type)) {
      EXPECT_EQ(fromBlobDType(*code), type);
      EXPECT_EQ(bitWidth(*code), bitWidth(type));
      EXPECT_EQ(name(*code), name(type));
    }
  }
  EXPECT_EQ(count, 22);
  EXPECT_EQ(dtypeFromProto(-1), DType::Invalid);
  EXPECT_EQ(dtypeFromProto(1000), DType::Invalid);
  EXPECT_EQ(packedSize(DType::UInt3, 3), 2u);
  EXPECT_EQ(packedSize(DType::Float64, UINT64_MAX / 8), std::nullopt);
}

} // namespace
