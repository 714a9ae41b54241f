// What milc run prints.
#pragma once

#include "RunInputs.h"
#include "mil/Run/Watch.h"

namespace milc {

struct ReportOptions {
  bool json = false, print = false;
  void addTo(CLI::App &app);
};

struct MeasuredRuns;

/// Prints the outputs of each step, for people or, as one document, for machines.
class RunReport {
public:
  RunReport(const ReportOptions &options, size_t steps) : options(options), steps(steps) {}
  void step(size_t number, const mil::ModelRunner &runner, const mil::NamedValues &outputs, const mil::ValueWatch *watch);
  /// Runs the step again, and prints what it cost.
  bool time(mil::ModelRunner &runner, const mil::NamedValues &inputs, const mil::States &states, unsigned repeats,
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
