// The common part of all edits: selects functions and features, and reports errors.
#pragma once

#include "mil/Edit/DiagnosticKinds.h"
#include "mil/Edit/Edit.h"
#include "mil/Pass/Pass.h"

namespace mil {

/// An input, output or state of a function, with its feature.
struct InterfaceValue {
  Function *function;
  Value *value;
  FeatureDescription *feature; ///< null if it isn't described
  enum class Role : uint8_t { Input, Output, State } role;
};

/// Whether each size of a shape is one number.
bool isFixed(llvm::ArrayRef<SizeRange> shape);

class Editor {
public:
  Editor(Model &model, const ModelEdits &edits, DiagnosticEngine &diags) : model(model), edits(edits), diags(diags) {}
  Status run();
  bool hasChanged() const { return changed; }

private:
  // Editor.cpp
  Status texts();
  Status labels();
  Status labelsOf(Operation &classify);
  Status defaultFunction();
  /// The values of the interface with this name, in the selected functions; reports an error if there is none. A value that is both an
  /// input and an output occurs twice.
  Result<std::vector<InterfaceValue>> valuesNamed(llvm::StringRef name);
  std::vector<Function *> functions() const;
  Status refuse(const Function &function, llvm::StringRef name, const std::string &why);
  std::string listFunctions() const;
  std::string listFeatures() const;

  // Renames.cpp
  struct Renaming {
    Function *function;
    Value *value;
    std::string from, to;
  };
  using FunctionRenamings = std::vector<std::pair<Function *, std::string>>;
  Status renames();
  Status listRenamings(std::vector<Renaming> &values, FunctionRenamings &functions);
  Status checkFree(llvm::ArrayRef<Renaming> values);
  Status checkFree(const FunctionRenamings &renamed);
  void renameFunctions(const FunctionRenamings &renamed);

  // Interfaces.cpp
  Status types();
  Status retype(const InterfaceValue &value, DType type);
  Status shapes();
  Status reshape(const InterfaceValue &value, const ModelEdits::Shapes &edit);
  Status images();
  Status makeImage(const InterfaceValue &value, const ModelEdits::Image &edit);
  Status makeArray(const InterfaceValue &value);
  Status checkNormalisation(const InterfaceValue &value, const ModelEdits::Image &edit, int64_t channels);
  void normalise(const InterfaceValue &value, const ModelEdits::Image &edit);

  Model &model;
  const ModelEdits &edits;
  DiagnosticEngine &diags;
  bool changed = false; ///< set before the first change
};

} // namespace mil
