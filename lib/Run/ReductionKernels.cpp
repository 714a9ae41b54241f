// Reductions of floats along axes that are neighbours.
#include "Axes.h"
#include "Chain.h"
#include "FastKernels.h"
#include "Rows.h"
#include <algorithm>
#include <cmath>

namespace mil::fast {

namespace {

enum class Reduce : uint8_t { Sum, Mean, Max, Min, L1, L2, SumSquare, LogSum, LogSumExp };

struct Named {
  llvm::StringLiteral op;
  Reduce reduce;
};
constexpr Named reductions[] = {
    {"reduce_sum", Reduce::Sum},
    {"reduce_mean", Reduce::Mean},
    {"reduce_max", Reduce::Max},
    {"reduce_min", Reduce::Min},
    {"reduce_l1_norm", Reduce::L1},
    {"reduce_l2_norm", Reduce::L2},
    {"reduce_sum_square", Reduce::SumSquare},
    {"reduce_log_sum", Reduce::LogSum},
    {"reduce_log_sum_exp", Reduce::LogSumExp},
};

class Reduction : public Kernel {
public:
  Reduction(Reduce reduce, int64_t outer, int64_t length, int64_t inner, Chain chain)
      : reduce(reduce), outer(outer), length(length), inner(inner), chain(std::move(chain)) {}

  bool run(const Run &run) override {
    // A part makes a block of neighbours of the result.
    int64_t block = inner == 1 ? std::max<int64_t>(1, 16384 / length) : std::min<int64_t>(inner, 512);
    int64_t blocks = inner == 1 ? (outer + block - 1) / block : (inner + block - 1) / block, groups = inner == 1 ? 1 : outer;
    int64_t whole = inner == 1 ? outer : inner;
    run.threads.parallel(size_t(groups * blocks), [&](size_t part) {
      static thread_local std::vector<float> results, row;
      int64_t group = int64_t(part) / blocks, first = int64_t(part) % blocks * block, count = std::min(block, whole - first);
      results.resize(padded(size_t(count)));
      if (inner == 1)
        for (int64_t i = 0; i < count; ++i)
          results[size_t(i)] = reduceRow(run, first + i, row);
      else
        reduceLines(run, group, first, count, results, row);
      int64_t at = group * whole + first;
      for (int64_t i = 0; i < count; ++i)
        results[size_t(i)] = finished(results[size_t(i)]);
      chain.apply(run, at, llvm::MutableArrayRef(results.data(), size_t(count)));
      narrowRun(results.data(), size_t(count), floatsOf(run.results[0]).from(at));
    });
    return true;
  }

private:
  /// Elements that lie next to each other.
  float reduceRow(const Run &run, int64_t number, std::vector<float> &row) const {
    auto n = size_t(length);
    row.resize(n);
    widenRun(floatsOf(*run.inputs[0]).from(number * length), n, row.data());
    switch (reduce) {
    case Reduce::Max:
      return greatestOf(row.data(), n);
    case Reduce::Min:
      return smallestOf(row.data(), n);
    case Reduce::L1:
      return magnitudesOf(row.data(), n);
    case Reduce::L2:
    case Reduce::SumSquare:
      return squaresOf(row.data(), n, 0);
    case Reduce::LogSumExp: {
      float greatest = greatestOf(row.data(), n);
      return std::isfinite(greatest) ? greatest + std::log(exponentials(row.data(), n, greatest)) : greatest;
    }
    default:
      return sumOf(row.data(), n);
    }
  }

  /// Elements that lie `inner` apart: whole lines are added up.
  void reduceLines(const Run &run, int64_t group, int64_t first, int64_t count, std::vector<float> &results,
                   std::vector<float> &line) const {
    auto n = size_t(count);
    line.resize(n);
    ConstFloats x = floatsOf(*run.inputs[0]);
    for (int64_t i = 0; i < length; ++i) {
      bool start = i == 0 && (reduce == Reduce::Max || reduce == Reduce::Min);
      widenRun(x.from((group * length + i) * inner + first), n, start ? results.data() : line.data());
      if (start)
        continue;
      if (i == 0)
        std::fill(results.begin(), results.end(), 0.f);
      if (reduce == Reduce::Max)
        keepGreater(results.data(), line.data(), n);
      else if (reduce == Reduce::Min)
        keepSmaller(results.data(), line.data(), n);
      else if (reduce == Reduce::L2 || reduce == Reduce::SumSquare)
        addSquares(results.data(), line.data(), n);
      else
        addScaled(results.data(), line.data(), n, 1);
    }
  }

  float finished(float value) const {
    if (reduce == Reduce::Mean)
      return value / float(length);
    return reduce == Reduce::L2 ? std::sqrt(value) : reduce == Reduce::LogSum ? std::log(value) : value;
  }

  Reduce reduce;
  int64_t outer, length, inner;
  Chain chain;
};

} // namespace

KernelChoice chooseReduction(const KernelQuery &query) {
  const KernelCall &call = query.chain[0];
  const Named *named = llvm::find_if(reductions, [&](const Named &n) { return call.op->is(n.op); });
  if (named == std::end(reductions) || !formatOf(call.held("x")) || !formatOf(call.heldResult()))
    return {};
  llvm::ArrayRef<int64_t> dims = (*call.args)["x"].dims();
  std::optional<AxisRange> axes = neighbouringAxes(call);
  if (!axes)
    return {};
  int64_t sizes[3] = {1, 1, 1};
  for (size_t i = 0; i < dims.size(); ++i)
    sizes[i < axes->first ? 0 : i < axes->first + axes->count ? 1 : 2] *= dims[i];
  bool needsRows = named->reduce == Reduce::L1 || named->reduce == Reduce::LogSumExp;
  if (sizes[1] == 0 || (sizes[2] != 1 && needsRows))
    return {};
  Chain chain(call.results[0].dims());
  KernelChoice choice;
  choice.inputs = {{0, "x"}};
  chain.follow(query, choice);
  choice.kernel = std::make_unique<Reduction>(named->reduce, sizes[0], sizes[1], sizes[2], std::move(chain));
  return choice;
}

} // namespace mil::fast
