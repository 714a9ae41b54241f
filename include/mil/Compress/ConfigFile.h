// Configurations of compression in files, in the format of coremltools' OptimizationConfig:
//
//   config_type: OpPalettizerConfig          # the default for all entries
//   global_config:
//     nbits: 4
//   op_type_configs:
//     gather: null                           # not compressed
//   op_name_configs:
//     lm_head:
//       config_type: OpLinearQuantizerConfig
//       dtype: int8
//
// YAML, or JSON, which is YAML, too. The keys of an entry are those of its class: OpLinearQuantizerConfig (mode, dtype, granularity,
// block_size), OpPalettizerConfig (mode, nbits, granularity, group_size, channel_axis, cluster_dim, enable_per_channel_scale),
// OpThresholdPrunerConfig (threshold, minimum_sparsity_percentile), OpMagnitudePrunerConfig (target_sparsity, block_size, n_m_ratio, dim);
// all have weight_threshold. In addition to coremltools: calibrate (range, mse), exact, exact_count. lut_function is not supported, because
// it is code, and num_kmeans_workers has no effect.
#pragma once

#include "mil/Compress/WeightCompression.h"

namespace mil {

/// Reads a configuration. Errors have a location, and suggestions for misspelt keys and words.
Result<CompressionConfig> readCompressionConfig(llvm::StringRef path, DiagnosticEngine &diags);
/// The same from text in memory; `file` is its number in the engine's sources.
Result<CompressionConfig> parseCompressionConfig(llvm::StringRef text, uint32_t file, DiagnosticEngine &diags);
/// Writes a configuration that reads back as the same, with sorted names.
void printCompressionConfig(const CompressionConfig &config, llvm::raw_ostream &out);

} // namespace mil
