// Running a model: a function of its program, or, of a pipeline and of the parts that a split wrote, one function after the other.
//
//   Result<std::unique_ptr<ModelRunner>> runner = ModelRunner::make(*opened->model, "", diags);   // the default function
//   Result<NamedValues> outputs = (*runner)->run(inputs, states, diags);
//
// The stages of a chain pass values by name; a state of one name is one state. Inputs that the description makes flexible are held to the
// sizes that it allows, and optional ones that aren't given have the default that it names, or zeros.
#pragma once

#include "mil/IR/Model.h"
#include "mil/Run/Executable.h"

namespace mil {

/// A function of a chain, and how its values are called in the whole where that differs.
struct RunStage {
  const Function *function = nullptr;
  const FunctionDescription *description = nullptr; ///< or null
  std::map<std::string, std::string, std::less<>> inputNames = {}, outputNames = {};
};

/// A value at the interface of the whole.
struct RunPort : Port {
  const FeatureDescription *feature = nullptr; ///< what the model says of it, or null
  const Value *value = nullptr;                ///< of inputs: the parameter that takes it first
  /// The type with the sizes that the model proposes in place of unknown ones; 1 where it proposes none.
  Type defaultType(Context &context) const;
};

class ModelRunner {
public:
  /// A function of a model, "" for the default one; all stages of a pipeline. Fails, reported, as Executable::make.
  static Result<std::unique_ptr<ModelRunner>> make(const Model &model, llvm::StringRef function, DiagnosticEngine &diags,
                                                   const RunOptions &options = {});
  /// A chain; `outputs` are those of the whole, all of the last stage if empty.
  static Result<std::unique_ptr<ModelRunner>> make(std::vector<RunStage> stages, std::vector<std::string> outputs, DiagnosticEngine &diags,
                                                   const RunOptions &options = {});

  llvm::ArrayRef<RunPort> inputs() const { return ins; }
  /// In the order of the description where there is one.
  llvm::ArrayRef<RunPort> outputs() const { return outs; }
  llvm::ArrayRef<RunPort> states() const { return held; }
  Context &context() const { return stages.front().stage.function->program().context(); }
  const Function &function() const { return *stages.front().stage.function; }
  States newStates() const;
  /// Bytes of values that a run may hold: RunOptions::maxMemory, or its default.
  uint64_t memoryLimit() const { return limit; }

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

/// Whether a description allows a shape; complains otherwise.
Status checkFlexibility(const FeatureDescription &feature, llvm::ArrayRef<int64_t> dims, DiagnosticEngine &diags);

} // namespace mil
