// Calibration: measuring with data how the errors of weights affect the outputs of a model.
//
//   Result<Samples> samples = Samples::open("calibration/", diags);
//   Result<std::unique_ptr<Calibration>> data = Calibration::make(another, std::move(*samples), diags);   // a second copy of the model
//   compressModel(model, configs, diags, {.calibration = data->get()});
//
// Two things are measured by running the second copy, which is not compressed: the Hessians of layers, which are used to round weights
// (mil/Compress/LayerInputs.h), and the effect of the error of each weight on the outputs. For the latter the model is run on sixteen
// samples of each function with only that weight compressed, which takes one run per weight and sample.
//
// Random numbers are rejected as data, because they don't represent real inputs and rounding by them has no benefit.
#pragma once

#include "mil/Compress/CompressedWeight.h"
#include "mil/Compress/LayerInputs.h"

namespace mil {

/// A model with samples of its inputs, which is run to measure the effect of errors of weights.
class Calibration {
public:
  ~Calibration();
  /// `model` must outlive this object; its constants are exchanged for runs and restored afterwards. Fails (reported) if the samples are
  /// random or match no function, or if the model can't be run.
  static Result<std::unique_ptr<Calibration>> make(Model &model, Samples samples, DiagnosticEngine &diags);

  const Samples &samples() const { return data; }
  /// See LayerInputs::of.
  std::shared_ptr<const Hessian> hessianOf(size_t stage, llvm::StringRef function, llvm::StringRef weight) {
    return inputs->of(stage, function, weight);
  }
  /// A constant, selected by its model, function and name, with its compressed value.
  struct Changed {
    size_t stage;
    llvm::StringRef function, weight;
    const CompressedWeight *form;
  };
  /// The noise of the outputs if some constants, and all constants with the same content, are replaced by their compressed values: the
  /// mean, over all float outputs of all functions, of the mean squared error divided by the squared peak. 10 · log10 of its inverse is a
  /// PSNR in dB. nullopt after an error (reported).
  std::optional<double> noiseOf(llvm::ArrayRef<Changed> changes);

private:
  struct StandIn;
  Calibration(Model &model, Samples samples, DiagnosticEngine &diags);
  Status keepSamples();
  std::vector<std::pair<Operation *, std::string>> constantsLike(const Changed &changed) const;
  std::optional<double> noiseNow(const std::vector<std::string> &functions);
  const Literal *standInFor(const Literal &literal, const CompressedWeight &form);

  /// A sample for measuring noise, with the outputs of the unchanged model.
  struct Kept {
    Sample sample;
    NamedValues outputs;
  };
  Model &model;
  Samples data;
  DiagnosticEngine &diags;
  std::vector<FunctionRun> runs;
  std::vector<Kept> kept;
  size_t outputs = 0; ///< number of float outputs of all functions that have samples
  std::unique_ptr<LayerInputs> inputs;
  llvm::DenseMap<const Literal *, std::unique_ptr<StandIn>> standIns; ///< of constants that were changed
};

} // namespace mil
