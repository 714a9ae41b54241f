// const_elimination: an operation whose result is known is replaced by a constant.
//
//   s = shape(x = x);  y = add(x = 1, y = 2)          =>   s = const(val = [1, 8]);  y = const(val = 3)
//
// The names stay; a function's output may become a constant. Not results of constexpr_* and what is computed from them (but for shape,
// which only looks at the type), operations with effects, results of more than `skip_const_by_size` elements, and what the catalogue can't
// fold. A constant in another shape stays where it is in its file; a large one that is transposed, and read by nothing else, is so
// while it is written.
//
// Source: coremltools' common::const_elimination.
#include "mil/IR/Walk.h"
#include "mil/Ops/Fold.h"
#include "mil/Pass/Rewriter.h"
#include "mil/Pass/StreamedConstants.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/STLExtras.h"

using namespace mil;

namespace {
struct ConstElimination : PatternPass {
  Option<std::optional<int64_t>> limit{*this, "skip_const_by_size", "Don't fold results with more elements than this, other than scalars"};

  Option<std::optional<int64_t>> budget{*this, "max_total_bytes",
                                        "Stop when all results together take more bytes (default: 256 MiB plus four times the weights)"};

  bool startFunction(Function &) override {
    total.reset();
    return true;
  }

  bool rewrite(Operation &op, Rewriter &rewriter) override {
    if (op.is("const") || op.isConstexpr() || !op.resultCount() || tooLarge(op) || !mayFold(op))
      return false;
    if (const Literal *literal = inOtherShape(op, rewriter))
      return rewriter.replace(op, rewriter.constant(literal, op.result()->name()));
    FoldOptions options;
    if (*limit)
      options.maxElements = uint64_t(std::max<int64_t>(**limit, 1));
    options.maxTotalBytes = *budget ? uint64_t(std::max<int64_t>(**budget, 1)) : defaultBudget(op.program());
    llvm::SmallVector<const Literal *, 1> literals = foldOperation(op, rewriter.diags(), options);
    if (literals.empty() && !*limit)
      if (const Literal *moved = transposed(op, rewriter.context()))
        literals.push_back(moved);
    if (literals.empty())
      return false;
    llvm::SmallVector<Value *, 1> values;
    for (auto [literal, result] : llvm::zip(literals, op.results()))
      values.push_back(rewriter.constant(literal, result.name()));
    return rewriter.replace(op, values);
  }

  /// Weights are counted only when the part that needs none is used up.
  uint64_t defaultBudget(const Program &program) {
    constexpr uint64_t plain = uint64_t(256) << 20, times = 4;
    if (foldedBytes(program.context()) < plain / 2)
      return plain;
    if (!total) {
      llvm::DenseSet<const Blob *> weights;
      total = plain;
      forEachBlob(program, [&](const Literal &literal) {
        if (const Blob *blob = literal.blob(); blob && weights.insert(blob).second)
          *total += times * blob->size();
      });
    }
    return *total;
  }

  std::optional<uint64_t> total; ///< of the program that is being rewritten

  /// The result of an operation that does no more than give a constant another shape: that constant's bytes, however many.
  static const Literal *inOtherShape(Operation &op, Rewriter &rewriter) {
    if (!op.is("squeeze") && !op.is("expand_dims") && !op.is("reshape"))
      return nullptr;
    const Literal *x = op.constant("x");
    Type type = op.result()->type();
    bool isKnown = x && type.hasStaticShape() && type.dtype() == x->type().dtype() && x->type().hasStaticShape() &&
                   type.elementCount() == x->type().elementCount();
    return isKnown ? x->withType(rewriter.context(), type) : nullptr;
  }

  /// The transposed form of a constant that is too large to be folded in memory; null where others read it, too, which would store both.
  static const Literal *transposed(Operation &op, Context &context) {
    Value *x = op.is("transpose") ? op.input("x") : nullptr;
    const Literal *constant = x ? constantOf(x) : nullptr, *literal = op.constant("perm");
    std::optional<llvm::SmallVector<int64_t, 8>> perm = constant && literal ? literal->asInts() : std::nullopt;
    if (!perm || !constant->isBlob() || !x->hasOneUse() || perm->size() != constant->type().rank())
      return nullptr;
    for (int64_t &from : *perm)
      from = from < 0 ? from + int64_t(perm->size()) : from;
    return permutedConstant(context, *constant, *perm);
  }

  bool tooLarge(Operation &op) {
    return *limit && llvm::any_of(op.results(), [&](Value &result) {
      std::optional<int64_t> count = result.type().isTensor() ? result.type().elementCount() : std::nullopt;
      return count && result.type().rank() > 0 && *count > **limit;
    });
  }

  /// A cheap look before the catalogue's: nearly every operation reads something that isn't constant.
  static bool mayFold(Operation &op) {
    const OpDefinition *definition = Catalogue::get().find(op.type());
    if (!definition)
      return false;
    bool constant = true;
    op.forEachOperand([&](const Operand &operand) { constant = constant && constantOf(operand); });
    if (!constant && !definition->newest().foldsWithoutValues)
      return false;
    const OpVersion *version = versionOf(op);
    return version && version->folds;
  }
};
} // namespace

MIL_PASS(const_elimination, ConstElimination,
         "Unless skip_const_by_size is set, results of more than 1048576 elements are not folded, other than reshaped or "
         "transposed constants, because folding would enlarge models that generate a large tensor.")
