// palettize_weights: weights become indices into tables of few values.
//
//   w = const(val = W)
//     =>   w_palettized = constexpr_lut_to_dense()[indices = packed I, lut = L, shape = …]     before iOS18
//          w_palettized = constexpr_lut_to_dense(indices = I, lut = L)                         from iOS18 on
//
//   kmeans    L is the 2^nbits values that give the least sum of squared errors: the optimum, in most cases (mil/Compress/Clustering.h).
//             With cluster_dim, I has one index for so many channels, and L vectors (mil/Compress/VectorClustering.h).
//   uniform   L is 2^nbits values with equal steps from the least to the greatest weight, I the nearest of them.
//   unique    for weights of no more than 256 different values, as quantization leaves them: L is those values, sorted; the narrowest
//             indices that suffice. Other weights stay as they are.
//
// With one table for all, or one for each group of `group_size` channels, from iOS18 on. enable_per_channel_scale divides each output
// channel by its greatest magnitude before: from iOS26 on the scales are a constexpr_blockwise_shift_scale behind the table; before that
// they would be a part of the tables, of which each channel has one then, and gets the best one there is.
//
// Compressed are constants with two dimensions or more and more than `weight_threshold` elements, of fp16 and fp32, and, by their different
// values, of int8 and uint8. Left as they are, and counted by --stats: those with infinities or NaN, whose channels aren't a multiple of
// `group_size`, or whose readers don't agree which channels are which, unless there is one table. Indices are of 1, 2, 3, 4, 6 or 8 bits;
// before iOS18 there are none of 3. With joint_compression also what pruning left, where zeros cost no entry, and int8 data of quantized
// weights.
//
// With weighted=FILE.npz, tables are those of the least sum of squared errors times the numbers that the file has for the elements: the
// sensitivities of a weight's elements.
//
// A weight is read here once, and again when it is written, in windows.
//
// unique: exact. uniform: the indices and tables are coremltools'. kmeans: those of coremltools where it solves exactly (tensors of fp16
// and 10,000 elements or more), else no worse.
// Source: coremltools' compression::palettize_weights.
#include "patterns/Weights.h"

using namespace mil;

namespace {
struct PalettizeWeights : WeightPass {
  PalettizeWeights() : WeightPass("palettize_weights") {}
  ChoiceOption mode{*this, "mode", "How to compute the lookup table", {"kmeans", "uniform", "unique"}};
  ChoiceOption bits{*this, "nbits", "Number of bits of an index, for kmeans and uniform", {"4", "1", "2", "3", "6", "8"}};
  ChoiceOption granularity{*this, "granularity", "The unit that gets its own lookup table", {"per_tensor", "per_grouped_channel"}};
  Option<int64_t> groupSize{*this, "group_size", "Number of channels in a group, for per_grouped_channel", 32};
  Option<std::optional<int64_t>> channelAxis{*this, "channel_axis", "The dimension of the channels (default: output channels)"};
  Option<int64_t> clusterDim{*this, "cluster_dim", "Number of channels per index", 1};
  Option<bool> perChannelScale{*this, "enable_per_channel_scale", "First scale each output channel to a maximum magnitude of 1", false};
  Option<std::string> weighted{*this, "weighted",
                               "An .npz file with the importance of each element, in an array with the name of the weight", ""};
  Option<bool> exact{*this, "exact", "Compute optimal lookup tables for kmeans, however long that takes", false};

  const char *makeScheme(Scheme &scheme) const override {
    using Mode = PalettizeScheme::Mode;
    PalettizeScheme palettize;
    palettize.mode = mode.is("kmeans") ? Mode::KMeans : mode.is("uniform") ? Mode::Uniform : Mode::Unique;
    palettize.bits = unsigned((*bits)[0] - '0');
    if (granularity.is("per_grouped_channel") && groupSize < 1)
      return "group_size must be 1 or more";
    palettize.groupSize = granularity.is("per_grouped_channel") ? *groupSize : 0;
    palettize.channelAxis = *channelAxis;
    palettize.vector = clusterDim;
    palettize.perChannelScale = perChannelScale;
    palettize.exact = exact;
    scheme = palettize;
    return nullptr;
  }
  bool addTo(CompressionConfig &config, DiagnosticEngine &diags) const override {
    if ((*weighted).empty())
      return true;
    Result<Importance> importance = readImportance(*weighted, diags);
    if (importance)
      config.importance = std::move(*importance);
    return bool(importance);
  }
};
} // namespace

MIL_PASS(palettize_weights, PalettizeWeights,
         "Options instead of a configuration object (see milc compress), without user-defined functions; nbits defaults "
         "to 4. kmeans finds the optimal lookup table for scalars, or one within 0.01 % of it; zeros of pruned weights "
         "need no entry; lookup tables of integers are rounded, not truncated. enable_per_channel_scale applies to "
         "output channels. unique keeps the sign of zeros. Weights with infinities or NaN are not palettized. A weight "
         "whose users have different channel dimensions is only palettized with per_tensor.")
