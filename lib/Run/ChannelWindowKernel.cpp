// local_response_norm: a piece of the positions of all channels at a time, whose squares are added up channel by channel.
#include "Chain.h"
#include "FastKernels.h"
#include "Rows.h"
#include <atomic>
#include <cmath>

namespace mil::fast {

namespace {

class LocalResponseNorm : public Kernel {
public:
  struct Sizes {
    int64_t batches, channels, positions, window;
  };
  LocalResponseNorm(Sizes sizes, float factor, float base, float power) : s(sizes), factor(factor), base(base), power(power) {
    constexpr int64_t most = 1 << 15, line = 16; // elements that stay in the second cache; those of a line of the cache
    piece = std::clamp(most / s.channels / line * line, line, most);
  }

  bool run(const Run &run) override {
    int64_t pieces = (s.positions + piece - 1) / piece;
    std::atomic<bool> overflows = false;
    run.threads.parallel(size_t(s.batches * pieces), [&](size_t part) {
      int64_t first = int64_t(part) % pieces * piece;
      if (!compute(run, int64_t(part) / pieces * s.channels * s.positions + first, std::min(piece, s.positions - first)))
        overflows = true;
    });
    return !overflows;
  }

private:
  /// `count` positions of all channels, from element `at` on; false if a sum of squares is too great for fp32.
  bool compute(const Run &run, int64_t at, int64_t count) const {
    static thread_local std::vector<float> all, sums;
    auto stride = int64_t(padded(size_t(count))), n = count;
    all.resize(size_t(s.channels * stride));
    sums.resize(size_t(stride));
    for (int64_t c = 0; c < s.channels; ++c)
      widenRun(floatsOf(*run.inputs[0]).from(at + c * s.positions), size_t(n), all.data() + c * stride);
    bool isFinite = true;
    for (int64_t c = 0; c < s.channels; ++c) {
      sums.assign(size_t(stride), 0.f);
      for (int64_t i = std::max<int64_t>(0, c - s.window / 2); i <= std::min(s.channels - 1, c + (s.window - 1) / 2); ++i)
        addSquares(sums.data(), all.data() + i * stride, size_t(n));
      isFinite &= greatestOf(sums.data(), size_t(n)) < INFINITY;
      // x · e^(-power · ln(factor · sum + base))
      for (const Step &step : {Step{.kind = StepKind::Linear, .a = factor, .b = base}, Step{.kind = StepKind::Log},
                               Step{.kind = StepKind::Linear, .a = -power}, Step{.kind = StepKind::Exp}, Step{.kind = StepKind::Mul}})
        applyStep(step, sums.data(), all.data() + c * stride, size_t(n));
      narrowRun(sums.data(), size_t(n), floatsOf(run.results[0]).from(at + c * s.positions));
    }
    return isFinite;
  }

  Sizes s;
  float factor, base, power;
  int64_t piece;
};

} // namespace

KernelChoice chooseLocalResponseNorm(const KernelQuery &query) {
  const KernelCall &call = query.chain[0];
  std::optional<int64_t> size = call.args->integer("size");
  std::optional<double> alpha = call.args->number("alpha"), beta = call.args->number("beta"), k = call.args->number("k");
  // What a logarithm is taken of must be positive.
  if (!size || *size < 1 || !alpha || !beta || !k || *alpha < 0 || *k < 1e-30 || !formatOf(call.held("x")) || !formatOf(call.heldResult()))
    return {};
  llvm::ArrayRef<int64_t> dims = call.results[0].dims();
  constexpr int64_t mostChannels = 1 << 15; // a line of all of them is held
  if (dims[1] > mostChannels)
    return {};
  KernelChoice choice;
  choice.inputs = {{0, "x"}};
  choice.kernel = std::make_unique<LocalResponseNorm>(LocalResponseNorm::Sizes{dims[0], dims[1], productOf(dims.drop_front(2)), *size},
                                                      float(*alpha / double(*size)), float(*k), float(*beta));
  return choice;
}

} // namespace mil::fast
