// Attention that is written out: two products of matrices with a softmax between. For fuse_scaled_dot_product_attention.
//
//   scores = Q · Kᵀ;  P = softmax(scores · c + mask);  y = P · V
//
// Found from the last product upwards. Either product may be `matmul` or `einsum`, whose second batch dimension lies between rows and
// columns, and either may compute its transpose: scores may be K · Qᵀ with a softmax over the queries' dimension, and y may be Vᵀ · Pᵀ. So
// every matrix here has a layout, which tells where its rows, columns and batches are.
#pragma once

#include "mil/Pass/Rewriter.h"
#include "mil/Tensor/Tensor.h"

namespace mil::attention {

using Dims = Tensor::Dims;

/// How a value holds matrices: as [batch…, rows, columns], or otherwise.
struct Layout {
  bool flipped = false;      ///< columns before rows
  bool batchBetween = false; ///< the last batch dimension between the two

  bool isPlain() const { return !flipped && !batchBetween; }
  /// What transposes such a value of a rank to a plain one.
  Dims perm(size_t rank) const;
  /// The dimensions of such a value as a plain one.
  Dims plain(llvm::ArrayRef<int64_t> dims) const;
  bool fits(size_t rank) const { return rank >= (batchBetween ? 3 : 2); }
};

/// A product of matrices A · B, of two values.
struct Product {
  Operation *op = nullptr;
  Value *a = nullptr, *b = nullptr;
  Layout layoutOfA, layoutOfB, layout;
  /// nullopt when `op` is none, or not of float tensors of known rank.
  static std::optional<Product> of(Operation &op);
};

/// Operations between two products, or before them, that are looked through.
constexpr unsigned maxSteps = 12;

bool isFloatTensor(const Value *value);
bool isFloatCast(const Operation &op);
/// A product with, or quotient by, a constant of one element that keeps the shape: the value multiplied, and the factor. Null for none.
Value *scaledValue(const Operation &op, double &factor);

/// One matrix that attention is computed from, with its layout.
struct Matrix {
  Value *value = nullptr;
  Layout layout;
};

class Attention {
public:
  /// Attention whose last product is `op`, which holds y; nullopt for none.
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
  Layout layout;            ///< of the scores, [L, S], and all up to the probabilities
  Layout resultLayout;      ///< of y, [L, D]
  double scale = 1;         ///< of the scores, not counting what is in query and key
  llvm::SmallVector<Added, 2> added;
  llvm::SmallVector<Choice, 2> choices;
  bool losesCompressed = false; ///< the fill of a choice is held as a compressed constant
  std::optional<Dims> masked;   ///< the plain shape of the scores where a mask meets them
  /// Rows of the result that are 0: those selected by a condition of one column, or those that `choices` mask entirely.
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
