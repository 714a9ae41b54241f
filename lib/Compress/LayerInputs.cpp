#include "mil/Compress/LayerInputs.h"
#include "LayerVectors.h"
#include "mil/Compress/Weights.h"
#include "mil/IR/ConstantQueries.h"
#include "mil/IR/Walk.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Twine.h"

using namespace mil;

struct LayerInputs::Layer {
  const Value *input;
  LayerVectors vectors;
  std::shared_ptr<Hessian> hessian; ///< while it is in memory
};

struct LayerInputs::Weight {
  std::vector<size_t> layers;
};

namespace {

std::string keyOf(size_t stage, llvm::StringRef function, llvm::StringRef weight) {
  return (llvm::Twine(stage) + " " + function + " " + weight).str();
}

constexpr uint64_t mostBytes = uint64_t(1) << 30;

uint64_t bytesOf(const LayerVectors &vectors) {
  return uint64_t(vectors.groups) * uint64_t(vectors.inputs) * uint64_t(vectors.inputs) * sizeof(double);
}

} // namespace

LayerInputs::LayerInputs(const Model &model, llvm::ArrayRef<FunctionRun> runs, const Samples &samples, DiagnosticEngine &diags)
    : runs(runs), samples(samples), diags(diags) {
  size_t stage = 0;
  forEachProgram(model, [&](const Program &program, const Model &) {
    for (const Function *function : program.functions())
      function->body().walk([&](Operation &op) {
        if (op.is("const") && isWeight(op))
          addReaders(stage, *function, op);
      });
    ++stage;
  });
}

LayerInputs::~LayerInputs() = default;

void LayerInputs::addReaders(size_t stage, const Function &function, Operation &constant) {
  auto [place, isNew] = byContent.try_emplace(contentOf(*constant.constantValue()), weights.size());
  if (isNew)
    weights.emplace_back();
  byName[keyOf(stage, function.name().str(), constant.result()->name().str())] = place->second;
  for (const Operand &use : constant.result()->uses()) {
    const Value *input = nullptr;
    std::optional<LayerVectors> vectors = use.user() ? LayerVectors::of(*use.user(), use, input) : std::nullopt;
    if (!vectors)
      continue;
    std::vector<size_t> &ofInput = byInput[input];
    auto known = llvm::find_if(ofInput, [&](size_t layer) { return layers[layer].vectors == *vectors; });
    size_t layer = known == ofInput.end() ? layers.size() : *known;
    if (layer == layers.size()) {
      layers.push_back({input, *vectors, nullptr});
      ofInput.push_back(layer);
    }
    weights[place->second].layers.push_back(layer);
  }
}

bool LayerInputs::collectFrom(size_t first) {
  for (Layer &layer : layers)
    layer.hessian = nullptr;
  uint64_t bytes = 0;
  for (size_t i = first; i < weights.size(); ++i)
    for (size_t each : weights[i].layers) {
      Layer &layer = layers[each];
      if (layer.hessian)
        continue;
      uint64_t more = bytesOf(layer.vectors);
      if (bytes && bytes + more > mostBytes && i > first)
        continue; // its turn comes
      bytes += more;
      layer.hessian = std::make_shared<Hessian>(layer.vectors.inputs, layer.vectors.groups);
    }
  return bool(samples.forEachValue(runs, diags, [&](const Value &value, const Tensor &tensor) {
    auto found = byInput.find(&value);
    if (found == byInput.end())
      return;
    for (size_t each : found->second)
      if (Layer &layer = layers[each]; layer.hessian)
        if (std::vector<float> vectors = layer.vectors.in(tensor); !vectors.empty())
          layer.hessian->add(vectors);
  }));
}

std::shared_ptr<const Hessian> LayerInputs::of(size_t stage, llvm::StringRef function, llvm::StringRef weight) {
  auto found = byName.find(keyOf(stage, function, weight));
  if (found == byName.end() || weights[found->second].layers.empty() || diags.errorCount() != errorsBefore)
    return nullptr;
  const std::vector<size_t> &readers = weights[found->second].layers;
  auto isHeld = [&](size_t layer) { return layers[layer].hessian != nullptr; };
  if (!llvm::all_of(readers, isHeld) && !collectFrom(found->second))
    return nullptr;
  std::shared_ptr<Hessian> hessian = layers[readers.front()].hessian;
  for (size_t i = 1; i < readers.size(); ++i) {
    const Hessian &other = *layers[readers[i]].hessian;
    if (other.inputs() != hessian->inputs() || other.groups() != hessian->groups())
      return nullptr; // read in two ways
    if (i == 1)
      hessian = std::make_shared<Hessian>(*hessian);
    if (readers[i] != readers[0])
      hessian->add(other);
  }
  return hessian->count() ? hessian : nullptr;
}
