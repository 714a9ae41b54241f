// const_deduplication: constants of equal content, and compressed constants of equal arguments, are there once.
//
//   a = const(val = C);  b = const(val = C);  z = add(x = a, y = b)        =>   a = const(val = C);  z = add(x = a, y = a)
//
// Equal: element type, shape and every bit; whether the bytes are in the program or in a file makes no difference. A nested block uses the
// constant of a block around it. Constants of fewer elements than `const_threshold`, strings and lists stay, and outputs of blocks.
// Operations constexpr_* are merged when all of their arguments are equal, the small ones too. Across functions, whose values are not
// shared, equal blobs, of any shapes, become one place in one file.
//
// Files are read only where two constants of one size and element type differ in their place.
// Source: coremltools' common::const_deduplication.
#include "mil/IR/Walk.h"
#include "mil/Pass/Equivalence.h"
#include "mil/Pass/Rewriter.h"
#include "llvm/ADT/STLExtras.h"

using namespace mil;

namespace {
struct ConstDeduplication : Pass {
  Option<int64_t> threshold{*this, "const_threshold", "Skip constants with fewer elements", 100};

  ConstantEquivalence identity;
  uint64_t merged = 0, placed = 0;

  PassResult run(PassRun &run) override {
    identity = {};
    merged = placed = 0;
    for (Function *function : run.program.functions())
      function->body().walk([&](const Operation &op) { collect(op); });
    if (!identity.unify(run.diags))
      return PassResult::Failed;
    for (Function *function : run.program.functions()) {
      ScopedValues values;
      merge(function->body(), values);
    }
    identity = {};
    if (merged)
      run.count("constants merged", merged);
    if (placed)
      run.count("constants stored once", placed);
    return changedIf(merged || placed);
  }

  bool isLarge(const Literal &literal) const {
    if (!literal.isTensor() && !literal.isBlob())
      return false;
    std::optional<int64_t> count = literal.type().isTensor() ? literal.type().elementCount() : std::nullopt;
    return count && *count >= threshold;
  }

  void collect(const Operation &op) {
    if (const Literal *literal = op.constantValue(); literal && isLarge(*literal))
      identity.add(literal);
    if (!op.isConstexpr())
      return;
    forEachLiteral(op, [&](const Literal &literal, const LiteralPlace &place) {
      if (place.isWhole)
        identity.add(&literal);
    });
    op.forEachOperand([&](const Operand &operand) {
      if (const Literal *literal = operand.value() ? constantOf(operand.value()) : nullptr)
        identity.add(literal);
    });
  }

  std::string keyOf(const Operation &op) const {
    if (const Literal *literal = op.constantValue()) {
      const void *parts[] = {identity.representative(literal), op.type().pointer(), const_cast<Operation &>(op).result()->type().pointer()};
      return std::string(reinterpret_cast<const char *>(parts), sizeof parts);
    }
    return callKey(op, [&](const Value *value, const Literal *literal) -> const void * {
      if (value && !(literal = constantOf(value)))
        return value;
      return identity.representative(literal);
    });
  }

  /// Recursive on blocks, whose nesting is bounded.
  void merge(Block &block, ScopedValues &values) {
    ScopedValues::Scope scope(values);
    for (Operation &op : llvm::make_early_inc_range(block)) {
      for (Block *inner : op.blocks())
        merge(*inner, values);
      const Literal *literal = op.constantValue();
      if (literal ? !isLarge(*literal) : !op.isConstexpr())
        continue;
      if (literal && literal->isBlob())
        place(op, *literal);
      std::string key = keyOf(op);
      Operation *first = values.find(key);
      if (!first) {
        values.enter(key, op);
      } else if (llvm::none_of(op.results(), [](const Value &result) { return result.isBlockOutput(); })) {
        mergeInto(op, *first);
      }
    }
  }

  void mergeInto(Operation &op, Operation &first) {
    replaceUses(op, first);
    // Large constants are in the table.
    eraseWithConstants(op, [&](const Operation &constant) { return !isLarge(*constant.constantValue()); });
    ++merged;
  }

  /// Lets a constant refer to the one blob that all equal constants share.
  void place(Operation &op, const Literal &literal) {
    const Literal *leader = identity.representative(&literal);
    if (!leader->isBlob() || leader == &literal || leader->blob() == literal.blob() || !literal.blob())
      return;
    Context &context = op.program().context();
    const Literal *same = leader->withType(context, literal.type())->withExtras(context, literal.docString(), literal.protoExtra());
    op.setAttribute(context.intern("val"), same);
    identity.alias(same, leader);
    ++placed;
  }
};
} // namespace

MIL_PASS(const_deduplication, ConstDeduplication,
         "Compares every bit: nearly equal constants are kept apart, and equal NaNs are merged. Nested blocks use "
         "constants of the enclosing blocks, and equal constants of different functions are stored once. Compressed "
         "constants are compared by the content of their arguments; coremltools keeps some apart because their weights "
         "are registered under different names. (The tests of coremltools set further thresholds, which are not options "
         "of its pass.)")
