// What is in a model, told in numbers and short texts: the facts behind `milc info`.
//
// Computed from the program and the description alone; no weight is read. Two constants share their weight when they refer to the same
// record of the same file; equal bytes that are stored twice count twice (merging and optimising are what shares those).
// Cost: linear in the operations.
#pragma once

#include "mil/Package/Package.h"

namespace mil {

/// An input, output or state of a function.
struct FeatureInfo {
  std::string name;
  std::string type;        ///< its type in the program, "tensor<fp16, [1, 8]>"; empty when the program has no such input or output
  std::string feature;     ///< what the description makes of it, "image 224 x 224 RGB"; empty when it isn't described
  std::string description; ///< the description's text
  bool optional = false;
};

struct FunctionInfo {
  std::string name;
  std::string opset; ///< "ios18", or as it was written when unknown
  std::vector<FeatureInfo> inputs, outputs, states;
  size_t operations = 0;                                 ///< nested ones included
  std::vector<std::pair<std::string, size_t>> histogram; ///< operations by type, the most frequent first
  /// Elements of the weights: of constants in weight files, each record once, and of other numeric constants of 10 elements and more. What
  /// is compressed counts as many as it decompresses to.
  uint64_t parameters = 0;
  uint64_t weightBytes = 0; ///< bytes of the records referred to, each once
};

/// Weights that exactly these functions (two or more) share.
struct SharedWeights {
  std::vector<std::string> functions;
  size_t records = 0;
  uint64_t bytes = 0;
};

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
};

ModelInfo describeModel(const Model &model);

/// A feature's type in short: "multiarray fp16 [1, 1..512]", "image 224 x 224 RGB", "dictionary of string".
std::string describeFeature(const FeatureType &type);

} // namespace mil
