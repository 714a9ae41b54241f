#include "mil/Compress/Scheme.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

using namespace mil;

namespace {

std::string join(llvm::ArrayRef<int64_t> sizes) {
  std::string text;
  for (int64_t size : sizes)
    text += (text.empty() ? "" : "x") + std::to_string(size);
  return text;
}

struct Describe {
  std::string operator()(const QuantizeScheme &scheme) const {
    std::string text = name(scheme.dtype).str() + (scheme.symmetric ? "" : " asymmetric");
    if (scheme.granularity == QuantizeScheme::Granularity::Tensor)
      text += " per tensor";
    else if (scheme.granularity == QuantizeScheme::Granularity::Channel)
      text += " per channel";
    else
      text += " by blocks of " + join(scheme.blockSize);
    return text + (scheme.leastError ? ", least error" : "");
  }
  std::string operator()(const PalettizeScheme &scheme) const {
    if (scheme.mode == PalettizeScheme::Mode::Unique)
      return "palette of all values";
    std::string text = std::to_string(scheme.bits) + " bit ";
    text += scheme.mode == PalettizeScheme::Mode::Uniform ? "uniform palette" : "palette";
    if (scheme.vector > 1)
      text += " of vectors of " + std::to_string(scheme.vector);
    text += scheme.groupSize ? " by " + std::to_string(scheme.groupSize) + " channels" : " per tensor";
    return text + (scheme.perChannelScale ? ", scaled per channel" : "");
  }
  std::string operator()(const PruneScheme &scheme) const {
    std::string text;
    llvm::raw_string_ostream out(text);
    if (scheme.mode == PruneScheme::Mode::Ratio)
      out << "pruned " << scheme.n << ":" << scheme.m;
    else if (scheme.mode == PruneScheme::Mode::Sparsity)
      out << "pruned " << llvm::format("%g", scheme.sparsity * 100) << " %";
    else
      out << "pruned up to " << llvm::format("%g", scheme.threshold);
    if (scheme.blockSize > 1)
      out << " by " << scheme.blockSize << " channels";
    return text;
  }
};

struct WhyNot {
  Opset opset;

  const char *operator()(const QuantizeScheme &scheme) const {
    bool inBlocks = scheme.granularity == QuantizeScheme::Granularity::Block;
    if (inBlocks && (scheme.blockSize.empty() || (scheme.blockSize.size() == 1 && scheme.blockSize[0] < 1) ||
                     llvm::any_of(scheme.blockSize, [](int64_t size) { return size < 0; })))
      return "block_size must be a number, or numbers separated by x";
    return opset < Opset::IOS18 && (inBlocks || bitWidth(scheme.dtype) < 8) ? "4 bits and blocks need iOS18" : nullptr;
  }
  const char *operator()(const PalettizeScheme &scheme) const {
    bool isUnique = scheme.mode == PalettizeScheme::Mode::Unique;
    if (!isUnique && !llvm::is_contained({1u, 2u, 3u, 4u, 6u, 8u}, scheme.bits))
      return "nbits must be 1, 2, 3, 4, 6 or 8";
    if (scheme.groupSize < 0)
      return "group_size must be 1 or more";
    if (scheme.vector < 1)
      return "cluster_dim must be 1 or more";
    if (scheme.vector > 1 && scheme.mode == PalettizeScheme::Mode::Uniform)
      return "uniform lookup tables can't have vectors: cluster_dim needs the mode kmeans or unique";
    if (scheme.perChannelScale && scheme.vector > 1)
      return "enable_per_channel_scale and cluster_dim exclude each other";
    if (opset < Opset::IOS18 && (scheme.groupSize || (!isUnique && scheme.bits == 3)))
      return "groups and 3 bits need iOS18";
    return opset < Opset::IOS18 && (scheme.vector > 1 || scheme.perChannelScale) ? "vectors and scales of channels need iOS18" : nullptr;
  }
  const char *operator()(const PruneScheme &scheme) const {
    bool isRatio = scheme.mode == PruneScheme::Mode::Ratio, inBlocks = scheme.blockSize != 1;
    if (isRatio && (scheme.n < 1 || scheme.n >= scheme.m || scheme.m > (1 << 14)))
      return "n_m_ratio must be N:M, N less than M";
    if (scheme.dim && (*scheme.dim < -5 || *scheme.dim > 4 || (inBlocks && *scheme.dim != 0 && *scheme.dim != 1)))
      return inBlocks ? "dim of blocks must be 0 or 1" : "dim must be the number of a dimension";
    if (!(scheme.threshold >= 0))
      return "threshold must be 0 or more";
    if (!(scheme.minimumSparsity >= 0 && scheme.minimumSparsity <= 1))
      return "minimum_sparsity_percentile must be from 0 to 1";
    if (scheme.mode == PruneScheme::Mode::Sparsity && !(scheme.sparsity >= 0 && scheme.sparsity < 1))
      return "target_sparsity must be from 0 to less than 1";
    if (inBlocks && scheme.blockSize < 1)
      return "block_size must be 1 or more";
    return inBlocks && scheme.mode != PruneScheme::Mode::Sparsity ? "block_size needs target_sparsity" : nullptr;
  }
};

} // namespace

std::string mil::describe(const Scheme &scheme) { return std::visit(Describe(), scheme); }
const char *mil::whyNot(const Scheme &scheme, Opset opset) { return std::visit(WhyNot{opset}, scheme); }
