// The common part of commands that run models: opening models, options of running, and inputs.
#pragma once

#include "CommandLine.h"
#include "mil/Arrays/WriteArrays.h"
#include "mil/Run/Inputs.h"
#include <map>

namespace milc {

/// The names of precisions: "declared", "fp32" and "exact".
const std::map<std::string, mil::Precision> &precisions();

/// Options of running a model.
struct RunSettings {
  mil::RunOptions run;
  mil::OpenOptions open;
  std::optional<uint64_t> randomWeights;
  void addTo(CLI::App &app);
};

/// A model that can be run, with the opened models that it refers to.
struct Runnable {
  std::vector<mil::OpenedModel> models;
  std::unique_ptr<mil::ModelRunner> runner;
};
/// Opens a model, or the parts that `milc split` wrote.
mil::Result<Runnable> openRunnable(llvm::StringRef path, llvm::StringRef function, mil::Context &context, const RunSettings &settings,
                                   mil::DiagnosticEngine &diags);

/// The inputs that a command line specifies.
struct InputChoice {
  std::vector<std::string> files;          ///< .npz files, one per step
  std::vector<std::string> inputs, shapes; ///< NAME=WHAT, NAME=1x64
  uint64_t seed = 0;
  size_t stepCount = 0;
  /// --seed also sets the seed of `run`. `filesOption`: the name of the option for files.
  void addTo(CLI::App &app, mil::RunOptions &run, const char *filesOption = "--inputs");
  size_t steps() const { return std::max<size_t>(stepCount, std::max<size_t>(1, files.size())); }
};
/// All arrays of a file, by name, within the memory of a run. Reports an error for an .npy file, whose array has no name.
mil::Result<mil::NamedArrays> readNamedArrays(const mil::ModelRunner &runner, llvm::StringRef path, mil::DiagnosticEngine &diags);
/// The inputs of a step: those in the file of the step, those given by name, and random values for the others.
mil::Result<mil::NamedValues> inputsOf(const mil::ModelRunner &runner, const InputChoice &choice, size_t step,
                                       mil::DiagnosticEngine &diags);

/// After a failed run: reports notes about the inputs whose unknown sizes were chosen automatically, and how to set them.
void noteChosenSizes(const mil::ModelRunner &runner, const InputChoice &choice, const mil::NamedValues &inputs,
                     mil::DiagnosticEngine &diags);

/// Shows the progress of a run on standard error if it takes longer than two seconds; null unless standard error is a terminal.
std::function<void(size_t done, size_t all)> terminalRunProgress();

} // namespace milc
