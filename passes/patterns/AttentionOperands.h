// Creates the operands of scaled_dot_product_attention from attention that is written out. For fuse_scaled_dot_product_attention.
//
// All created values have the plain layout [batch…, rows, columns]. A null value means that it can't be created; values that would be
// computed from it are null, too.
#pragma once

#include "patterns/WrittenOutAttention.h"

namespace mil::attention {

class OperandMaker {
public:
  OperandMaker(Rewriter &rewriter, bool assumeEqual) : rewriter(rewriter), assumeEqual(assumeEqual) {}

  /// Removes constant factors from a value and multiplies `scale` by them, also factors before operations that only move or round elements
  /// and have no other users.
  Value *withoutScale(Value *value, double &scale);
  /// Converts a value with a layout to a plain one; a transpose that computes the value is combined with the new one.
  Value *plain(Value *value, Layout layout);
  /// The inverse.
  Value *inLayout(Value *value, Layout layout);
  /// Converts a value to an element type, without rounding.
  Value *ofType(Value *value, DType type);
  /// Broadcasts the batch dimensions of a value to `target`, as a product would.
  Value *broadcast(Value *value, llvm::ArrayRef<int64_t> target);
  /// Reshapes the batch dimensions of a value as in `target`.
  Value *regroup(Value *value, llvm::ArrayRef<int64_t> target);
  /// Multiplies a value by a factor, unless that is 1 within the precision of the type.
  Value *product(Value *value, double factor);
  /// The mask of attention with operands of a type.
  Value *mask(const Attention &found, DType type);
  /// The result with the rows of zeros of the original attention.
  Value *guarded(Value *result, const Attention &found);

private:
  Value *transposed(Value *value, llvm::ArrayRef<int64_t> perm);
  Value *plainMask(Value *value, const Attention &found);
  Value *unfitted(const Attention &found, DType type);
  Value *sumOf(const Attention &found);
  Value *withFill(Value *sum, const Attention::Choice &choice, DType type);
  Value *inverted(Value *flags);
  Value *flagsOf(llvm::ArrayRef<Attention::Choice> choices);
  std::optional<bool> everyRowAttends(const Attention::Choice &choice);

  Rewriter &rewriter;
  bool assumeEqual;
};

} // namespace mil::attention
