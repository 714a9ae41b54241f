// `milc opt --check --verify-each`: runs the program before and after each pass, and reports the first pass that changes the results by
// more than its line in passes/Keeps.def allows.
#pragma once

#include "mil/Pass/PassManager.h"
#include "mil/Run/Check.h"

namespace milc {

class PassCheck {
public:
  /// `report`: a folder for the details of a failure; "" for none.
  PassCheck(unsigned samples, std::string report) : samples(samples), report(std::move(report)) {}
  /// The callback for PassInstrumentation::check. It refers to this object.
  std::function<mil::Status(const mil::PassInfo *, const mil::Program &, const mil::Model *, mil::DiagnosticEngine &)> function();

private:
  mil::Status after(const mil::PassInfo &pass, const mil::Program &program, const mil::Model *model, mil::DiagnosticEngine &diags);
  mil::Status writeReport(const mil::PassInfo &pass, const mil::CheckFailure &failure, mil::DiagnosticEngine &diags) const;

  mil::StepwiseCheck steps;
  unsigned samples;
  std::string report;
};

} // namespace milc
