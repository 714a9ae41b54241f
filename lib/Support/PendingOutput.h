// An output that is complete, except for its name.
#pragma once

#include "Temporary.h"

namespace mil {

/// An output that only has to be renamed. Destroying it removes its temporary files.
class PendingOutput {
public:
  virtual ~PendingOutput() = default;
  /// The temporary file or folder that is renamed to `destination`.
  virtual Temporary &temporary() const = 0;
  virtual llvm::StringRef destination() const = 0;
  /// Whether an existing output at the destination may be replaced.
  virtual bool replaces() const = 0;
  /// Whether the only remaining step is one plain renaming.
  virtual bool isPlain() const = 0;
  /// Renames the output, which commits it.
  virtual Status place(DiagnosticEngine &diags) = 0;
  /// Performs the steps after renaming.
  virtual Status settle(DiagnosticEngine &diags) = 0;
};

/// Renames an output to its destination, or adds it to the current OutputSet.
Status placeOrJoin(std::unique_ptr<PendingOutput> output, DiagnosticEngine &diags);

} // namespace mil
