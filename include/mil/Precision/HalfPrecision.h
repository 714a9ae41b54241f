// What fp16 does to a program, and the repair: the operations that have to stay in fp32.
//
//   Result<HalfReport> report = tryHalf(*program.function("main"), nullptr, samples, {.target = {.psnr = 40}}, diags);
//   for (const HalfOperation &op : report->operations)     // the worst first
//     …
//   report->passes()                                       // "add_fp16_cast{skip_ops=scores,sum},cast_optimization,…"
//
// fp16 has 11 bits, and nothing between 65504 and infinity. The pass add_fp16_cast computes all of a program in it but for what its option
// `skip_ops` names; here is found what that has to be for the outputs to be as good as asked for.
//
// Errors. Each value is computed in exact arithmetic (Precision::Exact: in double, nothing rounded in between) and compared with what the
// program gives after add_fp16_cast, run as declared. An operation's *own* error is that of its result when its arguments are exact but for
// their rounding to fp16; its *total* error is that of the whole program in fp16, what it inherits included.
//
// Search. By bisection the shortest beginning of the operations, ordered by their own errors, that gives good outputs when it stays in
// fp32; then what can be left out of it, halves first, single operations last. Each step runs the rewritten program on all samples, so what
// is reported has been seen to work, and no operation of it can be left out alone, unless `maxTrials` ended the search. It is not always the
// smallest set of all.
//
// Cost: three runs of each sample for the errors, one of them by the exact kernels, and one for each trial: log2 n for n operations, then
// some 2k to 2k·log2 k for a set of k. Memory: every value of one run as fp32, at most RunOptions::maxMemory.
#pragma once

#include "mil/Run/Compare.h"

namespace mil {

struct HalfOptions {
  Tolerance target = {.psnr = 40}; ///< of each output against exact arithmetic
  RunOptions run = {};             ///< its precision is not looked at
  unsigned maxTrials = 500;        ///< programs to run in the search
  std::function<void(unsigned trials)> progress = nullptr;
};

/// The error of a value against exact arithmetic.
struct HalfError {
  uint64_t count = 0;
  uint64_t overflow = 0;        ///< infinite, and not in exact arithmetic, or the other way round
  uint64_t underflow = 0;       ///< 0, and not in exact arithmetic
  uint64_t nan = 0;             ///< NaN, and not in exact arithmetic
  double squares = 0, peak = 0; ///< the sum of squared errors, and the greatest magnitude in exact arithmetic
  /// The peak to the mean error, in dB: infinite when there is none, minus infinity after overflow and NaN.
  double psnr() const;
};

/// What fp16 does to one operation: sums over its results, iterations and samples.
struct HalfOperation {
  const Operation *op = nullptr; ///< of the function that was given
  std::string name;              ///< as skip_ops takes it
  size_t place = 0;              ///< in the program's order
  HalfError own, total;
  bool isFree = false; ///< add_fp16_cast computes it in fp16; else it is fp16 in any case, or can't be
  bool isKept = false; ///< of the set that was found
};

struct HalfReport {
  std::vector<HalfOperation> operations; ///< by own errors, the greatest first; then in the program's order
  std::vector<std::string> kept;         ///< names for skip_ops, in the program's order
  size_t free = 0;                       ///< operations that may be fp16 or not
  /// The worst PSNR of any output: all free operations in fp16, all in fp32, the set that was found.
  double allHalf = 0, allSingle = 0, found = 0;
  bool halfIsEnough = false; ///< nothing has to be kept
  bool isReached = false;
  unsigned trials = 0;
  bool wasCut = false; ///< maxTrials ended the search: the set may be larger than need be
  /// What to give to `milc opt --passes`.
  std::string passes() const;
};

/// Looks at a function of a valid program without changing it; `description`, or null, is what its model says of it. An output that can't
/// reach the target is not a failure: `isReached` says so. Failures, reported: nothing to compare, inputs that don't fit, what fails in a
/// run.
Result<HalfReport> tryHalf(const Function &function, const FunctionDescription *description, llvm::ArrayRef<NamedValues> samples,
                           const HalfOptions &options, DiagnosticEngine &diags);

} // namespace mil
