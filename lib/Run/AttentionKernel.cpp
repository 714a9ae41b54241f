// scaled_dot_product_attention without all of its scores.
//
// A part is a block of queries of one head. It walks over blocks of keys; of each it makes the scores, and keeps for every query the
// greatest score so far, the sum of exponentials and the weighted sum of values, both of which are scaled down when a greater score comes.
#include "Chain.h"
#include "FastKernels.h"
#include "ProductTiles.h"
#include "Rows.h"
#include <cmath>

namespace mil::fast {

namespace {

constexpr int64_t queryBlock = 128, keyBlock = 512, scoreBlock = queryBlock * keyBlock;

class Attention : public Kernel {
public:
  struct Sizes {
    int64_t heads, queries, keys, width, valueWidth;
  };
  /// An input that has the rows [begin, end) of all keys or values, for each head.
  struct Part {
    size_t input;
    int64_t begin, end;
  };
  using Parts = llvm::SmallVector<Part, 2>;
  struct Operands {
    Parts keys, values;
    std::optional<size_t> mask; ///< the input
  };
  Attention(Sizes sizes, Operands operands, std::optional<Broadcast> mask, Chain chain)
      : sizes(sizes), operands(std::move(operands)), mask(std::move(mask)), chain(std::move(chain)) {}

  bool run(const Run &run) override {
    ConstFloats maskFloats;
    if (mask)
      maskFloats = readMask(run);
    int64_t blocks = (sizes.queries + queryBlock - 1) / queryBlock;
    run.threads.parallel(size_t(sizes.heads * blocks), [&](size_t part) {
      int64_t head = int64_t(part) / blocks, first = int64_t(part) % blocks * queryBlock;
      attend(run, maskFloats, head, first, std::min(queryBlock, sizes.queries - first));
    });
    return true;
  }

private:
  struct Memory {
    std::vector<float> scores, sums, added, greatest, total, mask;
  };

  /// The mask as what is added to the scores: of bools, 0 where it holds and -inf elsewhere.
  ConstFloats readMask(const Run &run) const {
    const Tensor &given = *run.inputs[*operands.mask];
    if (given.dtype() != DType::Bool)
      return floatsOf(given);
    auto *numbers = reinterpret_cast<float *>(run.scratch.data());
    llvm::ArrayRef<uint8_t> bytes = given.bytes();
    for (size_t i = 0; i < bytes.size(); ++i)
      numbers[i] = bytes[i] ? 0.f : -INFINITY;
    return {numbers, Format::Single};
  }

  void attend(const Run &run, ConstFloats maskFloats, int64_t head, int64_t first, int64_t queries) const {
    static thread_local Memory m;
    int64_t block = queries > fewRows ? keyBlock : scoreBlock / fewRows; // few queries: long runs of memory
    m.scores.resize(size_t(scoreBlock) + runPadding);
    m.mask.resize(size_t(block));
    m.sums.assign(size_t(queries * sizes.valueWidth) + runPadding, 0.f);
    m.added.resize(m.sums.size());
    m.greatest.assign(size_t(queries), -INFINITY);
    m.total.assign(size_t(queries), 0.f);
    for (int64_t key = 0; key < sizes.keys; key += block) {
      int64_t keys = std::min(block, sizes.keys - key);
      score(run, head, first, queries, key, keys, m.scores.data());
      for (int64_t q = 0; q < queries; ++q) {
        float *scores = m.scores.data() + q * keys;
        if (mask) {
          mask->read(maskFloats, (head * sizes.queries + first + q) * sizes.keys + key, keys, m.mask.data());
          addScaled(scores, m.mask.data(), size_t(keys), 1);
        }
        weigh(scores, keys, m, q);
      }
      addValues(run, head, queries, key, keys, m);
    }
    for (int64_t q = 0; q < queries; ++q) {
      float *row = m.sums.data() + q * sizes.valueWidth;
      shiftAndScale(row, size_t(sizes.valueWidth), 0, 1 / m.total[size_t(q)]);
    }
    // The rows of a block are neighbours in the result.
    int64_t at = (head * sizes.queries + first) * sizes.valueWidth;
    chain.apply(run, at, llvm::MutableArrayRef(m.sums.data(), size_t(queries * sizes.valueWidth)));
    narrowRun(m.sums.data(), size_t(queries * sizes.valueWidth), floatsOf(run.results[0]).from(at));
  }

  /// Calls visit(part, first, count) for the rows of each part that are among [first, first + count).
  template <typename F> static void forEachOverlap(const Parts &parts, int64_t first, int64_t count, F visit) {
    for (const Part &part : parts) {
      int64_t begin = std::max(first, part.begin), end = std::min(first + count, part.end);
      if (begin < end)
        visit(part, begin, end - begin);
    }
  }

  void score(const Run &run, int64_t head, int64_t first, int64_t queries, int64_t key, int64_t keys, float *scores) const {
    Products p;
    p.rows = queries;
    p.depth = sizes.width;
    p.left = {floatsOf(*run.inputs[0]), sizes.width, 1};
    p.rowStride = keys;
    p.scale = float(1 / std::sqrt(double(sizes.width)));
    forEachOverlap(operands.keys, key, keys, [&](const Part &part, int64_t begin, int64_t count) {
      p.columns = count;
      p.right = {floatsOf(*run.inputs[part.input]), 1, sizes.width};
      p.results = {scores + begin - key, Format::Single};
      Products::Place place{(head * sizes.queries + first) * sizes.width, rowOf(part, head, begin) * sizes.width, 0};
      p.each = place;
      multiply(p, run.threads);
    });
  }

  /// The row of an input that has the key or value `number` of a head.
  static int64_t rowOf(const Part &part, int64_t head, int64_t number) { return head * (part.end - part.begin) + number - part.begin; }

  /// Turns a query's scores into weights relative to the greatest so far.
  void weigh(float *scores, int64_t keys, Memory &m, int64_t q) const {
    float before = m.greatest[size_t(q)], now = greatestOf(scores, size_t(keys));
    now = before > now || std::isnan(before) ? before : now;
    float scale = before == now ? 1 : std::exp(before - now);
    if (now == -INFINITY) // nothing to attend to so far
      std::fill_n(scores, keys, 0.f);
    else
      m.total[size_t(q)] = m.total[size_t(q)] * scale + exponentials(scores, size_t(keys), now);
    m.greatest[size_t(q)] = now;
    if (scale != 1)
      shiftAndScale(m.sums.data() + q * sizes.valueWidth, size_t(sizes.valueWidth), 0, scale);
  }

  void addValues(const Run &run, int64_t head, int64_t queries, int64_t key, int64_t keys, Memory &m) const {
    Products p;
    p.rows = queries;
    p.columns = sizes.valueWidth;
    p.results = {m.added.data(), Format::Single};
    p.rowStride = sizes.valueWidth;
    p.depth = keys;
    p.left = {{m.scores.data(), Format::Single}, keys, 1};
    p.right = {{}, sizes.valueWidth, 1};
    llvm::SmallVector<Products::RowPart, 2> parts;
    forEachOverlap(operands.values, key, keys, [&](const Part &part, int64_t begin, int64_t count) {
      p.right.floats = floatsOf(*run.inputs[part.input]).from(rowOf(part, head, begin) * sizes.valueWidth);
      parts.push_back({p.right.floats, count});
    });
    if (parts.size() > 1)
      p.parts = parts;
    Products::Place place;
    p.each = place;
    multiply(p, run.threads);
    addScaled(m.sums.data(), m.added.data(), size_t(queries * sizes.valueWidth), 1);
  }

  Sizes sizes;
  Operands operands;
  std::optional<Broadcast> mask;
  Chain chain;
};

} // namespace

/// The concats of a query that compute the key and the value of its attention, by number; nothing for those that are arguments.
struct Joined {
  std::optional<size_t> key, value;
};

/// Requests the argument `parameter` of the attention query.chain[number], or the values of the concat that computes it.
static Attention::Parts addOperand(const KernelQuery &query, size_t number, llvm::StringRef parameter, std::optional<size_t> concat,
                                   KernelChoice &choice) {
  Attention::Parts parts;
  if (!concat) {
    parts.push_back({choice.inputs.size(), 0, (*query.chain[number].args)[parameter].dim(-2)});
    choice.inputs.push_back({number, parameter});
    return parts;
  }
  Arg values = (*query.chain[*concat].args)["values"];
  int64_t begin = 0;
  for (size_t i = 0; i < values.size(); begin += values[i].dim(-2), ++i) {
    parts.push_back({choice.inputs.size(), begin, begin + values[i].dim(-2)});
    choice.inputs.push_back({*concat, "values", i});
  }
  return parts;
}

/// The kernel of the attention query.chain[number].
static KernelChoice attentionAt(const KernelQuery &query, size_t number, const Joined &joined) {
  const KernelCall &call = query.chain[number];
  const Args &a = *call.args;
  for (llvm::StringRef parameter : {"query", "key", "value"})
    if (!formatOf(call.held(parameter)))
      return {};
  if (!formatOf(call.heldResult()) || a["key"].dim(-2) == 0)
    return {};
  Attention::Sizes sizes{1, a["query"].dim(-2), a["key"].dim(-2), a["query"].dim(-1), a["value"].dim(-1)};
  for (int64_t dim : a["query"].dims().drop_back(2))
    sizes.heads *= dim;
  KernelChoice choice;
  choice.inputs = {{number, "query"}};
  Attention::Operands operands;
  operands.keys = addOperand(query, number, "key", joined.key, choice);
  operands.values = addOperand(query, number, "value", joined.value, choice);
  std::optional<Broadcast> mask;
  if (Arg given = a["attn_mask"]) {
    if (given.dtype() != DType::Bool && !formatOf(call.held("attn_mask")))
      return {};
    Dims scores(a["query"].dims());
    scores.back() = sizes.keys;
    mask = Broadcast(given.dims(), scores);
    operands.mask = choice.inputs.size();
    choice.inputs.push_back({number, "attn_mask"});
    if (given.dtype() == DType::Bool) {
      choice.scratchBytes = sizeof(float);
      for (int64_t dim : given.dims())
        choice.scratchBytes *= uint64_t(dim);
    }
  }
  Chain chain(call.results[0].dims());
  chain.follow(query, choice, number);
  choice.kernel = std::make_unique<Attention>(sizes, std::move(operands), std::move(mask), std::move(chain));
  return choice;
}

KernelChoice chooseAttention(const KernelQuery &query) { return attentionAt(query, 0, {}); }

/// Whether a call appends values of one type along the second to last dimension.
static bool appendsRows(const KernelCall &call) {
  return call.op->is("concat") && call.results[0].dims().size() >= 2 && joinedAxis(call) == call.results[0].dims().size() - 2;
}

// A decoder appends the key and value of a token to those of the tokens before it, and uses the results once: without the copies it reads
// the cache once instead of reading, writing and reading it.
KernelChoice chooseAttentionOfParts(const KernelQuery &query) {
  Joined joined;
  size_t number = 0;
  for (; number < query.chain.size() && appendsRows(query.chain[number]); ++number) {
  }
  if (number == query.chain.size() || !query.chain[number].op->is("scaled_dot_product_attention"))
    return {};
  for (size_t i = 0; i < number; ++i) {
    std::optional<llvm::StringRef> parameter = parameterTaking(query.chain[number], *query.chain[i].op->result(0));
    if (!parameter || (*parameter != "key" && *parameter != "value"))
      return {};
    (*parameter == "key" ? joined.key : joined.value) = i;
  }
  const Args &attention = *query.chain[number].args;
  if (attention["query"].dim(-2) > fewRows || attention["value"].dim(-1) < 2) // what products of parts are limited to
    return {};
  return attentionAt(query, number, joined);
}

} // namespace mil::fast
