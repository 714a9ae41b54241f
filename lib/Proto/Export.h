// The state that the parts of the exporter share, and the functions that convert each part of the IR to a message.
#pragma once

#include "MIL.pb.h"
#include "Model.pb.h"
#include "Wire.h"
#include "mil/IR/Verifier.h"
#include "mil/Proto/Proto.h"

namespace mil {

namespace spec = CoreML::Specification;
namespace milspec = CoreML::Specification::MILSpec;

/// The state of an export. Errors are reported when they are found; `failed` is set if there was one.
struct Exporting {
  DiagnosticEngine &diags;
  const PlaceFn *place = nullptr;
  /// The operation that is being written, for diagnostics.
  const Operation *operation = nullptr;
  const Function *function = nullptr;
  bool failed = false;
  explicit Exporting(DiagnosticEngine &diags, const PlaceFn *place = nullptr) : diags(diags), place(place) {}

  template <typename... Args> void report(DiagKind kind, const Args &...args) {
    failed = true;
    if (operation)
      reportOn(*operation, diags, kind, args...);
    else
      diags.report(function ? function->location() : Location(), kind, args...)
          .in(function ? "function '" + function->name().str().str() + "'" : std::string());
  }
  /// Converts a text for protobuf; reports a text that isn't UTF-8.
  std::string text(llvm::StringRef text);
  /// Whether a message of this size is allowed; reports an error otherwise.
  bool fits(llvm::StringRef what, uint64_t size);
};

void exportType(Exporting &at, Type type, milspec::ValueType &message, unsigned depth = 0);
void exportLiteral(Exporting &at, const Literal &literal, milspec::Value &message, unsigned depth = 0);
void exportAttributes(Exporting &at, llvm::ArrayRef<Attribute> attributes,
                      google::protobuf::RepeatedPtrField<milspec::AttributeEntry> &entries);

/// Appends the serialised program to `out`.
void exportProgram(Exporting &at, const Program &program, wire::Buffer &out);
void exportDescription(Exporting &at, const ModelDescription &description, spec::ModelDescription &message);

} // namespace mil
