// The pattern of add_fp16_cast and add_fp32_cast: computes operations in another floating-point type.
//
//   y = tanh(x)        =>   h = cast(x, dtype = "fp16");  t = tanh(h);  y = cast(t, dtype = "fp32")
#pragma once

#include "mil/Ops/Catalogue.h"
#include "mil/Pass/Rewriter.h"
#include "llvm/ADT/StringSet.h"

namespace mil {

/// Casts the arguments of each operation from type `from` to `to`, and its results back. A value is cast once, directly after its
/// definition; a value that was cast from `to` to `from` is read before that cast. The new forms of x are named "x_to_fp16" as an argument
/// and "x_cast_fp16" as a result.
class FloatCastPass : public PatternPass {
public:
  FloatCastPass(DType from, DType to) : from(from), to(to) {}
  bool startFunction(Function &function) final;
  bool rewrite(Operation &op, Rewriter &rewriter) override;

protected:
  /// The operations that an option of the pass names.
  virtual llvm::ArrayRef<std::string> names() const = 0;
  /// Whether an operation is rewritten, if its definition allows it.
  virtual bool isWanted(const Operation &op, Rewriter &rewriter) = 0;
  /// Whether an argument keeps its type.
  virtual bool stays(const Operation &op, Opset opset, const OpVersion &version, const Parameter &parameter) const = 0;
  /// Converts a constant of type `from` to type `to`; null if that isn't possible.
  virtual const Literal *convert(const Literal &literal, Rewriter &rewriter) const = 0;

  /// Whether the option names an operation, or its first result.
  bool isNamed(const Operation &op) const { return named.contains(op.opName()) || named.contains(op.result()->name().str()); }
  /// The same as `convert`, once for each constant.
  const Literal *converted(const Literal &literal, Rewriter &rewriter);
  /// The form in type `to` of a value that was cast, or whose operation was rewritten; else null.
  Value *castOf(Value *value) const { return casts.lookup(value); }
  /// Whether a type is a tensor of type `from`. False if the rank is unknown, because the type of an operation on such a tensor can't be
  /// inferred.
  bool isOfFrom(Type type) const { return type.isTensor() && type.dtype() == from && type.hasRank(); }

private:
  using Pairs = llvm::SmallVector<std::pair<Value *, Value *>, 4>;
  ArgumentSpec cast(const Argument &argument, Rewriter &rewriter, Pairs &made);
  Value *cast(Value *value, Rewriter &rewriter, Pairs &made);
  Value *backTo(Type type, Value &now, Rewriter &rewriter) const;
  void nameAfter(Operation &made, Operation &op, Rewriter &rewriter) const;

  DType from, to;
  llvm::StringSet<> named;
  llvm::DenseMap<Value *, Value *> casts;                     ///< the forms in type `to` of values of the current function
  llvm::DenseMap<const Literal *, const Literal *> constants; ///< converted constants of all functions; null if conversion isn't possible
};

} // namespace mil
