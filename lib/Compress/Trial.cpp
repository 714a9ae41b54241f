#include "mil/Compress/Trial.h"
#include "mil/Compress/Calibration.h"
#include "mil/IR/ConstantQueries.h"
#include "mil/IR/Context.h"
#include "mil/IR/Program.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/STLExtras.h"
#include <cmath>

using namespace mil;

namespace {

/// Weights in groups: those of one name, and those of one content.
std::vector<std::vector<WeightPlace>> placesOf(Program &program, size_t stage, int64_t threshold) {
  std::vector<std::vector<WeightPlace>> groups;
  llvm::StringMap<size_t> byName;
  llvm::DenseMap<const void *, size_t> byContent;
  for (Function *function : program.functions())
    function->body().walk([&](Operation &op) {
      if (!op.is("const") || !isWeight(op) || function->opset() < Opset::IOS16)
        return;
      Type type = op.constantValue()->type();
      if (!isFloat(type.dtype()) || *type.elementCount() <= threshold)
        return;
      auto name = byName.find(op.result()->name().str());
      auto content = byContent.find(contentOf(*op.constantValue()));
      size_t group = name != byName.end() ? name->second : content != byContent.end() ? content->second : groups.size();
      if (group == groups.size())
        groups.emplace_back();
      if (name != byName.end() && content != byContent.end() && content->second != group) { // they are one group, then
        size_t other = content->second;
        for (const WeightPlace &found : groups[other]) {
          byName[found.constant->result()->name().str()] = group;
          byContent[contentOf(*found.constant->constantValue())] = group;
          groups[group].push_back(found);
        }
        groups[other].clear();
      }
      byName[op.result()->name().str()] = group;
      byContent[contentOf(*op.constantValue())] = group;
      groups[group].push_back({stage, function, &op});
    });
  llvm::erase_if(groups, [](const std::vector<WeightPlace> &group) { return group.empty(); });
  return groups;
}

std::shared_ptr<const Hessian> hessianOf(const WeightPlace &place, Calibration *calibration) {
  return calibration ? calibration->hessianOf(place.stage, place.function->name().str(), place.constant->result()->name().str()) : nullptr;
}

/// A content of a group as trials see it: with data, elements matter by their inputs; rounding by the Hessian takes too long for each.
struct TrialView {
  WeightView view;
  Opset opset;
};
std::vector<TrialView> trialViews(llvm::ArrayRef<WeightPlace> group, Calibration *calibration) {
  std::vector<TrialView> views;
  llvm::DenseSet<const void *> seen;
  for (const WeightPlace &place : group) {
    if (!seen.insert(contentOf(*place.constant->constantValue())).second)
      continue;
    const Value &value = *place.constant->result();
    WeightView &view = views.emplace_back(TrialView{viewOf(value, readersOf(value)), place.function->opset()}).view;
    if (view.values) {
      view.hessian = hessianOf(place, calibration);
      view.importance = importanceByHessian(view);
      view.hessian = nullptr;
    }
  }
  return views;
}

/// The form that a scheme gives a weight in the end.
std::optional<CompressedWeight> formOf(const WeightPlace &place, const Scheme &scheme, Context &context, Calibration *calibration) {
  const Value &value = *place.constant->result();
  WeightView view = viewOf(value, readersOf(value));
  view.hessian = hessianOf(place, calibration);
  WhyLeft why = WhyLeft::None;
  return view.values ? compress(view, scheme, place.function->opset(), context, why) : std::nullopt;
}

/// What a scheme makes of a group; nullopt when one of its weights can't have it.
std::optional<WeightOption> tryOne(llvm::ArrayRef<TrialView> group, const Scheme &scheme) {
  WeightOption option{scheme, 0, 0};
  WeightError error;
  for (const auto &[view, opset] : group) {
    WhyLeft why = WhyLeft::None;
    if (!view.values || whyNot(scheme, opset))
      return std::nullopt;
    Context scratch; // for what is made, and forgotten
    std::optional<CompressedWeight> form = compress(view, scheme, opset, scratch, why);
    std::optional<WeightError> one = form ? errorOf(*view.values, *form, view.importance.get()) : std::nullopt;
    if (!one)
      return std::nullopt;
    option.bytes += form->bytes();
    error.squares += one->squares, error.magnitudes += one->magnitudes;
  }
  option.noise = error.squares > 0 ? error.squares / std::max(error.magnitudes, 1e-300) : 0;
  return option;
}

/// What the outputs lose by one scheme, rounded by the Hessian, as a multiple of what the layer loses by rounding each element.
double outputsAgainstLayer(const WeightPlace &place, const WeightOption &option, Calibration &calibration) {
  Context scratch;
  std::optional<CompressedWeight> form = formOf(place, *option.scheme, scratch, &calibration);
  std::optional<double> cost =
      form ? calibration.noiseOf({{place.stage, place.function->name().str(), place.constant->result()->name().str(), &*form}})
           : std::nullopt;
  return std::min(cost.value_or(0), 1e6) / option.noise;
}

/// Makes the noise of a weight's options that of the outputs.
void scaleToOutputs(const WeightPlace &place, WeightOptions &weight, Calibration &calibration) {
  // Neither so small that it is lost in rounding, nor so large that outputs only contain noise.
  constexpr double wanted = 1e-2;
  auto distance = [&](const WeightOption &option) { return option.noise > 0 ? std::abs(std::log(option.noise / wanted)) : 1e9; };
  auto probe = std::min_element(weight.options.begin() + 1, weight.options.end(),
                                [&](const WeightOption &a, const WeightOption &b) { return distance(a) < distance(b); });
  if (probe == weight.options.end() || probe->noise == 0)
    return;
  double scale = outputsAgainstLayer(place, *probe, calibration);
  for (WeightOption &option : weight.options)
    option.noise *= scale;
}

} // namespace

std::vector<WeightOptions> mil::tryOptions(Program &program, size_t stage, llvm::ArrayRef<Scheme> schemes, int64_t threshold,
                                           Calibration *calibration, const std::function<void(uint64_t)> &tried) {
  std::vector<std::vector<WeightPlace>> groups = placesOf(program, stage, threshold);
  std::vector<WeightOptions> weights;
  for (const std::vector<WeightPlace> &group : groups) {
    WeightOptions &weight = weights.emplace_back();
    weight.places = group;
    weight.type = group.front().constant->constantValue()->type();
    WeightOption stays;
    llvm::DenseSet<const void *> seen;
    for (const WeightPlace &found : group) {
      std::string name = found.constant->result()->name().str().str();
      if (!llvm::is_contained(weight.names, name))
        weight.names.push_back(name);
      Type type = found.constant->constantValue()->type();
      if (seen.insert(contentOf(*found.constant->constantValue())).second)
        stays.bytes += packedSize(type.dtype(), uint64_t(*type.elementCount())).value_or(0);
    }
    weight.options.push_back(stays);
    std::vector<TrialView> views = trialViews(group, calibration);
    for (const Scheme &scheme : schemes)
      if (std::optional<WeightOption> option = tryOne(views, scheme))
        weight.options.push_back(std::move(*option));
    if (calibration)
      scaleToOutputs(group.front(), weight, *calibration);
    if (tried)
      tried(uint64_t(weight.type.elementCount().value_or(0)) * seen.size());
  }
  return weights;
}

std::optional<double> mil::measureAllocation(llvm::ArrayRef<WeightOptions> weights, const Allocation &allocation,
                                             Calibration &calibration) {
  Context scratch;
  std::vector<std::unique_ptr<CompressedWeight>> forms;
  std::vector<Calibration::Changed> changes;
  for (size_t i = 0; i < weights.size(); ++i) {
    const std::optional<Scheme> &scheme = weights[i].options[allocation.chosen[i]].scheme;
    llvm::DenseSet<const void *> seen;
    for (const WeightPlace &place : weights[i].places) {
      if (!scheme || !seen.insert(contentOf(*place.constant->constantValue())).second)
        continue;
      if (std::optional<CompressedWeight> form = formOf(place, *scheme, scratch, &calibration)) {
        forms.push_back(std::make_unique<CompressedWeight>(std::move(*form)));
        changes.push_back({place.stage, place.function->name().str(), place.constant->result()->name().str(), forms.back().get()});
      }
    }
  }
  return calibration.noiseOf(changes);
}
