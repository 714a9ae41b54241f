// noop_elimination: operations that give back what they were given.
//
//   y = add(x, 0), sub(x, 0), mul(x, 1), real_div(x, 1), pow(x, 1), floor_div(x, 1) of integers      =>   x for y
//   y = identity(x), transpose(x, perm = [0, 1, …]), linear_activation(x, alpha = 1, beta = 0)       =>   x for y
//   y = reshape, slice_by_index, slice_by_size, pad, tile, crop, split into one, upsample_*, resize_bilinear of x, of x's type   =>   x for
//   y
//
// The constants may have any shape, or be made by `fill`, if all of their elements are that one, and may come first where the operation is
// commutative; y must have the type of x. Not when y is an output of a block, which needs a name of its own; not a slice with a negative
// stride, padding other than 0, up-sampling by a factor other than 1, or a resize in OFFSET_CORNERS mode, which samples between the points
// even at the same size.
//
// Exact, but for x + 0 where x is -0.
// Source: coremltools' common::noop_elimination.
#include "mil/Pass/Matchers.h"
#include "mil/Pass/Rewriter.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSwitch.h"

using namespace mil;

namespace {

/// What every element of an operand is known to be, as a constant or a `fill`.
std::optional<double> elementOf(Operation &op, llvm::StringRef argument, Rewriter &rewriter) {
  const Operand *operand = op.operand(argument);
  if (!operand)
    return std::nullopt;
  Operation *maker = operand->value() ? operand->value()->definingOp() : nullptr;
  if (maker && maker->is("fill"))
    operand = maker->operand("value");
  return operand ? splat(*operand, rewriter.diags()) : std::nullopt;
}

bool isScalar(Operation &op, llvm::StringRef argument, double value) { return match::matches(op, argument, match::m_exactly(value)); }

std::optional<llvm::SmallVector<int64_t, 8>> intsOf(Operation &op, llvm::StringRef argument) {
  const Literal *literal = op.constant(argument);
  return literal ? literal->asInts() : std::nullopt;
}

bool allAre(Operation &op, llvm::StringRef argument, int64_t value) {
  auto values = intsOf(op, argument);
  return values && llvm::all_of(*values, [&](int64_t each) { return each == value; });
}

bool isIdentityPermutation(Operation &op) {
  auto perm = intsOf(op, "perm");
  for (size_t i = 0; perm && i < perm->size(); ++i)
    if ((*perm)[i] != int64_t(i) && (*perm)[i] != int64_t(i) - int64_t(perm->size()))
      return false;
  return perm.has_value();
}

bool hasNegativeStride(Operation &op) {
  if (!op.argument("stride"))
    return false;
  auto strides = intsOf(op, "stride");
  return !strides || llvm::any_of(*strides, [](int64_t stride) { return stride < 0; });
}

/// At most one dimension unknown: two shapes of as many elements that agree in all others agree in it, too.
bool isNearlyStatic(Type type) {
  return type.hasRank() && llvm::count_if(type.dims(), [](int64_t dim) { return dim < 0; }) <= 1;
}

struct NoopElimination : PatternPass {
  bool rewrite(Operation &op, Rewriter &rewriter) override {
    if (op.resultCount() != 1 || op.is("const"))
      return false;
    Value *kept = keptOperand(op, rewriter);
    if (!kept || kept->type() != op.result()->type() || op.result()->isBlockOutput())
      return false;
    return rewriter.replace(op, kept);
  }

  /// The value that the result equals if it has the same type; null for none.
  static Value *keptOperand(Operation &op, Rewriter &rewriter) {
    llvm::StringRef type = op.type();
    if (auto neutral = llvm::StringSwitch<std::optional<double>>(type)
                           .Cases("add", "sub", 0)
                           .Cases("mul", "real_div", "pow", "floor_div", 1)
                           .Default(std::nullopt))
      return keptOfBinary(op, *neutral, rewriter);
    return isNoop(op, type) ? op.input("x") : nullptr;
  }

  static Value *keptOfBinary(Operation &op, double neutral, Rewriter &rewriter) {
    // floor(x / 1) changes a float that isn't a whole number.
    if (op.is("floor_div") && isFloat(op.result()->type().dtype()))
      return nullptr;
    if (op.input("x") && elementOf(op, "y", rewriter) == neutral)
      return op.input("x");
    bool commutes = op.is("add") || op.is("mul");
    return commutes && op.input("y") && elementOf(op, "x", rewriter) == neutral ? op.input("y") : nullptr;
  }

  static bool isNoop(Operation &op, llvm::StringRef type) {
    if (type == "identity")
      return true;
    if (type == "transpose")
      return isIdentityPermutation(op);
    if (type == "linear_activation")
      return isScalar(op, "alpha", 1) && isScalar(op, "beta", 0);
    // The result has the same type: the operation keeps every size.
    if (type == "reshape")
      return isNearlyStatic(op.result()->type());
    if (type == "tile")
      return allAre(op, "reps", 1);
    if (!op.result()->type().hasStaticShape())
      return false;
    if (type == "slice_by_index")
      return !hasNegativeStride(op);
    if (type == "pad")
      return allAre(op, "pad", 0);
    if (type == "upsample_nearest_neighbor" || type == "upsample_bilinear")
      return isScalar(op, "scale_factor_height", 1) && isScalar(op, "scale_factor_width", 1);
    if (type == "resize_bilinear")
      return !match::matches(op, "sampling_mode", match::m_string("OFFSET_CORNERS"));
    return type == "slice_by_size" || type == "crop" || type == "split";
  }
};
} // namespace

MIL_PASS(noop_elimination, NoopElimination,
         "Keeps a same-size resize_bilinear in OFFSET_CORNERS mode and upsampling by a factor other than 1, which are "
         "not identities. Adding zero is removed as in coremltools, although it turns -0 into +0.")
