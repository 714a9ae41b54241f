// Expressions over the sizes of inputs for numbers that differ between functions.
//
// A size of an input that differs is a symbol, identified by its values in all functions: (512, 1024, 2048). A number that differs is
// expressed by the simplest of a few forms that has the same values in all functions. If the result only accepts the sizes of the
// functions, every such form is correct, no matter how the number was computed in the source.
#pragma once

#include "Alignment.h"
#include "UnifiedFunction.h"

namespace mil {

/// One value per function.
using PerFunction = llvm::SmallVector<int64_t, 4>;

/// The sizes of a dimension of an aligned tensor, or of the tensor in a state, in all functions.
PerFunction dimsOf(Value &value, unsigned axis, const Alignment &alignment);

/// A dimension of an input that differs.
struct SizeSymbol {
  PerFunction values;
  Value *input = nullptr; ///< an input of the result
  unsigned axis = 0;
};

/// A constant, or factor · symbol · (other symbol) / divisor + offset, rounded down.
struct SizeExpression {
  const SizeSymbol *symbol = nullptr, *other = nullptr; ///< null: `offset` alone
  int64_t factor = 1, divisor = 1, offset = 0;

  bool isConstant() const { return !symbol; }
  int64_t at(size_t function) const;
};

/// The sizes that differ, and the values that the result computes from them.
class Sizes {
public:
  Sizes(UnifiedFunction &unified, size_t functionCount) : unified(unified), functionCount(functionCount) {}

  /// Adds a size of an input of the result. Sizes with the same values are one symbol.
  void add(Value &input, unsigned axis, PerFunction values);
  bool empty() const { return symbols.empty(); }

  /// The expression with these values; nullopt if no form has them.
  std::optional<SizeExpression> solve(llvm::ArrayRef<int64_t> values) const;
  /// The same for all dimensions of a shape of rank `rank`, whose sizes `dim` returns.
  std::optional<llvm::SmallVector<SizeExpression, 6>> solve(llvm::function_ref<int64_t(size_t function, unsigned axis)> dim,
                                                            unsigned rank) const;

  /// Creates an int32 scalar in the result with the value of an expression.
  Value *scalar(const SizeExpression &expression);
  /// Creates an int32 vector; a constant if all expressions are.
  Value *vector(llvm::ArrayRef<SizeExpression> expressions);
  /// The same for a floating-point number of the form k · size, k / size or k / sqrt(size) that has exactly these values in a type. Null if
  /// there is none.
  Value *number(llvm::ArrayRef<double> values, DType type);
  /// Creates x[:end] in the result, in the dimensions in which `ends` isn't constant.
  Value *beginning(Value &x, llvm::ArrayRef<SizeExpression> ends);

private:
  Value *size(const SizeSymbol &symbol);
  /// Creates an operation among those that compute sizes, before all others.
  Value *make(llvm::StringRef type, llvm::ArrayRef<ArgumentSpec> arguments, llvm::StringRef name);

  UnifiedFunction &unified;
  size_t functionCount;
  std::vector<std::unique_ptr<SizeSymbol>> symbols;
  llvm::DenseMap<const SizeSymbol *, Value *> made;
  llvm::DenseMap<Value *, Value *> shapes;
  llvm::StringMap<Value *> scalars, vectors;
};

} // namespace mil
