// What the parts of the importer share: where they are, for diagnostics, and how each piece of a message becomes a piece of the IR.
#pragma once

#include "MIL.pb.h"
#include "Model.pb.h"
#include "Wire.h"
#include "mil/Proto/DiagnosticKinds.h"
#include "mil/Proto/Proto.h"

namespace mil {

namespace spec = CoreML::Specification;
namespace milspec = CoreML::Specification::MILSpec;

/// An import under way.
struct Importing {
  DiagnosticEngine &diags;
  uint32_t file;
  Context *context = nullptr;
  BlobResolver *blobs = nullptr;
  llvm::StringRef wanted = {}; ///< of the models of the pipeline being read
  explicit Importing(DiagnosticEngine &diags, uint32_t file, Context *context = nullptr, BlobResolver *blobs = nullptr)
      : diags(diags), file(file), context(context), blobs(blobs) {}

  // Where the importer is, from coarse to fine.
  llvm::StringRef functionName;
  const Operation *operation = nullptr;        ///< whose nested blocks are read
  const milspec::Operation *message = nullptr; ///< being read
  unsigned depth = 0;                          ///< of the type or constant being read
  std::pair<Type, Type> correction = {};       ///< a constant's type as it was declared, and as it must be

  Location location() const { return Location::ofFile(file); }
  /// "function 'main', operation 'y' (relu)".
  std::string place() const;
  template <typename... Args> DiagnosticEngine::InFlight report(DiagKind kind, const Args &...args) const {
    return diags.report(location(), kind, args...).in(place());
  }
  /// Reports that a message doesn't parse.
  DiagnosticEngine::InFlight malformed(llvm::StringRef what) const { return report(diag::MalformedMessage, what, wire::maxDepth); }
};

/// Null after an error that was reported.
Type importType(Importing &at, const milspec::ValueType &message);
/// Null after an error that was reported.
const Literal *importLiteral(Importing &at, const milspec::Value &message);

/// Null after an error that was reported. `specificationVersion` decides the text dialect.
std::unique_ptr<Program> importProgram(Importing &at, llvm::StringRef bytes, int specificationVersion);

ModelDescription importDescription(const spec::ModelDescription &message);

} // namespace mil
