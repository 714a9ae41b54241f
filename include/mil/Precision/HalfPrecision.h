// Finds the operations of a program that must be computed in fp32 because fp16 is not precise enough.
//
//   Result<HalfReport> report = tryHalf(*program.function("main"), nullptr, samples, {.target = {.psnr = 40}}, diags);
//   for (const HalfOperation &op : report->operations)     // the worst first
//     …
//   report->passes()                                       // "add_fp16_cast{skip_ops=scores,sum},cast_optimization,…"
//
// fp16 has 11 significant bits, and its largest finite number is 65504. The pass add_fp16_cast changes all operations of a program to fp16
// except those in its option `skip_ops`, and add_fp32_cast changes fp16 operations to fp32; this search finds the operations for these
// options so that the outputs reach a given precision. So it works on programs in fp32, in fp16 (whose weights are used unchanged), and in
// both.
//
// Errors. Each value is computed in exact arithmetic (Precision::Exact: in double, without intermediate rounding) and compared with its
// value in the program after add_fp16_cast. The *own* error of an operation is that of its result if its arguments are exact except for
// their rounding to fp16; its *total* error is that in the whole fp16 program, including errors of its arguments.
//
// Search. The operations are ordered by their own errors. Bisection finds the shortest prefix of this list that gives good outputs if it is
// computed in fp32; then operations are removed from it, first halves, finally single operations. Each step runs the rewritten program on
// all samples, so the result has been verified. No single operation can be removed from it, unless `maxTrials` ended the search, but it is
// not always the smallest possible set.
//
// Cost: three runs of each sample for the errors, one of them with the exact kernels, and one run for each trial: log2 n for n operations,
// then about 2k to 2k·log2 k for a set of k. Memory: every value of one run as fp32, at most RunOptions::maxMemory.
#pragma once

#include "mil/Run/Compare.h"

namespace mil {

/// Options of the analysis and the search.
struct HalfOptions {
  Tolerance target = {.psnr = 40}; ///< of each output against exact arithmetic
  RunOptions run = {};             ///< its precision is ignored
  unsigned maxTrials = 500;        ///< programs to run in the search
  std::function<void(unsigned trials)> progress = nullptr;
};

/// The error of a value against exact arithmetic.
struct HalfError {
  uint64_t count = 0;
  uint64_t overflow = 0;        ///< infinite, but not in exact arithmetic, or the reverse
  uint64_t underflow = 0;       ///< 0, and not in exact arithmetic
  uint64_t nan = 0;             ///< NaN, and not in exact arithmetic
  double squares = 0, peak = 0; ///< the sum of squared errors, and the greatest magnitude in exact arithmetic
  /// The ratio of peak to mean error in dB: infinite without error, minus infinity after overflow and NaN.
  double psnr() const;
};

/// The errors of one operation in fp16: sums over its results, iterations and samples.
struct HalfOperation {
  const Operation *op = nullptr; ///< of the function that was given
  std::string name;              ///< the name for skip_ops
  size_t place = 0;              ///< the index in program order
  HalfError own, total;
  bool isFree = false; ///< whether it can be computed in fp16 and in fp32
  bool isHalf = false; ///< whether the given program computes it in fp16
  bool isKept = false; ///< whether it is in the set that was found
};

/// The errors of a function in fp16, and the operations to keep in fp32.
struct HalfReport {
  std::vector<HalfOperation> operations; ///< by own errors, the greatest first; then in program order
  std::vector<std::string> kept;         ///< names for skip_ops of add_fp16_cast, in program order
  std::vector<std::string> raised;       ///< names for ops of add_fp32_cast, in program order
  size_t free = 0;                       ///< operations that may be fp16 or not
  /// The worst PSNR of any output: all free operations in fp16, all in fp32, the set that was found.
  double allHalf = 0, allSingle = 0, found = 0;
  bool halfIsEnough = false; ///< no operation has to be kept in fp32
  bool isReached = false;
  unsigned trials = 0;
  bool wasCut = false; ///< maxTrials ended the search: the set may be larger than necessary
  /// The value for `milc opt --passes`.
  std::string passes() const;
};

/// Analyses a function of a valid program without changing it; `description` is its description in the model, or null. Outputs that can't
/// reach the target are not an error, see `isReached`. Errors (reported): nothing to compare, samples that don't match the inputs, failed
/// runs.
Result<HalfReport> tryHalf(const Function &function, const FunctionDescription *description, llvm::ArrayRef<NamedValues> samples,
                           const HalfOptions &options, DiagnosticEngine &diags);

} // namespace mil
