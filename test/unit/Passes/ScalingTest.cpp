// Every pass, and the default pipeline, takes time in proportion to the program, on programs made to provoke otherwise.
//
// Four times the operations may take nine times as long, which leaves room for caches and noise: what is quadratic takes sixteen times. A
// case that fails is measured again. MILC_SCALING_OPERATIONS is the larger size, to measure with.
#include "PathologicalPrograms.h"
#include "mil/IR/Cloning.h"
#include "mil/Pass/PassManager.h"
#include "mil/Passes/AllPasses.h"
#include <cstdlib>
#include <ctime>
#include <fmt/format.h>
#include <gtest/gtest.h>

using namespace mil;
using namespace mil::test;

namespace {

constexpr double mostTimesLonger = 9;
/// What takes less is not compared.
constexpr double tooShort = 0.01;

size_t largeSize() {
  const char *text = std::getenv("MILC_SCALING_OPERATIONS");
  return text ? size_t(std::strtoull(text, nullptr, 10)) : 8000;
}

std::unique_ptr<Program> copy(const Program &program) {
  auto result = std::make_unique<Program>(program.context());
  for (const Function *function : program.functions())
    cloneFunction(*function, *result, function->name());
  return result;
}

/// Seconds of processor time that passes take on a copy of a program; negative when they fail.
double measure(const Program &program, const PassList &passes) {
  std::unique_ptr<Program> subject = copy(program);
  DiagnosticEngine diags(llvm::errs());
  PassInstrumentation watch;
  watch.checkUnchanged = false;
  PassManager manager(allPasses(), watch);
  if (!manager.add(passes, diags))
    return -1;
  std::clock_t start = std::clock();
  bool ran = bool(manager.run(*subject, diags));
  double seconds = double(std::clock() - start) / CLOCKS_PER_SEC;
  return ran ? seconds : -1;
}

struct Scaling : testing::TestWithParam<Pathology> {
  Context context;
  std::unique_ptr<Program> small = build(GetParam(), context, largeSize() / 4), large = build(GetParam(), context, largeSize());

  void check(const std::string &name, const PassList &passes) {
    double now = measure(*large, passes), was = 0;
    ASSERT_GE(now, 0) << name << " failed";
    for (int attempt = 0; attempt < 3 && now > std::max(was * mostTimesLonger, tooShort); ++attempt) {
      was = measure(*small, passes);
      now = attempt ? measure(*large, passes) : now;
    }
    if (std::getenv("MILC_SCALING_OPERATIONS"))
      fmt::print("{:8.3f} s  {:8.3f} s  {}: {}\n", now, was, GetParam().name, name);
    EXPECT_LE(now, std::max(was * mostTimesLonger, tooShort)) << name;
  }
};

TEST_P(Scaling, EachPass) {
  ASSERT_TRUE(small && large);
  for (const PassInfo &pass : allPasses().passes())
    check(pass.name.str(), {PassCall{pass.name.str(), {}}});
}

TEST_P(Scaling, DefaultPipeline) {
  ASSERT_TRUE(small && large);
  check("default", expand(*findPipeline("default"), allPasses()));
}

INSTANTIATE_TEST_SUITE_P(Pathological, Scaling, testing::ValuesIn(pathologies().begin(), pathologies().end()),
                         [](const testing::TestParamInfo<Pathology> &info) { return std::string(info.param.name); });

} // namespace
