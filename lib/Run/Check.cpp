#include "mil/Run/Check.h"
#include "mil/IR/Cloning.h"
#include "mil/Ops/Args.h"
#include "mil/Run/DiagnosticKinds.h"
#include "mil/Run/Inputs.h"
#include "mil/Run/Watch.h"
#include <cmath>

using namespace mil;

namespace {

using Partners = std::map<std::string, std::string, std::less<>>;

/// Values at two interfaces that belong together: by name; if as many are left over on both sides, those by place.
Partners pairUp(llvm::ArrayRef<RunPort> before, llvm::ArrayRef<RunPort> after) {
  auto has = [](llvm::ArrayRef<RunPort> ports, llvm::StringRef name) {
    return llvm::any_of(ports, [&](const RunPort &port) { return port.name == name; });
  };
  Partners partners;
  std::vector<std::string> ours, theirs;
  for (const RunPort &port : before)
    if (has(after, port.name))
      partners[port.name] = port.name;
    else
      ours.push_back(port.name);
  for (const RunPort &port : after)
    if (!has(before, port.name))
      theirs.push_back(port.name);
  for (size_t i = 0; ours.size() == theirs.size() && i < ours.size(); ++i)
    partners[ours[i]] = theirs[i];
  return partners;
}

Tolerance toleranceFor(const Tensor &a, const Tensor &b, const CheckOptions &options) {
  bool isHalf = a.dtype() == DType::Float16 || b.dtype() == DType::Float16;
  double allowed = options.exact ? 0 : isHalf ? options.halfTolerance : options.tolerance;
  return {allowed, allowed, std::nullopt};
}

/// Runs two forms of one function, and compares.
struct PairCheck {
  ModelRunner &before, &after;
  const CheckOptions &options;
  DiagnosticEngine &diags;
  CheckFailure *failed;
  Partners inputs = pairUp(before.inputs(), after.inputs()), outputs = pairUp(before.outputs(), after.outputs());

  Status sample(unsigned seed) const {
    Result<NamedValues> given = randomInputs(before, seed, diags);
    if (!given)
      return failure();
    States first = before.newStates(), second = after.newStates();
    NamedValues same = options.extraInputs;
    for (const auto &[name, value] : *given)
      if (auto partner = inputs.find(name); partner != inputs.end())
        same[partner->second] = value;
      else if (auto state = second.find(name); state != second.end())
        state->second = *value.tensor();
    for (const RunPort &port : after.inputs()) // what was a state
      if (auto state = first.find(port.name); state != first.end() && !same.count(port.name))
        same[port.name] = state->second;
    Result<NamedValues> wanted = before.run(*given, first, diags);
    Result<NamedValues> found = wanted ? after.run(same, second, diags) : Result<NamedValues>(failure());
    if (!found)
      return failure();
    for (const RunPort &port : before.outputs())
      if (auto partner = outputs.find(port.name); partner != outputs.end())
        if (!compare(port.name, wanted->find(port.name)->second, found->find(partner->second)->second, *given, seed))
          return failure();
    for (const auto &[name, held] : first)
      if (auto state = second.find(name); state != second.end() && !compare(name, held, state->second, *given, seed))
        return failure();
    return success();
  }

private:
  bool compare(llvm::StringRef name, const RuntimeValue &wanted, const RuntimeValue &found, const NamedValues &given, unsigned seed) const {
    const Tensor *a = found.tensor(), *b = wanted.tensor();
    if (!a || !b)
      return true;
    ValueDifference difference = differenceOf(name, *a, *b, toleranceFor(*a, *b, options));
    if (difference.within)
      return true;
    double by = difference.psnr == -INFINITY ? INFINITY : difference.absolute; // NaN or infinity on one side alone
    std::string function = before.function().name().str().str(), operation = whereTheyPart(given);
    auto report = diags.report({}, diag::RewriteDiffers, function, name, printNumber(by), seed);
    if (!operation.empty())
      std::move(report).note({}, diag::RewriteParts, operation);
    if (failed)
      *failed = {function, name.str(), operation, by, given};
    return false;
  }
  /// "" when the two don't take the same inputs by name.
  std::string whereTheyPart(const NamedValues &given) const {
    bool sameNames = before.inputs().size() == after.inputs().size();
    for (const RunPort &port : after.inputs())
      sameNames &= given.count(port.name);
    if (!sameNames)
      return "";
    DiagnosticEngine unheard;
    double allowed = options.exact ? 0 : options.tolerance;
    Result<Comparison> comparison = compareRuns(before, after, given, {allowed, allowed, std::nullopt}, unheard);
    return comparison ? comparison->firstApart : "";
  }
};

/// What the whole calls an input of a slice, or an output: its name, or that of the value behind a cast or a change of rank at the border.
std::string nameInWhole(const ModelRunner &slice, const RunPort &port, const NamedValues &known) {
  constexpr unsigned mostSteps = 2;
  const Value *value = port.value;
  for (const Operand &output : slice.function().outputs())
    if (!value && output.value() && output.value()->name() == port.name)
      value = output.value();
  for (unsigned step = 0; value && step <= mostSteps; ++step) {
    std::string name = value->name().str().str();
    if (known.count(name))
      return name;
    const Operation *next = port.value ? (value->hasOneUse() ? value->firstUse()->user() : nullptr) : value->definingOp();
    bool isBorder = next && (next->is("cast") || next->is("squeeze") || next->is("expand_dims"));
    value = !isBorder ? nullptr : port.value ? next->result() : next->input("x");
  }
  return "";
}

} // namespace

Status mil::checkRuns(ModelRunner &before, ModelRunner &after, const CheckOptions &options, DiagnosticEngine &diags, CheckFailure *failed) {
  PairCheck check{before, after, options, diags, failed};
  for (unsigned seed = 0; seed < options.samples; ++seed)
    if (!check.sample(seed))
      return failure();
  return success();
}

Status mil::checkSlice(ModelRunner &whole, ModelRunner &slice, const CheckOptions &options, DiagnosticEngine &diags) {
  for (unsigned seed = 0; seed < options.samples; ++seed) {
    Result<NamedValues> known = randomInputs(whole, seed, diags);
    States first = whole.newStates(), second = slice.newStates();
    ValueWatch watch({}, true);
    if (!known || !whole.run(*known, first, diags, &watch))
      return failure();
    for (const ValueWatch::Seen &seen : watch.seen())
      if (seen.value)
        (*known)[seen.name] = *seen.value;
    NamedValues given;
    for (const RunPort &port : slice.inputs())
      if (auto value = known->find(nameInWhole(slice, port, *known)); value != known->end())
        given[port.name] = value->second;
    Result<NamedValues> found = slice.run(given, second, diags);
    if (!found)
      return failure();
    for (const auto &port : slice.outputs()) {
      auto value = found->find(port.name), wanted = known->find(nameInWhole(slice, port, *known));
      if (value == found->end() || wanted == known->end() || !value->second.tensor() || !wanted->second.tensor())
        continue;
      const Tensor &a = *value->second.tensor(), &b = *wanted->second.tensor();
      ValueDifference difference = differenceOf(port.name, a, b, toleranceFor(a, b, options));
      if (!difference.within)
        return diags.report({}, diag::RewriteDiffers, whole.function().name().str(), port.name, printNumber(difference.absolute), seed);
    }
  }
  return success();
}

Status mil::checkRewrite(const Model &before, const Model &after, const CheckOptions &options, DiagnosticEngine &diags,
                         CheckFailure *failed) {
  std::vector<std::string> functions{""};
  if (before.program && after.program) {
    functions.clear();
    for (const Function *function : before.program->functions())
      if (after.program->function(function->name()))
        functions.push_back(function->name().str().str());
  }
  for (const std::string &function : functions) {
    Result<std::unique_ptr<ModelRunner>> first = ModelRunner::make(before, function, diags, options.run);
    Result<std::unique_ptr<ModelRunner>> second = first ? ModelRunner::make(after, function, diags, options.run) : failure();
    if (!second || !checkRuns(**first, **second, options, diags, failed))
      return failure();
  }
  return success();
}

// ---- Step by step -----------------------------------------------------------

static std::unique_ptr<Model> copyOf(const Program &program, const Model *model) {
  auto copy = std::make_unique<Model>();
  copy->program = std::make_unique<Program>(program.context());
  for (const Function *function : program.functions())
    cloneFunction(*function, *copy->program, function->name());
  if (model)
    copy->description = model->description;
  return copy;
}

void StepwiseCheck::begin(const Program &program, const Model *model) { last = copyOf(program, model); }

Status StepwiseCheck::step(const Program &program, const Model *model, const CheckOptions &options, DiagnosticEngine &diags,
                           CheckFailure *failed) {
  now = copyOf(program, model);
  if (!checkRewrite(*last, *now, options, diags, failed))
    return failure();
  last = std::move(now);
  return success();
}
