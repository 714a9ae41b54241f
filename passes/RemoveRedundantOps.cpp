// remove_redundant_ops: of several operations that compute the same, the first stays.
//
//   a = relu(x);  b = relu(x);  z = add(a, b)        =>   a = relu(x);  z = add(a, a)
//
// The same: type, result types, and every argument, which is the same value or an equal constant of fewer than 100 elements (by bits: 0 and
// -0 differ). The first may be in an enclosing block. Not operations that read or write states, draw random numbers, have blocks, or are
// outside of the catalogue; not constexpr_* (const_deduplication has those) nor what reads constants alone; not a second one that is an
// output of a block, which keeps its name.
//
// One walk in the order of the program: what reads merged values is seen after them.
// Source: coremltools' common::remove_redundant_ops.
#include "mil/Pass/Equivalence.h"
#include "mil/Pass/Rewriter.h"
#include "llvm/ADT/STLExtras.h"

using namespace mil;

namespace {
struct RemoveRedundantOps : FunctionPass {
  Option<int64_t> visitedBefore{*this, "num_of_visited_ops", "Start value of the counter of visited operations in the statistics", 0};

  ConstantEquivalence identity;
  uint64_t visited = 0, removed = 0;

  PassResult runOnFunction(Function &function, PassRun &run) override {
    identity = {};
    visited = removed = 0;
    function.body().walk([&](const Operation &op) {
      op.forEachOperand([&](const Operand &operand) {
        if (const Literal *literal = smallConstant(operand.value(), operand.literal()))
          identity.add(literal);
      });
      for (const Attribute &attribute : op.attributes())
        if (!op.is("const"))
          identity.add(attribute.value);
    });
    if (!identity.unify(run.diags))
      return PassResult::Failed;
    ScopedValues values;
    sweep(function.body(), values);
    identity = {};
    run.count("operations visited", visited + uint64_t(*visitedBefore));
    if (removed)
      run.count("operations removed", removed);
    return changedIf(removed != 0);
  }

  static const Literal *smallConstant(const Value *value, const Literal *literal) {
    if (value)
      literal = constantOf(value);
    std::optional<int64_t> count = literal && literal->type().isTensor() ? literal->type().elementCount() : std::nullopt;
    return count && *count < 100 ? literal : nullptr;
  }

  static bool isCandidate(const Operation &op) {
    if (!op.resultCount() || op.is("const") || op.isConstexpr() || !isPure(op))
      return false;
    bool readsValue = false;
    op.forEachOperand([&](const Operand &operand) { readsValue |= operand.value() && !constantOf(operand.value()); });
    return readsValue;
  }

  /// Recursive on blocks, whose nesting is bounded.
  void sweep(Block &block, ScopedValues &values) {
    ScopedValues::Scope scope(values);
    for (Operation &op : llvm::make_early_inc_range(block)) {
      for (Block *inner : op.blocks())
        sweep(*inner, values);
      if (!isCandidate(op))
        continue;
      ++visited;
      std::string key = callKey(op, [&](const Value *value, const Literal *literal) -> const void * {
        if (value && !(literal = smallConstant(value, nullptr)))
          return value;
        return identity.representative(literal);
      });
      Operation *first = values.find(key);
      if (!first) {
        values.enter(key, op);
      } else if (llvm::none_of(op.results(), [](const Value &result) { return result.isBlockOutput(); })) {
        replaceUses(op, *first);
        eraseWithConstants(op);
        ++removed;
      }
    }
  }
};
} // namespace

MIL_PASS(remove_redundant_ops, RemoveRedundantOps,
         "Compares constants by bits (x / 0 and x / -0 differ), never merges reads of a state, merges operations with "
         "several results, and replaces operations in nested blocks by equal ones in enclosing blocks.")
