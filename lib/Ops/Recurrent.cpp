// Recurrent networks over a sequence x [S, B, I], with hidden states of H elements. None of them is folded.
//
// Results are y [S, B, H], or its last step [1, B, H] unless output_sequence, and the state after the last step. Reversed, steps are
// taken from the end, and y has them in the order in which they were taken.

#include "Definition.h"
#include "Families.h"
#include "llvm/ADT/StringSwitch.h"
#include <cmath>

namespace mil {

/// Names of activations; both spellings of the hard sigmoid occur.
static Trait activations() { return oneOfIgnoringCase("tanh", "scaled_tanh", "sigmoid", "hard_sigmoid", "sigmoid_hard", "relu", "linear"); }

/// Whether a parameter, if it is there, has a shape; complains otherwise.
static bool checkShape(const Args &a, llvm::StringRef parameter, llvm::ArrayRef<int64_t> dims, const char *layout) {
  if (!a[parameter] || shapes::compatible(a[parameter].dims(), dims))
    return true;
  a.failShape(parameter, printDims(dims) + ", " + layout);
  return false;
}

/// The number of elements of the hidden state; nullopt after an error if the weights of one direction (named with `suffix`) don't fit
/// together or don't fit x. Gates lie one above the other.
static std::optional<int64_t> checkWeights(const Args &a, int64_t gates, llvm::StringRef suffix, const char *gated) {
  std::string recurrent = "weight_hh" + suffix.str(), input = "weight_ih" + suffix.str();
  if (a[recurrent].rank() != 2)
    return a.failRank(recurrent, 2);
  int64_t hidden = a[recurrent].dim(1);
  std::optional<int64_t> rows = shapes::multiply(gates, hidden);
  if (!rows)
    return a.failOverflow();
  if (!checkShape(a, recurrent, {*rows, hidden}, gated) || !checkShape(a, input, {*rows, a["x"].dim(2)}, gated) ||
      !checkShape(a, "bias" + suffix.str(), {*rows}, gated))
    return std::nullopt;
  return hidden;
}

/// The types of the results: y and `states` times the state, of `width` elements.
static Inferred results(const Args &a, int64_t width, unsigned states) {
  Arg x = a["x"];
  DType type = x.dtype();
  llvm::SmallVector<Type, 1> types{a.tensor(type, {a.flag("output_sequence") ? x.dim(0) : 1, x.dim(1), width})};
  types.append(states, a.tensor(type, {x.dim(1), width}));
  return types;
}

/// gru and rnn: one direction, one state.
static Inferred inferOneState(const Args &a, int64_t gates, const char *gated) {
  if (a["x"].rank() != 3)
    return a.failRank("x", 3);
  std::optional<int64_t> hidden = checkWeights(a, gates, "", gated);
  if (!hidden || !checkShape(a, "initial_h", {a["x"].dim(1), *hidden}, "[B, H]"))
    return a.failed();
  return results(a, *hidden, 1);
}

static Inferred inferGru(const Args &a) {
  Inferred inferred = inferOneState(a, 3, "with gates r, o and z of H rows");
  if (inferred.outcome != Inferred::Outcome::Known || a.opset() < iOS18)
    return inferred;
  if (!checkShape(a, "input_bias", a["weight_hh"].dims().take_front(), "as the rows of weight_hh"))
    return a.failed();
  return inferred;
}

static Inferred inferRnn(const Args &a) { return inferOneState(a, 1, "H rows"); }

static Inferred inferLstm(const Args &a) {
  constexpr const char *gated = "with gates i, f, o and g of H rows";
  if (a["x"].rank() != 3)
    return a.failRank("x", 3);
  std::optional<llvm::StringRef> direction = a.string("direction");
  if (!direction)
    return a.unknown();
  bool both = *direction == "bidirectional";
  if (both && (!a["weight_ih_back"] || !a["weight_hh_back"]))
    return a.failValue("direction", "\"forward\" or \"reverse\", as weight_ih_back or weight_hh_back is absent");
  std::optional<int64_t> hidden = checkWeights(a, 4, "", gated);
  if (!hidden)
    return a.failed();
  Dims peephole{*hidden == shapes::unknown ? shapes::unknown : *hidden * 3}; // no overflow: 4 times as much has none
  if (both) {
    std::optional<int64_t> back = checkWeights(a, 4, "_back", gated);
    if (!back)
      return a.failed();
    if (!shapes::compatible(*back, *hidden))
      return a.failShape("weight_hh_back", printDims(a["weight_hh"].dims()) + ", as weight_hh");
    if (!checkShape(a, "peephole_back", peephole, "[3 H]"))
      return a.failed();
  }
  int64_t width = both && *hidden != shapes::unknown ? *hidden * 2 : *hidden;
  if (!checkShape(a, "peephole", peephole, "[3 H]") || !checkShape(a, "initial_h", {a["x"].dim(1), width}, "[B, H · directions]") ||
      !checkShape(a, "initial_c", {a["x"].dim(1), width}, "[B, H · directions]"))
    return a.failed();
  return results(a, width, 2);
}

// ---- Values -----------------------------------------------------------------

namespace {

using Values = std::vector<double>;
using Function = double (*)(double);

Function activationNamed(llvm::StringRef name) {
  return llvm::StringSwitch<Function>(name.lower())
      .Cases("tanh", "scaled_tanh", [](double x) { return std::tanh(x); }) // no parameter sets the scale: it is 1
      .Case("sigmoid", [](double x) { return 1 / (1 + std::exp(-x)); })
      .Cases("hard_sigmoid", "sigmoid_hard", [](double x) { return std::clamp(0.2 * x + 0.5, 0.0, 1.0); })
      .Case("relu", [](double x) { return std::max(x, 0.0); })
      .Default([](double x) { return x; });
}

/// The numbers of an argument; none when it is absent.
Values numbers(const Args &a, llvm::StringRef parameter) {
  if (!a.version().parameter(parameter) || !a[parameter])
    return {};
  std::optional<Tensor> tensor = a.tensor(parameter);
  Values values(tensor ? size_t(tensor->count()) : 0);
  if (tensor)
    tensor->read(0, llvm::MutableArrayRef(values));
  return values;
}

/// The weights of one direction, and what its steps have in common.
struct Cell {
  const Args &a;
  size_t hidden, inputs;
  Values input, recurrent, bias, inputBias, peephole;
  Function recurrentActivation = nullptr, cellActivation = nullptr, activation;
  std::optional<double> clip;

  Cell(const Args &a, const std::string &suffix)
      : a(a), hidden(size_t(a["weight_hh" + suffix].dim(1))), inputs(size_t(a["x"].dim(2))), input(numbers(a, "weight_ih" + suffix)),
        recurrent(numbers(a, "weight_hh" + suffix)), bias(numbers(a, "bias" + suffix)), inputBias(numbers(a, "input_bias")),
        peephole(numbers(a, "peephole" + suffix)), activation(named("activation")) {
    if (a.version().parameter("recurrent_activation"))
      recurrentActivation = named("recurrent_activation");
    if (a.version().parameter("cell_activation"))
      cellActivation = named("cell_activation");
    if (a.version().parameter("clip") && a["clip"])
      clip = a.number("clip");
  }
  Function named(llvm::StringRef parameter) const { return activationNamed(a.string(parameter).value_or("tanh")); }

  static double dot(const double *row, llvm::ArrayRef<double> vector) {
    double sum = 0;
    for (size_t i = 0; i < vector.size(); ++i)
      sum += row[i] * vector[i];
    return sum;
  }
  double fromInput(size_t row, llvm::ArrayRef<double> x) const { return dot(input.data() + row * inputs, x); }
  double fromState(size_t row, llvm::ArrayRef<double> h) const { return dot(recurrent.data() + row * hidden, h); }
  static double at(const Values &values, size_t i) { return values.empty() ? 0 : values[i]; }
};

/// One step of one element of the batch: x, and the states h and c, which are replaced.
using StepFunction = void (*)(const Cell &cell, llvm::ArrayRef<double> x, llvm::MutableArrayRef<double> h, llvm::MutableArrayRef<double> c);

void rnnStep(const Cell &cell, llvm::ArrayRef<double> x, llvm::MutableArrayRef<double> h, llvm::MutableArrayRef<double>) {
  Values next(cell.hidden);
  for (size_t i = 0; i < cell.hidden; ++i)
    next[i] = cell.activation(cell.fromInput(i, x) + cell.fromState(i, h) + Cell::at(cell.bias, i));
  llvm::copy(next, h.begin());
}

void gruStep(const Cell &cell, llvm::ArrayRef<double> x, llvm::MutableArrayRef<double> h, llvm::MutableArrayRef<double>) {
  size_t n = cell.hidden;
  bool resetAfter = cell.a.version().parameter("reset_after") && cell.a["reset_after"] && cell.a.flag("reset_after");
  Values reset(n), resetState(n), next(n);
  auto gate = [&](size_t row) {
    return cell.recurrentActivation(cell.fromInput(row, x) + cell.fromState(row, h) + Cell::at(cell.bias, row) +
                                    Cell::at(cell.inputBias, row));
  };
  for (size_t i = 0; i < n; ++i) {
    reset[i] = gate(i);
    resetState[i] = reset[i] * h[i];
  }
  for (size_t i = 0; i < n; ++i) {
    size_t row = n + i;
    double sum = cell.fromInput(row, x) + Cell::at(cell.inputBias, row);
    sum += resetAfter ? reset[i] * (cell.fromState(row, h) + Cell::at(cell.bias, row))
                      : cell.fromState(row, resetState) + Cell::at(cell.bias, row);
    double update = gate(2 * n + i);
    next[i] = (1 - update) * cell.activation(sum) + update * h[i];
  }
  llvm::copy(next, h.begin());
}

void lstmStep(const Cell &cell, llvm::ArrayRef<double> x, llvm::MutableArrayRef<double> h, llvm::MutableArrayRef<double> c) {
  size_t n = cell.hidden;
  Values gates(4 * n);
  for (size_t row = 0; row < gates.size(); ++row)
    gates[row] = cell.fromInput(row, x) + cell.fromState(row, h) + Cell::at(cell.bias, row);
  for (size_t i = 0; i < n; ++i) {
    double in = cell.recurrentActivation(gates[i] + Cell::at(cell.peephole, i) * c[i]);
    double forget = cell.recurrentActivation(gates[n + i] + (cell.peephole.empty() ? 0 : cell.peephole[n + i]) * c[i]);
    double next = forget * c[i] + in * cell.cellActivation(gates[3 * n + i]);
    c[i] = cell.clip ? std::clamp(next, -*cell.clip, *cell.clip) : next;
    double out = cell.recurrentActivation(gates[2 * n + i] + (cell.peephole.empty() ? 0 : cell.peephole[2 * n + i]) * c[i]);
    h[i] = out * cell.activation(c[i]);
  }
}

/// The states of all batches, and y as it is filled.
struct Sequence {
  int64_t steps, batches, width;
  Values x, h, c, y;
};

/// Runs a direction whose states are the columns [first, first + H). Its outputs are in y in the order of the steps, or, with
/// `aligned`, at the positions of the inputs.
void runDirection(const Cell &cell, StepFunction step, Sequence &s, int64_t first, bool reversed, bool aligned) {
  size_t n = cell.hidden;
  for (int64_t t = 0; t < s.steps; ++t) {
    int64_t at = reversed ? s.steps - 1 - t : t, to = aligned ? at : t;
    for (int64_t b = 0; b < s.batches; ++b) {
      size_t state = size_t(b * s.width + first);
      llvm::MutableArrayRef<double> h = llvm::MutableArrayRef(s.h).slice(state, n);
      llvm::MutableArrayRef<double> c = s.c.empty() ? h : llvm::MutableArrayRef(s.c).slice(state, n);
      step(cell, llvm::ArrayRef(s.x).slice(size_t(at * s.batches + b) * cell.inputs, cell.inputs), h, c);
      llvm::copy(h, s.y.begin() + (to * s.batches + b) * s.width + first);
    }
  }
}

} // namespace

static Folded evaluateRecurrent(const Args &a, StepFunction step) {
  std::optional<llvm::StringRef> direction = a.string("direction");
  if (!direction || !a.tensor("x"))
    return {};
  bool both = *direction == "bidirectional", hasCells = a.version().parameter("initial_c");
  Cell forward(a, "");
  Sequence s{a["x"].dim(0),
             a["x"].dim(1),
             int64_t(forward.hidden) * (both ? 2 : 1),
             numbers(a, "x"),
             numbers(a, "initial_h"),
             hasCells ? numbers(a, "initial_c") : Values(),
             {}};
  s.y.resize(size_t(s.steps * s.batches * s.width));
  runDirection(forward, step, s, 0, *direction == "reverse", both);
  if (both)
    runDirection(Cell(a, "_back"), step, s, int64_t(forward.hidden), true, true);

  llvm::SmallVector<Tensor, 1> results;
  Tensor y(a.resultDType(), a.resultType().dims()), h(a.resultDType(), {s.batches, s.width}), c = h;
  if (a.flag("output_sequence"))
    y.write(0, llvm::ArrayRef<double>(s.y));
  else // what each direction ended with
    y.write(0, llvm::ArrayRef<double>(s.h));
  h.write(0, llvm::ArrayRef<double>(s.h));
  results.push_back(std::move(y));
  results.push_back(std::move(h));
  if (hasCells) {
    c.write(0, llvm::ArrayRef<double>(s.c));
    results.push_back(std::move(c));
  }
  return results;
}

void ops::defineRecurrent(Catalogue &catalogue) {
  OpFamily op(catalogue, "recurrent");

  op("rnn", iOS15)
      .summary("h = activation(W · x + U · h + bias) for each step")
      .in("x", T)
      .in("initial_h", T)
      .in("weight_ih", T, constant)
      .in("weight_hh", T, constant)
      .in("bias", T, constant, optional)
      .in("direction", string, constant, dflt("forward"), oneOf("forward", "reverse"))
      .in("output_sequence", boolean, constant, dflt(false))
      .in("activation", string, constant, dflt("tanh"), activations())
      .where(T, fp32)
      .results({"y", "h"})
      .infer(inferRnn)
      .evaluate([](const Args &a) { return evaluateRecurrent(a, rnnStep); })
      .from(iOS17)
      .where(T, {fp16, fp32});

  // r = ract(W_r x + U_r h + b_r), z likewise; o = act(W_o x + U_o (r · h) + b_o); h = (1 - z) · o + z · h. With reset_after, r is applied
  // to the product: o = act(W_o x + input_bias_o + r · (U_o h + b_o)).
  op("gru", iOS15)
      .summary("gated recurrent unit with the gates r, o and z")
      .in("x", T)
      .in("initial_h", T)
      .in("weight_ih", T, constant)
      .in("weight_hh", T, constant)
      .in("bias", T, constant, optional)
      .in("direction", string, constant, dflt("forward"), oneOf("forward", "reverse"))
      .in("output_sequence", boolean, constant, dflt(false))
      .in("recurrent_activation", string, constant, dflt("sigmoid"), activations())
      .in("activation", string, constant, dflt("tanh"), activations())
      .where(T, fp32)
      .results({"y", "h"})
      .infer(inferGru)
      .evaluate([](const Args &a) { return evaluateRecurrent(a, gruStep); })
      .from(iOS17)
      .where(T, {fp16, fp32})
      .from(iOS18)
      .in("reset_after", boolean, constant, optional, scalar)
      .in("input_bias", T, constant, optional);

  // i = ract(W_i x + U_i h + b_i + p_i · c), f likewise; g = cact(W_g x + U_g h + b_g); c = f · c + i · g, clipped; o = ract(W_o x + U_o h
  // + b_o + p_o · c); h = o · act(c). Of two directions, the forward one comes first in every result.
  op("lstm", iOS15)
      .summary("long short-term memory with the gates i, f, o and g, in one or both directions")
      .in("x", T)
      .in("initial_h", T)
      .in("initial_c", T)
      .in("weight_ih", T, constant)
      .in("weight_hh", T, constant)
      .in("bias", T, constant, optional)
      .in("peephole", T, constant, optional)
      .in("weight_ih_back", T, constant, optional)
      .in("weight_hh_back", T, constant, optional)
      .in("bias_back", T, constant, optional)
      .in("peephole_back", T, constant, optional)
      .in("direction", string, constant, dflt("forward"), oneOf("forward", "reverse", "bidirectional"))
      .in("output_sequence", boolean, constant, dflt(false))
      .in("recurrent_activation", string, constant, dflt("sigmoid"), activations())
      .in("cell_activation", string, constant, dflt("tanh"), activations())
      .in("activation", string, constant, dflt("tanh"), activations())
      .in("clip", T, constant, optional, scalar)
      .where(T, fp32)
      .results({"y", "h", "c"})
      .infer(inferLstm)
      .evaluate([](const Args &a) { return evaluateRecurrent(a, lstmStep); })
      .from(iOS17)
      .where(T, {fp16, fp32});
}

} // namespace mil
