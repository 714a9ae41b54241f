// Compressing the weights of a model: all programs of it, by configurations that are applied one after the other.
//
//   CompressionConfig config = …;                              // from a file, a preset, or chosen for a size
//   Result<CompressionReport> report = compressModel(model, {config}, diags);
//
// The second configuration, and those after it, compress again what is compressed: prune, then quantize what is left. A failure leaves a
// model that must not be used. Functions of an opset before iOS16, which has no compressed constants, are raised to that, as coremltools
// does; `target` raises further.
//
// Configurations of activations come last, in any order with the others: the values inside the model, with its weights compressed, are
// rounded by their ranges in the samples of the calibration.
#pragma once

#include "mil/Compress/Activations.h"
#include "mil/Compress/Allocation.h"
#include "mil/Compress/Calibration.h"
#include "mil/Compress/WeightCompression.h"

namespace mil {

struct CompressOptions {
  /// The opset to raise all functions to; Unknown: iOS16 for those before it.
  Opset target = Opset::Unknown;
  /// Whether to measure the errors of all weights, which reads them once more.
  bool measure = false;
  /// What data says: weights are rounded by it, and chosen by what they cost the outputs. Null without data.
  Calibration *calibration = nullptr;
  /// How ranges of values are found, for configurations of activations.
  ActivationOptions::Range activationRange = ActivationOptions::Range::MinMax;
  /// Told of how many elements of weights are done, for each weight.
  std::function<void(uint64_t done, uint64_t total)> progress;
};

struct CompressionReport {
  std::vector<WeightChange> weights; ///< in the order of the program; a weight that was compressed twice has its last form
  std::vector<Scheme> schemes;       ///< that `weights` points to
  size_t activations = 0;            ///< values inside the model that are rounded
  size_t compressed() const;
};

Result<CompressionReport> compressModel(Model &model, llvm::ArrayRef<CompressionConfig> configs, DiagnosticEngine &diags,
                                        const CompressOptions &options = {});

/// What a model's constants take: those of 10 elements and more, each content once.
uint64_t constantBytes(const Model &model);

/// A choice of schemes for all weights of a model.
struct ChosenSchemes {
  CompressionConfig config;
  std::vector<WeightOptions> weights;
  Allocation allocation;
  std::vector<Allocation> curve;
  uint64_t otherBytes = 0; ///< of constants that are no weights
};
/// What is wanted: a size of all constants, or a signal-to-noise ratio in dB.
struct Wanted {
  std::optional<uint64_t> bytes;
  std::optional<double> decibels;
};
Result<ChosenSchemes> chooseSchemes(Model &model, Wanted wanted, DiagnosticEngine &diags, const CompressOptions &options = {},
                                    int64_t threshold = 2048);

} // namespace mil
