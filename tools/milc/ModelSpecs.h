// Models named on a command line with a function and a name: [NAME=]IN[:FUNCTION].
#pragma once

#include "mil/Link/Link.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringMap.h"

namespace milc {

/// `[NAME=]INPUT[:FUNCTION]`, taken apart.
struct ModelSpec {
  llvm::StringRef name, path, function;
};
/// The first way to read `text` whose path exists wins, so that paths may hold `=` and `:`; if none does, the one with all parts.
ModelSpec parseModelSpec(llvm::StringRef text);

/// Models opened by their specifications, each once.
struct SpecifiedModels {
  std::vector<ModelSpec> specs;
  std::vector<mil::MergeInput> inputs;
  /// `texts` must outlive this.
  mil::Status open(const std::vector<std::string> &texts, mil::Context &context, mil::DiagnosticEngine &diags,
                   const mil::OpenOptions &options);
  /// Calls `change` for each model, once, until it returns false; whether it never did.
  bool forEachModel(llvm::function_ref<bool(mil::Model &)> change);

private:
  llvm::StringMap<mil::OpenedModel> opened;
};

} // namespace milc
