#include "mil/Support/Numbers.h"
#include "llvm/ADT/APFloat.h"
#include "llvm/Support/Error.h"
#include <bit>
#include <cmath>
#include <cstdio>
#include <gtest/gtest.h>
#include <random>

using namespace mil;
using llvm::APFloat;

namespace {

struct Named {
  FloatFormat format;
  unsigned bits;
  const llvm::fltSemantics &semantics;
};

const Named formats[] = {
    {FloatFormat::Half, 16, APFloat::IEEEhalf()},
    {FloatFormat::BFloat, 16, APFloat::BFloat()},
    {FloatFormat::Single, 32, APFloat::IEEEsingle()},
    {FloatFormat::Double, 64, APFloat::IEEEdouble()},
    {FloatFormat::Float8E4M3FN, 8, APFloat::Float8E4M3FN()},
    {FloatFormat::Float8E5M2, 8, APFloat::Float8E5M2()},
};

std::string printed(FloatFormat format, uint64_t bits) {
  llvm::SmallString<32> out;
  printFloat(format, bits, out);
  return std::string(out);
}

uint64_t parsed(FloatFormat format, llvm::StringRef text) {
  ParsedFloat result = parseFloat(format, text);
  EXPECT_FALSE(result.error) << text.str();
  return result.bits;
}

APFloat reference(const Named &format, uint64_t bits) { return APFloat(format.semantics, llvm::APInt(format.bits, bits)); }

double widened(APFloat value) {
  bool lost;
  value.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven, &lost);
  return value.convertToDouble();
}

/// Printing, parsing, widening and narrowing again keep the bits; the text is C's "%a" of the widened value.
void expectFaithful(const Named &format, uint64_t bits) {
  std::string text = printed(format.format, bits);
  ASSERT_EQ(parsed(format.format, text), bits) << text;
  ASSERT_EQ(fromDouble(format.format, toDouble(format.format, bits)), bits) << text;
  APFloat value = reference(format, bits);
  if (value.isNaN()) {
    ASSERT_TRUE(std::isnan(toDouble(format.format, bits)));
    return;
  }
  double wide = widened(value);
  ASSERT_EQ(std::bit_cast<uint64_t>(toDouble(format.format, bits)), std::bit_cast<uint64_t>(wide)) << text;
  if (std::fpclassify(wide) != FP_SUBNORMAL) { // C prints those of double without normalising
    char expected[64];
    std::snprintf(expected, sizeof expected, "%a", wide);
    ASSERT_EQ(text, expected);
  }
}

TEST(Numbers, AllSmallFloatsKeepTheirBits) {
  for (const Named &format : formats)
    if (format.bits <= 16)
      for (uint64_t bits = 0; bits != uint64_t(1) << format.bits; ++bits)
        expectFaithful(format, bits);
}

TEST(Numbers, RandomFloatsKeepTheirBits) {
  std::mt19937_64 random(1);
  for (const Named &format : formats)
    if (format.bits > 16)
      for (int i = 0; i != 300'000; ++i) {
        uint64_t bits = random() >> (64 - format.bits);
        expectFaithful(format, bits);
        expectFaithful(format, bits & ((uint64_t(1) << (format.bits - 1 - i % 12)) - 1)); // subnormals and small numbers too
      }
}

TEST(Numbers, PrintsAsAppleDoes) {
  EXPECT_EQ(printed(FloatFormat::Half, 0x0001), "0x1p-24");
  EXPECT_EQ(printed(FloatFormat::Half, 0x00a8), "0x1.5p-17");
  EXPECT_EQ(printed(FloatFormat::Half, 0x03ff), "0x1.ff8p-15");
  EXPECT_EQ(printed(FloatFormat::Half, 0x8000), "-0x0p+0");
  EXPECT_EQ(printed(FloatFormat::Half, 0xfc00), "-inf");
  EXPECT_EQ(printed(FloatFormat::Single, 1), "0x1p-149");
  EXPECT_EQ(printed(FloatFormat::Single, std::bit_cast<uint32_t>(5.0f)), "0x1.4p+2");
  EXPECT_EQ(printed(FloatFormat::Double, 1), "0x1p-1074");
  EXPECT_EQ(printed(FloatFormat::Float8E4M3FN, 0x7e), "0x1.cp+8");
}

TEST(Numbers, NaNsKeepTheirBits) {
  EXPECT_EQ(printed(FloatFormat::Half, 0x7e00), "nan");
  EXPECT_EQ(printed(FloatFormat::Half, 0x7e01), "nan(0x7e01)");
  EXPECT_EQ(printed(FloatFormat::Half, 0xfe00), "nan(0xfe00)");
  EXPECT_EQ(printed(FloatFormat::BFloat, 0x7fc0), "nan");
  EXPECT_EQ(printed(FloatFormat::Single, 0x7f800001), "nan(0x7f800001)");
  EXPECT_EQ(printed(FloatFormat::Float8E4M3FN, 0x7f), "nan");
  EXPECT_EQ(printed(FloatFormat::Float8E4M3FN, 0xff), "nan(0xff)");
  EXPECT_EQ(printed(FloatFormat::Float8E5M2, 0x7d), "nan(0x7d)");
  EXPECT_EQ(parsed(FloatFormat::Half, "-nan"), 0xfe00u);
  EXPECT_EQ(parsed(FloatFormat::Half, "+nan"), 0x7e00u);
  EXPECT_EQ(parsed(FloatFormat::Float8E4M3FN, "-nan"), 0xffu);
}

TEST(Numbers, AcceptsMoreThanItPrints) {
  for (const char *text :
       {"1.5", "+1.5", "0x1.8p0", "0X1.8P+0", "0x3p-1", "0x.cp1", "0x18p-4", "15e-1", "1.5E0", "0.15e+1", "1.50000", "0x1.8"})
    EXPECT_EQ(parsed(FloatFormat::Half, text), 0x3e00u) << text;
  for (const char *text :
       {"0", "+0", "0.0", "0x0", "0x0p+0", "0e10", ".0", "0.", "1e-9999999999999999999999", "0x1p-99999999999999999999999"})
    EXPECT_EQ(parsed(FloatFormat::Half, text), 0u) << text;
  EXPECT_EQ(parsed(FloatFormat::Half, "-0"), 0x8000u);
  EXPECT_EQ(parsed(FloatFormat::Half, "-infinity"), 0xfc00u);
  EXPECT_EQ(parsed(FloatFormat::Half, "+inf"), 0x7c00u);
  EXPECT_EQ(parsed(FloatFormat::Double, "5e-324"), 1u);
  EXPECT_EQ(parsed(FloatFormat::Double, "2.2250738585072011e-308"), 0x000fffffffffffffu);
}

TEST(Numbers, RefusesInvalidFloats) {
  for (const char *text : {"",
                           "-",
                           "+",
                           "--1",
                           "+-1",
                           "-+1",
                           ".",
                           "1..",
                           "1.2.3",
                           "1e",
                           "1e+",
                           "e5",
                           "0x",
                           "0x.",
                           "0xp1",
                           "0x1p",
                           "0x1p+",
                           "0x1p1.5",
                           "0x1.2.3",
                           "0x1g",
                           "1 ",
                           " 1",
                           "1f",
                           "0b1",
                           "INF",
                           "in",
                           "infi",
                           "Nan",
                           "nan()",
                           "nan(0x)",
                           "nan(0x7e01",
                           "nan(7e01)",
                           "nan(0x7c00)",
                           "nan(0x3c00)",
                           "nan(0x17e01)",
                           "-nan(0x7e01)",
                           "nan(0x-1)",
                           "nan(0x+7e01)",
                           "nan(0x7e01) ",
                           "1_000",
                           "0x1p+ 1",
                           "1e 5"})
    EXPECT_EQ(parseFloat(FloatFormat::Half, text).error, FloatError::Malformed) << text;
  EXPECT_EQ(parseFloat(FloatFormat::Half, llvm::StringRef("1\0", 2)).error, FloatError::Malformed);
}

TEST(Numbers, OverflowOfALiteralIsAnError) {
  auto overflows = [](FloatFormat format, llvm::StringRef text) { return parseFloat(format, text).error == FloatError::Overflow; };
  EXPECT_EQ(parsed(FloatFormat::Half, "65519.999999999999999999999999"), 0x7bffu);
  EXPECT_TRUE(overflows(FloatFormat::Half, "65520"));
  EXPECT_TRUE(overflows(FloatFormat::Half, "-0x1p+16"));
  EXPECT_TRUE(overflows(FloatFormat::BFloat, "3.4e38"));
  EXPECT_TRUE(overflows(FloatFormat::Single, "3.4028235677973367e38"));
  EXPECT_EQ(parsed(FloatFormat::Single, "3.4028235677973366e38"), 0x7f7fffffu);
  EXPECT_TRUE(overflows(FloatFormat::Double, "1.8e308"));
  EXPECT_TRUE(overflows(FloatFormat::Double, "1e99999999999999999999"));
  EXPECT_TRUE(overflows(FloatFormat::Double, "0x1p+99999999999999999999"));
  EXPECT_EQ(parsed(FloatFormat::Float8E4M3FN, "464"), 0x7eu);
  EXPECT_TRUE(overflows(FloatFormat::Float8E4M3FN, "464.00000000000000000000001"));
  EXPECT_TRUE(overflows(FloatFormat::Float8E4M3FN, "inf"));
  EXPECT_EQ(parsed(FloatFormat::Float8E5M2, "61439.999999999999999999"), 0x7bu);
  EXPECT_TRUE(overflows(FloatFormat::Float8E5M2, "61440"));
}

/// Between each two neighbours: just below, at and just above the middle, as hexadecimal and as decimal with more digits than a double has.
TEST(Numbers, RoundsOnceInTheMiddleOfAllSmallFloats) {
  for (const Named &format : formats) {
    if (format.bits > 16)
      continue;
    for (uint64_t bits = 0; bits + 1 != uint64_t(1) << (format.bits - 1); ++bits) {
      double low = toDouble(format.format, bits), high = toDouble(format.format, bits + 1);
      if (!std::isfinite(low) || !std::isfinite(high))
        break;
      double middle = low + (high - low) / 2;
      ASSERT_EQ(fromDouble(format.format, middle), bits + (bits & 1));
      ASSERT_EQ(fromDouble(format.format, std::nextafter(middle, 0)), bits);
      ASSERT_EQ(fromDouble(format.format, std::nextafter(middle, HUGE_VAL)), bits + 1);
      if (format.bits == 16 && bits % 64 > 2)
        continue; // the decimals below have hundreds of digits
      char exact[512];
      int length = std::snprintf(exact, sizeof exact, "%.150f", middle);
      ASSERT_LT(length, 400);
      ASSERT_EQ(parsed(format.format, exact), bits + (bits & 1)) << exact;
      ASSERT_EQ(parsed(format.format, std::string(exact) + "1"), bits + 1) << exact;
      ASSERT_EQ(parsed(format.format, std::string(exact) + std::string(3000, '0') + "1"), bits + 1) << exact;
      // One less in the last place printed, and nines after it: just below the middle, but not a double apart.
      std::string below(exact);
      size_t last = below.find_last_of("123456789");
      --below[last];
      for (size_t i = last + 1; i != below.size(); ++i)
        if (below[i] == '0')
          below[i] = '9';
      ASSERT_EQ(parsed(format.format, below + std::string(2000, '9')), bits) << below;
      std::snprintf(exact, sizeof exact, "%a", middle);
      ASSERT_EQ(parsed(format.format, exact), bits + (bits & 1)) << exact;
    }
  }
}

TEST(Numbers, DecimalsRoundAsExactArithmeticDoes) {
  std::mt19937_64 random(2);
  for (const Named &format : formats)
    for (int i = 0; i != 50'000; ++i) {
      double value = std::bit_cast<double>(random());
      if (format.bits <= 32)
        value = std::ldexp(double(random() >> 11), int(random() % (format.bits == 32 ? 290 : 40)) - (format.bits == 32 ? 210 : 75));
      if (!std::isfinite(value))
        continue;
      char text[64];
      std::snprintf(text, sizeof text, "%.*e", int(random() % 19), value);
      APFloat expected(format.semantics);
      auto status = expected.convertFromString(text, APFloat::rmNearestTiesToEven);
      ASSERT_TRUE(bool(status));
      ParsedFloat result = parseFloat(format.format, text);
      ASSERT_EQ(result.error == FloatError::Overflow, (*status & APFloat::opOverflow) != 0 || !expected.isFinite()) << text;
      if (!result.error)
        ASSERT_EQ(result.bits, expected.bitcastToAPInt().getZExtValue()) << text;
    }
}

TEST(Numbers, VeryLongTextsTakeLinearTime) {
  std::string zeros(20'000'000, '0'), nines(20'000'000, '9');
  EXPECT_EQ(parsed(FloatFormat::Half, "0." + zeros + "1e20000001"), 0x3c00u);
  EXPECT_EQ(parsed(FloatFormat::Half, "2049." + zeros + "1"), 0x6801u);
  EXPECT_EQ(parsed(FloatFormat::Half, "0." + nines), 0x3c00u);
  EXPECT_EQ(parsed(FloatFormat::Half, "0x0." + zeros + "1p80000004"), 0x3c00u);
  EXPECT_EQ(parsed(FloatFormat::Half, "0x1." + zeros + "1"), 0x3c00u);
  EXPECT_EQ(parsed(FloatFormat::Half, "0x1" + zeros + "p-80000000"), 0x3c00u);
}

TEST(Numbers, FromFloatRoundsOnce) {
  EXPECT_EQ(fromFloat(FloatFormat::Half, 0x1.002p+0f), 0x3c00u);    // the middle: to even
  EXPECT_EQ(fromFloat(FloatFormat::Half, 0x1.002002p+0f), 0x3c01u); // just above it
  EXPECT_EQ(fromFloat(FloatFormat::Half, 1e10f), 0x7c00u);
  EXPECT_EQ(fromFloat(FloatFormat::Float8E4M3FN, 1e10f), 0x7fu);
  EXPECT_EQ(fromFloat(FloatFormat::Float8E4M3FN, -HUGE_VALF), 0xffu);
}

} // namespace
