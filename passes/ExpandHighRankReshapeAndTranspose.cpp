// expand_high_rank_reshape_and_transpose: a transpose of more dimensions than devices have.
//
//   r = reshape(x, [2, 3, 4, 5, 6, 7]);  t = transpose(r, perm = [2, 3, 0, 1, 4, 5]);  y = reshape(t, [12, …])
//     =>   r = reshape(x, [6, 20, 42]);  t = transpose(r, perm = [1, 0, 2]);  y = reshape(t, [12, …])
//
// Dimensions of size 1 go, and those that stay side by side become one. For r of rank 6 or more and y of rank 5 or less, of known size. Not
// when that leaves more than 5 dimensions, or r or t is read elsewhere or returned.
//
// Exact.
// Source: coremltools' common::expand_high_rank_reshape_and_transpose, which takes several transposes where one of rank 5 isn't enough.
#include "mil/Pass/Matchers.h"
#include "mil/Pass/Rewriter.h"

using namespace mil;
using namespace mil::match;

namespace {
struct ExpandHighRankReshapeAndTranspose : PatternPass {
  ExpandHighRankReshapeAndTranspose() : PatternPass({"reshape"}) {}

  bool rewrite(Operation &op, Rewriter &rewriter) override {
    Operation *transpose, *first;
    Value *x;
    const Literal *perm;
    if (!matches(op,
                 m_op("reshape", m_once("transpose", m_once("reshape", m_value(x)).as(first), m_arg("perm", m_const(perm))).as(transpose))))
      return false;
    Type high = first->result()->type(), result = op.result()->type();
    std::optional<llvm::SmallVector<int64_t, 8>> axes = perm->asInts();
    if (!high.hasStaticShape() || high.rank() <= maxRank || !result.hasStaticShape() || result.rank() > maxRank || !axes)
      return false;
    Merged merged = merge(high, *axes);
    if (merged.shape.size() > maxRank || merged.shape.empty())
      return false;
    Value *low = rewriter.make("reshape", {{"x", x}, {"shape", rewriter.ints(merged.shape)}});
    Value *moved = rewriter.make("transpose", {{"x", low}, {"perm", rewriter.ints(merged.perm)}});
    return rewriter.replace(op, rewriter.make("reshape", {{"x", moved}, {"shape", rewriter.ints(result.dims())}}));
  }

  static constexpr size_t maxRank = 5;

  struct Merged {
    llvm::SmallVector<int64_t, 8> shape, perm;
  };

  /// The fewest dimensions, in the order of the source, that the transpose moves.
  static Merged merge(Type high, llvm::ArrayRef<int64_t> axes) {
    int64_t rank = int64_t(high.rank());
    llvm::SmallVector<int64_t, 8> place(size_t(rank), -1); // of a dimension in the result, dimensions of size 1 not counted
    int64_t places = 0;
    for (int64_t axis : axes)
      if (axis = axis < 0 ? axis + rank : axis; high.dim(int(axis)) != 1)
        place[size_t(axis)] = places++;
    Merged merged;
    llvm::SmallVector<int64_t, 8> groupAt(size_t(places), -1); // the group that starts at a place
    int64_t before = -2;
    for (int64_t axis = 0; axis < rank; ++axis) {
      if (place[size_t(axis)] < 0)
        continue;
      if (place[size_t(axis)] == before + 1) {
        merged.shape.back() *= high.dim(int(axis));
      } else {
        groupAt[size_t(place[size_t(axis)])] = int64_t(merged.shape.size());
        merged.shape.push_back(high.dim(int(axis)));
      }
      before = place[size_t(axis)];
    }
    for (int64_t group : groupAt)
      if (group >= 0)
        merged.perm.push_back(group);
    return merged;
  }
};
} // namespace

MIL_PASS(expand_high_rank_reshape_and_transpose, ExpandHighRankReshapeAndTranspose,
         "Does not split a transpose that has more than five dimensions even after merging adjacent ones.")
