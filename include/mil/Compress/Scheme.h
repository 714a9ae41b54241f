// Schemes: ways to store a weight in fewer bits. The fields correspond to those of coremltools' OpLinearQuantizerConfig,
// OpPalettizerConfig, OpThresholdPrunerConfig and OpMagnitudePrunerConfig.
//
//   QuantizeScheme   integers with scales and offsets:       w ≈ scale · (q - offset)
//   PalettizeScheme  indices into tables of few values:      w ≈ table[index]
//   PruneScheme      small weights become 0, and are not stored
//
// The operations that represent the result depend on the opset of the function; `whyNot` returns the reason if the opset doesn't support a
// scheme.
#pragma once

#include "mil/IR/DType.h"
#include "mil/IR/Names.h"
#include "llvm/ADT/SmallVector.h"
#include <optional>
#include <string>
#include <variant>

namespace mil {

/// Linear quantization to integers with scales.
struct QuantizeScheme {
  enum class Granularity : uint8_t { Tensor, Channel, Block };
  DType dtype = DType::Int8; ///< int8, uint8, int4 or uint4
  bool symmetric = true;     ///< the range is symmetric around 0, else from the least to the greatest weight
  Granularity granularity = Granularity::Channel;
  /// For Block: the number of input channels per block of an output channel; or, with several numbers, the size of a block in each
  /// dimension, 0 for the whole dimension.
  llvm::SmallVector<int64_t, 6> blockSize{32};
  /// Choose scales with the least squared error instead of the full range.
  bool leastError = false;
  bool operator==(const QuantizeScheme &) const = default;
};

/// Indices into tables of values.
struct PalettizeScheme {
  enum class Mode : uint8_t {
    KMeans,  ///< tables of least squared error
    Uniform, ///< equal steps from the least to the greatest weight
    Unique,  ///< for weights of few different values: exact
  };
  Mode mode = Mode::KMeans;
  unsigned bits = 4;                  ///< 1, 2, 3, 4, 6 or 8; not for Unique
  int64_t groupSize = 0;              ///< channels that share a table; 0: all
  std::optional<int64_t> channelAxis; ///< default: the output channels
  int64_t vector = 1;                 ///< number of channels per index
  bool perChannelScale = false;       ///< each output channel is scaled to a greatest magnitude of 1 first
  bool exact = false;                 ///< compute optimal tables, however long that takes
  bool operator==(const PalettizeScheme &) const = default;
};

/// Setting the weights with the least magnitudes to zero; only the others are stored.
struct PruneScheme {
  enum class Mode : uint8_t {
    Threshold, ///< prune magnitudes up to `threshold`, if at least the fraction `minimumSparsity` is pruned
    Sparsity,  ///< prune the fraction `sparsity` with the least magnitudes
    Ratio,     ///< of every `m` elements along a dimension, prune the `n` with the least magnitudes
  };
  Mode mode = Mode::Threshold;
  double threshold = 1e-12, minimumSparsity = 0.5;
  double sparsity = 0;
  int64_t blockSize = 1; ///< for Sparsity: the number of channels along `dim` that are pruned together
  int64_t n = 0, m = 0;
  std::optional<int64_t> dim; ///< the dimension of blocks, 0 (default) or 1; of ratios any (default 1)
  /// For Sparsity: prune exactly that many elements, the first of equal magnitudes first; coremltools prunes all of equal magnitude.
  bool exactCount = false;
  bool operator==(const PruneScheme &) const = default;
};

/// One of the schemes.
using Scheme = std::variant<QuantizeScheme, PalettizeScheme, PruneScheme>;

/// A short text: "int8 per channel", "4 bit palette by 16 channels", "pruned 2:4".
std::string describe(const Scheme &scheme);
/// The reason why an opset doesn't support the scheme, or why the scheme is inconsistent; null if it is valid.
const char *whyNot(const Scheme &scheme, Opset opset);

} // namespace mil
