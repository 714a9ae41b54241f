// Charts: names of a model are text, and figures add up.
#include "mil/View/Charts.h"
#include "mil/Text/Parser.h"
#include <gmock/gmock.h>

using namespace mil;
using testing::HasSubstr;
using testing::Not;

namespace {

constexpr llvm::StringLiteral loop = R"(program(1.3)
{
    func main<ios18>(tensor<int32, [1]> on, tensor<fp32, [4]> x) {
        tensor<bool, [1]> flag = cast(dtype = string("bool"), x = on)[name = string("flag")];
        tensor<fp32, [4]> y = cond(pred = flag)[name = string("y")] {
            tensor<fp32, [4]> inner = relu(x = x)[name = string("inner")];
        } -> (inner), {
            tensor<fp32, [4]> other = tanh(x = x)[name = string("other")];
        } -> (other);
    } -> (y);
}
)";

struct ChartsTest : testing::Test {
  Context context;
  DiagnosticEngine diags;
  std::unique_ptr<Program> program = std::move(*parseProgram(loop.str(), 0, context, diags));

  std::string flames(std::map<std::string, double> seconds, llvm::StringRef renamed = "", llvm::StringRef to = "") {
    TimedFunction timed{program->functions().front()};
    program->functions().front()->body().walk([&](Operation &op) {
      if (op.resultCount() == 0)
        return;
      std::string name = op.result()->name().str().str();
      timed.seconds[&op] = seconds.count(name) ? seconds[name] : 0;
      if (name == renamed)
        op.result()->setName(context.intern(to));
    });
    std::string text;
    llvm::raw_string_ostream out(text);
    drawFlames("title", timed, out);
    return text;
  }
};

TEST_F(ChartsTest, OperationsInBlocksCountOnce) {
  std::string page = flames({{"y", 0.75}, {"inner", 0.5}, {"flag", 0.25}});
  EXPECT_THAT(page, HasSubstr("Function main: 1.00 s"));
  EXPECT_THAT(page, HasSubstr("relu inner: 500.00 ms, 50.0 %"));
  EXPECT_THAT(page, HasSubstr("<td>cond<td>y<td class=\"number\">250.00 ms"));
  EXPECT_THAT(page, Not(HasSubstr("tanh"))); // which took no time
}

TEST_F(ChartsTest, SaysWhatDoesntFit) {
  std::string name(300, 'a');
  name += "\u00e4";
  std::string page = flames({{"y", 1}, {"flag", 1}}, "flag", name);
  EXPECT_THAT(page, HasSubstr("aaaa\u2026</text>"));
  EXPECT_THAT(page, Not(HasSubstr(name + "</text>")));
}

TEST_F(ChartsTest, NamesAreText) {
  std::string page = flames({{"y", 1}, {"flag", 1}}, "flag", "</title><script>alert(1)</script>");
  EXPECT_THAT(page, Not(HasSubstr("<script")));
  EXPECT_THAT(page, HasSubstr("&lt;script&gt;"));
  EXPECT_THAT(page, HasSubstr("default-src 'none'"));
}

TEST_F(ChartsTest, AxesHaveRoundFigures) {
  CurveChart chart;
  chart.points = {{40'000, 3.1}, {881'400, 49.9}};
  std::string text;
  llvm::raw_string_ostream out(text);
  drawCurve(chart, out);
  for (const char *figure : {">0 B<", ">200.0 kB<", ">800.0 kB<", ">0.0 dB<", ">10.0 dB<", ">50.0 dB<"})
    EXPECT_THAT(text, HasSubstr(figure));
  EXPECT_THAT(text, Not(HasSubstr(">881.4 kB<")));
}

TEST_F(ChartsTest, CurvesOfAnySizes) {
  CurveChart chart;
  chart.title = "<b>";
  chart.points = {{0, 12}, {uint64_t(1) << 40, INFINITY}};
  chart.chosen = chart.points[1];
  chart.weights.push_back({"<img src=x>", "fp16", "int8", 10, 5, 40.0});
  std::string text;
  llvm::raw_string_ostream out(text);
  drawCurve(chart, out);
  EXPECT_THAT(text, HasSubstr("1.1 TB, exact"));
  EXPECT_THAT(text, Not(HasSubstr("<img")));
  EXPECT_THAT(text, Not(HasSubstr("nan")));
  EXPECT_THAT(text, Not(HasSubstr("inf")));
}

} // namespace
