// Saving one model: functions that the writers of all forms share.
#pragma once

#include "Form.h"
#include "WeightPlan.h"

namespace mil {

class Saver {
public:
  Saver(const Model &model, llvm::StringRef path, DiagnosticEngine &diags, const SaveOptions &options,
        llvm::ArrayRef<const OpenedModel *> sources);
  Saver(const Saver &) = delete;

  /// Reports an error and fails if `output` is an input, or a folder that contains one.
  Status refuseInputs(llvm::StringRef output);
  /// Warns about items of packages that other forms can't contain.
  void warnOfExtras();
  /// Writes a file in a folder under construction. It isn't synced to disk, because that would wait for the weights that were copied
  /// before.
  Status writePart(llvm::StringRef file, llvm::function_ref<Status(llvm::raw_ostream &)> fill);

  // WeightsBeside.cpp: for forms that are a file with its weights next to it.
  /// Writes the weight files as parts of the output and chooses their names.
  Status writeWeightsBeside(OutputGroup &output);
  Status commitBeside(OutputGroup &output);

  const Model &model;
  llvm::StringRef path;
  DiagnosticEngine &diags;
  const SaveOptions &options;
  llvm::ArrayRef<const OpenedModel *> sources;
  SourceFiles inputs;
  WeightPlan weights;

private:
  Result<std::string> nameBeside(const WeightPlan::File &file, OutputGroup &output, size_t part);
};

} // namespace mil
