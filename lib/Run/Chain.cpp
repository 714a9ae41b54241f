#include "Chain.h"
#include "llvm/ADT/STLExtras.h"
#include <limits>
#include <optional>

namespace mil::fast {

std::optional<Format> formatOf(DType type) {
  if (type == DType::Float32)
    return Format::Single;
  return type == DType::Float16 ? std::optional(Format::Half) : std::nullopt;
}

// ---- What operations do with an element -------------------------------------

namespace {

/// An operation of one value, and the parameters that are the numbers a and b of its step.
struct Unary {
  llvm::StringLiteral op;
  StepKind kind;
  llvm::StringLiteral a = "", b = "";
};

constexpr Unary unaries[] = {
    {"abs", StepKind::Abs},
    {"acos", StepKind::Acos},
    {"asin", StepKind::Asin},
    {"atan", StepKind::Atan},
    {"atanh", StepKind::Atanh},
    {"cast", StepKind::None},
    {"ceil", StepKind::Ceil},
    {"clip", StepKind::Clip, "alpha", "beta"},
    {"cos", StepKind::Cos},
    {"cosh", StepKind::Cosh},
    {"elu", StepKind::Elu, "alpha"},
    {"erf", StepKind::Erf},
    {"exp", StepKind::Exp},
    {"exp2", StepKind::Exp2},
    {"floor", StepKind::Floor},
    {"identity", StepKind::None},
    {"inverse", StepKind::Inverse, "epsilon"},
    {"leaky_relu", StepKind::LeakyRelu, "alpha"},
    {"linear_activation", StepKind::Linear, "alpha", "beta"},
    {"log", StepKind::Log, "epsilon"},
    {"relu", StepKind::Relu},
    {"round", StepKind::Round},
    {"rsqrt", StepKind::Rsqrt, "epsilon"},
    {"scaled_tanh", StepKind::TanhScaled, "alpha", "beta"},
    {"sigmoid", StepKind::Sigmoid},
    {"sigmoid_hard", StepKind::SigmoidHard, "alpha", "beta"},
    {"sign", StepKind::Sign},
    {"silu", StepKind::Silu},
    {"sin", StepKind::Sin},
    {"sinh", StepKind::Sinh},
    {"softplus", StepKind::Softplus},
    {"softsign", StepKind::Softsign},
    {"sqrt", StepKind::Sqrt},
    {"square", StepKind::Square},
    {"tan", StepKind::Tan},
    {"tanh", StepKind::Tanh},
    {"threshold", StepKind::Threshold, "alpha"},
    {"thresholded_relu", StepKind::ThresholdRelu, "alpha"},
};

struct Binary {
  llvm::StringLiteral op;
  StepKind kind;
};

constexpr Binary binaries[] = {
    {"add", StepKind::Add},         {"floor_div", StepKind::FloorDivide},
    {"maximum", StepKind::Maximum}, {"minimum", StepKind::Minimum},
    {"mod", StepKind::Modulo},      {"mul", StepKind::Mul},
    {"pow", StepKind::Pow},         {"real_div", StepKind::Div},
    {"sub", StepKind::Sub},
};

constexpr float infinity = std::numeric_limits<float>::infinity();

} // namespace

std::optional<llvm::StringRef> parameterTaking(const KernelCall &call, const Value &value) {
  std::optional<llvm::StringRef> found;
  for (const Parameter &parameter : call.args->version().parameters) {
    Arg arg = (*call.args)[parameter.name];
    for (size_t i = 0; i < arg.size(); ++i)
      if (arg[i].value() == &value) {
        if (found)
          return std::nullopt;
        found = parameter.name;
      }
  }
  return found;
}

// ---- Making chains ----------------------------------------------------------

void Chain::add(const Step &step, const KernelChoice::Input &input, const Broadcast &broadcast) {
  steps.push_back({step, int(inputs.size()), broadcast});
  inputs.push_back(input);
}

void Chain::roundTo(DType type) {
  if (type != DType::Float16)
    return;
  if (steps.empty())
    add({.kind = StepKind::None});
  steps.back().step.rounds = true;
}

void Chain::addInputs(KernelChoice &choice) {
  firstInput = choice.inputs.size();
  choice.inputs.append(inputs.begin(), inputs.end());
  choice.covers = 1 + operations;
}

void Chain::follow(const KernelQuery &query, KernelChoice &choice, size_t computed) {
  roundTo(query.chain[computed].heldResult());
  operations += computed;
  extend(query, computed + 1);
  addInputs(choice);
}

bool Chain::appendUnary(const KernelCall &call) {
  if (call.op->is("relu6"))
    return add({.kind = StepKind::Clip, .a = 0, .b = 6}), true;
  if (call.op->is("clamped_relu")) {
    std::optional<double> alpha = call.args->number("alpha"), beta = call.args->number("beta");
    if (!alpha || !beta)
      return false;
    add({.kind = StepKind::LeakyRelu, .a = float(*alpha)});
    add({.kind = StepKind::Clip, .a = -infinity, .b = float(*beta)});
    return true;
  }
  if (call.op->is("gelu")) {
    std::optional<llvm::StringRef> mode = call.args->string("mode");
    if (!mode)
      return false;
    add({.kind = *mode == "EXACT" ? StepKind::GeluExact : *mode == "TANH_APPROXIMATION" ? StepKind::GeluTanh : StepKind::GeluSigmoid});
    return true;
  }
  const Unary *found = llvm::find_if(unaries, [&](const Unary &unary) { return call.op->is(unary.op); });
  if (found == std::end(unaries))
    return false;
  Step step{.kind = found->kind};
  for (auto [parameter, number] : {std::pair(found->a, &step.a), std::pair(found->b, &step.b)})
    if (!parameter.empty()) {
      std::optional<double> value = call.args->number(parameter);
      if (!value)
        return false;
      *number = float(*value);
    }
  add(step);
  return true;
}

bool Chain::appendBinary(const KernelCall &call, size_t number, llvm::StringRef parameter) {
  if (call.op->is("pow") && parameter == "x" && call.args->number("y") == 2.0) // a product is exact in double, as the power is
    return add({.kind = StepKind::Square}), true;
  const Binary *found = llvm::find_if(binaries, [&](const Binary &binary) { return call.op->is(binary.op); });
  if (found == std::end(binaries))
    return false;
  llvm::StringRef other = parameter == "x" ? "y" : "x";
  if (!formatOf(call.held(other)))
    return false;
  add({.kind = found->kind, .otherFirst = parameter != "x"}, {number, other}, Broadcast((*call.args)[other].dims(), dims));
  return true;
}

bool Chain::appendPerChannel(const KernelCall &call, size_t number) {
  auto along = [&](llvm::StringRef parameter, StepKind kind) { add({.kind = kind}, {number, parameter}, Broadcast::alongAxis(1, dims)); };
  auto isFloat = [&](llvm::StringRef parameter) {
    return !(*call.args)[parameter] || (formatOf(call.held(parameter)) && (*call.args)[parameter].dim(0) == dims[1]);
  };
  if (call.op->is("prelu") && isFloat("alpha"))
    return along("alpha", StepKind::Prelu), true;
  if (call.op->is("softplus_parametric") && isFloat("alpha") && isFloat("beta")) {
    along("beta", StepKind::Mul);
    add({.kind = StepKind::Softplus});
    along("alpha", StepKind::Mul);
    return true;
  }
  std::optional<double> epsilon = call.op->is("batch_norm") ? call.args->number("epsilon") : std::nullopt;
  if (!epsilon || !isFloat("mean") || !isFloat("variance") || !isFloat("gamma") || !isFloat("beta"))
    return false;
  along("mean", StepKind::Sub);
  along("variance", StepKind::DivRoot);
  steps.back().step.a = float(*epsilon);
  if ((*call.args)["gamma"])
    along("gamma", StepKind::Mul);
  if ((*call.args)["beta"])
    along("beta", StepKind::Add);
  return true;
}

bool Chain::append(const KernelQuery &query, size_t number, llvm::StringRef parameter) {
  const KernelCall &call = query.chain[number];
  size_t stepsBefore = steps.size(), inputsBefore = inputs.size();
  if (call.results.size() == 1 && call.results[0].dims() == llvm::ArrayRef<int64_t>(dims) && formatOf(call.heldResult()) &&
      formatOf(call.held(parameter)) &&
      ((parameter == "x" && (appendUnary(call) || appendPerChannel(call, number))) || appendBinary(call, number, parameter))) {
    roundTo(call.heldResult());
    return true;
  }
  steps.resize(stepsBefore);
  inputs.resize(inputsBefore);
  return false;
}

void Chain::extend(const KernelQuery &query, size_t from) {
  for (size_t i = from; i < query.chain.size(); ++i) {
    std::optional<llvm::StringRef> parameter = parameterTaking(query.chain[i], *query.chain[i - 1].op->result(0));
    if (!parameter || !append(query, i, *parameter))
      return;
    ++operations;
  }
}

void Chain::apply(const Kernel::Run &run, int64_t at, llvm::MutableArrayRef<float> values) const {
  constexpr size_t piece = 1024;
  alignas(64) float others[piece + runPadding];
  for (size_t i = 0; i < values.size(); i += piece) {
    size_t count = std::min(piece, values.size() - i);
    for (const Link &link : steps) {
      const float *other = nullptr;
      if (link.input >= 0) {
        const Tensor &input = *run.inputs[firstInput + size_t(link.input)];
        other = link.broadcast.find(floatsOf(input), input.count(), at + int64_t(i), int64_t(count), others);
      }
      applyStep(link.step, values.data() + i, other, count);
    }
  }
}

// ---- Chains as kernels ------------------------------------------------------

namespace {

class Elementwise : public Kernel {
public:
  Elementwise(Chain chain, Broadcast first) : chain(std::move(chain)), first(std::move(first)) {}

  bool run(const Run &run) override {
    constexpr int64_t block = 16384, piece = 1024;
    ConstFloats x = floatsOf(*run.inputs[0]);
    Floats out = floatsOf(run.results[0]);
    int64_t count = run.results[0].count();
    run.threads.parallel(size_t((count + block - 1) / block), [&](size_t part) {
      alignas(64) float values[piece + runPadding];
      int64_t begin = int64_t(part) * block, end = std::min(count, begin + block);
      for (int64_t at = begin; at < end; at += piece) {
        int64_t n = std::min(piece, end - at);
        first.read(x, at, n, values);
        chain.apply(run, at, llvm::MutableArrayRef(values, size_t(n)));
        narrowRun(values, size_t(n), out.from(at));
      }
    });
    return true;
  }

private:
  Chain chain;
  Broadcast first;
};

} // namespace

KernelChoice chooseElementwise(const KernelQuery &query) {
  const KernelCall &call = query.chain[0];
  if (call.results.size() != 1 || !call.args->version().parameter("x") || !(*call.args)["x"] || !formatOf(call.held("x")))
    return {};
  Chain chain(call.results[0].dims());
  if (!chain.append(query, 0, "x"))
    return {};
  chain.extend(query, 1);
  KernelChoice choice;
  choice.inputs = {{0, "x"}};
  chain.addInputs(choice);
  Broadcast first((*call.args)["x"].dims(), call.results[0].dims());
  // Each piece is read before it is written, so the result may lie where x did if their elements have the same places.
  if (first.isIdentity() && call.held("x") == query.chain[choice.covers - 1].heldResult())
    choice.inPlace = 0;
  choice.kernel = std::make_unique<Elementwise>(std::move(chain), std::move(first));
  return choice;
}

} // namespace mil::fast
