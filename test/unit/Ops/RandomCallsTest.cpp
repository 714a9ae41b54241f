// What holds of every op: a call that inference accepts can be built, verified, folded to what was inferred, printed and parsed; one that
// is broken is refused or accepted, but never more than that.
#include "RandomCalls.h"
#include "mil/IR/Cloning.h"
#include "mil/Ops/Fold.h"
#include "mil/Text/Parser.h"
#include "mil/Text/Printer.h"
#include "mil/Verify/Verify.h"
#include <gtest/gtest.h>

using namespace mil;
using namespace mil::test;

namespace {

constexpr unsigned callsWanted = 24, triesAtMost = 20000, brokenCalls = 24;

std::string messages(const DiagnosticEngine &diags) {
  std::string text;
  llvm::raw_string_ostream out(text);
  for (const Diagnostic &diagnostic : diags.diagnostics())
    diags.print(diagnostic, out);
  return text;
}

void expectSound(const Program &program) {
  DiagnosticEngine diags;
  EXPECT_TRUE(verifyStructure(program, diags) && verifyOperations(program, diags)) << messages(diags) << programText(program);
}

void expectRoundTrip(const Program &program) {
  std::string text = programText(program);
  DiagnosticEngine diags;
  uint32_t file = diags.sources().add("call.mil", text);
  auto parsed = parseProgram(text, file, program.context(), diags);
  ASSERT_TRUE(parsed) << messages(diags) << text;
  expectSound(**parsed);
  EXPECT_EQ(programText(**parsed), text);
}

void expectFoldsToItsTypes(const Operation &op) {
  DiagnosticEngine diags;
  auto values = foldOperation(op, diags);
  if (values.empty())
    return;
  ASSERT_EQ(values.size(), op.resultCount());
  for (size_t i = 0; i < values.size(); ++i)
    EXPECT_TRUE(agrees(values[i]->type(), op.result(i)->type())) << values[i]->type().str() << programText(op.program());
}

/// Copies the program, breaks it, and calls everything on it.
void tryBroken(const Program &program, const OpVersion &version, Dice &dice) {
  Program copy(program.context());
  const Function &function = *program.functions().front();
  Operation &op = cloneFunction(function, copy, function.name())->body().back();
  ASSERT_TRUE(op.is(version.op));
  for (size_t times = 1 + dice.below(3); times; --times)
    breakCall(op, dice);
  DiagnosticEngine diags;
  FoldOptions small;
  small.maxElements = 4096;
  if (verifyOperations(copy, diags))
    (void)foldOperation(op, diags, small);
  else
    EXPECT_TRUE(diags.hadError()) << "refused without a word\n" << programText(copy);
}

struct RandomCallsTest : testing::TestWithParam<std::string> {};

TEST_P(RandomCallsTest, AreBuiltVerifiedPrintedParsedFolded) {
  for (const auto &version : Catalogue::get().find(GetParam())->versions) {
    Dice dice(1);
    unsigned accepted = 0;
    for (unsigned tries = 0; accepted < callsWanted && tries < triesAtMost; ++tries) {
      Context context;
      ModelBuilder model(context, version->since);
      Operation *op = randomCall(model, *version, dice);
      if (!op)
        continue;
      ++accepted;
      expectSound(op->program());
      expectRoundTrip(op->program());
      expectFoldsToItsTypes(*op);
      for (unsigned i = 0; i < brokenCalls; ++i)
        tryBroken(op->program(), *version, dice);
      if (HasFailure())
        return;
    }
    EXPECT_GT(accepted, 0u) << "no legal call in " << triesAtMost << " tries of " << signature(*version);
  }
}

std::vector<std::string> opNames() {
  std::vector<std::string> names;
  for (const OpDefinition *op : Catalogue::get().ops())
    names.push_back(op->name.str());
  return names;
}

INSTANTIATE_TEST_SUITE_P(Ops, RandomCallsTest, testing::ValuesIn(opNames()),
                         [](const testing::TestParamInfo<std::string> &info) { return info.param; });

} // namespace
