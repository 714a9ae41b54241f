// Specifications of models on a command line, with a function and a name: [NAME=]IN[:FUNCTION].
#pragma once

#include "mil/Link/Link.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringMap.h"

namespace milc {

/// The parts of `[NAME=]INPUT[:FUNCTION]`.
struct ModelSpec {
  llvm::StringRef name, path, function;
};
/// Splits `text` into its parts. Paths may contain `=` and `:`: the first way to split `text` for which the path exists is used; if there
/// is none, `text` is split into all its parts.
ModelSpec parseModelSpec(llvm::StringRef text);

/// The models of a list of specifications; each model is opened once.
struct SpecifiedModels {
  std::vector<ModelSpec> specs;
  std::vector<mil::MergeInput> inputs;
  /// `texts` must outlive this.
  mil::Status open(const std::vector<std::string> &texts, mil::Context &context, mil::DiagnosticEngine &diags,
                   const mil::OpenOptions &options);
  /// Calls `change` once for each model, until it returns false. Returns whether all calls returned true.
  bool forEachModel(llvm::function_ref<bool(mil::Model &)> change);

private:
  llvm::StringMap<mil::OpenedModel> opened;
};

} // namespace milc
