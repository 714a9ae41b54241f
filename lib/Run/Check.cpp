#include "mil/Run/Check.h"
#include "mil/Ops/Args.h"
#include "mil/Run/DiagnosticKinds.h"
#include "mil/Run/Inputs.h"

using namespace mil;

static bool isHalf(const RuntimeValue &value) { return value.tensor() && value.tensor()->dtype() == DType::Float16; }

/// One pair of functions on one set of inputs.
static Status checkSample(ModelRunner &before, ModelRunner &after, unsigned sample, DiagnosticEngine &diags) {
  NamedValues inputs, same;
  for (const RunPort &port : before.inputs()) {
    Type type = port.defaultType(before.context());
    if (!type.isTensor() || !type.hasStaticShape())
      return diags.report({}, diag::MissingInput, before.function().name().str(), port.name, port.type.str());
    inputs[port.name] = makeInput(port, type.dims(), FillKind::Random, sample);
  }
  for (const RunPort &port : after.inputs())
    if (auto value = inputs.find(port.name); value != inputs.end())
      same[port.name] = value->second;
  States first = before.newStates(), second = after.newStates();
  Result<NamedValues> wanted = before.run(inputs, first, diags),
                      found = wanted ? after.run(same, second, diags) : Result<NamedValues>(failure());
  if (!found)
    return failure();
  for (const RunPort &port : before.outputs()) {
    auto a = found->find(port.name), b = wanted->find(port.name);
    if (a == found->end() || b == wanted->end() || !a->second.tensor() || !b->second.tensor())
      continue;
    double allowed = isHalf(a->second) || isHalf(b->second) ? 5e-2 : 1e-3;
    ValueDifference difference = differenceOf(port.name, *a->second.tensor(), *b->second.tensor(), {allowed, allowed, std::nullopt});
    if (!difference.within)
      return diags.report({}, diag::RewriteDiffers, before.function().name().str(), port.name, printNumber(difference.absolute), sample);
  }
  return success();
}

Status mil::checkRewrite(const Model &before, const Model &after, unsigned samples, DiagnosticEngine &diags, const RunOptions &options) {
  std::vector<std::string> functions{""};
  if (before.program && after.program) {
    functions.clear();
    for (const Function *function : before.program->functions())
      if (after.program->function(function->name()))
        functions.push_back(function->name().str().str());
  }
  for (const std::string &function : functions) {
    Result<std::unique_ptr<ModelRunner>> first = ModelRunner::make(before, function, diags, options);
    Result<std::unique_ptr<ModelRunner>> second = first ? ModelRunner::make(after, function, diags, options) : failure();
    if (!second)
      return failure();
    for (unsigned sample = 0; sample < samples; ++sample)
      if (!checkSample(**first, **second, sample, diags))
        return failure();
  }
  return success();
}
