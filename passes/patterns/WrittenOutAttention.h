// Attention that is written out as two products of matrices with a softmax between them. For fuse_scaled_dot_product_attention.
//
//   scores = Q · Kᵀ;  P = softmax(scores · c + mask);  y = P · V
//
// It is matched backwards from the last product. Each product may be `matmul` or `einsum`, whose second batch dimension is between rows and
// columns, and may compute the transpose: scores may be K · Qᵀ with a softmax over the dimension of the queries, and y may be Vᵀ · Pᵀ. So
// every matrix here has a layout, which specifies its dimensions of rows, columns and batches.
#pragma once

#include "mil/Pass/Rewriter.h"
#include "mil/Tensor/Tensor.h"

namespace mil::attention {

using Dims = Tensor::Dims;

/// The layout of matrices in a value: [batch…, rows, columns], or another one.
struct Layout {
  bool flipped = false;      ///< columns before rows
  bool batchBetween = false; ///< the last batch dimension is between the two

  bool isPlain() const { return !flipped && !batchBetween; }
  /// The permutation that transposes a value with this layout and rank to a plain one.
  Dims perm(size_t rank) const;
  /// The dimensions of a value with this layout after it was transposed to a plain one.
  Dims plain(llvm::ArrayRef<int64_t> dims) const;
  bool fits(size_t rank) const { return rank >= (batchBetween ? 3 : 2); }
};

/// A product A · B of matrices in two values.
struct Product {
  Operation *op = nullptr;
  Value *a = nullptr, *b = nullptr;
  Layout layoutOfA, layoutOfB, layout;
  /// The product that `op` computes; nullopt if it isn't a product of float tensors of known rank.
  static std::optional<Product> of(Operation &op);
};

/// The limit of operations between two products, or before them, that are searched.
constexpr unsigned maxSteps = 12;

bool isFloatTensor(const Value *value);
bool isFloatCast(const Operation &op);
/// For a product with, or a quotient by, a constant of one element that keeps the shape: the other operand, and the factor. Null for other
/// operations.
Value *scaledValue(const Operation &op, double &factor);

/// A matrix that is an operand of attention, with its layout.
struct Matrix {
  Value *value = nullptr;
  Layout layout;
};

class Attention {
public:
  /// Finds attention whose last product is `op`, which computes y; nullopt if there is none.
  static std::optional<Attention> find(Operation &op, Rewriter &rewriter);

  /// A mask that is added, times a factor.
  struct Added {
    const Operand *operand;
    double factor;
  };
  /// Scores that are replaced where a condition is true.
  struct Choice {
    Value *cond;
    bool keepsWhereTrue;
    double fill;
  };

  Operation *last = nullptr, *softmax = nullptr;
  Matrix query, key, value; ///< as [L, E], [S, E] and [S, D]
  Type scores;              ///< of the first product
  Layout layout;            ///< of the scores, [L, S], and of all values up to the probabilities
  Layout resultLayout;      ///< of y, [L, D]
  double scale = 1;         ///< of the scores, without factors in query and key
  llvm::SmallVector<Added, 2> added;
  llvm::SmallVector<Choice, 2> choices;
  bool losesCompressed = false; ///< the fill value of a choice is a compressed constant
  std::optional<Dims> masked;   ///< the plain shape of the scores to which a mask is applied
  /// Rows of the result that are 0: selected by a condition with one column, or masked entirely by `choices`.
  Value *emptyRows = nullptr;
  bool emptyWhereTrue = false, emptyWhereAllMasked = false;

private:
  explicit Attention(Operation &last, Rewriter &rewriter) : last(&last), rewriter(&rewriter) {}
  bool find(Value *probabilities, Layout layout, Matrix value);
  bool isStep(Value *value) const;
  bool isRegrouping(const Operation &op) const;
  bool findSoftmax(Value *value);
  Value *guarded(Operation &op);
  bool findScores(Value *value, unsigned step);
  bool noteMaskedShape(Type type);
  bool findBeforeAdd(Operation &op, unsigned step);
  bool findBeforeSelect(Operation &op, unsigned step);
  bool takeScores(Operation &op);
  bool guardFits() const;
  std::optional<double> fillOf(const Operand &operand);

  Rewriter *rewriter;
  bool reshaped = false;
};

} // namespace mil::attention
