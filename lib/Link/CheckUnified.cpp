#include "mil/Link/DiagnosticKinds.h"
#include "mil/Link/Unify.h"
#include "mil/Run/Compare.h"
#include "mil/Run/Inputs.h"
#include "llvm/ADT/STLExtras.h"
#include <cmath>

namespace mil {

namespace {

/// Without descriptions: the sizes that they allow don't matter here.
Result<std::unique_ptr<ModelRunner>> runnerOf(const Function &function, DiagnosticEngine &diags) {
  return ModelRunner::make({RunStage{&function, nullptr}}, {}, diags);
}

/// One function beside the result.
class SourceCheck {
public:
  SourceCheck(const UnifiedModel &unified, size_t number, ModelRunner &after, DiagnosticEngine &diags)
      : unified(unified), source(unified.sourceOf[number]), number(number), after(after), diags(diags) {}

  Result<UnifiedCheck> run(unsigned samples) {
    Result<std::unique_ptr<ModelRunner>> before = runnerOf(*source.function, diags);
    if (!before || !takeAdapter())
      return failure();
    UnifiedCheck check{unified.functions[number], INFINITY, true};
    for (unsigned sample = 0; sample < samples; ++sample)
      if (!runOnce(**before, sample, check))
        return failure();
    return check;
  }

private:
  Status takeAdapter() {
    if (unified.adapters.empty())
      return success();
    for (const NamedArray &array : unified.adapters[number].arrays) {
      std::optional<Tensor> value = Tensor::fromLiteral(*array.value, uint64_t(1) << 34, &diags);
      if (!value)
        return diags.errorCount() ? failure() : diags.report({}, diag::BindArray, array.name, "its values can't be read");
      adapter.insert_or_assign(array.name, std::move(*value));
    }
    return success();
  }

  Status runOnce(ModelRunner &before, unsigned sample, UnifiedCheck &check) {
    Result<NamedValues> inputs = randomInputs(before, sample, diags);
    if (!inputs)
      return failure();
    NamedValues same;
    States states = before.newStates(), others = after.newStates();
    for (const auto &[name, there] : source.inputs)
      if (auto value = inputs->find(there); value != inputs->end())
        same[name] = value->second;
    for (const auto &[name, value] : adapter)
      if (others.find(name) != others.end())
        others.insert_or_assign(name, value);
      else
        same[name] = value;
    Result<NamedValues> wanted = before.run(*inputs, states, diags),
                        found = wanted ? after.run(same, others, diags) : Result<NamedValues>(failure());
    if (!found)
      return failure();
    for (const auto &[name, there] : source.outputs) {
      const Tensor *a = (*found)[name].tensor(), *b = (*wanted)[there].tensor();
      if (!a || !b)
        continue;
      ValueDifference difference = differenceOf(name, *a, *b, {});
      check.psnr = std::min(check.psnr, difference.sameShape ? difference.psnr : -INFINITY);
      check.isExact &= a->dtype() == b->dtype() && a->dims() == b->dims() && a->bytes() == b->bytes();
    }
    return success();
  }

  const UnifiedModel &unified;
  const UnifiedSource &source;
  size_t number;
  ModelRunner &after;
  DiagnosticEngine &diags;
  std::map<std::string, Tensor> adapter;
};

} // namespace

Result<std::vector<UnifiedCheck>> checkUnified(const UnifiedModel &unified, unsigned samples, DiagnosticEngine &diags) {
  Result<std::unique_ptr<ModelRunner>> after = runnerOf(*unified.model->program->function("main"), diags);
  if (!after)
    return failure();
  std::vector<UnifiedCheck> checks;
  for (size_t i = 0; i < unified.sourceOf.size(); ++i) {
    Result<UnifiedCheck> check = SourceCheck(unified, i, **after, diags).run(samples);
    if (!check)
      return failure();
    checks.push_back(std::move(*check));
  }
  return checks;
}

} // namespace mil
