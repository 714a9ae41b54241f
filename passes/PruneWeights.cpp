// prune_weights: the smallest weights become 0, and zeros are not stored.
//
//   w = const(val = W)
//     =>   w_sparsified = constexpr_sparse_to_dense()[nonzero_data = N, mask = packed M, shape = …]     before iOS18
//          w_sparsified = constexpr_sparse_to_dense(nonzero_data = N, mask = M)                         from iOS18 on
//
// M has a 1 where W stays, N what stays, in order. One of, in this order:
//
//   n_m_ratio=N:M        of every M weights along dimension `dim`, the N of least magnitude become 0, the first of equal ones first
//   target_sparsity=S    those of magnitudes up to the S-quantile of all of a weight's magnitudes, so that all of equal ones go; with
//                        exact_count just so many, the first of equal ones first; with block_size=B, B channels along `dim` go together, by
//                        the root of the sum of their squares
//   threshold=T          those of magnitudes up to T, if that is a part of `minimum_sparsity_percentile` or more: else a mask isn't worth
//                        it
//
// Compressed are constants of fp16 and fp32 with two dimensions or more and more than `weight_threshold` elements; by n_m_ratio and
// block_size only weights of conv and linear. Left as they are, and counted by --stats: those with NaN, those of which nothing would stay,
// and those with fewer than two blocks, or two times M elements, along the dimension. With joint_compression also quantized and palettized
// weights, and only these.
//
// A weight is read up to four times here, and again when it is written, in windows; never is a weight in memory.
//
// The result is coremltools'. Source: coremltools' compression::prune_weights.
#include "patterns/Weights.h"

using namespace mil;

namespace {
struct PruneWeights : WeightPass {
  PruneWeights() : WeightPass("prune_weights") {}
  Option<double> threshold{*this, "threshold", "Prune magnitudes up to this", 1e-12};
  Option<double> minimum{*this, "minimum_sparsity_percentile",
                         "For threshold: only prune a weight if at least this fraction of its elements would become 0", 0.5};
  Option<std::optional<double>> sparsity{*this, "target_sparsity", "Prune this fraction of every weight, from 0 to less than 1"};
  Option<int64_t> blockSize{*this, "block_size", "For target_sparsity: the number of channels that are pruned together", 1};
  Option<bool> exactCount{*this, "exact_count", "For target_sparsity: don't prune more than this fraction if magnitudes are equal", false};
  Option<std::string> ratio{*this, "n_m_ratio", "Prune N of every M weights, as in 2:4"};
  Option<std::optional<int64_t>> dim{
      *this, "dim", "The dimension of the M weights of n_m_ratio (default 1), or of the channels of block_size (default 0)"};

  const char *makeScheme(Scheme &scheme) const override {
    using Mode = PruneScheme::Mode;
    PruneScheme prune;
    prune.threshold = threshold;
    prune.minimumSparsity = minimum;
    prune.blockSize = blockSize;
    prune.exactCount = exactCount;
    prune.dim = *dim;
    if (!ratio->empty()) {
      auto [first, second] = llvm::StringRef(*ratio).split(':');
      if (first.getAsInteger(10, prune.n) || second.getAsInteger(10, prune.m))
        return "n_m_ratio must be N:M, N less than M";
      prune.mode = Mode::Ratio;
    } else if (*sparsity) {
      prune.mode = Mode::Sparsity;
      prune.sparsity = **sparsity;
    }
    scheme = prune;
    return nullptr;
  }
};
} // namespace

MIL_PASS(prune_weights, PruneWeights,
         "Options instead of a configuration object (see milc compress). n_m_ratio works along any dimension, and both "
         "n_m_ratio and block_size work on compressed weights. Weights that would be removed completely, weights with "
         "NaN, and integers are not pruned.")
