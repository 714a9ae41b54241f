// Operations on transposed operands: which ones give, from the operands as they were before their transposes, the same result but for a
// transpose, and what they then need changed. For reduce_transposes.
//
// A value is *in an order* if dimension i of it is dimension order[i] of what it was before: what a transpose by `perm` of
// that order gives. The operations:
//
//   of each element       relu, exp, cast, clip, …                       as they are
//   with broadcasting     add, sub, mul, real_div, maximum, less, …      other operands are permuted (constants) or reshaped
//   along axes            concat, split, reduce_*, cumsum, reverse       other axes
//   of a list of sizes    pad, slice_by_index, slice_by_size, tile       the list is permuted
//
// All transposed operands of one operation are in one order. A reduction that keeps no dimensions leaves those that stay in an order of
// their own, which may be none.
#pragma once

#include "mil/Pass/Rewriter.h"

namespace mil {

using Order = llvm::SmallVector<int64_t, 6>;

/// The order that a transpose gives, counted from 0; nullopt when it isn't constant or no permutation.
std::optional<Order> orderOf(const Operation &transpose);
bool isIdentity(llvm::ArrayRef<int64_t> order);
/// Whether it is a tensor of that many dimensions: of known rank, and none of them represents several.
bool hasDims(Type type, size_t rank);
/// `first`, and what that gives in the order `second`: one order that does both.
Order composed(llvm::ArrayRef<int64_t> first, llvm::ArrayRef<int64_t> second);
/// Dimensions in an order, as they were before.
Order dimsBefore(llvm::ArrayRef<int64_t> dims, llvm::ArrayRef<int64_t> order);

/// An operation of whose operands some are in an order.
class TransposedCall {
public:
  TransposedCall(Operation &op, llvm::ArrayRef<int64_t> order, llvm::function_ref<bool(const Value *)> isTransposed)
      : op(op), order(order), isTransposed(isTransposed) {}

  /// The order of the results when the operation takes its operands as they were before; nullopt when it can't.
  std::optional<Order> resultOrder() const;

private:
  friend class TransposedCallRewriter;
  enum class Kind : uint8_t { Other, Elementwise, Broadcast, Concat, Axis, Axes, Reduction, Sizes };
  /// What becomes of an operand that isn't transposed, beside ones that are.
  enum class Aligning : uint8_t { AsIs, Reshape, Permute, Impossible };

  Kind kind() const;
  Value *only() const;
  bool canAlign() const;
  Aligning aligning(const Operand &operand) const;
  Order alignedDims(const Operand &operand) const;
  llvm::ArrayRef<llvm::StringRef> lists() const;
  bool hasConstantLists() const;
  bool padsWhereAllowed() const;
  std::optional<Order> reducedAxes() const;
  std::optional<Order> reducedOrder() const;
  std::optional<int64_t> axis() const;

  Operation &op;
  llvm::ArrayRef<int64_t> order;
  llvm::function_ref<bool(const Value *)> isTransposed;
};

/// Changes operations for operands as they were before. Constants that several operations permute alike are permuted once.
class TransposedCallRewriter {
public:
  explicit TransposedCallRewriter(Rewriter &rewriter) : rewriter(rewriter) {}
  /// Says that the calls from now on are those of one block, in its order.
  void beginBlock() { made.clear(); }
  /// Changes arguments other than the transposed ones; resultOrder() has a value. Fails when the bytes of a constant can't be read.
  bool rewrite(const TransposedCall &call);
  /// Binds an argument to a new constant, and removes the old one if nothing else reads it.
  void setConstant(Operation &op, llvm::StringRef argument, const Literal *literal);

private:
  bool align(const TransposedCall &call, Operand &operand);
  const Literal *permuted(const Literal &literal, const TransposedCall &call, const Order &dims);
  bool permuteList(const TransposedCall &call, llvm::StringRef argument);

  Rewriter &rewriter;
  struct Permuted {
    Order order;
    const Literal *literal;
  };
  llvm::DenseMap<const Literal *, llvm::SmallVector<Permuted, 1>> known;
  llvm::DenseMap<const Literal *, Value *> made; ///< constants of the block by their content, a permuted one
};

} // namespace mil
