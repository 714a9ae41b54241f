// What the operation for attention reads, made from what was written out. For fuse_scaled_dot_product_attention.
//
// Everything that is made is plain: [batch…, rows, columns]. A null value means that it can't be made, and makes all that is made of it
// null.
#pragma once

#include "patterns/WrittenOutAttention.h"

namespace mil::attention {

class OperandMaker {
public:
  OperandMaker(Rewriter &rewriter, bool assumeEqual) : rewriter(rewriter), assumeEqual(assumeEqual) {}

  /// Takes constant factors off a value, also from behind operations that only move or round elements and serve nothing else.
  Value *withoutScale(Value *value, double &scale);
  /// A value of a layout as a plain one; a transpose that made it is joined with the one needed.
  Value *plain(Value *value, Layout layout);
  /// The reverse.
  Value *inLayout(Value *value, Layout layout);
  /// Of an element type, without rounding.
  Value *ofType(Value *value, DType type);
  /// With batch dimensions that a product would broadcast to `target` made so.
  Value *broadcast(Value *value, llvm::ArrayRef<int64_t> target);
  /// With batch dimensions grouped as in `target`.
  Value *regroup(Value *value, llvm::ArrayRef<int64_t> target);
  /// Times a factor, unless that is 1 to the precision of the type.
  Value *product(Value *value, double factor);
  /// The mask of attention whose operands are of a type.
  Value *mask(const Attention &found, DType type);
  /// The result with the rows of 0 that attention had.
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
