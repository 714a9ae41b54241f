// Opening one model: what the readers of all forms share, and the readers.
#pragma once

#include "Form.h"
#include "mil/Compile/CompiledModel.h"
#include "mil/Package/Manifest.h"

namespace mil {

class Opener {
public:
  Opener(Context &context, DiagnosticEngine &diags, const OpenOptions &options) : context(context), diags(diags), options(options) {}

  Result<OpenedModel> open(llvm::StringRef path, Form form);

private:
  /// Maps a file that stays mapped as long as the context, for diagnostics print its lines, and counts it among the inputs.
  Result<const MappedFile *> map(llvm::StringRef path);
  /// Finds weights below `folder`, or in `weightsDir` when that is not empty.
  BlobResolver &resolver(std::string folder, std::string weightsDir);
  void addInput(llvm::StringRef path);

  // Open.cpp
  Result<std::unique_ptr<Model>> openText(llvm::StringRef path);
  Result<std::unique_ptr<Model>> openSerialised(llvm::StringRef path, std::string weightsDir);
  Result<std::unique_ptr<Program>> parse(llvm::StringRef path);
  Result<CompiledModel> readCompiled(llvm::StringRef path, uint32_t &file);
  /// Gives a program that was read from text its description, from a coremldata.bin or, when `path` is empty, from its signatures.
  Status describe(Model &model, llvm::StringRef path);

  // OpenPackage.cpp
  Result<std::unique_ptr<Model>> openPackage(llvm::StringRef path);
  Result<std::string> itemFile(llvm::StringRef package, const Manifest::Item &item, Location manifest);
  Status listExtras(llvm::StringRef package, const Manifest &manifest, llvm::StringRef modelFile, Location location);

  // OpenCompiled.cpp
  Result<std::unique_ptr<Model>> openCompiled(llvm::StringRef folder, unsigned depth);
  Result<std::unique_ptr<Model>> openCompiledProgram(llvm::StringRef folder);
  Result<std::unique_ptr<Model>> openCompiledPipeline(llvm::StringRef folder, const CompiledModel &compiled, uint32_t file, unsigned depth);
  Status readModelNames(llvm::StringRef folder, Pipeline &pipeline);

  Context &context;
  DiagnosticEngine &diags;
  const OpenOptions &options;
  OpenedModel result;
};

} // namespace mil
