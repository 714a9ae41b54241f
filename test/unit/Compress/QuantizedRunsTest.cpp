// The loops over vectors give what the same steps give one element at a time.
#include "QuantizedRuns.h"
#include "Parts.h"
#include "Rounding.h"
#include <gtest/gtest.h>

using namespace mil;

namespace {

const std::vector<QuantizationStep> steps = {
    {0.0078125f, 0, -127, 127, true}, {0.01f, 0, -8, 7, true},       {0x1p-24f, 0, -127, 127, true}, {512.0f, 128, 0, 255, true},
    {0x1p-20f, 7, 0, 15, true},       {3.7e-7f, 0, -127, 127, true}, {0.3f, -3, -8, 7, true},        {0.0078125f, 0, -127, 127, false},
    {0x1p-149f, 0, -127, 127, false}, {1e-3f, 100, 0, 255, false},   {3e36f, 0, -7, 7, false},
};

float rounded(float value, const QuantizationStep &step) { return step.isHalf ? roundedToHalf(value) : value; }
float integerOf(float value, const QuantizationStep &step) {
  float steps = std::clamp(rounded(value / step.scale, step), -1024.0f, 1024.0f);
  return std::clamp(std::nearbyint(steps) + step.offset, step.least, step.greatest);
}
float numberOf(float integer, const QuantizationStep &step) { return rounded((integer - step.offset) * step.scale, step); }

/// All finite fp16s; for fp32, these times some number.
std::vector<float> valuesFor(const QuantizationStep &step) {
  std::vector<float> values;
  for (uint32_t bits = 0; bits < 1 << 16; ++bits)
    if ((bits & 0x7C00) != 0x7C00)
      values.push_back(floatOfHalf(uint16_t(bits)) * (step.isHalf ? 1 : 1.0009765f));
  return values;
}

TEST(QuantizedRuns, AgreeWithSingleNumbers) {
  for (const QuantizationStep &step : steps) {
    std::vector<float> values = valuesFor(step), integers = values;
    quantizeRun(integers, step);
    std::vector<float> numbers = integers;
    dequantizeRun(numbers, step);
    for (size_t i = 0; i < values.size(); ++i) {
      ASSERT_EQ(integers[i], integerOf(values[i], step)) << values[i] << " in steps of " << step.scale;
      ASSERT_EQ(numbers[i], numberOf(integers[i], step)) << values[i] << " in steps of " << step.scale;
    }
  }
}

TEST(QuantizedRuns, DoNotWritePastTheirEnd) {
  for (size_t count = 0; count < 70; ++count) {
    std::vector<float> values(count + 1, 0.3f);
    quantizeRun(llvm::MutableArrayRef(values).take_front(count), steps[0]);
    EXPECT_EQ(std::count(values.begin(), values.end(), 38.0f), ptrdiff_t(count));
    EXPECT_EQ(values.back(), 0.3f);
    dequantizeRun(llvm::MutableArrayRef(values).take_front(count), steps[0]);
    EXPECT_EQ(std::count(values.begin(), values.end(), 0.296875f), ptrdiff_t(count));
    EXPECT_EQ(values.back(), 0.3f);
  }
}

TEST(QuantizedRuns, AddUpErrors) {
  for (const QuantizationStep &step : {steps[1], steps[8]})
    for (size_t count : {0, 1, 31, 256, 1000}) {
      std::vector<float> values = valuesFor(step);
      values.assign(values.begin() + 12000, values.begin() + 12000 + ptrdiff_t(count));
      double error = 0;
      for (float value : values)
        error += std::pow(double(numberOf(integerOf(value, step), step)) - double(value), 2);
      EXPECT_NEAR(errorOfRun(values, step, HUGE_VAL), error, error * 1e-6);
      if (error > 0)
        EXPECT_GT(errorOfRun(values, step, error / 2), error / 2); // ended early, or not
    }
}

TEST(QuantizedRuns, Ranges) {
  for (size_t count : {1, 7, 16, 33}) {
    std::vector<float> values(count, 2);
    values.back() = -3;
    Range range;
    extend(range, values);
    EXPECT_EQ(range.least, -3);
    EXPECT_EQ(range.greatest, count == 1 ? -3 : 2);
    EXPECT_TRUE(range.finite);
    for (float bad : {HUGE_VALF, -HUGE_VALF, NAN}) {
      values[count / 2] = bad;
      Range found;
      extend(found, values);
      EXPECT_FALSE(found.finite);
    }
  }
}

} // namespace
