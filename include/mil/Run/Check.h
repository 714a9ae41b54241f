// Checks that two versions of a model compute the same results on random inputs.
//
//   checkRewrite(before, after, {.samples = 3}, diags)          all functions that both models have
//   checkRuns(source, merged, {.exact = true}, diags)           one function, or chain, against another
//   checkSlice(whole, slice, {.exact = true}, diags)            a part of a function, with inputs computed by the whole function
//
// Inputs, states and outputs are matched by name; the remaining ones, which passes may have renamed, by position. An input that became a
// state is passed as the initial state, and the reverse. Inputs of unknown shape get the default sizes of the model.
//
// A difference is reported as an error with function, output and seed. A note names the first operation whose result differs, if
// intermediate values have kept their names.
#pragma once

#include "mil/Run/Compare.h"

namespace mil {

/// The inputs and the tolerance of a check.
struct CheckOptions {
  unsigned samples = 1; ///< the number of random inputs; their seeds are 0, 1, …
  /// All elements must be equal, for transformations that only move operations. Otherwise a tolerance applies.
  bool exact = false;
  /// Absolute and relative. The second tolerance is used if one of the two values is fp16.
  double tolerance = 1e-3, halfTolerance = 5e-2;
  NamedValues extraInputs = {}; ///< that only the second version has
  RunOptions run = {};          ///< of the runners that checkRewrite makes
};

/// The first difference that was found.
struct CheckFailure {
  std::string function, output, operation; ///< operation: the first whose result differs, "" if unknown
  double difference = 0;
  NamedValues inputs; ///< of the version before
};

/// Fails (reported) if a run fails or values differ. Outputs that only one version has are not compared.
Status checkRuns(ModelRunner &before, ModelRunner &after, const CheckOptions &options, DiagnosticEngine &diags,
                 CheckFailure *failed = nullptr);
/// The same for a slice (mil/Link/Extract.h) of a function that is run as a whole: its inputs and outputs are intermediate values of it.
Status checkSlice(ModelRunner &whole, ModelRunner &slice, const CheckOptions &options, DiagnosticEngine &diags);
/// The same for each function that both models have, or for two pipelines.
Status checkRewrite(const Model &before, const Model &after, const CheckOptions &options, DiagnosticEngine &diags,
                    CheckFailure *failed = nullptr);

/// Checks each of several rewrites against the program before it. Keeps a copy of the program, which shares its constants.
class StepwiseCheck {
public:
  /// The program before the first rewrite. `model`, which contains it, may be null.
  void begin(const Program &program, const Model *model);
  /// Checks the program after a rewrite; the next rewrite is compared with it.
  Status step(const Program &program, const Model *model, const CheckOptions &options, DiagnosticEngine &diags,
              CheckFailure *failed = nullptr);
  /// After a failure: the program before the rewrite, and after it.
  const Program &before() const { return *last->program; }
  const Program &after() const { return *now->program; }

private:
  std::unique_ptr<Model> last, now;
};

} // namespace mil
