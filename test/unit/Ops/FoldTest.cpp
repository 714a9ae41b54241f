#include "mil/Ops/Fold.h"
#include "mil/IR/Builder.h"
#include <gmock/gmock.h>

using namespace mil;
using testing::ElementsAre;

namespace {

class Fold : public testing::Test {
protected:
  Context context;
  Program program{context};
  Function *function = program.addFunction(context.intern("main"), context.intern("CoreML7"));
  Builder builder = Builder::atEnd(function->body());
  DiagnosticEngine diags;
  unsigned names = 0;

  const Literal *vector(DType type, llvm::ArrayRef<double> values) {
    Tensor tensor(type, {int64_t(values.size())});
    tensor.write(0, values);
    return tensor.toLiteral(context, Type::tensor(context, type, {int64_t(values.size())}));
  }
  /// The one result of a call, as numbers; empty when it doesn't fold.
  std::vector<double> fold(llvm::StringRef op, llvm::ArrayRef<Builder::NamedBinding> bindings, const FoldOptions &options = {}) {
    Operation *call = builder.create(op, {{context.intern("y" + std::to_string(names++)), Type::scalar(context, DType::Bool)}}, bindings);
    llvm::SmallVector<const Literal *, 1> values = foldOperation(*call, diags, options);
    std::vector<double> numbers;
    if (!values.empty())
      for (uint64_t i = 0; i < values[0]->elementCount(); ++i)
        numbers.push_back(values[0]->elementAsDouble(i));
    return numbers;
  }
  std::vector<double> fold(llvm::StringRef op, DType type, llvm::ArrayRef<double> x, llvm::ArrayRef<double> y) {
    return fold(op, {{"x", vector(type, x)}, {"y", vector(type, y)}});
  }
};

TEST_F(Fold, IntegersWrapAround) {
  EXPECT_THAT(fold("add", DType::Int32, {2147483647}, {1}), ElementsAre(-2147483648.0));
  EXPECT_THAT(fold("mul", DType::Int32, {65536, -3}, {65536, 4}), ElementsAre(0, -12));
  EXPECT_THAT(fold("pow", DType::Int32, {3, 2}, {4, -1}), ElementsAre(81, 0));
}

TEST_F(Fold, DivisionsRoundTheirOwnWay) {
  EXPECT_THAT(fold("real_div", DType::Int32, {7, -7}, {2, 2}), ElementsAre(3, -3));
  EXPECT_THAT(fold("floor_div", DType::Int32, {7, -7}, {2, 2}), ElementsAre(3, -4));
  EXPECT_THAT(fold("mod", DType::Int32, {7, -7, 7}, {2, 2, -2}), ElementsAre(1, 1, -1));
  EXPECT_THAT(fold("mod", DType::Float32, {5.5, -5.5}, {2, 2}), ElementsAre(1.5, 0.5));
}

TEST_F(Fold, IntegersDontDivideByZero) {
  for (const char *op : {"real_div", "floor_div", "mod"})
    EXPECT_THAT(fold(op, DType::Int32, {1, 2}, {1, 0}), ElementsAre()) << op;
}

TEST_F(Fold, HalvesRoundOnce) {
  // 1 + 2^-11 is between two halves; in two steps, or truncated, it would be another.
  EXPECT_THAT(fold("add", DType::Float16, {1, 2048}, {0x1p-11, 1}), ElementsAre(1, 2048));
  EXPECT_THAT(fold("add", DType::Float16, {1 + 0x1p-10, 65504}, {0x1p-11, 32}), ElementsAre(1 + 0x1p-9, INFINITY));
}

TEST_F(Fold, NanWinsMaximum) {
  EXPECT_THAT(fold("maximum", DType::Float32, {NAN, 1}, {1, NAN}), ElementsAre(testing::IsNan(), testing::IsNan()));
}

TEST_F(Fold, RoundHalvesToEven) {
  EXPECT_THAT(fold("round", {{"x", vector(DType::Float32, {0.5, 1.5, 2.5, -0.5})}}), ElementsAre(0, 2, 2, 0));
}

TEST_F(Fold, DefaultEpsilonIsOfTheTypeOfX) {
  EXPECT_THAT(fold("log", {{"x", vector(DType::Float16, {0})}}), ElementsAre(-INFINITY));
  EXPECT_THAT(fold("inverse", {{"x", vector(DType::Float16, {0})}}), ElementsAre(10000));
}

TEST_F(Fold, CastTruncatesAndWraps) {
  EXPECT_THAT(fold("cast", {{"x", vector(DType::Float32, {1.9, -1.9, 300, NAN})}, {"dtype", Literal::string(context, "uint8")}}),
              ElementsAre(1, 255, 44, 0));
}

TEST_F(Fold, NothingAboveTheLimit) {
  std::vector<double> many(100, 1.0);
  const Literal *x = vector(DType::Float32, many);
  EXPECT_EQ(fold("exp", {{"x", x}}, {.maxElements = 99}).size(), 0u);
  EXPECT_EQ(fold("exp", {{"x", x}}, {.maxElements = 100}).size(), 100u);
}

TEST_F(Fold, ReadsConstantsOfEveryWidth) {
  for (DType type : {DType::Bool, DType::Int4, DType::UInt4, DType::UInt3, DType::UInt6, DType::UInt2, DType::UInt1, DType::Int8,
                     DType::UInt16, DType::Int64, DType::BFloat16, DType::Float64, DType::Float8E5M2}) {
    const Literal *literal = vector(type, {0, 1, 1, 0, 1});
    std::optional<Tensor> tensor = Tensor::fromLiteral(*literal, 100, &diags);
    ASSERT_TRUE(tensor) << name(type).str();
    EXPECT_EQ(tensor->number(1), 1);
    EXPECT_EQ(tensor->number(3), 0);
    EXPECT_TRUE(tensor->toLiteral(context, literal->type())->equals(*literal));
  }
  EXPECT_EQ(Tensor::fromLiteral(*vector(DType::Int4, {-8, 7}), 100, &diags)->integer(0), -8);
}

TEST_F(Fold, ConvolutionsThatTakeLongAreLeft) {
  auto zeros = [&](std::initializer_list<int64_t> dims) {
    return Tensor(DType::Float16, dims).toLiteral(context, Type::tensor(context, DType::Float16, dims));
  };
  EXPECT_THAT(fold("conv", {{"x", zeros({1, 1, 1000})}, {"weight", zeros({1, 1, 500})}}), testing::SizeIs(501));
  EXPECT_THAT(fold("conv", {{"x", zeros({1, 1, 500, 500})}, {"weight", zeros({1, 1, 200, 200})}}), testing::IsEmpty());
}

} // namespace
