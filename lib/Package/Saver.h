// Saving one model: what the writers of all forms share, and the writers.
#pragma once

#include "Form.h"
#include "WeightPlan.h"
#include "mil/Package/Manifest.h"

namespace mil {

class Saver {
public:
  Saver(const Model &model, llvm::StringRef path, DiagnosticEngine &diags, const SaveOptions &options,
        llvm::ArrayRef<const OpenedModel *> sources);
  Saver(const Saver &) = delete;
  Result<SaveResult> save(Form form);

private:
  // Save.cpp
  Status printText();
  Status refuseInputs(llvm::StringRef output);
  void warnOfExtras();
  void warnOfLosses();
  /// Writes a file of a folder under construction. It isn't synced to the disk: that would wait for the weights that were copied before.
  Status writePart(llvm::StringRef file, llvm::function_ref<Status(llvm::raw_ostream &)> fill);

  // SaveBeside.cpp
  Status saveSerialised();
  Status saveText();
  Status describeBeside(OutputGroup &output);
  /// The description beside a text.
  std::string sidecarPath() const;
  /// Writes the weight files as parts of the output and settles their names.
  Status writeWeightsBeside(OutputGroup &output);
  Result<std::string> nameBeside(const WeightPlan::File &file, OutputGroup &output, size_t part);
  Status commitBeside(OutputGroup &output);

  // SavePackage.cpp
  Status savePackage();
  Status writeExtras(llvm::StringRef package, Manifest &manifest);

  // SaveCompiled.cpp
  Result<SaveResult> saveCompiled();
  friend class CompiledFolder;

  const Model &model;
  llvm::StringRef path;
  DiagnosticEngine &diags;
  const SaveOptions &options;
  llvm::ArrayRef<const OpenedModel *> sources;
  SourceFiles inputs;
  WeightPlan weights;
};

} // namespace mil
