// topological_reorder: moves casts and transposes right before their first reader.
//
//   a = cast(x);  b = relu(y);  z = add(a, b)        =>   b = relu(y);  a = cast(x);  z = add(a, b)
//
// So a small value isn't held in its large form for long. What only the block's outputs read goes to the end of the block; the others keep
// their order. One that has only casts and transposes between itself and that place stays where it is, so that a second run changes
// nothing.
//
// Each block is walked once, from its end. Places are numbers: that of an operation which stays is its own, that of one which moves is the
// place of the operation before which it is inserted, which isn't moved.
// Source: coremltools' common::topological_reorder.
#include "mil/Pass/Rewriter.h"
#include "llvm/ADT/STLExtras.h"

using namespace mil;

namespace {
struct TopologicalReorder : FunctionPass {
  uint64_t moved = 0;

  PassResult runOnFunction(Function &function, PassRun &run) override {
    moved = 0;
    llvm::SmallVector<Block *, 8> blocks{&function.body()};
    function.body().walk([&](Operation &op) { blocks.append(op.blocks().begin(), op.blocks().end()); });
    for (Block *block : blocks)
      Reorder(*block, moved).walk();
    if (moved)
      run.count("operations moved", moved);
    return changedIf(moved != 0);
  }

  class Reorder {
  public:
    Reorder(Block &block, uint64_t &moved) : block(block), moved(moved) {}

    void walk() {
      uint64_t count = 0;
      for (Operation &op : block)
        places[&op] = {count++, false};
      last = count;
      if (!count)
        return;
      uint64_t runEnd = last; // where the casts and transposes right after the current operation end
      for (auto at = block.end(); at != block.begin();) {
        Operation &op = *--at;
        if (!op.is("cast") && !op.is("transpose")) {
          runEnd = places[&op].at;
          continue;
        }
        Reader reader = firstReader(op);
        if (reader.place > runEnd) {
          ++at;
          move(op, reader);
        }
      }
    }

  private:
    struct Place {
      uint64_t at;
      bool moved;
    };
    /// What first reads an operation: the operation there, when it is one alone, and its place.
    struct Reader {
      uint64_t place;
      Operation *op = nullptr;
      unsigned movedOnes = 0; ///< that are before the place
    };

    Reader firstReader(Operation &op) {
      Reader first{last};
      for (Value &result : op.results())
        for (Operand &use : result.uses()) {
          Operation *user = use.user() ? use.user() : use.outputOf()->parentOp();
          while (user && user->block() != &block)
            user = user->block()->parentOp();
          if (!user)
            continue; // an output of this block
          Place place = places[user];
          if (place.at < first.place || !first.op)
            first = {place.at, user, 0};
          if (place.at == first.place && place.moved && (!first.movedOnes || user != first.op)) {
            ++first.movedOnes;
            first.op = user;
          }
        }
      return first;
    }

    void move(Operation &op, const Reader &reader) {
      Operation *&front = fronts[reader.place];
      Operation *before = reader.movedOnes > 1 ? front : reader.op;
      op.remove();
      block.insert(before ? before->getIterator() : block.end(), &op);
      if (!front || before == front)
        front = &op;
      places[&op] = {reader.place, true};
      ++moved;
    }

    Block &block;
    uint64_t &moved;
    uint64_t last = 0;
    llvm::DenseMap<const Operation *, Place> places;
    llvm::DenseMap<uint64_t, Operation *> fronts; ///< the first of the operations moved to a place
  };
};
} // namespace

MIL_PASS(topological_reorder, TopologicalReorder,
         "Does not move an operation if only casts and transposes separate it from its new position, so that a second "
         "run changes nothing.")
