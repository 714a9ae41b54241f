// Numbers that differ between functions as expressions over the sizes of their inputs.
//
// A size of an input that differs is a symbol, known by its values over all functions: (512, 1024, 2048). A number that differs is solved
// by its values, too: the simplest of a few forms that gives them all. Where the result takes no other sizes than the functions', every
// form that does is right, however it came about in the sources.
#pragma once

#include "Alignment.h"
#include "UnifiedFunction.h"

namespace mil {

/// A value a function.
using PerFunction = llvm::SmallVector<int64_t, 4>;

/// The sizes of a dimension of an aligned tensor, or of the tensor in a state, in all functions.
PerFunction dimsOf(Value &value, unsigned axis, const Alignment &alignment);

/// A dimension of an input that differs.
struct SizeSymbol {
  PerFunction values;
  Value *input = nullptr; ///< of the result
  unsigned axis = 0;
};

/// constant, or factor · symbol · (other symbol) / divisor + offset, rounded down.
struct SizeExpression {
  const SizeSymbol *symbol = nullptr, *other = nullptr; ///< null: `offset` alone
  int64_t factor = 1, divisor = 1, offset = 0;

  bool isConstant() const { return !symbol; }
  int64_t at(size_t function) const;
};

/// The sizes that differ, and what is computed of them in the result.
class Sizes {
public:
  Sizes(UnifiedFunction &unified, size_t functionCount) : unified(unified), functionCount(functionCount) {}

  /// Adds a size of an input of the result. Sizes of the same values are one symbol.
  void add(Value &input, unsigned axis, PerFunction values);
  bool empty() const { return symbols.empty(); }

  /// nullopt when no form gives the values.
  std::optional<SizeExpression> solve(llvm::ArrayRef<int64_t> values) const;
  /// The same for all dimensions of something of `rank`, whose sizes are those that `dim` returns.
  std::optional<llvm::SmallVector<SizeExpression, 6>> solve(llvm::function_ref<int64_t(size_t function, unsigned axis)> dim,
                                                            unsigned rank) const;

  /// An int32 scalar of the result that is an expression.
  Value *scalar(const SizeExpression &expression);
  /// An int32 vector; a constant when all expressions are.
  Value *vector(llvm::ArrayRef<SizeExpression> expressions);
  /// The same of a floating-point number that is k · size, k / size or k / sqrt(size): its values, exactly, in a type. Null for none.
  Value *number(llvm::ArrayRef<double> values, DType type);
  /// x[:end] of the result in the dimensions in which `ends` isn't constant.
  Value *beginning(Value &x, llvm::ArrayRef<SizeExpression> ends);

private:
  Value *size(const SizeSymbol &symbol);
  /// Makes an operation among those that compute sizes, in front of all others.
  Value *make(llvm::StringRef type, llvm::ArrayRef<ArgumentSpec> arguments, llvm::StringRef name);

  UnifiedFunction &unified;
  size_t functionCount;
  std::vector<std::unique_ptr<SizeSymbol>> symbols;
  llvm::DenseMap<const SizeSymbol *, Value *> made;
  llvm::DenseMap<Value *, Value *> shapes;
  llvm::StringMap<Value *> scalars, vectors;
};

} // namespace mil
