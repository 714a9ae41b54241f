// softmax, layer_norm, instance_norm and l2_norm: functions of rows.
#include "Axes.h"
#include "Chain.h"
#include "FastKernels.h"
#include "Rows.h"
#include <algorithm>
#include <cmath>

namespace mil::fast {

namespace {

enum class RowFunction : uint8_t { Softmax, MeanAndVariance, Length };

/// Rows whose elements don't lie together are computed so many neighbours at a time: a line of the cache.
constexpr int64_t rowsAtOnce = 16;

class RowKernel : public Kernel {
public:
  struct Rows {
    RowFunction function;
    int64_t outer, length, inner; ///< `inner` rows lie between each other: elements of a row are so far apart
    double epsilon = 0;
    int gamma = -1, beta = -1; ///< where inner isn't 1: inputs, one element for each of a row's
  };
  RowKernel(Rows rows, Chain chain) : rows(rows), chain(std::move(chain)) {}

  bool run(const Run &run) override {
    if (rows.inner != 1) {
      int64_t tiles = (rows.inner + rowsAtOnce - 1) / rowsAtOnce;
      run.threads.parallel(size_t(rows.outer * tiles),
                           [&](size_t part) { computeTile(run, int64_t(part) / tiles, int64_t(part) % tiles * rowsAtOnce); });
      return true;
    }
    int64_t count = rows.outer, atOnce = std::max<int64_t>(1, 8192 / std::max<int64_t>(1, rows.length));
    run.threads.parallel(size_t((count + atOnce - 1) / atOnce), [&](size_t part) {
      static thread_local std::vector<float> row;
      row.resize(padded(size_t(rows.length)) + runPadding);
      for (int64_t i = int64_t(part) * atOnce; i < std::min(count, (int64_t(part) + 1) * atOnce); ++i)
        computeRow(run, i, row.data());
    });
    return true;
  }

private:
  void computeRow(const Run &run, int64_t number, float *row) const {
    int64_t at = number * rows.length;
    widenRun(floatsOf(*run.inputs[0]).from(at), size_t(rows.length), row);
    compute(row);
    chain.apply(run, at, llvm::MutableArrayRef(row, size_t(rows.length)));
    narrowRun(row, size_t(rows.length), floatsOf(run.results[0]).from(at));
  }

  /// Neighbouring rows from `first` on.
  void computeTile(const Run &run, int64_t outer, int64_t first) const {
    static thread_local std::vector<float> tile, line, factors;
    int64_t count = std::min(rowsAtOnce, rows.inner - first), stride = int64_t(padded(size_t(rows.length)) + runPadding);
    tile.resize(size_t(stride * rowsAtOnce)), line.resize(size_t(rowsAtOnce)), factors.resize(size_t(stride));
    ConstFloats x = floatsOf(*run.inputs[0]);
    Floats out = floatsOf(run.results[0]);
    int64_t at = outer * rows.length * rows.inner + first;
    for (int64_t i = 0; i < rows.length; ++i) {
      widenRun(x.from(at + i * rows.inner), size_t(count), line.data());
      for (int64_t k = 0; k < count; ++k)
        tile[size_t(k * stride + i)] = line[size_t(k)];
    }
    for (int64_t k = 0; k < count; ++k)
      compute(tile.data() + k * stride);
    for (int number : {rows.gamma, rows.beta}) {
      if (number < 0)
        continue;
      widenRun(floatsOf(*run.inputs[size_t(number)]), size_t(rows.length), factors.data());
      Step step{.kind = number == rows.gamma ? StepKind::Mul : StepKind::Add};
      for (int64_t k = 0; k < count; ++k)
        applyStep(step, tile.data() + k * stride, factors.data(), size_t(rows.length));
    }
    for (int64_t i = 0; i < rows.length; ++i) {
      for (int64_t k = 0; k < count; ++k)
        line[size_t(k)] = tile[size_t(k * stride + i)];
      narrowRun(line.data(), size_t(count), out.from(at + i * rows.inner));
    }
  }

  void compute(float *row) const {
    auto n = size_t(rows.length);
    if (rows.function == RowFunction::Softmax) {
      float sum = exponentials(row, n, greatestOf(row, n));
      return shiftAndScale(row, n, 0, 1 / sum);
    }
    if (rows.function == RowFunction::Length)
      return shiftAndScale(row, n, 0, float(1 / std::sqrt(double(squaresOf(row, n, 0)) + rows.epsilon)));
    float mean = sumOf(row, n) / float(n);
    double variance = double(squaresOf(row, n, mean)) / double(n);
    shiftAndScale(row, n, mean, float(1 / std::sqrt(variance + rows.epsilon)));
  }

  Rows rows;
  Chain chain;
};

/// The kernel of rows, and of what the chain begins with and goes on with.
KernelChoice choiceOf(const KernelQuery &query, RowKernel::Rows rows, Chain chain) {
  KernelChoice choice;
  choice.inputs = {{0, "x"}};
  if (rows.inner != 1 && query.chain[0].op->is("layer_norm")) {
    for (auto [parameter, number] : {std::pair("gamma", &rows.gamma), std::pair("beta", &rows.beta)})
      if ((*query.chain[0].args)[parameter]) {
        *number = int(choice.inputs.size());
        choice.inputs.push_back({0, parameter});
      }
  }
  if (rows.inner == 1)
    chain.follow(query, choice);
  else
    chain.addInputs(choice);
  if (query.chain[0].held("x") == query.chain[choice.covers - 1].heldResult())
    choice.inPlace = 0; // a row is read before it is written
  choice.kernel = std::make_unique<RowKernel>(rows, std::move(chain));
  return choice;
}

} // namespace

KernelChoice chooseSoftmax(const KernelQuery &query) {
  const KernelCall &call = query.chain[0];
  llvm::ArrayRef<int64_t> dims = call.results[0].dims();
  std::optional<int64_t> axis = call.args->axis("axis", dims.size());
  if (!axis || !formatOf(call.held("x")) || !formatOf(call.heldResult()))
    return {};
  RowKernel::Rows rows{RowFunction::Softmax, productOf(dims.take_front(size_t(*axis))), dims[size_t(*axis)],
                       productOf(dims.drop_front(size_t(*axis) + 1))};
  return choiceOf(query, rows, Chain(dims));
}

/// Whether gamma and beta are absent or floats; appends them to the chain.
static bool addScaleAndShift(const KernelCall &call, Chain &chain, const Broadcast &broadcast) {
  for (llvm::StringRef parameter : {"gamma", "beta"})
    if ((*call.args)[parameter]) {
      if (!formatOf(call.held(parameter)))
        return false;
      chain.add({.kind = parameter == "gamma" ? StepKind::Mul : StepKind::Add}, {0, parameter}, broadcast);
    }
  return true;
}

KernelChoice chooseNormalization(const KernelQuery &query) {
  const KernelCall &call = query.chain[0];
  llvm::ArrayRef<int64_t> dims = call.results[0].dims();
  std::optional<double> epsilon = call.args->number("epsilon");
  if (!epsilon || !formatOf(call.held("x")) || !formatOf(call.heldResult()))
    return {};
  Chain chain(dims);
  size_t first = 2, count = dims.size(); // the dimensions that make a row
  RowFunction function = RowFunction::MeanAndVariance;
  if (call.op->is("l2_norm")) {
    first = dims.size() - 3;
    function = RowFunction::Length;
  } else if (call.op->is("instance_norm")) {
    if (!addScaleAndShift(call, chain, Broadcast::alongAxis(1, dims)))
      return {};
  } else {
    std::optional<AxisRange> axes = neighbouringAxes(call);
    if (!axes)
      return {};
    first = axes->first, count = axes->count;
    for (llvm::StringRef parameter : {"gamma", "beta"})
      if ((*call.args)[parameter] && !formatOf(call.held(parameter)))
        return {};
    if (productOf(dims.drop_front(first + count)) == 1 && !addScaleAndShift(call, chain, Broadcast(dims.drop_front(first), dims)))
      return {};
  }
  if (first + count > dims.size())
    count = dims.size() - first;
  RowKernel::Rows rows{function, productOf(dims.take_front(first)), productOf(dims.slice(first, count)),
                       productOf(dims.drop_front(first + count)), *epsilon};
  return choiceOf(query, rows, std::move(chain));
}

} // namespace mil::fast
