// The output of milc run.
#pragma once

#include "RunInputs.h"
#include "mil/Run/Watch.h"
#include "llvm/ADT/MapVector.h"

namespace milc {

struct ReportOptions {
  bool json = false, print = false;
  void addTo(CLI::App &app);
};

struct MeasuredRuns;

/// The mean time of each operation in a run, in seconds, in the order of their first run.
using OperationTimes = llvm::MapVector<const mil::Operation *, double>;

/// Prints the outputs of each step as text, or all of them as one JSON document.
class RunReport {
public:
  RunReport(const ReportOptions &options, size_t steps) : options(options), steps(steps) {}
  void step(size_t number, const mil::ModelRunner &runner, const mil::NamedValues &outputs, const mil::ValueWatch *watch);
  /// Repeats a step that begins with these states `repeats` times and prints its times; nullopt if a run failed.
  std::optional<OperationTimes> time(mil::ModelRunner &runner, const mil::NamedValues &inputs, const mil::States &states, unsigned repeats,
                                     mil::DiagnosticEngine &diags);
  void finish();

private:
  void printTable(const mil::ModelRunner &runner, const mil::NamedValues &outputs);
  void printWatch(const mil::ValueWatch &watch);
  void printTimes(const MeasuredRuns &measured);
  const ReportOptions &options;
  size_t steps;
  std::string json, timeJson;
};

/// Formats a tensor as nested rows like NumPy; long rows are abbreviated in the middle.
std::string printArray(const mil::Tensor &tensor);

} // namespace milc
