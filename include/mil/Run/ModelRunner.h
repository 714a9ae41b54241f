// Running a model: a function of its program, or a chain of functions for a pipeline and for the parts written by `milc split`.
//
//   Result<std::unique_ptr<ModelRunner>> runner = ModelRunner::make(*opened->model, "", diags);   // the default function
//   Result<NamedValues> outputs = (*runner)->run(inputs, states, diags);
//
// The stages of a chain pass values by name; states with the same name are one state. The sizes of flexible inputs must be allowed by the
// description, and missing optional inputs get their described default, or zeros.
#pragma once

#include "mil/IR/Model.h"
#include "mil/Run/Executable.h"

namespace mil {

/// A function of a chain, and the names of its values in the chain if they differ.
struct RunStage {
  const Function *function = nullptr;
  const FunctionDescription *description = nullptr; ///< or null
  std::map<std::string, std::string, std::less<>> inputNames = {}, outputNames = {};
};

/// An input, output or state of the chain.
struct RunPort : Port {
  const FeatureDescription *feature = nullptr; ///< its description, or null
  const Value *value = nullptr;                ///< of inputs: the first parameter that it is passed to
  /// The type with the default sizes of the model for unknown ones; 1 if there is no default.
  Type defaultType(Context &context) const;
};

/// A model that is ready to run: one function, or a chain of functions.
class ModelRunner {
public:
  /// Runs a function of a model ("" for the default one), or all stages of a pipeline. Fails like Executable::make.
  static Result<std::unique_ptr<ModelRunner>> make(const Model &model, llvm::StringRef function, DiagnosticEngine &diags,
                                                   const RunOptions &options = {});
  /// Runs a chain; `outputs` are the outputs of the chain, or if empty all outputs of the last stage.
  static Result<std::unique_ptr<ModelRunner>> make(std::vector<RunStage> stages, std::vector<std::string> outputs, DiagnosticEngine &diags,
                                                   const RunOptions &options = {});

  llvm::ArrayRef<RunPort> inputs() const { return ins; }
  /// In the order of the description, if there is one.
  llvm::ArrayRef<RunPort> outputs() const { return outs; }
  llvm::ArrayRef<RunPort> states() const { return held; }
  Context &context() const { return stages.front().stage.function->program().context(); }
  const Function &function() const { return *stages.front().stage.function; }
  /// New states of all stages, filled with zeros.
  States newStates() const;
  /// The limit of memory for values in a run: RunOptions::maxMemory, or its default.
  uint64_t memoryLimit() const { return limit; }

  /// Runs all stages once, see Executable::run.
  Result<NamedValues> run(const NamedValues &inputs, States &states, DiagnosticEngine &diags, RunObserver *observer = nullptr,
                          RunCosts *costs = nullptr);

private:
  struct Planned {
    RunStage stage;
    std::unique_ptr<Executable> executable;
  };
  ModelRunner() = default;
  void collectPorts(std::vector<std::string> outputs);
  bool complete(NamedValues &values, DiagnosticEngine &diags) const;
  std::vector<Planned> stages;
  std::vector<RunPort> ins, outs, held;
  uint64_t limit = 0;
};

/// Checks that a description allows a shape; reports an error otherwise.
Status checkFlexibility(const FeatureDescription &feature, llvm::ArrayRef<int64_t> dims, DiagnosticEngine &diags);

} // namespace mil
