// Several outputs that appear together: a model and its adapters, the arrays of a run and its states.
//
//     OutputSet outputs;
//     saveModel(…);                  // complete, but still under a temporary name
//     writeArrays(…);
//     return outputs.commit(diags);  // all outputs get their names, or none does
//
// While a set exists, committing an output completes it and adds it to the set. Outputs in a folder that is under construction itself are
// renamed at once. The set is committed by renaming one of its outputs; the others are renamed right after it. If the process is killed in
// between, the files next to the outputs record how far it got, and the next milc that reads or writes one of them completes a committed
// set and removes an uncommitted one (see Outputs.h).
//
// At most one of the outputs may be a group, or a folder that replaces another one.
#pragma once

#include "mil/Support/Diagnostics.h"

namespace mil {

/// Outputs that appear together. There is one set at a time, used by one thread.
class OutputSet {
public:
  OutputSet();
  ~OutputSet(); ///< removes the temporary files unless committed
  OutputSet(const OutputSet &) = delete;
  /// Gives all outputs their names. Outputs that are committed afterwards don't belong to the set.
  Status commit(DiagnosticEngine &diags);
};

} // namespace mil
