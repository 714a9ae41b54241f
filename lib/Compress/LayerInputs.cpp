#include "mil/Compress/LayerInputs.h"
#include "LayerVectors.h"
#include "mil/Compress/Weights.h"
#include "mil/IR/Walk.h"
#include "llvm/ADT/STLExtras.h"

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

uint64_t bytesOf(int64_t inputs) { return uint64_t(inputs) * uint64_t(inputs) * sizeof(double); }

} // namespace

LayerInputs::LayerInputs(const Model &model, llvm::ArrayRef<FunctionRun> runs, const Samples &samples, DiagnosticEngine &diags,
                         uint64_t mostBytes)
    : runs(runs), samples(samples), diags(diags), mostBytes(mostBytes) {
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
  const Literal *literal = constant.constantValue();
  const void *content = literal->isBlob() ? static_cast<const void *>(literal->blob()) : literal;
  auto [place, isNew] = byContent.try_emplace(content, weights.size());
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

/// Adds what runs see to the Hessians that are in memory.
class LayerInputs::Collector : public RunObserver {
public:
  explicit Collector(LayerInputs &inputs) : inputs(inputs) {}
  bool after(const Operation &op, llvm::MutableArrayRef<RuntimeValue> results) override {
    for (size_t i = 0; i < results.size() && i < op.resultCount(); ++i)
      add(op.result(i), results[i]);
    return true;
  }
  void add(const Value *value, const RuntimeValue &held) {
    auto found = inputs.byInput.find(value);
    if (found == inputs.byInput.end() || !held.tensor() || !held.tensor()->isFloat())
      return;
    for (size_t each : found->second)
      if (Layer &layer = inputs.layers[each]; layer.hessian) {
        std::vector<float> vectors = layer.vectors.in(*held.tensor());
        if (!vectors.empty())
          layer.hessian->add(vectors);
      }
  }

private:
  LayerInputs &inputs;
};

bool LayerInputs::collectFrom(size_t first) {
  for (Layer &layer : layers)
    layer.hessian = nullptr;
  uint64_t bytes = 0;
  for (size_t i = first; i < weights.size(); ++i)
    for (size_t each : weights[i].layers) {
      Layer &layer = layers[each];
      if (layer.hessian)
        continue;
      uint64_t more = bytesOf(layer.vectors.inputs);
      if (bytes && bytes + more > mostBytes && i > first)
        continue; // its turn comes
      bytes += more;
      layer.hessian = std::make_shared<Hessian>(layer.vectors.inputs);
    }
  Collector collector(*this);
  States states;
  return bool(samples.forEach(runs, diags, [&](const Sample &sample) -> Status {
    ModelRunner &runner = *runs[sample.function].runner;
    if (sample.isFirst)
      states = runner.newStates();
    for (const RunPort &port : runner.inputs())
      if (auto value = sample.inputs.find(port.name); value != sample.inputs.end() && port.value)
        collector.add(port.value, value->second);
    return runner.run(sample.inputs, states, diags, &collector) ? success() : failure();
  }));
}

std::shared_ptr<const Hessian> LayerInputs::of(size_t stage, llvm::StringRef function, llvm::StringRef weight) {
  auto found = byName.find(keyOf(stage, function, weight));
  if (found == byName.end() || weights[found->second].layers.empty() || diags.hadError())
    return nullptr;
  const std::vector<size_t> &readers = weights[found->second].layers;
  auto isHeld = [&](size_t layer) { return layers[layer].hessian != nullptr; };
  if (!llvm::all_of(readers, isHeld) && !collectFrom(found->second))
    return nullptr;
  std::shared_ptr<Hessian> hessian = layers[readers.front()].hessian;
  for (size_t i = 1; i < readers.size(); ++i) {
    const Hessian &other = *layers[readers[i]].hessian;
    if (other.inputs() != hessian->inputs())
      return nullptr; // read in two ways
    if (i == 1)
      hessian = std::make_shared<Hessian>(*hessian);
    if (readers[i] != readers[0])
      hessian->add(other);
  }
  return hessian->count() ? hessian : nullptr;
}
