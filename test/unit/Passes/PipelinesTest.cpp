// The named pipelines as a whole: what they name exists, and on real models (MILC_CORPUS_DIR) they keep programs valid, settle, but for odd
// ones at once, and give the same text each time.
#include "../RealModels.h"
#include "mil/Package/Package.h"
#include "mil/Pass/DiagnosticKinds.h"
#include "mil/Pass/PassManager.h"
#include "mil/Passes/AllPasses.h"
#include "mil/Text/Parser.h"
#include "mil/Text/Printer.h"
#include "mil/Verify/Verify.h"
#include <gtest/gtest.h>

using namespace mil;

namespace {

const llvm::StringRef leftOut[] = {
#define LEFT_OUT(NAMES, REASON) NAMES,
#include "LeftOut.def"
};

bool isLeftOut(llvm::StringRef pass) {
  std::string quoted = "`" + pass.str() + "`";
  return llvm::any_of(leftOut, [&](llvm::StringRef names) { return names.contains(quoted); });
}

TEST(Pipelines, NamePassesThatExistOrAreLeftOutForAReason) {
  for (const NamedPipeline &pipeline : namedPipelines())
    for (llvm::StringRef pass : pipeline.passes)
      EXPECT_NE(allPasses().find(pass) != nullptr, isLeftOut(pass)) << pipeline.name.str() << ": " << pass.str();
}

// ---- Models that run one after the other ------------------------------------

struct Stages : testing::Test {
  Context context;
  DiagnosticEngine diags;
  Model model;

  Stages() {
    model.pipeline = std::make_unique<Pipeline>();
    for (const char *body : {"tensor<bool, [2]> y = logical_not(x = x)[name = string(\"y\")]; } -> (y)",
                             "tensor<bool, [2]> dead = logical_not(x = x)[name = string(\"dead\")];\n"
                             "tensor<bool, [2]> z = logical_not(x = x)[name = string(\"z\")]; } -> (z)"}) {
      std::string text = "program(1.3)\n{\n    func main<ios17>(tensor<bool, [2]> x) {\n" + std::string(body) + ";\n}\n";
      auto parsed = parseProgram(text, diags.sources().add("test", context.intern(text).str()), context, diags);
      auto stage = std::make_unique<Model>();
      stage->program = std::move(*parsed);
      stage->description.emplace().main = describeFunction(*stage->program->functions().front());
      model.pipeline->models.push_back(std::move(stage));
    }
  }
  Result<bool> run(llvm::StringRef pass) {
    PassManager manager(allPasses());
    EXPECT_TRUE(manager.add({{pass.str(), {}}}, diags));
    return manager.run(model, diags);
  }
};

TEST_F(Stages, AreRewrittenEach) {
  Result<bool> changed = run("dead_code_elimination");
  ASSERT_TRUE(changed);
  EXPECT_TRUE(*changed);
  EXPECT_EQ(programText(*model.pipeline->models[1]->program).find("dead"), std::string::npos);
}

TEST_F(Stages, KeepTheirInterfaces) {
  EXPECT_FALSE(run("adjust_io_to_supported_types"));
  EXPECT_EQ(diags.diagnostics().back().kind, diag::PassChangedStage);
}

// ---- Real models ------------------------------------------------------------

constexpr unsigned mostRounds = 4;

/// Opens a model and runs a pipeline on it, at most the given number of times; returns its text, "" without a program.
std::string optimized(llvm::StringRef path, llvm::StringRef pipeline, unsigned rounds) {
  Context context;
  DiagnosticEngine diags;
  OpenOptions options;
  options.missingWeights = BlobResolver::Missing::Warn;
  Result<OpenedModel> opened = openModel(path, context, diags, options);
  if (!opened || !opened->model->program || !verifyModel(*opened->model, diags))
    return "";
  PassInstrumentation watch;
  watch.verifyEach = rounds == 1;
  watch.print = [](const Program &program, llvm::raw_ostream &out) { printProgram(program, out); };
  watch.out = &llvm::nulls();
  PassManager manager(allPasses(), watch);
  manager.setRounds(rounds);
  Result<PassList> passes = parsePipeline(pipeline, allPasses(), diags);
  if (!passes || !manager.add(*passes, diags) || !manager.run(*opened->model, diags))
    ADD_FAILURE() << path.str() << ", " << pipeline.str() << ": " << diags.diagnostics().back().message;
  for (const Diagnostic &each : diags.diagnostics())
    EXPECT_FALSE(each.kind == diag::PassesDidNotSettle) << path.str();
  return programText(*opened->model->program);
}

class RealModels : public testing::TestWithParam<const char *> {};

TEST_P(RealModels, StayValidAndSettle) {
  std::vector<std::string> paths = realModels({".mlpackage", ".mlmodelc"});
  SKIP_WITHOUT_MODELS(paths);
  size_t models = 0, atOnce = 0;
  for (const std::string &path : paths) {
    std::string once = optimized(path, GetParam(), 1);
    if (once.empty())
      continue;
    ++models;
    EXPECT_TRUE(once == optimized(path, GetParam(), 1)) << path << " becomes something else each time";
    atOnce += once == optimized(path, GetParam(), mostRounds);
  }
  EXPECT_GT(models, 0u);
  std::printf("%zu models, %zu of them settled in one round\n", models, atOnce);
  EXPECT_GE(atOnce * 100, models * 99);
}

INSTANTIATE_TEST_SUITE_P(Each, RealModels, testing::Values("default", "optimize", "cleanup"),
                         [](const testing::TestParamInfo<const char *> &info) { return std::string(info.param); });

} // namespace
