#include "mil/Support/Half.h"
#include <gtest/gtest.h>
#include <random>

using namespace mil;

namespace {

uint64_t bitsOf(double value) { return std::bit_cast<uint64_t>(value); }

TEST(Half, AllAreReadAsNumbersReadsThem) {
  for (unsigned half = 0; half < 0x10000; ++half) {
    ASSERT_EQ(bitsOf(halfToDouble(uint16_t(half))), bitsOf(toDouble(FloatFormat::Half, half))) << half;
    ASSERT_EQ(halfFromDouble(toDouble(FloatFormat::Half, half)), half);
  }
}

/// A number near to those that rounding decides about, and any other.
TEST(Half, AllIsRoundedAsNumbersRounds) {
  auto check = [](double value) {
    for (double each : {value, -value}) {
      uint64_t wanted = fromDouble(FloatFormat::Half, each);
      EXPECT_EQ(halfFromDouble(each), wanted) << each;
      EXPECT_EQ(bitsOf(roundToHalf(each)), bitsOf(toDouble(FloatFormat::Half, wanted))) << each;
    }
  };
  for (unsigned half = 0; half < 0x7C00; ++half) {
    double value = toDouble(FloatFormat::Half, half), next = half == 0x7BFF ? 65536 : toDouble(FloatFormat::Half, half + 1);
    double middle = (value + next) / 2;
    for (double each : {middle, std::nextafter(middle, 0), std::nextafter(middle, 1e9), std::nextafter(value, 1e9)})
      check(each);
  }
  std::mt19937_64 random(1);
  for (int i = 0; i < 100000; ++i)
    check(std::bit_cast<double>(random()));
}

} // namespace
