// The state that the parts of the importer share, and the functions that convert each part of a message to the IR.
#pragma once

#include "MIL.pb.h"
#include "Model.pb.h"
#include "Wire.h"
#include "mil/Proto/DiagnosticKinds.h"
#include "mil/Proto/Proto.h"

namespace mil {

namespace spec = CoreML::Specification;
namespace milspec = CoreML::Specification::MILSpec;

/// The state of an import.
struct Importing {
  DiagnosticEngine &diags;
  uint32_t file;
  Context *context = nullptr;
  BlobResolver *blobs = nullptr;
  llvm::StringRef wanted = {}; ///< the model to read, of the pipeline that is being read
  explicit Importing(DiagnosticEngine &diags, uint32_t file, Context *context = nullptr, BlobResolver *blobs = nullptr)
      : diags(diags), file(file), context(context), blobs(blobs) {}

  // The current position, from coarse to fine.
  llvm::StringRef functionName;
  const Operation *operation = nullptr;        ///< the operation whose nested blocks are read
  const milspec::Operation *message = nullptr; ///< the operation that is being read
  unsigned depth = 0;                          ///< of the type or constant that is being read
  std::pair<Type, Type> correction = {};       ///< the declared type of a constant, and its correct type

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
