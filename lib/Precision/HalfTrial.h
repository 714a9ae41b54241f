// A program after add_fp16_cast or add_fp32_cast, ready to run for comparison with the original.
#pragma once

#include "mil/Precision/HalfPrecision.h"

namespace mil {

/// The list of passes after which all operations are computed in fp16, except those that are kept in fp32 and those that are raised from
/// fp16.
std::string halfPasses(llvm::ArrayRef<std::string> kept, llvm::ArrayRef<std::string> raised);

/// A function after passes, in a separate program.
struct RewrittenCopy {
  std::unique_ptr<Program> program;
  const Function *function = nullptr;
};
Result<RewrittenCopy> rewriteCopy(const Function &function, llvm::StringRef passes, DiagnosticEngine &diags);

class HalfTrial {
public:
  /// Rewrites a copy of the function with `passes`.
  static Result<std::unique_ptr<HalfTrial>> make(const Function &function, const FunctionDescription *description, llvm::StringRef passes,
                                                 const RunOptions &options, DiagnosticEngine &diags);
  ModelRunner &runner() { return *made; }
  const Function &function() const { return *copy.function; }

private:
  RewrittenCopy copy;
  std::unique_ptr<ModelRunner> made; ///< refers to the program
};

/// The numeric outputs of one run, including the scores of a classifier, but not labels.
Result<std::map<std::string, Tensor>> numbersOf(ModelRunner &runner, const NamedValues &inputs, DiagnosticEngine &diags,
                                                RunObserver *observer = nullptr);

} // namespace mil
