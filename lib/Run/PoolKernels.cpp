// Pools of floats. A window's lines are put together first, with vectors, then what it sees of the line that results.
#include "Chain.h"
#include "FastKernels.h"
#include "Rows.h"
#include "mil/Tensor/Shapes.h"
#include <algorithm>
#include <cmath>

namespace mil::fast {

namespace {

enum class PoolKind : uint8_t { Max, Average, AverageWithoutPadding, L2 };

/// What a window sees of one dimension at one position, and how many elements it covers with the padding.
struct Seen {
  int64_t begin, end, covered;
};

class Pool : public Kernel {
public:
  /// Three spatial dimensions; missing ones, outermost, have one position.
  struct Geometry {
    PoolKind kind;
    int64_t planes = 1, in[3] = {1, 1, 1};
    std::vector<Seen> along[3] = {{{0, 1, 1}}, {{0, 1, 1}}, {{0, 1, 1}}};
    int64_t positions() const { return int64_t(along[0].size() * along[1].size() * along[2].size()); }
  };
  Pool(Geometry geometry, Chain chain) : g(std::move(geometry)), chain(std::move(chain)) {}

  bool run(const Run &run) override {
    int64_t inSize = g.in[0] * g.in[1] * g.in[2], positions = g.positions();
    run.threads.parallel(size_t(g.planes), [&](size_t plane) {
      static thread_local std::vector<float> results, line, added;
      results.resize(padded(size_t(positions)));
      line.resize(size_t(g.in[2]));
      added.resize(size_t(g.in[2]));
      ConstFloats x = floatsOf(*run.inputs[0]).from(int64_t(plane) * inSize);
      float *to = results.data();
      for (const Seen &i : g.along[0])
        for (const Seen &j : g.along[1]) {
          putTogether(x, i, j, line, added);
          for (const Seen &k : g.along[2])
            *to++ = pooled(line.data(), k, (std::max<int64_t>(0, i.end - i.begin)) * std::max<int64_t>(0, j.end - j.begin),
                           i.covered * j.covered);
        }
      int64_t at = int64_t(plane) * positions;
      chain.apply(run, at, llvm::MutableArrayRef(results.data(), size_t(positions)));
      narrowRun(results.data(), size_t(positions), floatsOf(run.results[0]).from(at));
    });
    return true;
  }

private:
  void putTogether(ConstFloats x, const Seen &i, const Seen &j, std::vector<float> &line, std::vector<float> &added) const {
    std::fill(line.begin(), line.end(), g.kind == PoolKind::Max ? -INFINITY : 0.f);
    for (int64_t p = i.begin; p < i.end; ++p)
      for (int64_t q = j.begin; q < j.end; ++q) {
        widenRun(x.from((p * g.in[1] + q) * g.in[2]), line.size(), added.data());
        if (g.kind == PoolKind::Max)
          keepGreater(line.data(), added.data(), line.size());
        else if (g.kind == PoolKind::L2)
          addSquares(line.data(), added.data(), line.size());
        else
          addScaled(line.data(), added.data(), line.size(), 1);
      }
  }

  /// Of the lines put together, what the window sees at k; of how many lines, and how many it would cover.
  float pooled(const float *line, const Seen &k, int64_t lines, int64_t coveredLines) const {
    if (g.kind == PoolKind::Max) {
      float most = -INFINITY;
      for (int64_t r = k.begin; r < k.end; ++r)
        most = line[r] > most || std::isnan(line[r]) ? line[r] : most;
      return most;
    }
    float sum = 0;
    for (int64_t r = k.begin; r < k.end; ++r)
      sum += line[r];
    if (g.kind == PoolKind::L2)
      return std::sqrt(sum);
    int64_t seen = lines * std::max<int64_t>(0, k.end - k.begin);
    return sum / float(g.kind == PoolKind::Average ? coveredLines * k.covered : seen);
  }

  Geometry g;
  Chain chain;
};

} // namespace

KernelChoice choosePool(const KernelQuery &query) {
  const KernelCall &call = query.chain[0];
  const Args &a = *call.args;
  std::optional<Dims> sizes = a.integers("kernel_sizes"), strides = a.integers("strides");
  std::optional<llvm::StringRef> name = a.string("pad_type");
  std::optional<shapes::Padding> padding = name ? shapes::paddingFromName(*name) : std::nullopt;
  if (!sizes || !strides || !padding || !formatOf(call.held("x")) || !formatOf(call.heldResult()))
    return {};
  llvm::ArrayRef<int64_t> dims = a["x"].dims(), in = dims.drop_front(2), out = call.results[0].dims().drop_front(2);
  std::optional<Dims> pads(Dims(2 * in.size(), 0));
  if (*padding == shapes::Padding::Custom)
    pads = a.integers("pad");
  if (!pads)
    return {};
  Pool::Geometry geometry;
  geometry.kind = call.op->is("max_pool")                  ? PoolKind::Max
                  : call.op->is("l2_pool")                 ? PoolKind::L2
                  : a.flag("exclude_padding_from_average") ? PoolKind::AverageWithoutPadding
                                                           : PoolKind::Average;
  geometry.planes = dims[0] * dims[1];
  for (size_t i = 0; i < in.size(); ++i) {
    std::optional<shapes::Window> w = shapes::padded({(*sizes)[i], (*strides)[i], 1, (*pads)[2 * i], (*pads)[2 * i + 1]}, *padding, in[i]);
    if (!w)
      return {};
    size_t at = 3 - in.size() + i;
    geometry.in[at] = in[i];
    geometry.along[at].clear();
    for (int64_t p = 0; p < out[i]; ++p) {
      int64_t start = p * w->stride - w->padBefore, end = start + w->size;
      geometry.along[at].push_back({std::max<int64_t>(0, start), std::min(end, in[i]), std::min(end, in[i] + w->padAfter) - start});
    }
  }
  Chain chain(call.results[0].dims());
  KernelChoice choice;
  choice.inputs = {{0, "x"}};
  chain.follow(query, choice);
  choice.kernel = std::make_unique<Pool>(std::move(geometry), std::move(chain));
  return choice;
}

} // namespace mil::fast
