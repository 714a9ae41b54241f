// Reproducible random numbers (SplitMix64): the same seed gives the same numbers on every machine.
//
//   Random random(7);
//   double x = random.uniform(); // 0 <= x < 1
//
// Not cryptographically secure.
#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>

namespace mil {

/// 2^64 divided by the golden ratio: numbers this far apart make good seeds.
constexpr uint64_t seedStep = 0x9e3779b97f4a7c15u;

/// The final mixing step of SplitMix64. The n-th number of a sequence can be computed directly as mixBits(seed + n).
constexpr uint64_t mixBits(uint64_t z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

/// 64 random bits as a number from 0 to below 1.
constexpr double unitInterval(uint64_t bits) { return double(bits >> 11) * 0x1p-53; }

/// A sequence of random numbers.
class Random {
public:
  explicit Random(uint64_t seed) : state(seed) {}

  uint64_t bits() { return mixBits(state += seedStep); }
  /// From 0 to below 1.
  double uniform() { return unitInterval(bits()); }
  /// From 0 to below `limit`, which is positive.
  int64_t below(int64_t limit) { return int64_t(bits() % uint64_t(limit)); }
  /// Normally distributed with mean 0 and standard deviation 1 (Box-Muller).
  double normal() {
    double radius = std::sqrt(-2 * std::log(1 - uniform()));
    return radius * std::cos(2 * std::numbers::pi * uniform());
  }

private:
  uint64_t state;
};

} // namespace mil
