#include "mil/Compress/Presets.h"
#include "llvm/ADT/STLExtras.h"

using namespace mil;

namespace {

Scheme palette(unsigned bits, int64_t group = 0) {
  PalettizeScheme scheme;
  scheme.bits = bits;
  scheme.groupSize = group;
  return scheme;
}

Scheme integers(DType type, int64_t block = 0) {
  QuantizeScheme scheme;
  scheme.dtype = type;
  if (block) {
    scheme.granularity = QuantizeScheme::Granularity::Block;
    scheme.blockSize = {block};
  }
  return scheme;
}

Scheme pruned(double sparsity) {
  PruneScheme scheme;
  scheme.mode = PruneScheme::Mode::Sparsity;
  scheme.sparsity = sparsity;
  return scheme;
}

Scheme ratio(int64_t n, int64_t m) {
  PruneScheme scheme;
  scheme.mode = PruneScheme::Mode::Ratio;
  scheme.n = n, scheme.m = m;
  return scheme;
}

} // namespace

llvm::ArrayRef<Preset> mil::presets() {
  static const std::vector<Preset> all = {
      {"int8", "8 bit integers, one scale per output channel: negligible loss", "iOS16", 8, {integers(DType::Int8)}},
      {"int4-block",
       "4 bit integers, one scale per 32 inputs of a channel: for large language models on GPUs",
       "iOS18",
       4.5,
       {integers(DType::Int4, 32)}},
      {"8bit-palette", "256 values per weight: less loss than int8 per tensor", "iOS16", 8, {palette(8)}},
      {"6bit-palette", "64 values per weight: usually as good as fp16", "iOS16", 6, {palette(6)}},
      {"4bit-palette", "16 values per weight: for the Neural Engine; a loss for some models", "iOS16", 4, {palette(4)}},
      {"4bit-palette-grouped", "16 values per 16 output channels: less loss than 4bit-palette", "iOS18", 4, {palette(4, 16)}},
      {"3bit-palette-grouped", "8 values per 16 output channels", "iOS18", 3, {palette(3, 16)}},
      {"2bit-palette-grouped",
       "4 values per 4 output channels: a large loss for most models without training",
       "iOS18",
       2,
       {palette(2, 4)}},
      {"pruned-50", "The smaller half of each weight is set to 0 and not stored", "iOS16", 9, {pruned(0.5)}},
      {"pruned-75", "The smallest three quarters of each weight are set to 0", "iOS16", 5, {pruned(0.75)}},
      {"pruned-2-4", "Two of every four inputs of conv and linear are set to 0", "iOS16", 9, {ratio(2, 4)}},
      {"pruned-50-int8", "Half pruned, the rest 8 bit integers", "iOS18", 5, {pruned(0.5), integers(DType::Int8)}},
      {"pruned-50-4bit-palette", "Half pruned, 16 values for the rest", "iOS18", 3, {pruned(0.5), palette(4)}},
  };
  return all;
}

const Preset *mil::findPreset(llvm::StringRef name) {
  llvm::ArrayRef<Preset> all = presets();
  const Preset *found = llvm::find_if(all, [&](const Preset &preset) { return preset.name == name; });
  return found == all.end() ? nullptr : found;
}

llvm::ArrayRef<Scheme> mil::schemesToChooseFrom() {
  static const std::vector<Scheme> all = {integers(DType::Int8),
                                          integers(DType::Int4, 32),
                                          palette(8),
                                          palette(6),
                                          palette(4),
                                          palette(3),
                                          palette(2),
                                          palette(1),
                                          palette(6, 16),
                                          palette(4, 16),
                                          palette(3, 16),
                                          palette(2, 16),
                                          palette(2, 4)};
  return all;
}
