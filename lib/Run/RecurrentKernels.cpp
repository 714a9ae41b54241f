// rnn, gru and lstm: the products of all inputs with the weight at once, then step by step those of the states.
//
// All is computed in fp32, and rounded where it is an output. Gates of one element of the batch lie together: [steps, batch, gates,
// hidden].
#include "Chain.h"
#include "FastKernels.h"
#include "Products.h"
#include "llvm/ADT/StringSwitch.h"
#include <algorithm>

namespace mil::fast {

namespace {

/// Of products of inputs that are made at once.
constexpr int64_t gateFloats = 1 << 20;

enum class CellKind : uint8_t { Rnn, Gru, Lstm };

/// Where an argument is among the kernel's inputs; -1: absent.
struct CellInputs {
  int input = -1, recurrent = -1, bias = -1, inputBias = -1, peephole = -1;
};

struct CellOptions {
  CellKind kind = CellKind::Rnn;
  int64_t steps = 0, batch = 0, inputs = 0, hidden = 0, width = 0; ///< width: hidden, of two directions twice as much
  Step recurrentActivation, cellActivation, activation;
  std::optional<float> clip;
  bool resetAfter = false;
  bool wholeSequence = false, reversed = false, both = false;
  int64_t gates() const { return kind == CellKind::Rnn ? 1 : kind == CellKind::Gru ? 3 : 4; }
};

/// A vector of `hidden` floats with the room that steps need.
using Run32 = std::vector<float>;

/// One direction of one run.
class Direction {
public:
  Direction(const CellOptions &options, const CellInputs &at, const Kernel::Run &run, int64_t first)
      : o(options), run(run), first(first), gates(o.gates() * o.hidden), x(floatsOf(*run.inputs[0])),
        input(floatsOf(*run.inputs[size_t(at.input)])), recurrent(floatsOf(*run.inputs[size_t(at.recurrent)])), bias(numbers(at.bias)),
        inputBias(numbers(at.inputBias)), peephole(numbers(at.peephole)), h(states(1)), c(o.kind == CellKind::Lstm ? states(2) : Run32()) {}

  void compute(bool reversed, bool aligned) {
    int64_t atOnce = std::clamp<int64_t>(gateFloats / std::max<int64_t>(1, o.batch * gates), 1, o.steps);
    Run32 fromInputs(size_t(atOnce * o.batch * gates)), fromStates(size_t(o.batch * gates));
    for (int64_t t = 0; t < o.steps; ++t) {
      int64_t at = reversed ? o.steps - 1 - t : t, block = at / atOnce * atOnce;
      bool isNew = t == 0 || at % atOnce == (reversed ? std::min(atOnce, o.steps - block) - 1 : 0);
      if (isNew)
        multiplyWith(x.from(block * o.batch * o.inputs), o.inputs, input, std::min(atOnce, o.steps - block) * o.batch, gates,
                     fromInputs.data());
      step(fromInputs.data() + (at - block) * o.batch * gates, fromStates);
      if (o.wholeSequence)
        store(run.results[0], (aligned ? at : t) * o.batch, h);
    }
    if (!o.wholeSequence)
      store(run.results[0], 0, h);
    store(run.results[1], 0, h);
    if (o.kind == CellKind::Lstm)
      store(run.results[2], 0, c);
  }

private:
  Run32 numbers(int number) const {
    if (number < 0)
      return {};
    const Tensor &tensor = *run.inputs[size_t(number)];
    Run32 values(padded(size_t(tensor.count())));
    widenRun(floatsOf(tensor), size_t(tensor.count()), values.data());
    return values;
  }
  /// This direction's columns of a state.
  Run32 states(size_t number) const {
    Run32 values(size_t(o.batch * o.hidden) + runPadding);
    for (int64_t b = 0; b < o.batch; ++b) {
      Run32 line(padded(size_t(o.hidden)));
      widenRun(floatsOf(*run.inputs[number]).from(b * o.width + first), size_t(o.hidden), line.data());
      std::copy_n(line.begin(), o.hidden, values.begin() + b * o.hidden);
    }
    return values;
  }
  void store(Tensor &into, int64_t row, const Run32 &state) const {
    for (int64_t b = 0; b < o.batch; ++b)
      narrowRun(state.data() + b * o.hidden, size_t(o.hidden), floatsOf(into).from((row + b) * o.width + first));
  }

  /// results[rows, columns] = left[rows, depth] · weightᵀ.
  void multiplyWith(ConstFloats left, int64_t depth, ConstFloats weight, int64_t rows, int64_t columns, float *results) const {
    Products products;
    products.rows = rows, products.columns = columns, products.depth = depth;
    products.left = {left, depth, 1};
    products.right = {weight, 1, depth};
    products.results = {results, Format::Single};
    products.rowStride = columns;
    Products::Place place;
    products.each = place;
    multiply(products, run.threads);
  }

  void step(const float *fromInputs, Run32 &fromStates) {
    multiplyWith({h.data(), Format::Single}, o.hidden, recurrent, o.batch, gates, fromStates.data());
    if (o.kind == CellKind::Gru && !o.resetAfter)
      return gruStep(fromInputs, fromStates);
    for (int64_t b = 0; b < o.batch; ++b) {
      const float *in = fromInputs + b * gates, *state = fromStates.data() + b * gates;
      float *hidden = h.data() + b * o.hidden;
      switch (o.kind) {
      case CellKind::Rnn:
        gate(0, in, state, next);
        apply(o.activation, next);
        std::copy_n(next.begin(), o.hidden, hidden);
        break;
      case CellKind::Gru:
        resetAndUpdate(in, state);
        sum.resize(padded(size_t(o.hidden)));
        for (int64_t i = 0, row = o.hidden; i < o.hidden; ++i, ++row)
          sum[size_t(i)] = in[row] + at(inputBias, row) + reset[size_t(i)] * (state[row] + at(bias, row));
        mix(hidden);
        break;
      case CellKind::Lstm:
        lstmStep(in, state, hidden, c.data() + b * o.hidden);
        break;
      }
    }
  }

  static float at(const Run32 &values, int64_t i) { return values.empty() ? 0 : values[size_t(i)]; }
  /// Sums of gate number `row / hidden` with its biases.
  void gate(int64_t row, const float *in, const float *state, Run32 &out) const {
    out.resize(padded(size_t(o.hidden)));
    for (int64_t i = 0; i < o.hidden; ++i)
      out[size_t(i)] = in[row + i] + state[row + i] + at(bias, row + i) + at(inputBias, row + i);
  }
  void apply(const Step &step, Run32 &values) const { applyStep(step, values.data(), nullptr, size_t(o.hidden)); }

  void resetAndUpdate(const float *in, const float *state) {
    gate(0, in, state, reset), apply(o.recurrentActivation, reset);
    gate(2 * o.hidden, in, state, update), apply(o.recurrentActivation, update);
  }
  /// The new state of `sum` and `update`.
  void mix(float *hidden) {
    apply(o.activation, sum);
    for (int64_t i = 0; i < o.hidden; ++i)
      hidden[i] = (1 - update[size_t(i)]) * sum[size_t(i)] + update[size_t(i)] * hidden[i];
  }

  /// The output gate sees the state times the reset gate: a second product.
  void gruStep(const float *fromInputs, const Run32 &fromStates) {
    Run32 resetStates(size_t(o.batch * o.hidden)), updates(resetStates.size()), products(resetStates.size());
    for (int64_t b = 0; b < o.batch; ++b) {
      resetAndUpdate(fromInputs + b * gates, fromStates.data() + b * gates);
      for (int64_t i = 0; i < o.hidden; ++i) {
        resetStates[size_t(b * o.hidden + i)] = reset[size_t(i)] * h[size_t(b * o.hidden + i)];
        updates[size_t(b * o.hidden + i)] = update[size_t(i)];
      }
    }
    multiplyWith({resetStates.data(), Format::Single}, o.hidden, recurrent.from(o.hidden * o.hidden), o.batch, o.hidden, products.data());
    for (int64_t b = 0; b < o.batch; ++b) {
      const float *in = fromInputs + b * gates;
      sum.resize(padded(size_t(o.hidden)));
      for (int64_t i = 0, row = o.hidden; i < o.hidden; ++i, ++row)
        sum[size_t(i)] = in[row] + at(inputBias, row) + products[size_t(b * o.hidden + i)] + at(bias, row);
      std::copy_n(updates.begin() + b * o.hidden, o.hidden, update.begin());
      mix(h.data() + b * o.hidden);
    }
  }

  /// A gate with its peephole to the cell state.
  void lstmGate(int64_t number, const float *in, const float *state, const float *cell, Run32 &out) const {
    gate(number * o.hidden, in, state, out);
    int64_t hole = (number == 3 ? 0 : number) * o.hidden;
    if (!peephole.empty() && number != 3)
      for (int64_t i = 0; i < o.hidden; ++i)
        out[size_t(i)] += peephole[size_t(hole + i)] * cell[i];
    apply(number == 3 ? o.cellActivation : o.recurrentActivation, out);
  }

  void lstmStep(const float *in, const float *state, float *hidden, float *cell) {
    lstmGate(0, in, state, cell, reset);
    lstmGate(1, in, state, cell, update);
    lstmGate(3, in, state, cell, sum);
    for (int64_t i = 0; i < o.hidden; ++i) {
      cell[i] = update[size_t(i)] * cell[i] + reset[size_t(i)] * sum[size_t(i)];
      if (o.clip)
        cell[i] = cell[i] < -*o.clip ? -*o.clip : cell[i] > *o.clip ? *o.clip : cell[i];
    }
    lstmGate(2, in, state, cell, update);
    next.resize(padded(size_t(o.hidden)));
    std::copy_n(cell, o.hidden, next.begin());
    apply(o.activation, next);
    for (int64_t i = 0; i < o.hidden; ++i)
      hidden[i] = update[size_t(i)] * next[size_t(i)];
  }

  const CellOptions &o;
  const Kernel::Run &run;
  int64_t first, gates;
  ConstFloats x, input, recurrent;
  Run32 bias, inputBias, peephole;
  Run32 h, c;                     ///< [batch, hidden]
  Run32 reset, update, sum, next; ///< of one element of the batch; of lstm: i, f and then o, g, act(c)
};

class RecurrentKernel : public Kernel {
public:
  RecurrentKernel(CellOptions options, CellInputs forward, CellInputs backward) : options(options), forward(forward), backward(backward) {}
  bool run(const Run &run) override {
    Direction(options, forward, run, 0).compute(options.reversed, options.both);
    if (options.both)
      Direction(options, backward, run, options.hidden).compute(true, true);
    return true;
  }

private:
  CellOptions options;
  CellInputs forward, backward;
};

Step activationStep(llvm::StringRef name) {
  Step step;
  step.kind = llvm::StringSwitch<StepKind>(name.lower())
                  .Cases("tanh", "scaled_tanh", StepKind::Tanh)
                  .Case("sigmoid", StepKind::Sigmoid)
                  .Cases("hard_sigmoid", "sigmoid_hard", StepKind::SigmoidHard)
                  .Case("relu", StepKind::Relu)
                  .Default(StepKind::None);
  if (step.kind == StepKind::SigmoidHard)
    step.a = 0.2f, step.b = 0.5f;
  return step;
}

/// Asks for the arguments of a kernel by name.
class ArgumentList {
public:
  ArgumentList(const KernelCall &call, KernelChoice &choice) : call(call), choice(choice) {}
  /// The number among the kernel's inputs; -1 when the call doesn't have it.
  int add(llvm::StringRef parameter) {
    const Parameter *known = call.args->version().parameter(parameter);
    if (!known || !(*call.args)[parameter])
      return -1;
    allFloats &= formatOf(call.held(parameter)).has_value();
    choice.inputs.push_back({0, known->name});
    return int(choice.inputs.size()) - 1;
  }
  CellInputs addCell(const std::string &suffix) {
    CellInputs inputs;
    inputs.input = add("weight_ih" + suffix), inputs.recurrent = add("weight_hh" + suffix), inputs.bias = add("bias" + suffix);
    inputs.inputBias = add("input_bias"), inputs.peephole = add("peephole" + suffix);
    return inputs;
  }
  bool allFloats = true;

private:
  const KernelCall &call;
  KernelChoice &choice;
};

} // namespace

KernelChoice chooseRecurrent(const KernelQuery &query) {
  const KernelCall &call = query.chain[0];
  const Args &a = *call.args;
  llvm::ArrayRef<int64_t> x = a["x"].dims();
  std::optional<llvm::StringRef> direction = a.string("direction");
  if (!direction || productOf(x) == 0 || !formatOf(call.heldResult()))
    return {};
  CellOptions o;
  o.kind = call.op->is("lstm") ? CellKind::Lstm : call.op->is("gru") ? CellKind::Gru : CellKind::Rnn;
  o.both = *direction == "bidirectional", o.reversed = *direction == "reverse";
  o.steps = x[0], o.batch = x[1], o.inputs = x[2], o.hidden = a["weight_hh"].dim(1), o.width = o.hidden * (o.both ? 2 : 1);
  o.wholeSequence = a.flag("output_sequence");
  auto activation = [&](llvm::StringRef parameter) { return activationStep(a.string(parameter).value_or("tanh")); };
  o.activation = activation("activation");
  if (o.kind != CellKind::Rnn)
    o.recurrentActivation = activation("recurrent_activation");
  if (o.kind == CellKind::Lstm)
    o.cellActivation = activation("cell_activation");
  if (o.kind == CellKind::Lstm && a["clip"]) {
    std::optional<double> clip = a.number("clip");
    if (!clip || !(*clip >= 0)) // what a negative one means is left to the definition
      return {};
    o.clip = float(*clip);
  }
  o.resetAfter = a.version().parameter("reset_after") && a["reset_after"] && a.flag("reset_after");
  KernelChoice choice;
  ArgumentList arguments(call, choice);
  arguments.add("x"), arguments.add("initial_h");
  if (o.kind == CellKind::Lstm)
    arguments.add("initial_c");
  CellInputs forward = arguments.addCell(""), backward = o.both ? arguments.addCell("_back") : CellInputs();
  if (!arguments.allFloats)
    return {};
  choice.kernel = std::make_unique<RecurrentKernel>(o, forward, backward);
  return choice;
}

} // namespace mil::fast
