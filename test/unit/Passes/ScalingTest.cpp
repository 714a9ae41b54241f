// Every pass, and the default pipeline, does work in proportion to the program, on programs made to provoke otherwise.
//
// Work is counted (mil/Support/Work.h), not timed, so that a busy machine changes nothing. Four times the operations may take six times
// the steps, which leaves room for logarithms and for what small programs save; what is quadratic takes sixteen times.
// MILC_SCALING_OPERATIONS sets the larger size and prints the counts.
#include "PathologicalPrograms.h"
#include "mil/IR/Cloning.h"
#include "mil/Pass/PassManager.h"
#include "mil/Passes/AllPasses.h"
#include "mil/Support/Work.h"
#include <cstdlib>
#include <fmt/format.h>
#include <gtest/gtest.h>

using namespace mil;
using namespace mil::test;

namespace {

constexpr uint64_t mostTimesTheWork = 6;

size_t largeSize() {
  const char *text = std::getenv("MILC_SCALING_OPERATIONS");
  return text ? size_t(std::strtoull(text, nullptr, 10)) : MILC_SCALING_SIZE;
}

std::unique_ptr<Program> copy(const Program &program) {
  auto result = std::make_unique<Program>(program.context());
  for (const Function *function : program.functions())
    cloneFunction(*function, *result, function->name());
  return result;
}

/// The steps that passes take on a copy of a program; nullopt when they fail.
std::optional<uint64_t> measure(const Program &program, const PassList &passes) {
  std::unique_ptr<Program> subject = copy(program);
  DiagnosticEngine diags(llvm::errs());
  PassInstrumentation watch;
  watch.checkUnchanged = false;
  PassManager manager(allPasses(), watch);
  if (!manager.add(passes, diags))
    return std::nullopt;
  uint64_t before = work::steps();
  if (!manager.run(*subject, diags))
    return std::nullopt;
  return work::steps() - before;
}

struct Scaling : testing::TestWithParam<Pathology> {
  Context context;
  std::unique_ptr<Program> small = build(GetParam(), context, largeSize() / 4), large = build(GetParam(), context, largeSize());

  void check(const std::string &name, const PassList &passes) {
    std::optional<uint64_t> ofSmall = measure(*small, passes), ofLarge = measure(*large, passes);
    ASSERT_TRUE(ofSmall && ofLarge) << name << " failed";
    if (std::getenv("MILC_SCALING_OPERATIONS"))
      fmt::print("{:12} {:12}  {}: {}\n", *ofLarge, *ofSmall, GetParam().name, name);
    EXPECT_LE(*ofLarge, *ofSmall * mostTimesTheWork) << name;
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
