// Whether two forms of a model compute the same: both run on random inputs.
//
//   checkRewrite(before, after, {.samples = 3}, diags)          all functions that both models have
//   checkRuns(source, merged, {.exact = true}, diags)           one function, or chain, against another
//   checkSlice(whole, slice, {.exact = true}, diags)            a part of a function, given what the whole computes inside
//
// Inputs, states and outputs belong together by name; what is left over on both sides, by place, since passes may rename them. An input that
// became a state starts there, and the other way round. Inputs whose shape is not known have the sizes that the model proposes.
//
// A difference is reported as an error that names function, output and seed, with a note that names the operation where the two part,
// where values inside have kept their names.
#pragma once

#include "mil/Run/Compare.h"

namespace mil {

struct CheckOptions {
  unsigned samples = 1; ///< of inputs; their seeds are 0, 1, …
  /// Every element must be the same number: for what only moves operations about. Else outputs are held to a tolerance.
  bool exact = false;
  /// Absolutely and relatively; the second where one of the two is fp16.
  double tolerance = 1e-3, halfTolerance = 5e-2;
  NamedValues extraInputs = {}; ///< that only the second form has
  RunOptions run = {};          ///< of the runners that checkRewrite makes
};

/// The first difference that was found.
struct CheckFailure {
  std::string function, output, operation; ///< operation: where they part, "" when that isn't known
  double difference = 0;
  NamedValues inputs; ///< of the form before
};

/// Fails, reported, when a run fails or values differ. Outputs that only one form has are not compared.
Status checkRuns(ModelRunner &before, ModelRunner &after, const CheckOptions &options, DiagnosticEngine &diags,
                 CheckFailure *failed = nullptr);
/// The same for a slice (mil/Link/Extract.h) of a function that is run as a whole: its inputs and outputs are values inside of that.
Status checkSlice(ModelRunner &whole, ModelRunner &slice, const CheckOptions &options, DiagnosticEngine &diags);
/// The same for each function that both models have, or for two pipelines.
Status checkRewrite(const Model &before, const Model &after, const CheckOptions &options, DiagnosticEngine &diags,
                    CheckFailure *failed = nullptr);

/// Holds each of several rewrites of a program to what it was before that one. Keeps a copy of the program; constants are shared.
class StepwiseCheck {
public:
  /// The program as it is at first. `model`, around it, may be null.
  void begin(const Program &program, const Model *model);
  /// The program after a rewrite, which the next one will be held to.
  Status step(const Program &program, const Model *model, const CheckOptions &options, DiagnosticEngine &diags,
              CheckFailure *failed = nullptr);
  /// After a failure: the program before the rewrite, and after it.
  const Program &before() const { return *last->program; }
  const Program &after() const { return *now->program; }

private:
  std::unique_ptr<Model> last, now;
};

} // namespace mil
