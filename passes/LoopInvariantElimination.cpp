// loop_invariant_elimination: variables of a loop that never change are read from outside of it.
//
//   p, q = while_loop(loop_vars = (a, b)) (i, j) { c = less(i, j) } -> (c), (i, j) { n = add(i, j) } -> (n, j)
//     =>   p = while_loop(loop_vars = a) (i) { c = less(i, b) } -> (c), (i) { n = add(i, b) } -> (n);   b for q
//
// A variable doesn't change when the body gives back what it was given, or the very value that the variable starts with. Not when the body
// gives another value from outside: after no round the result is the start, after any other that value. An output of a function becomes an
// `identity`. One variable at least stays.
//
// Exact.
// Source: coremltools' common::loop_invariant_elimination, which takes any value from outside for an invariant.
#include "mil/Pass/Rewriter.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallBitVector.h"

using namespace mil;

namespace {
struct LoopInvariantElimination : PatternPass {
  LoopInvariantElimination() : PatternPass({"while_loop"}) {}

  bool rewrite(Operation &op, Rewriter &rewriter) override {
    const Argument *variables = op.argument("loop_vars");
    if (!variables || op.blocks().size() != 2 || !isRegular(op, variables->count))
      return false;
    llvm::SmallBitVector invariant(variables->count);
    for (unsigned i = 0; i < variables->count; ++i)
      invariant[i] = isInvariant(op, variables->operands[i].value(), i);
    if (invariant.all() && invariant.any())
      invariant.reset(0);
    if (invariant.none())
      return false;
    shrink(op, *variables, invariant, rewriter);
    return true;
  }

  static bool isRegular(Operation &op, size_t count) {
    return count && op.resultCount() == count && op.blocks()[1]->outputs().size() == count && llvm::all_of(op.blocks(), [&](Block *block) {
             return block->inputs().size() == count && llvm::all_of(block->outputs(), [](const Operand &output) { return output.value(); });
           });
  }

  static bool isInvariant(Operation &op, Value *start, unsigned i) {
    Value *next = op.blocks()[1]->outputs()[i].value();
    return start && (next == op.blocks()[1]->inputs()[i] || next == start) && start->type() == op.result(i)->type();
  }

  static void shrink(Operation &op, const Argument &variables, const llvm::SmallBitVector &invariant, Rewriter &rewriter) {
    llvm::SmallVector<Operation::ResultSpec, 4> results;
    llvm::SmallVector<Binding, 4> starts;
    for (unsigned i = 0; i < invariant.size(); ++i) {
      Operand &start = variables.operands[i];
      if (invariant[i])
        continue;
      results.push_back({op.result(i)->name(), op.result(i)->type()});
      starts.push_back(start.value() ? Binding(start.value()) : Binding(start.literal()));
    }
    Operation *smaller = Operation::create(op.program(), op.type(), results, op.location());
    smaller->setOpsetTag(op.opsetTag());
    for (const Attribute &attribute : op.attributes())
      smaller->setAttribute(attribute.name, attribute.value);
    smaller->setArgument(variables.name, starts);
    op.block()->insert(op.getIterator(), smaller);
    for (Block *block : op.blocks())
      moveBlock(*block, *smaller->addBlock(), variables, invariant);

    unsigned kept = 0;
    for (unsigned i = 0; i < invariant.size(); ++i)
      if (!invariant[i])
        op.result(i)->replaceAllUsesWith(smaller->result(kept++));
      else
        rewriter.replaceUses(op.result(i), variables.operands[i].value(), Rewriter::Compressed::Move);
    rewriter.erase(op);
    rewriter.changed(*smaller);
  }

  /// Moves what is in a block of the loop, without the invariant variables.
  static void moveBlock(Block &from, Block &to, const Argument &variables, const llvm::SmallBitVector &invariant) {
    for (const Attribute &attribute : from.attributes())
      to.setAttribute(attribute.name, attribute.value);
    for (unsigned i = 0; i < invariant.size(); ++i) {
      Value *input = from.inputs()[i];
      input->replaceAllUsesWith(invariant[i] ? variables.operands[i].value() : to.addInput(input->name(), input->type()));
    }
    llvm::SmallVector<Value *, 4> outputs;
    bool isBody = from.outputs().size() == invariant.size() && from.parentOp()->blocks()[1] == &from;
    for (unsigned i = 0; i < from.outputs().size(); ++i)
      if (!isBody || !invariant[i])
        outputs.push_back(from.outputs()[i].value());
    for (Operation &op : llvm::make_early_inc_range(from)) {
      op.remove();
      to.append(&op);
    }
    from.setOutputs({});
    to.setOutputs(outputs);
  }
};
} // namespace

MIL_PASS(loop_invariant_elimination, LoopInvariantElimination,
         "Keeps a variable that the body sets to another value from outside the loop, because it changes in the first "
         "iteration. At least one variable is kept.")
