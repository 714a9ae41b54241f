// Names of weight files.
//
// A model determines where its weights are read, but must not determine where files are written: an output gets the model's own name for
// the file only if that is harmless, and always in the folder `weights`. Beside a text or a bare model (X.mil, X.mlmodel) other models may
// lie that use that folder, too: a file there is replaced never, used again only when the old X alone refers to it, and removed on the same
// condition.
#pragma once

#include "mil/Package/Package.h"

namespace mil {

inline constexpr llvm::StringLiteral weightsFolder = "weights";

/// The last part of `path`; `weight.bin` if that is not a file name (mil/Support/Paths.h) or is the name of another file of models.
std::string weightFileName(llvm::StringRef path);

/// A name made from that of an output, for when the usual one is taken: "my model" gives my_model.
std::string weightFileStem(llvm::StringRef path);

/// Whether two files have the same bytes.
Result<bool> sameBytes(llvm::StringRef a, llvm::StringRef b, DiagnosticEngine &diags);

/// Who refers to the weight files beside an output, as the files say now. A name that is merely mentioned counts as referred to by others.
class WeightReferences {
public:
  /// Fails when the old version of the output can't be read.
  static Result<std::unique_ptr<WeightReferences>> read(llvm::StringRef output, DiagnosticEngine &diags);
  /// Whether only the old version of the output, and no other model in its folder, refers to the file.
  bool isOwn(llvm::StringRef name) const;
  /// All such names in the folder, sorted.
  std::vector<std::string> own() const;

private:
  explicit WeightReferences(std::string weights) : weights(std::move(weights)) {}
  bool oldRefersTo(llvm::StringRef name) const;
  bool othersMention(llvm::StringRef name) const;

  std::string weights; ///< the folder
  std::unique_ptr<MappedFile> old;
  std::vector<std::unique_ptr<MappedFile>> others;
  bool unreadable = false; ///< a neighbour can't be read: it may refer to anything
  DiagnosticEngine quiet;
};

} // namespace mil
