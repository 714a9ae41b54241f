#include "mil/Run/Executable.h"
#include "Execution.h"
#include "mil/Ops/Infer.h"
#include "mil/Run/DiagnosticKinds.h"
#include "mil/Tensor/Kernels.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MathExtras.h"
#include <cmath>

using namespace mil;

struct Executable::Impl {
  Impl(const Function &function, Plan plan, const RunOptions &options)
      : function(function), execution(function, std::move(plan), options) {}
  const Function &function;
  Execution execution;
};

Executable::Executable(std::unique_ptr<Impl> impl) : impl(std::move(impl)) {}
Executable::~Executable() = default;

/// Whether inputs and states of known sizes can be held at all; complains otherwise. The model chooses their sizes.
static bool checkInterface(const Function &function, const Plan &plan, DiagnosticEngine &diags, const RunOptions &options) {
  uint64_t bytes = 0, limit = memoryLimit(options);
  for (llvm::ArrayRef<Port> ports : {llvm::ArrayRef(plan.inputs), llvm::ArrayRef(plan.states)})
    for (const Port &port : ports)
      bytes = llvm::SaturatingAdd(bytes, heldBytes(port.type, options.precision));
  if (bytes <= limit)
    return true;
  diags.report(function.location(), diag::InterfaceTooLarge, function.name().str(), bytes, limit);
  return false;
}

Result<std::unique_ptr<Executable>> Executable::make(const Function &function, DiagnosticEngine &diags, const RunOptions &options) {
  Result<Plan> plan = planFunction(function, diags, options);
  if (!plan || !checkInterface(function, *plan, diags, options))
    return failure();
  return std::unique_ptr<Executable>(new Executable(std::make_unique<Impl>(function, std::move(*plan), options)));
}

const Function &Executable::function() const { return impl->function; }
llvm::ArrayRef<Port> Executable::inputs() const { return impl->execution.planned().inputs; }
llvm::ArrayRef<Port> Executable::outputs() const { return impl->execution.planned().outputs; }
llvm::ArrayRef<Port> Executable::states() const { return impl->execution.planned().states; }

/// A state at zero; nullopt when its sizes aren't known.
static std::optional<Tensor> zerosOf(const Port &state, Precision precision) {
  if (!state.type.isTensor() || !state.type.hasStaticShape())
    return std::nullopt;
  return Tensor(heldType(state.type.dtype(), precision), state.type.dims());
}

States Executable::newStates() const {
  States states;
  for (const Port &port : this->states())
    if (std::optional<Tensor> zeros = zerosOf(port, impl->execution.settings().precision))
      states.try_emplace(port.name, std::move(*zeros));
  return states;
}

// ---- What the caller gives --------------------------------------------------

/// The first element that another type doesn't hold; -1 for none. Floats are rounded, but not to infinity.
static int64_t firstInexact(const Tensor &from, const Tensor &to) {
  for (int64_t i = 0; i < from.count(); ++i) {
    double before = from.number(i), after = to.number(i);
    bool isRounded = from.isFloat() && to.isFloat() && !(std::isfinite(before) && std::isinf(after));
    bool same = before == after || (std::isnan(before) && std::isnan(after)) || isRounded;
    if (!same || (!from.isFloat() && !to.isFloat() && from.integer(i) != to.integer(i)))
      return i;
  }
  return -1;
}

namespace {

/// Brings what the caller gives into the types in which it is held.
struct Taker {
  const Function &function;
  Precision precision;
  DiagnosticEngine &diags;

  std::optional<Tensor> take(const Port &port, const Tensor &given, llvm::StringRef what) const {
    Context &context = function.program().context();
    Tensor tensor = given;
    Type type = port.type;
    // A scalar is an array of one element at the interface of models, and the other way round.
    if (tensor.count() == 1 && type.hasRank() && tensor.rank() != type.rank() && (tensor.rank() == 0 || type.rank() == 0))
      tensor = std::move(tensor).withDims(Tensor::Dims(type.rank(), 1));
    if (!type.isTensor() || !agrees(type, Type::tensor(context, type.dtype(), tensor.dims()))) {
      diags.report(function.location(), diag::InputKind, function.name().str(), what, port.name, type.str(),
                   Type::tensor(context, given.dtype(), given.dims()).str());
      return std::nullopt;
    }
    DType held = heldType(type.dtype(), precision);
    if (tensor.dtype() == held)
      return tensor;
    Tensor taken = convert(tensor, held);
    if (int64_t at = firstInexact(tensor, taken); at >= 0) {
      diags.report(function.location(), diag::InputNumber, function.name().str(), what, port.name, type.str(),
                   printNumber(tensor.number(at)), at);
      return std::nullopt;
    }
    return taken;
  }
};

} // namespace

static std::string listNames(llvm::ArrayRef<Port> ports) {
  std::string text;
  for (const Port &port : ports)
    text += (text.empty() ? "'" : ", '") + port.name + "'";
  return text.empty() ? "none" : text;
}

/// Complains about names that the function doesn't have.
template <typename Named>
static bool checkNames(const Function &function, const Named &given, llvm::ArrayRef<Port> ports, llvm::StringRef what,
                       DiagnosticEngine &diags) {
  for (const auto &[name, value] : given)
    if (llvm::none_of(ports, [&name = name](const Port &port) { return port.name == name; })) {
      diags.report(function.location(), diag::NoSuchInput, function.name().str(), what, name, listNames(ports));
      return false;
    }
  return true;
}

Result<NamedValues> Executable::run(const NamedValues &inputs, States &states, DiagnosticEngine &diags, RunObserver *observer,
                                    RunCosts *costs) {
  Execution &execution = impl->execution;
  Taker taker{impl->function, execution.settings().precision, diags};
  if (!checkNames(impl->function, inputs, this->inputs(), "input", diags) ||
      !checkNames(impl->function, states, this->states(), "state", diags))
    return failure();
  std::vector<RuntimeValue> taken;
  for (const Port &port : this->inputs()) {
    auto given = inputs.find(port.name);
    if (given == inputs.end() || !given->second.tensor()) {
      diags.report(impl->function.location(), diag::MissingInput, impl->function.name().str(), port.name, port.type.str());
      return failure();
    }
    std::optional<Tensor> tensor = taker.take(port, *given->second.tensor(), "input");
    if (!tensor)
      return failure();
    taken.push_back(std::move(*tensor));
  }
  for (const Port &port : this->states()) {
    auto given = states.find(port.name);
    std::optional<Tensor> held = given == states.end() ? zerosOf(port, taker.precision) : taker.take(port, given->second, "state");
    if (!held) {
      if (given == states.end())
        diags.report(impl->function.location(), diag::MissingInput, impl->function.name().str(), port.name, port.type.str());
      return failure();
    }
    states.insert_or_assign(port.name, std::move(*held));
  }

  std::vector<RuntimeValue> results;
  if (!execution.run(std::move(taken), states, results, diags, observer, costs))
    return failure();
  NamedValues outputs;
  for (size_t i = 0; i < results.size(); ++i)
    outputs[this->outputs()[i].name] = std::move(results[i]);
  return outputs;
}
