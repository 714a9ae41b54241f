// What milc run prints.
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

/// Mean seconds of operations in a run, in the order in which they ran first.
using OperationTimes = llvm::MapVector<const mil::Operation *, double>;

/// Prints the outputs of each step, for people or, as one document, for machines.
class RunReport {
public:
  RunReport(const ReportOptions &options, size_t steps) : options(options), steps(steps) {}
  void step(size_t number, const mil::ModelRunner &runner, const mil::NamedValues &outputs, const mil::ValueWatch *watch);
  /// Runs the step `repeats` times again, and prints what it cost; nullopt when a run failed.
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

/// Nested rows as NumPy prints them, long ones cut short in the middle.
std::string printArray(const mil::Tensor &tensor);

} // namespace milc
