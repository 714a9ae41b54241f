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
  Result<SaveResult> save(Form form);

private:
  // Save.cpp
  Status saveSerialised();
  Status saveText();
  Status printText();
  Status refuseInputs(llvm::StringRef output);
  void warnOfExtras();
  void warnOfLosses();
  Status writeFile(llvm::StringRef file, bool force, llvm::function_ref<Status(llvm::raw_ostream &)> fill);
  /// The description beside a text.
  std::string sidecarPath() const;
  Status planBeside();
  Result<std::unique_ptr<OutputFile>> beginBeside(llvm::StringRef file);
  /// Writes the weight files into outputs that are still to be committed.
  Status writeWeightsBeside(std::vector<std::unique_ptr<OutputFile>> &outputs);

  // SavePackage.cpp
  Status savePackage();
  Status makeFolder(const std::string &folder);
  Status writeExtras(llvm::StringRef package, Manifest &manifest);

  const Model &model;
  llvm::StringRef path;
  DiagnosticEngine &diags;
  const SaveOptions &options;
  llvm::ArrayRef<const OpenedModel *> sources;
  SourceFiles inputs;
  WeightPlan weights;
};

} // namespace mil
