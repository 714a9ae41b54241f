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
  ~Saver();
  Saver(const Saver &) = delete;
  Result<SaveResult> save(Form form);

private:
  // Save.cpp
  Status saveSerialised();
  Status saveText();
  Status printText();
  Status refuseInputs(llvm::StringRef output);
  void warnOfExtras();
  void warnOfLosses();
  /// Writes a file of a folder under construction. It isn't synced to the disk: that would wait for the weights that were copied before.
  Status writePart(llvm::StringRef file, llvm::function_ref<Status(llvm::raw_ostream &)> fill);
  /// The description beside a text.
  std::string sidecarPath() const;
  Status planBeside();
  Result<std::unique_ptr<OutputFile>> beginBeside(llvm::StringRef file);
  /// Writes the weight files into outputs that are still to be committed.
  Status writeWeightsBeside(std::vector<std::unique_ptr<OutputFile>> &outputs);

  /// Makes a folder and those around it.
  Status makeFolder(const std::string &folder);

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
  std::vector<std::string> made; ///< folders beside the output that weren't there, removed at the end if nothing is in them
};

} // namespace mil
