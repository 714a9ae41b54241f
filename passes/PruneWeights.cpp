// prune_weights: the smallest weights become 0, and zeros are not stored.
//
//   w = const(val = W)
//     =>   w = constexpr_sparse_to_dense()[nonzero_data = N, mask = packed M, shape = …]     before iOS18
//          w = constexpr_sparse_to_dense(nonzero_data = N, mask = M)                         from iOS18 on
//
// M has a 1 where W stays, N what stays, in order. One of, in this order:
//
//   n_m_ratio=N:M        of every M weights along dimension `dim`, the N of least magnitude become 0, the first of equal ones first
//   target_sparsity=S    those of magnitudes up to the S-quantile of all of a weight's magnitudes, so that all of equal ones go
//   threshold=T          those of magnitudes up to T, if that is a part of `minimum_sparsity_percentile` or more: else a mask isn't worth
//   it
//
// Compressed are constants of fp16 and fp32 with two dimensions or more and more than `weight_threshold` elements. Left as they are: those
// with NaN, those of which nothing would stay, and, for n_m_ratio, those with fewer than 2 · M elements along the dimension.
//
// A weight is read up to three times here, and again when it is written, in windows; never is a weight in memory.
//
// The result is coremltools'. Source: coremltools' compression::prune_weights.
#include "mil/Pass/StreamedConstants.h"
#include "patterns/Weights.h"
#include "llvm/ADT/STLExtras.h"
#include <bit>
#include <numeric>

using namespace mil;

namespace {

constexpr int64_t window = 1 << 14;

/// Reads elements with what is pruned as 0.
class Pruned {
public:
  explicit Pruned(std::shared_ptr<ElementReader> elements) : elements(std::move(elements)) {}
  virtual ~Pruned() = default;
  const ElementReader &reader() const { return *elements; }
  virtual bool read(int64_t from, llvm::MutableArrayRef<double> out, DiagnosticEngine &diags) = 0;

protected:
  std::shared_ptr<ElementReader> elements;
};

// ---- By magnitude -----------------------------------------------------------

class PrunedByMagnitude : public Pruned {
public:
  /// Without a threshold nothing but zeros goes.
  PrunedByMagnitude(std::shared_ptr<ElementReader> elements, double threshold) : Pruned(std::move(elements)), threshold(threshold) {}
  bool read(int64_t from, llvm::MutableArrayRef<double> out, DiagnosticEngine &diags) override {
    if (!elements->read(from, out, diags))
      return false;
    for (double &value : out)
      value = std::fabs(value) <= threshold ? 0 : value;
    return true;
  }

private:
  double threshold;
};

/// Order statistics of magnitudes, by counting their bits: first the upper half, then the lower half of those around the wanted ranks.
class Magnitudes {
public:
  Magnitudes(ElementReader &elements, DiagnosticEngine &diags) : elements(elements), diags(diags) {}

  /// The magnitudes of ranks `rank` and `rank + 1`, the latter as far as there are so many; nullopt when one is NaN or can't be read.
  std::optional<std::pair<double, double>> around(int64_t rank) {
    std::vector<int64_t> upper(1 << 16);
    if (!count(upper, [](uint32_t bits) { return int64_t(bits >> 15); }))
      return std::nullopt;
    int64_t next = std::min(rank + 1, elements.count() - 1);
    std::optional<double> a = at(rank, upper), b = next == rank ? a : at(next, upper);
    return a && b ? std::optional(std::pair(*a, *b)) : std::nullopt;
  }

private:
  std::optional<double> at(int64_t rank, const std::vector<int64_t> &upper) {
    size_t high = 0;
    for (; upper[high] <= rank; ++high)
      rank -= upper[high];
    std::vector<int64_t> lower(1 << 15);
    if (!count(lower, [high](uint32_t bits) { return bits >> 15 == high ? int64_t(bits & 0x7FFF) : -1; }))
      return std::nullopt;
    size_t low = 0;
    for (; lower[low] <= rank; ++low)
      rank -= lower[low];
    return double(std::bit_cast<float>(uint32_t(high << 15 | low)));
  }

  template <typename F> bool count(std::vector<int64_t> &counts, F bin) {
    std::vector<double> values;
    for (int64_t at = 0; at < elements.count(); at += int64_t(values.size())) {
      values.resize(size_t(std::min(window, elements.count() - at)));
      if (!elements.read(at, values, diags))
        return false;
      for (double value : values) {
        if (std::isnan(value))
          return false;
        if (int64_t i = bin(std::bit_cast<uint32_t>(float(std::fabs(value)))); i >= 0)
          ++counts[size_t(i)];
      }
    }
    return true;
  }

  ElementReader &elements;
  DiagnosticEngine &diags;
};

// ---- n of m -----------------------------------------------------------------

class PrunedByRatio : public Pruned {
public:
  PrunedByRatio(std::shared_ptr<ElementReader> elements, size_t dim, int64_t n, int64_t m)
      : Pruned(std::move(elements)), length(reader().dims()[dim]), n(n), m(m) {
    for (int64_t each : reader().dims().drop_front(dim + 1))
      inner *= each;
    // Groups lie behind one another up to the end of the dimension; many small ones are read together.
    groups = std::max<int64_t>(1, window / (m * inner));
  }

  bool read(int64_t from, llvm::MutableArrayRef<double> out, DiagnosticEngine &diags) override {
    int64_t row = length * inner, unit = groups * m * inner;
    for (int64_t done = 0; done < int64_t(out.size());) {
      int64_t at = from + done, rowStart = at / row * row, start = rowStart + (at - rowStart) / unit * unit;
      values.resize(size_t(std::min(unit, rowStart + row - start)));
      if (!elements->read(start, values, diags))
        return false;
      prune();
      int64_t count = std::min(start + int64_t(values.size()) - at, int64_t(out.size()) - done);
      std::copy_n(values.begin() + (at - start), count, out.begin() + done);
      done += count;
    }
    return true;
  }

private:
  void prune() {
    int64_t steps = int64_t(values.size()) / inner;
    for (int64_t first = 0; first < steps; first += m)
      for (int64_t i = 0; i < inner; ++i) {
        // What is missing in the last group counts as smallest.
        int64_t present = std::min(m, steps - first), zeros = n - (m - present);
        order.resize(size_t(present));
        std::iota(order.begin(), order.end(), first);
        llvm::sort(order, [&](int64_t a, int64_t b) {
          double x = std::fabs(values[size_t(a * inner + i)]), y = std::fabs(values[size_t(b * inner + i)]);
          return x != y ? x < y : a < b;
        });
        for (int64_t k = 0; k < zeros; ++k)
          values[size_t(order[size_t(k)] * inner + i)] = 0;
      }
  }

  int64_t length, n, m, inner = 1, groups;
  std::vector<double> values;
  std::vector<int64_t> order;
};

// ---- The pass ---------------------------------------------------------------

/// Makes what stays, in order. Windows ascend, or start over.
class Nonzeros {
public:
  explicit Nonzeros(std::shared_ptr<Pruned> pruned) : pruned(std::move(pruned)) {}

  bool operator()(int64_t from, llvm::MutableArrayRef<double> out) {
    DiagnosticEngine silent; // who writes says that it failed
    if (passed > from)
      at = passed = 0;
    int64_t end = from + int64_t(out.size());
    while (passed < end && at < pruned->reader().count()) {
      values.resize(size_t(std::min(window, pruned->reader().count() - at)));
      if (!pruned->read(at, values, silent))
        return false;
      for (double value : values) {
        if (passed == end)
          return true;
        ++at;
        if (value != 0 && passed++ >= from)
          out[size_t(passed - 1 - from)] = value;
      }
    }
    return passed == end;
  }

private:
  std::shared_ptr<Pruned> pruned;
  int64_t at = 0, passed = 0; ///< the next element, and how many stay before it
  std::vector<double> values;
};

struct PruneWeights : PatternPass {
  PruneWeights() : PatternPass({"const"}) {}
  Option<double> threshold{*this, "threshold", "Prune magnitudes up to this", 1e-12};
  Option<double> minimum{*this, "minimum_sparsity_percentile", "For a threshold: the part of a weight that must go for it to be worth it",
                         0.5};
  Option<std::optional<double>> sparsity{*this, "target_sparsity", "Prune this part of every weight, from 0 to less than 1"};
  Option<std::string> ratio{*this, "n_m_ratio", "Prune N of every M weights, as in 2:4"};
  Option<int64_t> dim{*this, "dim", "The dimension of the M weights of n_m_ratio", 1};
  WeightOptions options{*this};

  bool wants(Function &) override { return options.start(), true; }

  bool rewrite(Operation &op, Rewriter &rewriter) override {
    std::optional<Weight> weight = Weight::of(op, options, false);
    if (!weight || options.isTooOld(rewriter, "prune_weights") || refuses(op, rewriter))
      return false;
    std::shared_ptr<Pruned> pruned = prune(*weight, rewriter.diags());
    std::optional<int64_t> staying = pruned ? countStaying(*pruned, rewriter.diags()) : std::nullopt;
    return staying && *staying > 0 && rewriter.replace(op, sparse(*weight, pruned, *staying, rewriter));
  }

  std::optional<std::pair<int64_t, int64_t>> nAndM() const {
    auto [first, second] = llvm::StringRef(*ratio).split(':');
    int64_t n, m;
    if (first.getAsInteger(10, n) || second.getAsInteger(10, m) || n < 1 || n >= m || m > window)
      return std::nullopt;
    return std::pair(n, m);
  }

  /// Complains, once, about what can't be done.
  bool refuses(const Operation &op, Rewriter &rewriter) const {
    const char *why = !ratio->empty() && !nAndM()                         ? "n_m_ratio must be N:M, N less than M"
                      : !ratio->empty() && dim != 0 && dim != 1           ? "dim must be 0 or 1"
                      : *sparsity && !(**sparsity >= 0 && **sparsity < 1) ? "target_sparsity must be from 0 to less than 1"
                                                                          : nullptr;
    return refuse(op, rewriter, "prune_weights", why);
  }

  std::shared_ptr<Pruned> prune(const Weight &weight, DiagnosticEngine &diags) const {
    std::shared_ptr<ElementReader> elements = elementsOf(*weight.literal);
    if (!elements)
      return nullptr;
    if (!ratio->empty()) {
      auto [n, m] = *nAndM();
      return weight.dims()[size_t(*dim)] < 2 * m ? nullptr : std::make_shared<PrunedByRatio>(elements, size_t(*dim), n, m);
    }
    double limit = *threshold;
    roundTo(weight.dtype(), llvm::MutableArrayRef(&limit, 1));
    if (*sparsity) {
      std::optional<double> found = quantile(*elements, **sparsity, diags);
      if (!found)
        return nullptr;
      limit = *found;
    }
    auto pruned = std::make_shared<PrunedByMagnitude>(elements, limit);
    if (*sparsity)
      return pruned;
    std::optional<int64_t> staying = countStaying(*pruned, diags);
    bool worthIt = staying && double(elements->count() - *staying) / double(elements->count()) >= *minimum;
    return worthIt ? pruned : nullptr;
  }

  /// The magnitude up to which a part of the elements goes, as numpy interpolates percentiles; -1 for none.
  static std::optional<double> quantile(ElementReader &elements, double part, DiagnosticEngine &diags) {
    if (part == 0)
      return -1;
    double place = double(elements.count() - 1) * (part * 100 / 100), rank = std::floor(place), t = place - rank;
    auto around = Magnitudes(elements, diags).around(int64_t(rank));
    if (!around)
      return std::nullopt;
    auto [a, b] = *around;
    double step = b - a;
    roundTo(elements.dtype(), llvm::MutableArrayRef(&step, 1));
    double limit = t < 0.5 ? a + step * t : b - step * (1 - t);
    roundTo(elements.dtype(), llvm::MutableArrayRef(&limit, 1));
    return limit;
  }

  /// How many elements are not 0; nullopt when there is a NaN among them, or one can't be read.
  static std::optional<int64_t> countStaying(Pruned &pruned, DiagnosticEngine &diags) {
    int64_t count = pruned.reader().count(), staying = 0;
    std::vector<double> values;
    for (int64_t at = 0; at < count; at += int64_t(values.size())) {
      values.resize(size_t(std::min(window, count - at)));
      if (!pruned.read(at, values, diags) || llvm::any_of(values, [](double value) { return std::isnan(value); }))
        return std::nullopt;
      staying += llvm::count_if(values, [](double value) { return value != 0; });
    }
    return staying;
  }

  static Value *sparse(const Weight &weight, const std::shared_ptr<Pruned> &pruned, int64_t staying, Rewriter &rewriter) {
    Context &context = rewriter.context();
    const Literal *mask = streamedConstant(context, weight.type().withDType(context, DType::UInt1),
                                           [pruned](int64_t from, llvm::MutableArrayRef<double> out) {
                                             DiagnosticEngine silent; // who writes says that it failed
                                             if (!pruned->read(from, out, silent))
                                               return false;
                                             for (double &value : out)
                                               value = value != 0;
                                             return true;
                                           });
    const Literal *data = streamedConstant(context, Type::tensor(context, weight.dtype(), staying), Nonzeros(pruned));
    if (rewriter.opset() >= Opset::IOS18)
      return rewriter.make("constexpr_sparse_to_dense", {{"nonzero_data", data}, {"mask", mask}});
    return rewriter.make(
        "constexpr_sparse_to_dense",
        {{"nonzero_data", data}, {"mask", packedAsBytes(context, mask)}, {"shape", shapeAsUInt32(context, weight.dims())}});
  }
};
} // namespace

MIL_PASS(prune_weights, PruneWeights)
