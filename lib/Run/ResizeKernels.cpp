// Resizing in the last two dimensions, a plane a part: nearest elements of any type, or floats interpolated linearly.
#include "Chain.h"
#include "FastKernels.h"
#include "mil/Ops/Sampling.h"
#include "mil/Tensor/ElementSize.h"
#include <algorithm>
#include <cstring>

namespace mil::fast {

namespace {

/// Planes [inRows, inColumns] that become [outRows, outColumns].
struct Planes {
  int64_t count, inRows, inColumns, outRows, outColumns;
};

class NearestResize : public Kernel {
public:
  NearestResize(const Planes &planes, std::vector<int64_t> rows, std::vector<int64_t> columns)
      : p(planes), rows(std::move(rows)), columns(std::move(columns)) {}

  bool run(const Run &run) override {
    return withElementOfSize(run.results[0].elementSize(), [&](auto element) { return take<decltype(element)>(run); });
  }

private:
  template <typename E> bool take(const Run &run) const {
    auto *from = reinterpret_cast<const E *>(run.inputs[0]->bytes().data());
    auto *to = reinterpret_cast<E *>(run.results[0].bytes().data());
    run.threads.parallel(size_t(p.count), [&](size_t plane) {
      const E *in = from + int64_t(plane) * p.inRows * p.inColumns;
      E *out = to + int64_t(plane) * p.outRows * p.outColumns;
      for (int64_t r = 0; r < p.outRows; ++r, out += p.outColumns) {
        if (r > 0 && rows[size_t(r)] == rows[size_t(r - 1)]) {
          std::memcpy(out, out - p.outColumns, size_t(p.outColumns) * sizeof(E));
          continue;
        }
        const E *line = in + rows[size_t(r)] * p.inColumns;
        for (int64_t c = 0; c < p.outColumns; ++c)
          out[c] = line[columns[size_t(c)]];
      }
    });
    return true;
  }

  Planes p;
  std::vector<int64_t> rows, columns;
};

/// The two elements next to a position, and its distance from the first.
struct Between {
  int64_t low, high;
  float share;
};

class LinearResize : public Kernel {
public:
  LinearResize(const Planes &planes, std::vector<Between> rows, std::vector<Between> columns, Chain chain)
      : p(planes), rows(std::move(rows)), columns(std::move(columns)), chain(std::move(chain)) {}

  bool run(const Run &run) override {
    ConstFloats x = floatsOf(*run.inputs[0]);
    Floats results = floatsOf(run.results[0]);
    run.threads.parallel(size_t(p.count), [&](size_t plane) {
      static thread_local std::vector<float> first, second, out;
      first.resize(padded(size_t(p.inColumns))), second.resize(first.size()), out.resize(padded(size_t(p.outColumns)));
      ConstFloats in = x.from(int64_t(plane) * p.inRows * p.inColumns);
      for (int64_t r = 0; r < p.outRows; ++r) {
        const Between &row = rows[size_t(r)];
        widenRun(in.from(row.low * p.inColumns), size_t(p.inColumns), first.data());
        if (row.share != 0) {
          widenRun(in.from(row.high * p.inColumns), size_t(p.inColumns), second.data());
          for (int64_t c = 0; c < p.inColumns; ++c)
            first[size_t(c)] = first[size_t(c)] * (1 - row.share) + second[size_t(c)] * row.share;
        }
        for (int64_t c = 0; c < p.outColumns; ++c) {
          const Between &at = columns[size_t(c)];
          float low = first[size_t(at.low)];
          out[size_t(c)] = at.share == 0 ? low : low * (1 - at.share) + first[size_t(at.high)] * at.share;
        }
        int64_t at = (int64_t(plane) * p.outRows + r) * p.outColumns;
        chain.apply(run, at, llvm::MutableArrayRef(out.data(), size_t(p.outColumns)));
        narrowRun(out.data(), size_t(p.outColumns), results.from(at));
      }
    });
    return true;
  }

private:
  Planes p;
  std::vector<Between> rows, columns;
  Chain chain;
};

std::vector<Between> placesOf(const Grid &grid, int64_t size) {
  std::vector<Between> places;
  for (double each : grid) {
    double place = std::clamp(each, 0.0, double(size - 1));
    int64_t low = int64_t(place);
    places.push_back({low, std::min(low + 1, size - 1), float(place - double(low))});
  }
  return places;
}

/// A dimension that keeps its size.
std::vector<Between> allPlaces(int64_t size) {
  std::vector<Between> places;
  places.reserve(size_t(size));
  for (int64_t i = 0; i < size; ++i)
    places.push_back({i, i, 0});
  return places;
}
std::vector<int64_t> allElements(int64_t size) {
  std::vector<int64_t> elements;
  elements.reserve(size_t(size));
  for (int64_t i = 0; i < size; ++i)
    elements.push_back(i);
  return elements;
}

} // namespace

KernelChoice chooseResize(const KernelQuery &query) {
  const KernelCall &call = query.chain[0];
  llvm::ArrayRef<int64_t> from = (*call.args)["x"].dims(), to = call.results[0].dims();
  if (from.size() < 2 || to.size() != from.size() || productOf(from) == 0 || !call.results[0].elementCount())
    return {};
  std::optional<Resampling> resampling = resamplingOf(*call.args);
  size_t rows = from.size() - 2, columns = from.size() - 1;
  if (!resampling || llvm::any_of(resampling->axes, [&](const Resampling::Axis &each) { return each.axis < rows; }))
    return {};
  Planes planes{productOf(from.drop_back(2)), from[rows], from[columns], to[rows], to[columns]};
  auto axis = [&](size_t number) { return llvm::find_if(resampling->axes, [&](const Resampling::Axis &a) { return a.axis == number; }); };
  auto r = axis(rows), c = axis(columns);
  KernelChoice choice;
  choice.inputs = {{0, "x"}};
  if (resampling->isNearest) {
    if (call.held("x") != call.heldResult() || bitWidth(call.heldResult()) < 8)
      return {};
    choice.kernel = std::make_unique<NearestResize>(planes, r == resampling->axes.end() ? allElements(from[rows]) : r->nearest,
                                                    c == resampling->axes.end() ? allElements(from[columns]) : c->nearest);
    return choice;
  }
  if (!formatOf(call.held("x")) || !formatOf(call.heldResult()))
    return {};
  Chain chain(to);
  chain.follow(query, choice);
  choice.kernel = std::make_unique<LinearResize>(
      planes, r == resampling->axes.end() ? allPlaces(from[rows]) : placesOf(r->grid, from[rows]),
      c == resampling->axes.end() ? allPlaces(from[columns]) : placesOf(c->grid, from[columns]), std::move(chain));
  return choice;
}

} // namespace mil::fast
