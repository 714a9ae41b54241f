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
/// Parses `text`. The first interpretation whose path exists is used, so that paths may contain `=` and `:`; if none exists, the one with
/// all parts.
ModelSpec parseModelSpec(llvm::StringRef text);

/// Opens models by their specifications, each once.
struct SpecifiedModels {
  std::vector<ModelSpec> specs;
  std::vector<mil::MergeInput> inputs;
  /// `texts` must outlive this.
  mil::Status open(const std::vector<std::string> &texts, mil::Context &context, mil::DiagnosticEngine &diags,
                   const mil::OpenOptions &options);
  /// Calls `change` once for each model until it returns false; returns whether all calls returned true.
  bool forEachModel(llvm::function_ref<bool(mil::Model &)> change);

private:
  llvm::StringMap<mil::OpenedModel> opened;
};

} // namespace milc
