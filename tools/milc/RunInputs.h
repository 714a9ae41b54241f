// What commands that run models have in common: how they are opened, how they compute, what they are given.
#pragma once

#include "CommandLine.h"
#include "mil/Arrays/WriteArrays.h"
#include "mil/Run/Inputs.h"
#include <map>

namespace milc {

/// "declared", "fp32" and "exact".
const std::map<std::string, mil::Precision> &precisions();

/// How a model is run.
struct RunSettings {
  mil::RunOptions run;
  mil::OpenOptions open;
  std::optional<uint64_t> randomWeights;
  void addTo(CLI::App &app);
};

/// A model that can be run, with all that it refers to.
struct Runnable {
  std::vector<mil::OpenedModel> models;
  std::unique_ptr<mil::ModelRunner> runner;
};
/// Opens a model, or the parts that a split wrote.
mil::Result<Runnable> openRunnable(llvm::StringRef path, llvm::StringRef function, mil::Context &context, const RunSettings &settings,
                                   mil::DiagnosticEngine &diags);

/// What inputs are given.
struct InputChoice {
  std::vector<std::string> files;          ///< .npz, one a step
  std::vector<std::string> inputs, shapes; ///< NAME=WHAT, NAME=1x64
  uint64_t seed = 0;
  size_t stepCount = 0;
  /// --seed also sets that of `run`. `filesOption`: what the option for files is called.
  void addTo(CLI::App &app, mil::RunOptions &run, const char *filesOption = "--inputs");
  size_t steps() const { return std::max<size_t>(stepCount, std::max<size_t>(1, files.size())); }
};
/// All arrays of a file, by name, within the memory of a run. Reports an error for an .npy file, whose array has no name.
mil::Result<mil::NamedArrays> readNamedArrays(const mil::ModelRunner &runner, llvm::StringRef path, mil::DiagnosticEngine &diags);
/// The inputs of a step: what the file of the step has, what is given by name, and random values for the rest.
mil::Result<mil::NamedValues> inputsOf(const mil::ModelRunner &runner, const InputChoice &choice, size_t step,
                                       mil::DiagnosticEngine &diags);

/// After a run has failed: notes the inputs whose unknown sizes were chosen for them, and how to set them.
void noteChosenSizes(const mil::ModelRunner &runner, const InputChoice &choice, const mil::NamedValues &inputs,
                     mil::DiagnosticEngine &diags);

/// Shows on standard error how far a run has come, once it takes longer than two seconds; null unless that is a terminal.
std::function<void(size_t done, size_t all)> terminalRunProgress();

} // namespace milc
