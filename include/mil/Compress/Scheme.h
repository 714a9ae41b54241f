// Schemes: how a weight is stored in fewer bits. What the fields mean is what coremltools' OpLinearQuantizerConfig, OpPalettizerConfig,
// OpThresholdPrunerConfig and OpMagnitudePrunerConfig call so.
//
//   QuantizeScheme   integers with scales and offsets:       w ≈ scale · (q - offset)
//   PalettizeScheme  indices into tables of few values:      w ≈ table[index]
//   PruneScheme      small weights become 0, and are not stored
//
// Which operations hold the result is a matter of the function's opset; `whyNot` says what that, or the scheme itself, forbids.
#pragma once

#include "mil/IR/DType.h"
#include "mil/IR/Names.h"
#include "llvm/ADT/SmallVector.h"
#include <optional>
#include <string>
#include <variant>

namespace mil {

struct QuantizeScheme {
  enum class Granularity : uint8_t { Tensor, Channel, Block };
  DType dtype = DType::Int8; ///< int8, uint8, int4 or uint4
  bool symmetric = true;     ///< ranges around 0, or from the least to the greatest weight
  Granularity granularity = Granularity::Channel;
  /// For Block: how many input channels of one output channel are a block; or, with several, the size of a block in every dimension, 0
  /// for all of it.
  llvm::SmallVector<int64_t, 6> blockSize{32};
  /// Scales of least squared error rather than those that reach the greatest weight.
  bool leastError = false;
  bool operator==(const QuantizeScheme &) const = default;
};

struct PalettizeScheme {
  enum class Mode : uint8_t {
    KMeans,  ///< tables of least squared error
    Uniform, ///< equal steps from the least to the greatest weight
    Unique,  ///< for weights of few different values: exact
  };
  Mode mode = Mode::KMeans;
  unsigned bits = 4;                  ///< 1, 2, 3, 4, 6 or 8; not for Unique
  int64_t groupSize = 0;              ///< channels that share a table; 0: all
  std::optional<int64_t> channelAxis; ///< instead of that of the output channels
  int64_t vector = 1;                 ///< channels that one index stands for
  bool perChannelScale = false;       ///< each output channel is scaled to a greatest magnitude of 1 first
  bool exact = false;                 ///< the optimal tables, however long that takes
  bool operator==(const PalettizeScheme &) const = default;
};

struct PruneScheme {
  enum class Mode : uint8_t {
    Threshold, ///< magnitudes up to `threshold`, where that is a part of at least `minimumSparsity`
    Sparsity,  ///< the part `sparsity` of least magnitude
    Ratio,     ///< of every `m` along a dimension, the `n` of least magnitude
  };
  Mode mode = Mode::Threshold;
  double threshold = 1e-12, minimumSparsity = 0.5;
  double sparsity = 0;
  int64_t blockSize = 1; ///< for Sparsity: channels along `dim` that go or stay together
  int64_t n = 0, m = 0;
  std::optional<int64_t> dim; ///< the dimension of blocks, 0 (if not given) or 1; of ratios any, 1 if not given
  /// For Sparsity: exactly so many go, the first of equal magnitudes first, where coremltools lets all equal ones go.
  bool exactCount = false;
  bool operator==(const PruneScheme &) const = default;
};

using Scheme = std::variant<QuantizeScheme, PalettizeScheme, PruneScheme>;

/// In a few words: "int8 per channel", "4 bit palette by 16 channels", "pruned 2:4".
std::string describe(const Scheme &scheme);
/// Why a function of an opset can't have it, or the scheme contradicts itself; null when it is fine.
const char *whyNot(const Scheme &scheme, Opset opset);

} // namespace mil
