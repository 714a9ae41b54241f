// What the tests of unifying functions share: running functions with random inputs, and comparing the outcomes.
#pragma once

#include "Ops/RandomCalls.h"
#include "mil/Link/Unify.h"
#include "mil/Pass/PassManager.h"
#include "mil/Passes/AllPasses.h"
#include "mil/Run/Executable.h"
#include <gtest/gtest.h>

namespace mil::test {

/// A model around functions of a program.
inline OpenedModel openedFrom(std::unique_ptr<Program> program, const std::string &path) {
  OpenedModel opened;
  opened.path = path;
  opened.model = std::make_unique<Model>();
  opened.model->program = std::move(program);
  opened.model->specificationVersion = specificationVersion(Opset::IOS18);
  ModelDescription &description = opened.model->description.emplace();
  for (const Function *function : opened.model->program->functions()) {
    description.functions.push_back(describeFunction(*function));
    description.functions.back().name = function->name().str().str();
  }
  return opened;
}

/// What a run gives: outputs by name, and what states hold at the end.
struct RunOutcome {
  NamedValues outputs;
  States states;
};

inline bool identical(const Tensor &a, const Tensor &b) { return a.dtype() == b.dtype() && a.dims() == b.dims() && a.bytes() == b.bytes(); }

/// Runs functions, and compares their outcomes.
struct UnifyTest : testing::Test {
  Context context;
  DiagnosticEngine diags;

  /// Runs a function, from states that are given; nullopt when it can't be run.
  std::optional<RunOutcome> run(const Function &function, const NamedValues &inputs, States states,
                                Precision precision = Precision::Declared) {
    DiagnosticEngine quiet;
    Result<std::unique_ptr<Executable>> executable = Executable::make(function, quiet, {.precision = precision, .threads = 1});
    if (!executable)
      return std::nullopt;
    Result<NamedValues> outputs = (*executable)->run(inputs, states, quiet);
    if (!outputs)
      return std::nullopt;
    return RunOutcome{std::move(*outputs), std::move(states)};
  }

  static Tensor random(Type type, Dice &dice) {
    Tensor::Dims dims(type.dims().begin(), type.dims().end());
    for (int64_t &dim : dims)
      dim = dim < 0 ? 3 : dim;
    Tensor values(type.dtype(), dims);
    for (int64_t i = 0; i < values.count(); ++i)
      values.write(i, llvm::ArrayRef<double>{double(int(dice.below(17)) - 8) / (isFloat(type.dtype()) ? 4 : 2)});
    return values;
  }
  /// Random inputs and states of a function.
  static RunOutcome randomInputs(const Function &function, Dice &dice) {
    RunOutcome given;
    for (const Value *input : function.inputs())
      if (std::string name = input->name().str().str(); input->type().isState())
        given.states.insert_or_assign(name, random(input->type().element(), dice));
      else
        given.outputs[name] = random(input->type(), dice);
    return given;
  }
  /// Whether all outputs and states of one run are those of the other, bit by bit; the first that isn't.
  static std::string firstApart(const RunOutcome &before, const RunOutcome &after) {
    for (const auto &[name, value] : before.outputs) {
      auto found = after.outputs.find(name);
      if (value.tensor() &&
          (found == after.outputs.end() || !found->second.tensor() || !identical(*value.tensor(), *found->second.tensor())))
        return name;
    }
    for (const auto &[name, value] : before.states)
      if (auto found = after.states.find(name); found == after.states.end() || !identical(value, found->second))
        return name;
    return "";
  }

  Status runPasses(Model &model, llvm::StringRef passes) {
    Result<PassList> list = parsePasses(passes, allPasses(), diags);
    PassManager manager(allPasses());
    if (!list || !manager.add(*list, diags) || !manager.run(model, diags))
      return failure();
    return success();
  }

  std::string lastMessage() const { return diags.diagnostics().empty() ? "" : diags.diagnostics().back().message; }
};

} // namespace mil::test
