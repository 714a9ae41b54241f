// The remainder of division towards minus infinity.
#pragma once

#include <cmath>

namespace mil {

/// The result of std::fmod, computed faster if the quotient is exact: then x - y · quotient is a multiple of the units in the last place of
/// x and y, and so exact.
inline double exactRemainder(double x, double y) {
  double quotient = std::trunc(x / y);
  if (!(std::abs(quotient) < 0x1p52 && std::abs(y) <= 0x1p1000 && std::abs(y) >= 0x1p-900))
    return std::fmod(x, y);
  double rest = std::fma(-quotient, y, x);
  bool tooFar = rest != 0 && (rest < 0) != (x < 0); // the quotient was rounded up to the next integer
  return tooFar ? rest + std::copysign(y, x) : rest;
}

/// x - y · floor(x / y), rounded once; it has the sign of y.
inline double floorModulo(double x, double y) {
  double rest = exactRemainder(x, y);
  return rest == 0 ? std::copysign(0.0, y) : (rest < 0) != (y < 0) ? rest + y : rest;
}

} // namespace mil
