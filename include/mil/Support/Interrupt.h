// Interrupting long calls.
//
// Whoever makes a call that may take long, and wants to be able to end it, says so for the thread that it is made in:
//
//   InterruptScope scope([&] { return userHasHadEnough; });
//   Result<SaveResult> saved = saveModel(model, path, diags);   // fails with `interrupted` soon after that has become true
//
// Long calls ask between two steps (a MB that is copied, a pass, an operation that is run), by `goOn`. Outputs are then as they were
// before.
#pragma once

#include "mil/Support/Diagnostics.h"

namespace mil {

/// Has long calls of this thread ask `asked`, as long as the scope lives. It is asked often: it must be cheap.
class InterruptScope {
public:
  explicit InterruptScope(std::function<bool()> asked);
  ~InterruptScope();
  InterruptScope(const InterruptScope &) = delete;
  /// Whether a call was ended.
  bool interrupted() const { return ended; }

private:
  friend Status goOn(DiagnosticEngine &diags);
  std::function<bool()> asked;
  InterruptScope *outer;
  bool ended = false;
};

/// For long calls: fails when they are to end, which is reported the first time.
Status goOn(DiagnosticEngine &diags);

} // namespace mil
