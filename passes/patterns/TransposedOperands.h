// Operations on transposed operands: determines which operations can be applied before the transposes instead, so that their results only
// differ by a transpose, and rewrites their other arguments. For reduce_transposes.
//
// A value is *in an order* if its dimension i is dimension order[i] of an original value, as after a transpose with perm = order. The
// operations:
//
//   of each element       relu, exp, cast, clip, …                       need no change
//   with broadcasting     add, sub, mul, real_div, maximum, less, …      other operands are permuted (constants) or reshaped
//   along axes            concat, split, reduce_*, cumsum, reverse       the axes are changed
//   of a list of sizes    pad, slice_by_index, slice_by_size, tile       the list is permuted
//
// All transposed operands of an operation must be in the same order. After a reduction without keep_dims, the remaining dimensions are in
// another order, which may be the original one.
#pragma once

#include "mil/Pass/Rewriter.h"

namespace mil {

using Order = llvm::SmallVector<int64_t, 6>;

/// The order of the result of a transpose, counted from 0; nullopt if perm isn't constant or isn't a permutation.
std::optional<Order> orderOf(const Operation &transpose);
bool isIdentity(llvm::ArrayRef<int64_t> order);
/// Whether a type is a tensor of this known rank without variadic dimensions.
bool hasDims(Type type, size_t rank);
/// The order that results from applying `first`, then `second`.
Order composed(llvm::ArrayRef<int64_t> first, llvm::ArrayRef<int64_t> second);
/// The original dimensions of dimensions in an order.
Order dimsBefore(llvm::ArrayRef<int64_t> dims, llvm::ArrayRef<int64_t> order);

/// An operation with some operands in an order.
class TransposedCall {
public:
  TransposedCall(Operation &op, llvm::ArrayRef<int64_t> order, llvm::function_ref<bool(const Value *)> isTransposed)
      : op(op), order(order), isTransposed(isTransposed) {}

  /// The order of the results relative to those of the operation on the original operands; nullopt if it can't be applied to them.
  std::optional<Order> resultOrder() const;

private:
  friend class TransposedCallRewriter;
  enum class Kind : uint8_t { Other, Elementwise, Broadcast, Concat, Axis, Axes, Reduction, Sizes };
  /// The change of an operand that isn't transposed, if others are.
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

/// Rewrites operations so that they can be applied to the original operands. Constants that several operations permute in the same way are
/// permuted once.
class TransposedCallRewriter {
public:
  explicit TransposedCallRewriter(Rewriter &rewriter) : rewriter(rewriter) {}
  /// Starts a block, whose calls follow in order.
  void beginBlock() { made.clear(); }
  /// Changes the arguments other than the transposed ones; resultOrder() must have a value. Fails if the bytes of a constant can't be read.
  bool rewrite(const TransposedCall &call);
  /// Binds an argument to a new constant, and removes the old one if it is unused.
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
  llvm::DenseMap<const Literal *, Value *> made; ///< permuted constants of the block, by their content
};

} // namespace mil
