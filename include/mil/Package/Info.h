// A summary of a model in numbers and short texts, for `milc info`.
//
//   ModelInfo info = describeModel(model);
//   for (const FunctionInfo &function : info.functions)
//     llvm::outs() << function.name << ": " << function.parameters << " parameters\n";
//
// Computed from the program and the description; no weight is read. Two constants share a weight if they refer to the same record of the
// same file; equal bytes that are stored twice count twice (merging and optimising share them).
// Cost: linear in the operations.
#pragma once

#include "mil/Package/Package.h"

namespace mil {

/// An input, output or state of a function.
struct FeatureInfo {
  std::string name;
  std::string type;        ///< its type in the program, "tensor<fp16, [1, 8]>"; empty when the program has no such input or output
  std::string feature;     ///< its type in the description, "image 224 x 224 RGB"; empty if it isn't described
  std::string description; ///< the description's text
  bool optional = false;
};

/// The summary of a function.
struct FunctionInfo {
  std::string name;
  std::string opset; ///< "ios18", or as it was written when unknown
  std::vector<FeatureInfo> inputs, outputs, states;
  size_t operations = 0;                                 ///< nested ones included
  std::vector<std::pair<std::string, size_t>> histogram; ///< operations by type, the most frequent first
  /// The number of elements of the weights: constants in weight files, each record once, and other numeric constants of 10 or more
  /// elements. Compressed weights count with their decompressed size.
  uint64_t parameters = 0;
  uint64_t weightBytes = 0; ///< bytes of the records referred to, each once
};

/// Weights that exactly these functions (two or more) share.
struct SharedWeights {
  std::vector<std::string> functions;
  size_t records = 0;
  uint64_t bytes = 0;
};

/// The summary of a model.
struct ModelInfo {
  std::string kind; ///< "ML program", "pipeline", "neural network (500)", with the number of its field in Model
  int specificationVersion = 0;
  std::string defaultFunction; ///< empty for a model without a list of functions
  Metadata metadata;
  std::vector<std::pair<std::string, std::string>> buildInfo;
  std::vector<FunctionInfo> functions; ///< in the order of the description; of a pipeline one without operations: its interface
  std::vector<SharedWeights> sharing;  ///< the most bytes first
  size_t records = 0;                  ///< weights that the model refers to, each record once
  uint64_t weightBytes = 0;
  /// Models of a pipeline, and their names (none, or one each).
  std::vector<ModelInfo> stages;
  std::vector<std::string> stageNames;

  /// The texts about the model that aren't empty, each with its label: metadata, then build information. They live as long as this object.
  std::vector<std::pair<llvm::StringRef, llvm::StringRef>> texts() const;
};

/// Summarizes a model. Weights are the constants in weight files; also those in memory with `movedFrom` elements and more, if it isn't 0,
/// for a model that is still to be saved.
ModelInfo describeModel(const Model &model, uint64_t movedFrom = 0);

/// A short text for the type of a feature: "multiarray fp16 [1, 1..512]", "image 224 x 224 RGB", "dictionary of string".
std::string describeFeature(const FeatureType &type);

} // namespace mil
