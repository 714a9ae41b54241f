// Samples: the inputs on which a model is run while it is compressed.
//
//   Result<Samples> samples = Samples::open("calibration.npz", diags);      // or a folder of such files
//   Result<std::vector<FunctionRun>> runs = functionRuns(model, diags);
//   Status done = samples->forEach(*runs, diags, [&](const Sample &sample) { …; return success(); });
//
// An .npz file contains an array for each input of a function, by name, and one or more samples: an array with one more dimension than its
// input, or whose first dimension is a multiple of the input's, is divided along its first dimension. So inputs of [1, 784] may come from
// arrays of [1, 784], [500, 784] or [500, 1, 784]. Numbers are rounded to the element type of the input.
//
// A file is a sequence: its samples are run one after the other and share states, which start at zero.
//
// In a model with several functions, a file is used for the functions whose inputs it contains. Only one file is in memory at a time.
#pragma once

#include "mil/Run/ModelRunner.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace mil {

/// A function of a model, or all of a pipeline, ready to run.
struct FunctionRun {
  std::string name; ///< "" for a pipeline
  std::unique_ptr<ModelRunner> runner;
};
/// Prepares all functions of a model, or a pipeline as a whole, for running. Fails like ModelRunner::make.
Result<std::vector<FunctionRun>> functionRuns(const Model &model, DiagnosticEngine &diags);

/// The inputs of one run of a function.
struct Sample {
  size_t function = 0; ///< the index of the run
  NamedValues inputs;
  bool isFirst = true; ///< of its sequence: states start at zero
};

/// Inputs for many runs: files that are read one sample at a time, or random numbers.
class Samples {
public:
  /// Opens a file, or all .npz files of a folder in the order of their names.
  static Result<Samples> open(llvm::StringRef path, DiagnosticEngine &diags);
  /// `count` samples of random numbers for each function, as in `milc run`: good enough to measure the effect of rounding on the outputs,
  /// but not for calibration.
  static Samples random(unsigned count);
  bool isRandom() const { return randoms != 0; }

  /// Calls `visit` for all samples until it fails: file by file, and for each function the samples of the file in order. Fails (reported)
  /// if a file can't be read or matches no function.
  Status forEach(llvm::ArrayRef<FunctionRun> runs, DiagnosticEngine &diags, llvm::function_ref<Status(const Sample &)> visit) const;
  /// Runs all samples and calls `visit` for each tensor of floats as it is made: inputs of functions and of nested blocks, results of
  /// operations. Values of a loop are visited each time around.
  Status forEachValue(llvm::ArrayRef<FunctionRun> runs, DiagnosticEngine &diags,
                      llvm::function_ref<void(const Value &, const Tensor &)> visit) const;

private:
  Status forFile(llvm::StringRef path, llvm::ArrayRef<FunctionRun> runs, DiagnosticEngine &diags,
                 llvm::function_ref<Status(const Sample &)> visit) const;
  std::vector<std::string> files;
  unsigned randoms = 0;
};

/// The error of an output of a compressed model over all samples.
struct OutputError {
  std::string function, name;
  uint64_t samples = 0;
  double psnr = 0;    ///< the peak to the root of the mean squared error, in dB; infinite for equal outputs
  double largest = 0; ///< difference
};

/// Runs both models on all samples and compares their common float outputs, including scores of classifiers.
Result<std::vector<OutputError>> outputErrors(const Model &before, const Model &after, const Samples &samples, DiagnosticEngine &diags);

/// Accumulates the differences of one output.
class OutputDifference {
public:
  /// Adds the values of the output in one run of each model.
  void add(const RuntimeValue &before, const RuntimeValue &after);
  bool isEmpty() const { return samples == 0; }
  /// The mean squared error divided by the squared peak; infinite if only one side is not finite.
  double noise() const;
  /// The error over all added values, for an output with these names.
  OutputError result(llvm::StringRef function, llvm::StringRef name) const;

private:
  uint64_t samples = 0, count = 0;
  double squares = 0, peak = 0, largest = 0;
  bool odd = false; ///< NaN or infinity on one side
};

} // namespace mil
