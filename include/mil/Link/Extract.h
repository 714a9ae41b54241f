// Extracting: makes a model of some functions of another model, or of the operations that compute given values.
//
//   extractModel(model, {.functions = {"decode"}})                          a plain model
//   extractModel(model, {.functions = {"encode", "decode"}})                a model with a list of two functions
//   extractModel(model, {.inputs = {"h_4"}, .outputs = {"h_8"}})            the operations from h_4 to h_8
//
// A single function becomes a plain model, in which it is named `main`, as plain models require; several functions keep their names. The
// default function is the requested one, else that of the model if it is included, else the first. Functions are copied completely.
//
// With `outputs`, only the operations that compute these values are copied, back to `inputs`, inputs of the function and constants. If a
// state is read, the operations that write it are included, so that it has the same content as in the whole function. docs/slicing.md
// describes the types of values at the new interface.
//
// The result has the specification version, opsets, metadata and build information of the model. Its description only has the features of
// its functions; texts of overlays are applied to it. Saved with SaveOptions::Layout::Share, its weight file only contains the weights that
// it uses. Cost: linear in the operations of the model; no weight is read before saving.
#pragma once

#include "mil/Package/Package.h"

namespace mil {

/// Selects what to extract: functions, or values of one function.
struct ExtractOptions {
  /// By name; empty: the default function.
  std::vector<std::string> functions = {};
  /// The default function; empty: by the rule above.
  std::string defaultFunction = {};
  /// Names of values or operations of the function; an operation means its first result. Without outputs: those of the function.
  std::vector<std::string> inputs = {}, outputs = {};
};

/// Makes the model in `context`, the context of `opened`. `opened` must outlive it, has its overlays applied, and is its source for
/// saveModel. Errors: not an ML program, an unknown function or value, an input that the outputs don't depend on, types of values that
/// interfaces don't support.
Result<std::unique_ptr<Model>> extractModel(OpenedModel &opened, const ExtractOptions &options, Context &context, DiagnosticEngine &diags);

} // namespace mil
