// What fp16 breaks is found, and the set that stays in fp32 is enough and has nothing that could be left out.
#include "mil/Precision/HalfPrecision.h"
#include "mil/Text/Parser.h"
#include <cmath>
#include <gmock/gmock.h>

using namespace mil;
using testing::ElementsAre;
using testing::IsEmpty;

namespace {

class HalfPrecisionTest : public testing::Test {
protected:
  Context context;
  DiagnosticEngine diags;
  std::unique_ptr<Program> program;

  Result<HalfReport> find(const std::string &body, const std::string &outputs, llvm::ArrayRef<double> x, HalfOptions options = {}) {
    std::string size = std::to_string(x.size());
    std::string text = "program(1.3)\n{\nfunc main<ios17>(tensor<fp32, [" + size + "]> x) {\n" + body + "} -> (" + outputs + ");\n}\n";
    Result<std::unique_ptr<Program>> parsed = parseProgram(text, diags.sources().add("test.mil", text), context, diags);
    if (!parsed)
      return failure();
    program = std::move(*parsed);
    NamedValues inputs;
    Tensor tensor(DType::Float32, {int64_t(x.size())});
    tensor.write(0, x);
    inputs["x"] = std::move(tensor);
    options.run.threads = 1;
    return tryHalf(*program->function("main"), nullptr, {inputs}, options, diags);
  }
};

std::string op(const std::string &name, const std::string &call, int size = 2) {
  return "tensor<fp32, [" + std::to_string(size) + "]> " + name + " = " + call + "[name = string(\"" + name + "\")];\n";
}

TEST_F(HalfPrecisionTest, KeepsWhatOverflowsAndWhatReadsIt) {
  Result<HalfReport> report =
      find(op("a", "mul(x = x, y = x)") + op("b", "sqrt(x = a)") + op("c", "tanh(x = x)") + op("d", "mul(x = b, y = c)"), "d", {1000, -3});
  ASSERT_TRUE(report);
  EXPECT_EQ(report->free, 4u);
  EXPECT_TRUE(report->isReached);
  EXPECT_FALSE(report->halfIsEnough);
  EXPECT_THAT(report->kept, ElementsAre("a", "b"));
  EXPECT_EQ(report->allHalf, -INFINITY);
  EXPECT_GE(report->found, 40);
  EXPECT_EQ(report->operations.front().name, "a");
  EXPECT_EQ(report->operations.front().own.overflow, 1u);
  EXPECT_EQ(report->operations.front().own.count, 2u);
}

TEST_F(HalfPrecisionTest, ErrorsOfItsOwnAreNotInherited) {
  // Of two differences that nearly cancel the first is rounded, the second inherits that.
  Result<HalfReport> report = find(
      op("a", "add(x = x, y = fp32(1000))") + op("b", "sub(x = a, y = fp32(1000))") + op("c", "mul(x = b, y = fp32(2))"), "c", {0.1, 0.3});
  ASSERT_TRUE(report);
  auto named = [&](llvm::StringRef name) {
    return *llvm::find_if(report->operations, [&](const HalfOperation &each) { return each.name == name; });
  };
  EXPECT_LT(named("b").own.psnr(), 20); // takes 1000.1, which fp16 doesn't have
  EXPECT_GT(named("c").own.psnr(), 60);
  EXPECT_LT(named("c").total.psnr(), 20);
  EXPECT_THAT(report->kept, ElementsAre("a", "b"));
}

TEST_F(HalfPrecisionTest, NothingIsKeptWhereFp16IsEnough) {
  Result<HalfReport> report = find(op("a", "tanh(x = x)"), "a", {1, -3});
  ASSERT_TRUE(report);
  EXPECT_TRUE(report->halfIsEnough);
  EXPECT_TRUE(report->isReached);
  EXPECT_THAT(report->kept, IsEmpty());
  EXPECT_EQ(report->passes(), "add_fp16_cast,cast_optimization,dead_code_elimination");
}

TEST_F(HalfPrecisionTest, UnderflowIsCounted) {
  Result<HalfReport> report = find(op("a", "exp(x = x)"), "a", {-40, 0});
  ASSERT_TRUE(report);
  EXPECT_EQ(report->operations[0].total.underflow, 1u);
}

TEST_F(HalfPrecisionTest, ReportsTheBestReachablePrecision) {
  Result<HalfReport> report = find(op("a", "exp(x = x)"), "a", {1, 2}, {.target = {.psnr = 1000}});
  ASSERT_TRUE(report);
  EXPECT_FALSE(report->isReached);
  EXPECT_GT(report->allSingle, 100);
  EXPECT_LT(report->allSingle, 1000);
}

TEST_F(HalfPrecisionTest, NoOperationOfTheSetCanBeLeftOut) {
  // Twenty operations, of which every fifth overflows on its way.
  std::string body, last = "x";
  for (int i = 0; i < 20; ++i) {
    std::string name = "v" + std::to_string(i);
    std::string call = i % 5 == 2   ? "mul(x = " + last + ", y = fp32(60000))"
                       : i % 5 == 3 ? "mul(x = " + last + ", y = fp32(0.0000152587890625))"
                                    : "tanh(x = " + last + ")";
    body += op(name, call), last = name;
  }
  Result<HalfReport> report = find(body, last, {3, -0.5});
  ASSERT_TRUE(report);
  ASSERT_TRUE(report->isReached);
  unsigned before = report->trials;
  EXPECT_LT(before, 60u);
  // tanh keeps values below 1, and 60000 is within fp16: nothing has to stay.
  EXPECT_TRUE(report->halfIsEnough);
  report = find(op("w", "mul(x = x, y = fp32(100000))") + op("u", "mul(x = w, y = fp32(0.5))") + op("t", "mul(x = u, y = fp32(0.00001))") +
                    op("s", "tanh(x = t)") + op("r", "exp(x = s)") + op("q", "sin(x = r)"),
                "q", {3, -0.5});
  ASSERT_TRUE(report);
  // The constant of w is beyond fp16 already: it isn't free, and stays in fp32 anyway.
  EXPECT_EQ(report->free, 5u);
  EXPECT_THAT(report->kept, ElementsAre("u", "t"));
}

TEST_F(HalfPrecisionTest, RefusesWhatHasNoFloats) {
  std::string text = "program(1.3)\n{\nfunc main<ios17>(tensor<int32, [2]> x) {\ntensor<int32, [2]> y = add(x = x, y = x)[name = "
                     "string(\"y\")];\n} -> (y);\n}\n";
  Result<std::unique_ptr<Program>> parsed = parseProgram(text, diags.sources().add("test.mil", text), context, diags);
  ASSERT_TRUE(parsed);
  NamedValues inputs;
  inputs["x"] = Tensor(DType::Int32, {2});
  EXPECT_FALSE(tryHalf(*(*parsed)->function("main"), nullptr, {inputs}, {}, diags));
  EXPECT_TRUE(diags.hadError());
}

} // namespace
