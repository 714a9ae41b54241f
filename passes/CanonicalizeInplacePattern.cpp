// canonicalize_inplace_pattern: a state is written right after its new value is computed.
//
//   v = mul(x, y);  w = tanh(x);  write_state(data = v, input = s)        =>   v = mul(x, y);  write_state(data = v, input = s);  w =
//   tanh(x)
//
// So the value can be computed in the place of the state. Not over another access to that state, nested blocks included, nor over an
// operation outside of the catalogue; not when the value is an input, a constant or what was read from a state, or comes from another
// block.
//
// Exact.
// Source: coremltools' common::canonicalize_inplace_pattern, which moves the write over reads.
#include "mil/Ops/Catalogue.h"
#include "mil/Pass/Rewriter.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SetVector.h"

using namespace mil;

namespace {
struct CanonicalizeInplacePattern : FunctionPass {
  PassResult runOnFunction(Function &function, PassRun &run) override {
    held.clear();
    llvm::SmallVector<Block *, 4> blocks{&function.body()};
    function.body().walk([&](Operation &op) {
      blocks.append(op.blocks().begin(), op.blocks().end());
      noteHolders(op);
    });
    uint64_t moved = 0;
    for (Block *block : blocks)
      moved += sweep(*block);
    if (moved)
      run.count("writes moved", moved);
    return changedIf(moved != 0);
  }

  /// By state: the last operation of the block so far that reads or writes it, or that may.
  llvm::DenseMap<const Value *, Operation *> accesses;
  /// The states that are read or written somewhere in the blocks of an operation.
  llvm::DenseMap<const Operation *, llvm::SmallSetVector<const Value *, 2>> held;

  void noteHolders(const Operation &access) {
    access.forEachOperand([&](const Operand &operand) {
      if (operand.value() && operand.value()->type().isState())
        for (Operation *holder = access.block()->parentOp(); holder && held[holder].insert(operand.value());
             holder = holder->block()->parentOp())
          ;
    });
  }

  uint64_t sweep(Block &block) {
    accesses.clear();
    llvm::DenseMap<const Operation *, uint64_t> places;
    uint64_t count = 0, moved = 0;
    Operation *unknown = nullptr; // the last operation that may do anything
    for (Operation &op : llvm::make_early_inc_range(block)) {
      places[&op] = count++;
      if (op.is("write_state") || op.is("coreml_update_state"))
        moved += moveUp(op, unknown, places);
      noteAccesses(op);
      if (!op.blocks().empty())
        for (const Value *state : held.lookup(&op))
          accesses[state] = &op;
      if (!Catalogue::get().find(op.type()))
        unknown = &op;
    }
    return moved;
  }

  void noteAccesses(Operation &access) {
    access.forEachOperand([&](const Operand &operand) {
      if (operand.value() && operand.value()->type().isState())
        accesses[operand.value()] = &access;
    });
  }

  /// What an operation writes to a state; null when it writes none.
  static Value *dataOf(const Operation &op) {
    return op.is("write_state") ? op.input("data") : op.is("coreml_update_state") ? op.input("value") : nullptr;
  }

  bool moveUp(Operation &write, Operation *unknown, llvm::DenseMap<const Operation *, uint64_t> &places) {
    Value *state = write.input(write.is("write_state") ? "input" : "state"), *data = dataOf(write);
    Operation *maker = data ? data->definingOp() : nullptr;
    if (!state || !maker || maker->block() != write.block() || maker->is("const") || maker->is("read_state") ||
        maker->is("coreml_update_state"))
      return false;
    uint64_t from = places[maker];
    Operation *access = accesses.lookup(state);
    if ((access && places[access] > from) || (unknown && places[unknown] > from))
      return false;
    // Writes of the same value to other states stay before this one.
    auto after = std::next(maker->getIterator());
    while (&*after != &write && dataOf(*after) == data)
      ++after;
    if (&*after == &write)
      return false;
    write.moveBefore(&*after);
    places[&write] = from;
    return true;
  }
};
} // namespace

MIL_PASS(canonicalize_inplace_pattern, CanonicalizeInplacePattern, "Never moves a write across another access to the same state.")
