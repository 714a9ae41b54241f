#include "mil/Support/Interrupt.h"
#include <gtest/gtest.h>

using namespace mil;

namespace {

TEST(Interrupt, EndsLongCallsOnRequestAndReportsItOnce) {
  DiagnosticEngine diags;
  EXPECT_TRUE(goOn(diags));
  bool stop = false;
  InterruptScope scope([&] { return stop; });
  EXPECT_TRUE(goOn(diags));
  stop = true;
  EXPECT_FALSE(goOn(diags));
  EXPECT_FALSE(goOn(diags));
  EXPECT_TRUE(scope.interrupted());
  ASSERT_EQ(diags.diagnostics().size(), 1u);
  EXPECT_EQ(diags.diagnostics().front().kind.slug(), "interrupted");
}

TEST(Interrupt, LastsAsLongAsItsScope) {
  DiagnosticEngine diags;
  {
    InterruptScope scope([] { return true; });
    EXPECT_FALSE(goOn(diags));
  }
  EXPECT_TRUE(goOn(diags));
}

} // namespace
