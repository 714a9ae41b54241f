// prefer_state_in_downstream: what reads a value after it was written to a state reads the state.
//
//   v = mul(x, y);  write_state(data = v, input = s);  z = add(x, v)
//     =>   v = mul(x, y);  write_state(data = v, input = s);  r = read_state(input = s);  z = add(x, r)
//
// So v needs no memory beside the state. The read is right after the write (an existing one is used), and so has the value
// that was written, also if the state is written again later. Only operations after the write, nested blocks included, that don't write a
// state; outputs of blocks keep reading v. Not when nothing would change, and not when v is an input that is also an output.
//
// Exact.
// Source: coremltools' common::prefer_state_in_downstream.
#include "mil/Pass/Rewriter.h"

using namespace mil;

namespace {
struct PreferStateInDownstream : PatternPass {
  PreferStateInDownstream() : PatternPass({"write_state"}) {}

  bool rewrite(Operation &op, Rewriter &rewriter) override {
    Value *state = op.input("input"), *value = op.input("data");
    if (!state || !value || !state->type().isState() || value->type() != state->type().element() || constantOf(value))
      return false;
    if (value->inputOf() && value->isBlockOutput())
      return false;
    Value *read = readAfter(op, state);
    llvm::SmallVector<Operand *, 4> uses;
    for (Operand &use : value->uses())
      if (isDownstream(use, op))
        uses.push_back(&use);
    if (uses.empty())
      return false;
    if (!read) {
      rewriter.setInsertionPointAfter(&op);
      Operation *made = rewriter.create("read_state", ArgumentSpec("input", state));
      if (!made)
        return false;
      read = made->result();
    }
    for (Operand *use : uses)
      rewriter.setOperand(*use, read);
    return true;
  }

  /// The result of a read of the state right after the write; null for none.
  static Value *readAfter(Operation &write, Value *state) {
    auto next = std::next(write.getIterator());
    while (next != write.block()->end() && next->is("const"))
      ++next;
    bool found = next != write.block()->end() && next->is("read_state") && next->input("input") == state;
    return found ? next->result() : nullptr;
  }

  static bool isDownstream(const Operand &use, Operation &write) {
    Operation *user = use.user();
    if (!user || user == &write || user->is("write_state") || user->is("coreml_update_state"))
      return false;
    while (user && user->block() != write.block())
      user = user->block()->parentOp();
    return user && user != &write && write.isBefore(user);
  }
};
} // namespace

MIL_PASS(prefer_state_in_downstream, PreferStateInDownstream)
