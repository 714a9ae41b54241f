// WeightSurvey: what is known of each weight of a program, for people and for who chooses schemes: the facts behind `milc info
// --weights`.
//
// Weights are read in windows, once each; values are not kept.
#pragma once

#include "mil/Compress/Weights.h"

namespace mil {

struct WeightInfo {
  std::string function, name;
  Type type;          ///< of the weight as it is read by what is no constexpr_*
  std::string scheme; ///< "int8", "4 bit palette", "sparse int8", …: how it is stored; "" for a plain constant
  uint64_t elements = 0;
  uint64_t bytes = 0; ///< of all constants it is made of
  double least = 0, greatest = 0;
  uint64_t zeros = 0;               ///< elements that are 0
  bool isFinite = true;             ///< else `least` and `greatest` are those of the finite ones
  std::optional<uint64_t> distinct; ///< different values; none for more than 65,536 of fp32
  std::string pattern;              ///< "2:4", "4 output channels": which zeros lie together, if any
  std::vector<std::string> readers; ///< "linear 'y'", each operation once
};

/// The weights of all functions that have at least `minBytes`, in their order. Those whose file is missing have no values.
std::vector<WeightInfo> surveyWeights(const Program &program, uint64_t minBytes);

} // namespace mil
