#include "mil/Pass/PassManager.h"
#include "mil/Pass/DiagnosticKinds.h"
#include "mil/Pass/Rewriter.h"
#include "mil/Text/Parser.h"
#include "mil/Text/Printer.h"
#include <gtest/gtest.h>

using namespace mil;

namespace {

struct Silent : Pass {
  PassResult run(PassRun &run) override {
    run.program.functions().front()->body().front().result()->setName(run.program.context().intern("renamed"));
    return PassResult::Unchanged;
  }
};
struct Breaker : Pass {
  PassResult run(PassRun &run) override {
    Block &body = run.program.functions().front()->body();
    body.back().moveBefore(&body.front());
    return PassResult::Changed;
  }
};
/// Replaces every exp as a test defines.
struct Replacer : PatternPass {
  Replacer() : PatternPass({"exp"}) {}
  bool rewrite(Operation &op, Rewriter &rewriter) override { return rewriting(op, rewriter); }
  static std::function<bool(Operation &, Rewriter &)> rewriting;
};
std::function<bool(Operation &, Rewriter &)> Replacer::rewriting;

template <typename P> std::unique_ptr<Pass> make() { return std::make_unique<P>(); }

struct PassManagerTest : testing::Test {
  DiagnosticEngine diags;
  Context context;
  PassRegistry registry;
  std::string log;
  llvm::raw_string_ostream out{log};
  std::unique_ptr<Program> program;

  PassManagerTest() {
    registry.add({"silent", "", "", make<Silent>, ""});
    registry.add({"breaker", "", "", make<Breaker>, ""});
    registry.add({"replacer", "", "", make<Replacer>, ""});
  }
  /// Runs a pass on a function with this body, and gives the text afterwards; "" for a failure.
  std::string run(llvm::StringRef pass, llvm::StringRef body, bool verify = true) {
    std::string text = "program(1.3)\n{\n    func main<ios16>(tensor<fp32, [2]> x) {\n" + body.str() + ";\n}\n";
    auto parsed = parseProgram(text, diags.sources().add("test", context.intern(text).str()), context, diags);
    if (!parsed) {
      ADD_FAILURE() << diags.diagnostics().back().message;
      return "";
    }
    program = std::move(*parsed);
    PassInstrumentation watch;
    watch.out = &out;
    watch.verifyEach = verify;
    watch.checkUnchanged = true;
    watch.print = [](const Program &program, llvm::raw_ostream &out) { printProgram(program, out); };
    PassManager manager(registry, watch);
    if (!manager.add({{pass.str(), {}}}, diags) || !manager.run(*program, diags))
      return "";
    return programText(*program);
  }
  bool reported(DiagKind kind) {
    return llvm::any_of(diags.diagnostics(), [&](const Diagnostic &each) { return each.kind == kind; });
  }
};

constexpr const char *two = "tensor<fp32, [2]> y = exp(x = x)[name = string(\"y\")];\n"
                            "tensor<fp32, [2]> z = sqrt(x = y)[name = string(\"z\")]; } -> (z)";

TEST_F(PassManagerTest, CatchesAHiddenChange) {
  EXPECT_EQ(run("silent", two), "");
  EXPECT_TRUE(reported(diag::PassHidChange));
}

TEST_F(PassManagerTest, NamesThePassThatBreaksAProgram) {
  EXPECT_EQ(run("breaker", two), "");
  EXPECT_TRUE(reported(diag::PassBrokeProgram));
  EXPECT_NE(log.find("// before breaker"), std::string::npos);
  EXPECT_NE(log.find("y = exp(x = x)"), std::string::npos);
}

TEST_F(PassManagerTest, UndoesARewriteThatGivesUp) {
  Replacer::rewriting = [](Operation &op, Rewriter &rewriter) {
    EXPECT_NE(rewriter.make("sqrt", {{"x", op.operand("x")}}), nullptr);
    // The catalogue has no such argument; what is made from nothing is nothing.
    Operation *refused = rewriter.create("sqrt", {{"nonsense", op.operand("x")}});
    EXPECT_EQ(refused, nullptr);
    Value *none = nullptr;
    EXPECT_EQ(rewriter.make("sqrt", {{"x", none}}), nullptr);
    return rewriter.replace(op, refused);
  };
  std::string text = run("replacer", two);
  EXPECT_NE(text.find("y = exp(x = x)"), std::string::npos);
  EXPECT_EQ(text.find("nonsense"), std::string::npos);
}

TEST_F(PassManagerTest, GivesAnOutputsNameToWhatReplacesIt) {
  Replacer::rewriting = [](Operation &op, Rewriter &rewriter) {
    return rewriter.replace(op, rewriter.make("sqrt", {{"x", op.operand("x")}}));
  };
  std::string text = run("replacer", "tensor<fp32, [2]> z = exp(x = x)[name = string(\"z\")]; } -> (z)");
  EXPECT_NE(text.find("z = sqrt(x = x)[name = string(\"z\")]"), std::string::npos) << text;
}

TEST_F(PassManagerTest, CopiesAnInputThatBecomesAnOutput) {
  Replacer::rewriting = [](Operation &op, Rewriter &rewriter) { return rewriter.replace(op, op.input("x")); };
  std::string text = run("replacer", "tensor<fp32, [2]> z = exp(x = x)[name = string(\"z\")];\n"
                                     "tensor<fp32, [2]> w = sqrt(x = z)[name = string(\"w\")]; } -> (z, w)");
  EXPECT_NE(text.find("z = identity(x = x)"), std::string::npos) << text;
  EXPECT_NE(text.find("w = sqrt(x = x)"), std::string::npos) << text;
}

TEST_F(PassManagerTest, RefusesToLoseCompressedConstants) {
  Replacer::rewriting = [](Operation &op, Rewriter &rewriter) {
    return rewriter.replace(op, rewriter.constant(rewriter.number(DType::Float32, 1)));
  };
  std::string text =
      run("replacer", "tensor<fp32, [2]> c = constexpr_affine_dequantize()[axis = int32(0), name = string(\"c\"), quantized_data = "
                      "tensor<int8, [2]>([1, 2]), scale = fp32(0.5), zero_point = int8(0)];\n"
                      "tensor<fp32, [2]> y = exp(x = c)[name = string(\"y\")];\n"
                      "tensor<fp32, [2]> z = sqrt(x = y)[name = string(\"z\")]; } -> (z)");
  EXPECT_NE(text.find("y = exp(x = c)"), std::string::npos) << text;
}

} // namespace
