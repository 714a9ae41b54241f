// MIL.proto and Model.proto: importing serialised models into the IR, and exporting them.
//
//   Result<std::unique_ptr<Model>> model = importModel(file->bytes(), file->file(), context, diags);
//   Status written = exportModel(**model, nullptr, out, diags);
//
// Nothing is lost: unknown fields, doc strings and attributes are kept in the IR (`protoExtra`, `docString`) and written back. Output is
// deterministic: maps are written sorted by key. Field numbers and conventions are those of Core ML's published specification.
//
// Messages of 2 GB or more are an error, because protobuf can't read or write them.
#pragma once

#include "mil/IR/Model.h"
#include "mil/IR/Placement.h"
#include "mil/Weights/BlobFile.h"

namespace mil {

/// Options of importing.
struct ImportOptions {
  /// Finds weight files; null leaves blob values unresolved.
  BlobResolver *blobs = nullptr;
  /// The model of a pipeline to read, as in OpenOptions::model; the others become models of an unknown type without content. All are read
  /// if it is empty or there is no such model.
  llvm::StringRef model = {};
};

/// Reads a serialised Model (`model.mlmodel`). `file` is its number in the engine's sources; diagnostics name the operation by its path.
Result<std::unique_ptr<Model>> importModel(llvm::StringRef bytes, uint32_t file, Context &context, DiagnosticEngine &diags,
                                           const ImportOptions &options = {});
/// Reads a serialised ModelDescription, which compiled models contain.
Result<ModelDescription> importDescription(llvm::StringRef bytes, uint32_t file, DiagnosticEngine &diags);

/// Serialises a model. `place` (may be null) is called for every blob and every in-memory tensor.
Status exportModel(const Model &model, const PlaceFn &place, llvm::raw_ostream &out, DiagnosticEngine &diags);
/// Serialises a description.
Status exportDescription(const ModelDescription &description, std::string &out, DiagnosticEngine &diags);

} // namespace mil
