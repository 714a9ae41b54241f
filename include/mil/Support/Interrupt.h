// Interrupting long calls.
//
// A caller that wants to be able to cancel long calls creates an InterruptScope in the thread that makes them:
//
//   InterruptScope scope([&] { return userPressedStop; });
//   Result<SaveResult> saved = saveModel(model, path, diags);   // fails with `interrupted` soon after that has become true
//
// Long calls check for cancellation between two steps (a copied megabyte, a pass, an executed operation) by calling `goOn`. A cancelled
// call leaves outputs unchanged.
#pragma once

#include "mil/Support/Diagnostics.h"

namespace mil {

/// While the scope exists, long calls of this thread call `isCancelled` to find out whether to stop. It is called often and must be cheap.
class InterruptScope {
public:
  explicit InterruptScope(std::function<bool()> isCancelled);
  ~InterruptScope();
  InterruptScope(const InterruptScope &) = delete;
  /// Whether a call was cancelled.
  bool interrupted() const { return ended; }

private:
  friend Status goOn(DiagnosticEngine &diags);
  std::function<bool()> isCancelled;
  InterruptScope *outer;
  bool ended = false;
};

/// For long calls: fails if the call is to be cancelled; the first failure is reported.
Status goOn(DiagnosticEngine &diags);

} // namespace mil
