// Opening one model: what the readers of all forms share.
#pragma once

#include "Form.h"
#include "mil/Compile/CompiledModel.h"

namespace mil {

class Opener {
public:
  Opener(Context &context, DiagnosticEngine &diags, const OpenOptions &options) : context(context), diags(diags), options(options) {}

  Result<OpenedModel> open(llvm::StringRef path, Form form);

  /// Maps a file that stays mapped as long as the context, for diagnostics print its lines, and counts it among the inputs.
  Result<const MappedFile *> map(llvm::StringRef path);
  /// Finds weights below `folder`, or in `weightsDir` when that is not empty.
  BlobResolver &resolver(std::string folder, std::string weightsDir);
  void addInput(llvm::StringRef path);

  /// Reads the message Model in a file: ModelForm.cpp.
  Result<std::unique_ptr<Model>> openSerialised(llvm::StringRef path, std::string weightsDir);
  /// Reads a program and the description beside it, or derives that: TextForm.cpp.
  Result<std::unique_ptr<Model>> openText(llvm::StringRef path);
  /// Reads a coremldata.bin: CompiledForm.cpp.
  Result<CompiledModel> readCompiled(llvm::StringRef path, uint32_t &file);
  /// Gives a program that was read from text its description, from a file or, when `path` is empty, from its signatures.
  Status describe(Model &model, llvm::StringRef path);

  Context &context;
  DiagnosticEngine &diags;
  const OpenOptions &options;
  OpenedModel result;

private:
  Result<std::unique_ptr<Program>> parse(llvm::StringRef path);
  Status describeByJson(Model &model, llvm::StringRef path);
  Status describeByCompiled(Model &model, llvm::StringRef path);
};

} // namespace mil
