// Combines the metadata, program attributes, doc strings and unknown fields of the inputs of a merge.
#pragma once

#include "mil/Link/Link.h"
#include <map>

namespace mil {

/// Combines the properties of the inputs, which are passed one after the other, in `model`. The first input that has a field determines it;
/// later ones that differ are reported.
class MetadataUnion {
public:
  MetadataUnion(Model &model, DiagnosticEngine &diags) : model(model), diags(diags) {}
  void add(const OpenedModel &input);

private:
  /// Whether the current input is the first one with a field. Reports a value that differs from an earlier one.
  bool isFirst(const std::string &field, llvm::StringRef value);
  void take(const std::string &field, std::string &into, llvm::StringRef from);
  void addMetadata(const Metadata &from);
  void addAttributes(const Program &from);
  void addBuildInfo(const Literal &from);

  Model &model;
  DiagnosticEngine &diags;
  const OpenedModel *current = nullptr;
  struct Kept {
    std::string value;
    const OpenedModel *from;
  };
  std::map<std::string, Kept> fields;
};

} // namespace mil
