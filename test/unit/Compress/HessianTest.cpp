#include "mil/Compress/Hessian.h"
#include <cmath>
#include <gtest/gtest.h>
#include <random>

using namespace mil;

namespace {

/// Inputs of a few directions with some noise: correlated, as those of real layers are.
std::vector<float> inputsOf(std::mt19937 &random, size_t count, size_t inputs, const std::vector<float> &directions, size_t rank) {
  std::normal_distribution<float> normal;
  std::vector<float> all(count * inputs);
  for (size_t v = 0; v < count; ++v)
    for (size_t r = 0; r < rank; ++r) {
      float by = normal(random);
      for (size_t i = 0; i < inputs; ++i)
        all[v * inputs + i] += by * directions[r * inputs + i] + 0.05f * normal(random);
    }
  return all;
}

double outputError(const std::vector<float> &a, const std::vector<float> &b, const std::vector<float> &x, size_t rows, size_t inputs) {
  double error = 0;
  for (size_t v = 0; v < x.size() / inputs; ++v)
    for (size_t row = 0; row < rows; ++row) {
      double y = 0;
      for (size_t i = 0; i < inputs; ++i)
        y += double(a[row * inputs + i] - b[row * inputs + i]) * double(x[v * inputs + i]);
      error += y * y;
    }
  return error;
}

} // namespace

// U' U is the inverse of H, damped.
TEST(Hessian, FactorOfTheInverse) {
  std::mt19937 random(1);
  const int64_t n = 12;
  std::normal_distribution<float> normal;
  std::vector<float> x(40 * n);
  for (float &value : x)
    value = normal(random);
  Hessian hessian(n);
  hessian.add(x);
  EXPECT_EQ(hessian.count(), 40);
  std::vector<int64_t> order = hessian.order(0);
  for (size_t i = 1; i < order.size(); ++i)
    EXPECT_GE(hessian.at(0, order[i - 1], order[i - 1]), hessian.at(0, order[i], order[i]));
  std::vector<float> u = hessian.factor(0, order);
  double mean = 0;
  for (int64_t i = 0; i < n; ++i)
    mean += hessian.at(0, i, i) / double(n);
  for (int64_t i = 0; i < n; ++i)
    for (int64_t j = 0; j < n; ++j) {
      double product = 0; // (H + damping) (U' U)
      for (int64_t k = 0; k < n; ++k) {
        double inverse = 0;
        for (int64_t m = 0; m < n; ++m)
          inverse += double(u[size_t(m * n + k)]) * double(u[size_t(m * n + j)]);
        product += (hessian.at(0, order[size_t(i)], order[size_t(k)]) + (i == k ? 0.01 * mean : 0)) * inverse;
      }
      EXPECT_NEAR(product, i == j ? 1 : 0, 1e-3) << i << " " << j;
      if (j < i)
        EXPECT_EQ(u[size_t(i * n + j)], 0);
    }
}

// Rounding to sixteen steps: on data that was not seen, the outputs are nearer than by rounding every weight by itself.
TEST(Hessian, BeatsRoundingOnHeldOutData) {
  std::mt19937 random(2);
  const size_t rows = 24, inputs = 48, rank = 6;
  std::normal_distribution<float> normal;
  std::vector<float> directions(rank * inputs), weight(rows * inputs);
  for (float &value : directions)
    value = normal(random);
  for (float &value : weight)
    value = normal(random);
  std::vector<float> seen = inputsOf(random, 300, inputs, directions, rank), held = inputsOf(random, 300, inputs, directions, rank);
  auto round = [](int64_t, int64_t, float value) { return std::clamp(std::nearbyint(value / 0.4f), -8.0f, 7.0f) * 0.4f; };
  std::vector<float> nearest = weight, byHessian = weight;
  for (float &value : nearest)
    value = round(0, 0, value);
  Hessian hessian{int64_t(inputs)};
  hessian.add(seen);
  roundByHessian(byHessian, int64_t(rows), hessian, round);
  EXPECT_LT(outputError(weight, byHessian, held, rows, inputs), 0.5 * outputError(weight, nearest, held, rows, inputs));
}

TEST(Hessian, WithoutDataRoundsToTheNearest) {
  Hessian hessian(4);
  std::vector<float> weight{0.4f, 1.6f, -0.7f, 2.2f};
  roundByHessian(weight, 1, hessian, [](int64_t, int64_t, float value) { return std::nearbyint(value); });
  EXPECT_EQ(weight, (std::vector<float>{0, 2, -1, 2}));
}

// Each group of rows is rounded by its own inputs.
TEST(Hessian, GroupsAreRoundedByTheirOwn) {
  std::mt19937 random(3);
  const size_t rows = 8, inputs = 12, count = 50;
  std::normal_distribution<float> normal;
  std::vector<float> both(count * 2 * inputs), halves[2], weight(rows * inputs);
  for (float &value : weight)
    value = normal(random);
  for (size_t i = 0; i < both.size(); ++i) {
    both[i] = normal(random) + (i % inputs ? 0.8f * both[i - 1] : 0);
    halves[i / inputs % 2].push_back(both[i]);
  }
  auto round = [](int64_t, int64_t, float value) { return std::nearbyint(value / 0.4f) * 0.4f; };
  Hessian whole(int64_t(inputs), 2);
  whole.add(both);
  std::vector<float> together = weight;
  roundByHessian(together, int64_t(rows), whole, round);
  std::vector<float> apart;
  for (size_t group = 0; group < 2; ++group) {
    Hessian one{int64_t(inputs)};
    one.add(halves[group]);
    std::vector<float> part(weight.begin() + ptrdiff_t(group * rows / 2 * inputs),
                            weight.begin() + ptrdiff_t((group + 1) * rows / 2 * inputs));
    roundByHessian(part, int64_t(rows / 2), one, round);
    apart.insert(apart.end(), part.begin(), part.end());
  }
  EXPECT_EQ(together, apart);
  EXPECT_NE(together, weight);
}
