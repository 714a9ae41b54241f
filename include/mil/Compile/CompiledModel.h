// coremldata.bin: the description of a compiled model (.mlmodelc).
//
//   u32 type of the model, the number of its field in Model      502 ML program, 202 pipeline, 610 non-maximum suppression, …
//   3 × i64 format version, u64 length and bytes of the format variant ("generic")
//   i64 specification version of the model, 3 × i64 that were always zero
//   then, for a program:  u64 length and bytes of a serialised ModelDescription, and one list of texts per function:
//                         u64 502, u64 count, texts
//         for a pipeline: u64 length and bytes of a serialised ModelDescription, u64 number of models, u64 202
//         for a model without a separate description (variant "spec"; 610, 2002, 400, …): the serialised Model up to the end
//         for others (neural networks): u64 length and bytes of a serialised ModelDescription, then bytes that are kept unchanged
//
// All little-endian and unaligned; texts are u64 length and bytes. Source: files of released models.
#pragma once

#include "mil/Support/Diagnostics.h"
#include <array>
#include <string>
#include <vector>

namespace mil {

/// The content of a coremldata.bin.
struct CompiledModel {
  /// Numbers of fields in Model.
  enum Type : uint32_t {
    PipelineClassifier = 200,
    PipelineRegressor = 201,
    PipelineModel = 202,
    NeuralNetworkClassifier = 403,
    NeuralNetwork = 500,
    MLProgram = 502,
    NonMaximumSuppression = 610
  };
  uint32_t type = MLProgram;
  std::array<int64_t, 3> formatVersion{};
  std::string variant = "generic";
  int64_t specificationVersion = 0;
  std::array<int64_t, 3> reserved{};
  /// The serialised ModelDescription; empty for a model without a separate one.
  std::string description;
  /// Lists of texts after the description, each with the number of a model type; empty for pipelines.
  struct List {
    uint64_t type = MLProgram;
    std::vector<std::string> texts;
    bool operator==(const List &) const = default;
  };
  std::vector<List> lists;
  /// The bytes after the description of a model that is neither a program nor a pipeline.
  std::string rest;
  /// The number of models in a pipeline.
  uint64_t modelCount = 0;
  /// The serialised Model of a type that has no separate description.
  std::string model;
  bool operator==(const CompiledModel &) const = default;

  /// Whether the model has a separate description.
  bool hasDescription() const;
  bool isPipeline() const { return type == PipelineModel || type == PipelineClassifier || type == PipelineRegressor; }
};

/// Reads coremldata.bin. `file` is its number in the engine's sources; errors contain the byte offset at which reading stopped.
Result<CompiledModel> parseCompiledModel(llvm::StringRef bytes, uint32_t file, DiagnosticEngine &diags);
/// The bytes of coremldata.bin.
std::string printCompiledModel(const CompiledModel &model);
/// Reads modelNames/coremldata.bin, the names of a pipeline's models: u64 count, then the texts.
Result<std::vector<std::string>> parseModelNames(llvm::StringRef bytes, uint32_t file, DiagnosticEngine &diags);
/// The content that the compiler writes for an ML program: the format version depends on the specification version (5 up to 7, then the
/// same number, at most 9), with one empty list per function.
CompiledModel compiledProgram(int specificationVersion, std::string description, size_t functionCount);
/// The content that it writes for a pipeline: the variant contains the versions and variants of its models.
CompiledModel compiledPipeline(int specificationVersion, std::string description, llvm::ArrayRef<CompiledModel> models);
/// The bytes of modelNames/coremldata.bin.
std::string printModelNames(llvm::ArrayRef<std::string> names);

/// A section of analytics/coremldata.bin: its name, u64 count, then keys and values.
struct AnalyticsSection {
  std::string name;
  std::vector<std::pair<std::string, std::string>> entries;
};
/// The bytes of analytics/coremldata.bin: sections one after the other.
std::string printAnalytics(llvm::ArrayRef<AnalyticsSection> sections);

} // namespace mil
