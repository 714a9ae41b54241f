#include "ProgramValues.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSet.h"
#include <cmath>

namespace mil::test {

static constexpr uint64_t mostRounds = 64; // of a loop

// ---- Running ----------------------------------------------------------------

static Tensor randomTensor(Type type, Dice &dice, const Setting &setting) {
  Tensor::Dims dims(type.dims().begin(), type.dims().end());
  for (int64_t &dim : dims)
    dim = dim < 0 ? setting.unknownSize : dim;
  Tensor tensor(type.dtype(), dims);
  Dice noise(setting.noise);
  for (int64_t i = 0; i < tensor.count(); ++i) {
    double value = isFloat(type.dtype()) ? double(int(dice.below(256)) - 128) / 64 : double(int(dice.below(6)) - 2);
    if (setting.extremes && isFloat(type.dtype()) && dice.oneIn(12))
      value = dice.pick<double>({INFINITY, -INFINITY, NAN, -0.0, 0.0, 1e6, 0.5, 300, 1e-6});
    // An operation that computes much at once rounds within, like its inputs.
    if (setting.noise && isFloat(type.dtype()))
      value *= 1 + (type.dtype() == DType::Float16 ? 1.0 / 512 : 1.0 / (1 << 19)) * (double(noise.below(2049)) / 1024 - 1);
    tensor.write(i, llvm::ArrayRef(value));
  }
  return tensor;
}

namespace {

struct Watcher : RunObserver {
  explicit Watcher(const Watch &watch) : watch(watch) {}
  bool after(const Operation &op, llvm::MutableArrayRef<RuntimeValue> results) override {
    for (RuntimeValue &result : results)
      if (Tensor *tensor = result.tensor())
        watch(op, *tensor);
    return true;
  }
  const Watch &watch;
};

} // namespace

Outcome evaluate(const Function &function, const Setting &setting, const Watch &watch) {
  Outcome outcome;
  DiagnosticEngine diags;
  RunOptions options;
  options.threads = 1, options.fastKernels = false, options.maxIterations = mostRounds;
  NamedValues inputs;
  States states;
  for (const Value *input : function.inputs()) {
    // By its name: passes may add inputs, and states.
    std::string name = input->name().str().str();
    uint64_t own = setting.seed;
    for (char c : name)
      own = own * 31 + uint64_t(c);
    Dice dice(own);
    if (input->type().isState())
      states.insert_or_assign(name, randomTensor(input->type().element(), dice, setting));
    else
      inputs[name] = randomTensor(input->type(), dice, setting);
  }
  Watcher watcher(watch);
  Result<std::unique_ptr<Executable>> executable = Executable::make(function, diags, options);
  Result<NamedValues> outputs = executable ? (*executable)->run(inputs, states, diags, watch ? &watcher : nullptr) : failure();
  if (!outputs) {
    outcome.why = diags.diagnostics().empty() ? "it can't be run" : diags.diagnostics().back().message;
    return outcome;
  }
  for (const Port &port : (*executable)->outputs()) {
    outcome.values.push_back(*outputs->find(port.name)->second.tensor());
    outcome.names.push_back(port.name);
  }
  for (const Port &port : (*executable)->states())
    outcome.values.push_back(states.find(port.name)->second);
  return outcome;
}

// ---- Noise ------------------------------------------------------------------

/// What moves data, or picks some: no noise there, so that equal values stay equal.
static bool computesNothing(const Operation &op) {
  // clang-format off
  static const llvm::StringSet<> all{
      "const", "reshape", "transpose", "expand_dims", "squeeze", "slice_by_index", "slice_by_size", "concat", "split",
      "stack", "pad", "gather", "identity", "tile", "reverse", "select", "relu", "maximum", "minimum", "abs", "sign",
      "cast", "clip", "floor", "ceil", "round", "one_hot", "reduce_max", "reduce_min", "band_part", "read_state",
      "cond", "while_loop", "slice_update", "space_to_batch", "batch_to_space"};
  // clang-format on
  return all.contains(op.type().str());
}

bool hasInfinity(const Tensor &tensor) {
  for (int64_t i = 0; tensor.isFloat() && i < tensor.count(); ++i)
    if (std::isinf(tensor.number(i)))
      return true;
  return false;
}

/// A tensor with its floats moved by a rounding error or so: those of what is computed and of weights, not single constants.
static Tensor noisy(const Operation &op, const Tensor &tensor, Kept kept, Dice &dice) {
  bool isWeight = op.is("const") && tensor.count() > 1;
  if (!tensor.isFloat() || (computesNothing(op) && !isWeight && kept != Kept::Half))
    return tensor;
  double epsilon = computesNothing(op) && !isWeight                         ? 0
                   : tensor.dtype() == DType::Float16 || kept == Kept::Half ? 1.0 / 512
                                                                            : 1.0 / (1 << 19);
  Tensor moved(kept == Kept::Half ? DType::Float16 : tensor.dtype(), tensor.dims());
  for (int64_t i = 0; i < tensor.count(); ++i)
    moved.write(i, llvm::ArrayRef<double>{tensor.number(i) * (1 + epsilon * (double(dice.below(2049)) / 1024 - 1))});
  Tensor back(tensor.dtype(), tensor.dims());
  for (int64_t i = 0; i < moved.count(); ++i)
    back.write(i, llvm::ArrayRef<double>{moved.number(i)});
  return back;
}

namespace {

/// Moves the constants of a function during its lifetime.
class NoisyConstants {
public:
  NoisyConstants(Function &function, Kept kept, Dice &dice) : context(function.program().context()) {
    function.body().walk([&](Operation &op) {
      const Literal *literal = op.constantValue();
      std::optional<Tensor> tensor = literal && literal->type().isTensor() && isFloat(literal->type().dtype())
                                         ? Tensor::fromLiteral(*literal, 1 << 20, nullptr)
                                         : std::nullopt;
      if (!tensor)
        return;
      Tensor moved = noisy(op, *tensor, kept, dice);
      overflows |= hasInfinity(moved);
      before.push_back({&op, literal});
      op.setAttribute(context.intern("val"), moved.toLiteral(context, literal->type()));
    });
  }
  ~NoisyConstants() {
    for (auto [op, literal] : before)
      op->setAttribute(context.intern("val"), literal);
  }
  NoisyConstants(const NoisyConstants &) = delete;
  bool overflows = false;

private:
  Context &context;
  std::vector<std::pair<Operation *, const Literal *>> before;
};

} // namespace

std::optional<Outcome> evaluateWithNoise(Function &function, Setting setting, Kept kept, uint64_t noise) {
  Dice dice(noise);
  setting.noise = noise + 1;
  NoisyConstants constants(function, kept, dice);
  bool overflows = constants.overflows;
  Outcome outcome = evaluate(function, setting, [&](const Operation &op, Tensor &result) {
    result = noisy(op, result, kept, dice);
    overflows |= hasInfinity(result);
  });
  if (overflows || !outcome.why.empty())
    return std::nullopt;
  return outcome;
}

// ---- Comparing --------------------------------------------------------------

static bool identical(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

std::string compare(const Outcome &before, const Outcome &after, llvm::ArrayRef<Outcome> noise, Tally &tally) {
  if (before.values.size() != after.values.size())
    return "another number of outputs";
  for (size_t o = 0; o < before.values.size(); ++o) {
    const Tensor &a = before.values[o], &b = after.values[o];
    if (a.dims() != b.dims())
      return "output " + std::to_string(o) + " has another shape";
    ++tally.outputs;
    bool any = a.count() == 0;
    for (int64_t i = 0; i < a.count(); ++i) {
      ++tally.elements;
      double x = a.number(i), y = b.number(i), least = x, most = x;
      bool odd = !noise.empty() && !std::isfinite(x);
      for (const Outcome &other : noise) {
        double z = other.values[o].number(i);
        odd |= !std::isfinite(z);
        least = std::min(least, z), most = std::max(most, z);
      }
      bool isHalf = a.dtype() == DType::Float16;
      bool counts = noise.empty() || !a.isFloat();
      double spread = most - least, slack = noise.empty() ? 0 : 6 * spread + (counts ? 0 : (isHalf ? 2e-3 : 2e-6) * (std::abs(x) + 0.01));
      if (odd || (counts && spread > 0) || spread > 0.25 * (std::abs(x) + 1))
        continue;
      ++tally.comparable, any = true;
      if (!identical(x, y) && !(std::abs(x - y) <= slack))
        return "output " + std::to_string(o) + ", element " + std::to_string(i) + ": " + std::to_string(x) + " became " +
               std::to_string(y) + ", noise " + std::to_string(spread);
    }
    tally.compared += any;
  }
  return "";
}

} // namespace mil::test
