// Extracting: some functions of a model, or what leads to some values of one, as a model of its own.
//
//   extractModel(model, {.functions = {"decode"}})                          a plain model
//   extractModel(model, {.functions = {"encode", "decode"}})                a model with a list of two functions
//   extractModel(model, {.inputs = {"h_4"}, .outputs = {"h_8"}})            the operations from h_4 to h_8
//
// One function makes a plain model, in which it is called `main` as such models want it; several keep their names, and the default function
// is the one asked for, or the model's own when it is among them, or the first. Functions are copied whole.
//
// What leads to values: the operations that `outputs` depend on, back to `inputs`, the function's own inputs and constants. Operations that
// change a state come along when one that reads the state does, so that the state goes through what it goes through in the whole. Values
// cross the new interface as docs/slicing.md tells.
//
// The result says of itself what the model says: specification version, opsets, metadata, build information. Its description has the
// features of its functions alone; texts of overlays are worked into it. Saved with SaveOptions::Layout::Share its weight file holds what
// it uses. Cost: linear in the operations of the model; no weight is read before saving.
#pragma once

#include "mil/Package/Package.h"

namespace mil {

struct ExtractOptions {
  /// By name; empty: the default function.
  std::vector<std::string> functions = {};
  /// Of several functions, the one that runs when none is asked for; empty: by the rule above.
  std::string defaultFunction = {};
  /// Names of values or operations of the one function, operations standing for their first result. Without outputs: the function's own.
  std::vector<std::string> inputs = {}, outputs = {};
};

/// Makes the model, in `context`, that `opened` was opened in; `opened` must outlive it, has its overlays applied, and is its source for
/// saveModel. Errors: no ML program, an unknown function or value, an input that isn't reached from the outputs, values whose type
/// no interface has.
Result<std::unique_ptr<Model>> extractModel(OpenedModel &opened, const ExtractOptions &options, Context &context, DiagnosticEngine &diags);

} // namespace mil
