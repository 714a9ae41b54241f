// An output that is complete, except for its name.
#pragma once

#include "Temporary.h"

namespace mil {

/// Destroying it removes what is temporary.
class PendingOutput {
public:
  virtual ~PendingOutput() = default;
  /// What is renamed to `destination`.
  virtual Temporary &temporary() const = 0;
  virtual llvm::StringRef destination() const = 0;
  /// Whether something there may be replaced.
  virtual bool replaces() const = 0;
  /// Whether one plain renaming is all that is left to do.
  virtual bool isPlain() const = 0;
  /// Renames; from then on there is no way back.
  virtual Status place(DiagnosticEngine &diags) = 0;
  /// What comes after.
  virtual Status settle(DiagnosticEngine &diags) = 0;
};

/// Gives an output its name, or adds it to the set that there is.
Status placeOrJoin(std::unique_ptr<PendingOutput> output, DiagnosticEngine &diags);

} // namespace mil
