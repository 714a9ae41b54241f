// What the inputs of a merge say about themselves, united: metadata, program attributes, doc strings, fields unknown to milc.
#pragma once

#include "mil/Link/Link.h"
#include <map>

namespace mil {

/// Collects into `model` what the inputs say, given one after the other. The first to set a field keeps it; others that differ are
/// reported.
class MetadataUnion {
public:
  MetadataUnion(Model &model, DiagnosticEngine &diags) : model(model), diags(diags) {}
  void add(const OpenedModel &input);

private:
  /// Whether a field is to be taken from the current input: no input has set it before. Reports a value that differs from an earlier one.
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
