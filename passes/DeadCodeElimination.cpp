// dead_code_elimination: removes operations whose results aren't read.
//
//   a = relu(x);  b = exp(x);  -> (b)          =>   b = exp(x);  -> (b)
//
// Not operations that write a state, and not those that hold one that does, however deep; nor operations outside of the catalogue, of which
// their effects aren't known. Inputs of functions stay. One walk from the end of each block to its start, inner blocks before what they
// read.
//
// Source: coremltools' common::dead_code_elimination.
#include "mil/Ops/Catalogue.h"
#include "mil/Pass/Rewriter.h"

using namespace mil;

namespace {
struct DeadCodeElimination : FunctionPass {
  PassResult runOnFunction(Function &function, PassRun &run) override {
    findHolders(function.body());
    uint64_t removed = sweep(function.body());
    holders.clear();
    if (removed)
      run.count("operations removed", removed);
    return changedIf(removed != 0);
  }

  /// The operations with a write of state somewhere in their blocks.
  llvm::DenseSet<const Operation *> holders;

  void findHolders(Block &body) {
    body.walk([&](Operation &op) {
      if (!op.blocks().empty() || !writesState(op))
        return;
      for (Operation *holder = op.block()->parentOp(); holder && holders.insert(holder).second; holder = holder->block()->parentOp())
        ;
    });
  }

  bool isDead(const Operation &op) const {
    if (op.hasUses() || holders.contains(&op) || !Catalogue::get().find(op.type()))
      return false;
    return !op.blocks().empty() || !writesState(op);
  }

  /// Recursive on blocks, whose nesting is bounded.
  uint64_t sweep(Block &block) {
    uint64_t removed = 0;
    for (auto at = block.end(); at != block.begin();) {
      Operation &op = *--at;
      if (isDead(op)) {
        ++at;
        op.erase();
        ++removed;
        continue;
      }
      for (Block *inner : llvm::reverse(op.blocks()))
        removed += sweep(*inner);
    }
    return removed;
  }
};
} // namespace

MIL_PASS(dead_code_elimination, DeadCodeElimination, "Keeps an unused cond or while_loop that writes a state.")
