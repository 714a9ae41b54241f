// Names of weight files.
//
// A model determines where its weights are read, but must not determine where files are written: an output uses the name of a weight file
// in the model only if it is safe, and always in the folder `weights`. Next to a text or a bare model (X.mil, X.mlmodel) there may be other
// models that use the same folder. A file there is never replaced; it is only reused or removed if only the old X refers to it.
#pragma once

#include "mil/Package/Package.h"

namespace mil {

inline constexpr llvm::StringLiteral weightsFolder = "weights";

/// The last component of `path`; `weight.bin` if that is not a file name (mil/Support/Paths.h) or is the name of another file of a model.
std::string weightFileName(llvm::StringRef path);

/// A name derived from the name of an output, for use if the usual name is taken: "my model" gives my_model.
std::string weightFileStem(llvm::StringRef path);

/// Whether two files have the same bytes.
Result<bool> sameBytes(llvm::StringRef a, llvm::StringRef b, DiagnosticEngine &diags);

/// The references to the weight files next to an output, according to the current files. A name that another file merely mentions counts as
/// a reference.
class WeightReferences {
public:
  /// Reads the files. Fails (reported) if the old version of the output can't be read.
  static Result<std::unique_ptr<WeightReferences>> read(llvm::StringRef output, DiagnosticEngine &diags);
  /// Whether only the old version of the output, and no other model in its folder, refers to the file.
  bool isOwn(llvm::StringRef name) const;
  /// The names of all such files in the folder, sorted.
  std::vector<std::string> own() const;

private:
  explicit WeightReferences(std::string weights) : weights(std::move(weights)) {}
  bool oldRefersTo(llvm::StringRef name) const;
  bool othersMention(llvm::StringRef name) const;

  std::string weights; ///< the folder
  std::unique_ptr<MappedFile> old;
  std::vector<std::unique_ptr<MappedFile>> others;
  bool unreadable = false; ///< a model in the folder can't be read, so that it may refer to any file
  DiagnosticEngine quiet;
};

} // namespace mil
