// Opening one model: functions that the readers of all forms share.
#pragma once

#include "Form.h"
#include "mil/Compile/CompiledModel.h"

namespace mil {

class Opener {
public:
  Opener(Context &context, DiagnosticEngine &diags, const OpenOptions &options) : context(context), diags(diags), options(options) {}

  Result<OpenedModel> open(llvm::StringRef path, Form form);

  /// Maps a file and adds it to the inputs. It stays mapped as long as the context, because diagnostics print its lines.
  Result<const MappedFile *> map(llvm::StringRef path);
  /// A resolver of weight files in `folder`, or in `weightsDir` if that is not empty.
  BlobResolver &resolver(std::string folder, std::string weightsDir);
  void addInput(llvm::StringRef path);

  /// Reads a serialised Model from a file (ModelForm.cpp).
  Result<std::unique_ptr<Model>> openSerialised(llvm::StringRef path, std::string weightsDir);
  /// Reads a program and its description file, or derives the description (TextForm.cpp).
  Result<std::unique_ptr<Model>> openText(llvm::StringRef path);
  /// Reads a coremldata.bin (CompiledForm.cpp).
  Result<CompiledModel> readCompiled(llvm::StringRef path, uint32_t &file);
  /// Sets the description of a program that was read from text: from a file, or, if `path` is empty, from its signatures.
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
