// WeightSurvey: statistics of each weight of a program, for `milc info --weights`.
//
//   for (const WeightInfo &weight : surveyWeights(program, 1 << 20))
//     llvm::outs() << weight.name << ": " << weight.bytes << " bytes\n";
//
// Weights are read in windows, once each; values are not kept.
#pragma once

#include "mil/Compress/Weights.h"

namespace mil {

/// Statistics of one weight.
struct WeightInfo {
  std::string function, name;
  Type type;          ///< the type after decompression
  std::string scheme; ///< how it is stored: "int8", "4 bit palette", "sparse int8", …; "" for a plain constant
  uint64_t elements = 0;
  uint64_t bytes = 0; ///< of all constants that it consists of
  double least = 0, greatest = 0;
  uint64_t zeros = 0;               ///< elements that are 0
  bool isFinite = true;             ///< else `least` and `greatest` are those of the finite ones
  std::optional<uint64_t> distinct; ///< number of different values; nullopt for more than 65,536 of fp32
  std::string pattern;              ///< the structure of zeros, "2:4 along dimension 1", if any
  std::vector<std::string> readers; ///< the operations that use it, each once: "linear 'y'"
};

/// The bytes of all constants that a compressed weight consists of; `op` is the last of its operations.
uint64_t compressedBytes(const Operation &op);

/// The weights of all functions with at least `minBytes`, in program order. Weights whose file is missing have no values.
std::vector<WeightInfo> surveyWeights(const Program &program, uint64_t minBytes);

} // namespace mil
