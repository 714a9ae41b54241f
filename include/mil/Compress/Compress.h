// Compressing the weights of all programs of a model with configurations that are applied one after the other.
//
//   CompressionConfig config = …;                              // from a file, a preset, or chosen for a size
//   Result<CompressionReport> report = compressModel(model, {config}, diags);
//
// The second and later configurations compress weights that are already compressed, for example first prune, then quantize; weights that
// can't be compressed again are reported by warnings, or by an error if there are no others. After a failure the model must not be used.
// Functions of an opset before iOS16, which has no compressed constants, are raised to it, as in coremltools; `target` raises further.
//
// Configurations of activations are applied last, wherever they are in the list: the activations of the model with compressed weights are
// quantized by their ranges in the calibration samples.
#pragma once

#include "mil/Compress/Activations.h"
#include "mil/Compress/Allocation.h"
#include "mil/Compress/Calibration.h"
#include "mil/Compress/WeightCompression.h"

namespace mil {

/// Options of compressModel.
struct CompressOptions {
  /// The opset to raise all functions to; Unknown: iOS16 for functions of older opsets.
  Opset target = Opset::Unknown;
  /// Whether to measure the errors of all weights, which reads them once more.
  bool measure = false;
  /// Used to round weights, and to choose schemes by their effect on the outputs. Null if there is no data.
  Calibration *calibration = nullptr;
  /// The method to determine ranges, for configurations of activations.
  ActivationOptions::Range activationRange = ActivationOptions::Range::MinMax;
  /// Whether the first configuration, too, compresses again weights that are already compressed in the model.
  bool joint = false;
  /// Called to raise all functions to an opset after iOS16, and to rewrite operations that differ there (the pass raise_opset). Returning
  /// false is a failure. Null: operations are not rewritten; functions that would be invalid in the new opset are an error, or keep their
  /// opset if `target` is Unknown.
  std::function<bool(Model &, Opset)> raise;
  /// Called after each configuration that compresses weights again, to bring the program into the form that devices expect. Returning false
  /// is a failure.
  std::function<bool(Model &)> normalize;
  /// Called after each weight with the number of its elements.
  std::function<void(uint64_t done, uint64_t total)> progress;
};

/// The result of compressModel for each weight.
struct CompressionReport {
  std::vector<WeightChange> weights; ///< in program order, each once; errors and bytes are those after the last configuration
  std::vector<Scheme> schemes;       ///< the schemes that `weights` points to
  size_t activations = 0;            ///< values inside the model that are rounded
  /// The number of weights that were compressed.
  size_t compressed() const;
};

/// Compresses the weights, then the activations, of all programs of a model. Fails (reported) if a configuration contradicts itself or does
/// not suit the model, or if a weight can't be read.
Result<CompressionReport> compressModel(Model &model, llvm::ArrayRef<CompressionConfig> configs, DiagnosticEngine &diags,
                                        const CompressOptions &options = {});

/// The bytes of a model's constants with 10 or more elements; equal constants count once.
uint64_t constantBytes(const Model &model);

/// A choice of a scheme for each weight of a model.
struct ChosenSchemes {
  CompressionConfig config;
  std::vector<WeightOptions> weights;
  Allocation allocation;
  std::vector<Allocation> curve;
  uint64_t otherBytes = 0; ///< of constants that are not weights
};
/// The goal: a size of all constants, or a signal-to-noise ratio in dB.
struct Wanted {
  std::optional<uint64_t> bytes;
  std::optional<double> decibels;
};
/// Chooses a scheme for each weight with more than `threshold` elements so that the model reaches the goal with the least error, or in the
/// least space. Raises opsets as compressModel does, and does not change the weights. Fails (reported) if there is no program or no such
/// weight, if the size can't be reached, or if a weight can't be read.
Result<ChosenSchemes> chooseSchemes(Model &model, Wanted wanted, DiagnosticEngine &diags, const CompressOptions &options = {},
                                    int64_t threshold = 2048);

} // namespace mil
