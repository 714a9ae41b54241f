#include "mil/Support/Interrupt.h"
#include "mil/Support/DiagnosticKinds.h"

namespace mil {

static thread_local InterruptScope *current = nullptr;

InterruptScope::InterruptScope(std::function<bool()> isCancelled) : isCancelled(std::move(isCancelled)), outer(current) { current = this; }
InterruptScope::~InterruptScope() { current = outer; }

Status goOn(DiagnosticEngine &diags) {
  if (!current)
    return success();
  if (!current->ended && current->isCancelled()) {
    current->ended = true;
    return diags.report({}, diag::Interrupted);
  }
  return current->ended ? failure() : success();
}

} // namespace mil
