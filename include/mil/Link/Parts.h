// Running the parts that a split wrote: reads parts.json (Split.h) and connects the functions of the parts to chains.
#pragma once

#include "mil/Run/ModelRunner.h"

namespace mil {

/// The content of parts.json.
struct PartList {
  struct Value {
    std::string name, value; ///< its names in the part and in the whole model
    bool isOutput = false;   ///< whether it is an output of the whole model
  };
  struct Function {
    std::string name;
    std::vector<Value> inputs, outputs;
  };
  std::vector<std::string> files;               ///< the parts' packages, with the folder's path
  std::vector<std::vector<Function>> functions; ///< of each part
};

/// Whether a path is a folder with a parts.json.
bool isPartsFolder(llvm::StringRef path);
/// Reads the parts.json of a folder. File names in it must stay within the folder.
Result<PartList> readParts(llvm::StringRef folder, DiagnosticEngine &diags);

/// A chain that runs the parts of a split.
struct PartChain {
  std::vector<RunStage> stages;
  std::vector<std::string> outputs; ///< of the whole model, in the order of the parts
};
/// The chain of a function ("" for the only or default one) through the opened parts.
Result<PartChain> chainParts(const PartList &parts, llvm::ArrayRef<const Model *> models, llvm::StringRef function,
                             DiagnosticEngine &diags);

} // namespace mil
