// Calibration: what data says about the weights of a model.
//
//   Result<Samples> samples = Samples::open("calibration/", diags);
//   Result<std::unique_ptr<Calibration>> data = Calibration::make(another, std::move(*samples), diags);   // a second copy of the model
//   compressModel(model, configs, diags, {.calibration = data->get()});
//
// Two things are learned by running the second copy, which stays as it is: the Hessians of layers, by which weights are rounded
// (mil/Compress/LayerInputs.h), and what the error of one weight costs the outputs. For the latter the model is run, on sixteen samples a function,
// with that one weight as it is when compressed and all others as they are: weights times such samples are so many runs.
//
// Random numbers are refused as data: they reach layers in other ways than what the model is for, and rounding by them would help nobody.
#pragma once

#include "mil/Compress/CompressedWeight.h"
#include "mil/Compress/LayerInputs.h"

namespace mil {

class Calibration {
public:
  ~Calibration();
  /// `model` must live as long as this; its constants are exchanged for runs and put back after them. Fails, reported, when the samples are
  /// random, or fit no function, or the model can't be run.
  static Result<std::unique_ptr<Calibration>> make(Model &model, Samples samples, DiagnosticEngine &diags);

  const Samples &samples() const { return data; }
  /// See LayerInputs::of.
  std::shared_ptr<const Hessian> hessianOf(size_t stage, llvm::StringRef function, llvm::StringRef weight) {
    return inputs->of(stage, function, weight);
  }
  /// A constant that is what a compressed form holds, by its names.
  struct Changed {
    size_t stage;
    llvm::StringRef function, weight;
    const CompressedWeight *form;
  };
  /// The noise of the outputs if some constants, and all that have their content, are changed: the mean, over all float outputs of all
  /// functions, of the mean squared error as a part of the squared peak. 10 · log10 of its inverse is a PSNR in dB. nullopt after a failure,
  /// which is reported.
  std::optional<double> noiseOf(llvm::ArrayRef<Changed> changes);

private:
  struct StandIn;
  Calibration(Model &model, Samples samples, DiagnosticEngine &diags);
  Status keepSamples();
  std::vector<std::pair<Operation *, std::string>> constantsLike(const Changed &changed) const;
  std::optional<double> noiseNow(const std::vector<std::string> &functions);
  const Literal *standInFor(const Literal &literal, const CompressedWeight &form);

  /// A sample that costs are measured on, with the outputs as they are.
  struct Kept {
    Sample sample;
    NamedValues outputs;
  };
  Model &model;
  Samples data;
  DiagnosticEngine &diags;
  std::vector<FunctionRun> runs;
  std::vector<Kept> kept;
  size_t outputs = 0; ///< float outputs of all functions that the samples are for
  std::unique_ptr<LayerInputs> inputs;
  llvm::DenseMap<const Literal *, std::unique_ptr<StandIn>> standIns; ///< of constants that were changed
};

} // namespace mil
