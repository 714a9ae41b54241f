// reduce_transposes: transposes that undo each other go, with the operations between them made to work on what was before.
//
//   a = transpose(x, perm = [0, 2, 3, 1]);  b = relu(a);  y = transpose(b, perm = [0, 3, 1, 2])     =>   y = relu(x)
//   …;  b = concat((a, a), axis = 3);  …                                                            =>   b = concat((x, x), axis = 1)
//   …;  b = relu(a);  y = transpose(b, …);  z = conv(b)                                             =>   y = relu(x);  b = transpose(y); …
//
// A block is looked at in its order. The result of a transpose is thought of as its operand in another order; an operation that can work on
// that (TransposedOperands.h lists them) gives its results the same order; a transpose that undoes it ends it. What else reads a value in
// an order, a block's output, a nested block, another order, needs it transposed, once for all of its readers. Transposes that meet in an
// operation are one group, and a group is changed only if fewer transposes are needed in it than go.
//
// That is one walk, linear in the block. It is repeated while transposes go, since pairs may have been around others, at most 16 times.
//
// Not through operations with several results but split; not where the perm isn't constant, a dimension goes from between (slices that
// squeeze), other operands don't keep the sequence of their elements (constants do not matter), or reflecting pads would leave the last two
// dimensions. Names of outputs stay: an `identity` bears one where it must.
//
// Exact, but for reductions over several axes, which may sum in another sequence. Source: coremltools' common::reduce_transposes.
#include "mil/Pass/Equivalence.h"
#include "patterns/TransposedOperands.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/STLExtras.h"

using namespace mil;

namespace {

/// Groups of transposes, joined as their values meet.
class Groups {
public:
  size_t add() {
    parents.push_back(parents.size());
    balance.push_back(0);
    return parents.size() - 1;
  }
  size_t find(size_t group) {
    while (parents[group] != group)
      group = parents[group] = parents[parents[group]];
    return group;
  }
  void join(size_t a, size_t b) {
    a = find(a), b = find(b);
    if (a == b)
      return;
    parents[std::max(a, b)] = std::min(a, b);
    balance[std::min(a, b)] += balance[std::max(a, b)];
  }
  void transposeGoes(size_t group) { ++balance[find(group)]; }
  void transposeNeeded(size_t group) { --balance[find(group)]; }
  bool pays(size_t group) { return balance[find(group)] > 0; }
  /// How many transposes go in all groups where that pays.
  uint64_t gain() {
    uint64_t sum = 0;
    for (size_t group = 0; group < parents.size(); ++group)
      if (parents[group] == group && balance[group] > 0)
        sum += uint64_t(balance[group]);
    return sum;
  }

private:
  std::vector<size_t> parents;
  std::vector<int64_t> balance; ///< of a group's first: transposes that go, less those needed
};

/// One look at a block, and the changes that pay.
class BlockReducer {
public:
  BlockReducer(Block &block, Rewriter &rewriter, TransposedCallRewriter &calls) : block(block), rewriter(rewriter), calls(calls) {}

  /// Number of transposes less; nullopt after an error.
  std::optional<uint64_t> run() {
    for (Operation &op : block)
      look(op);
    countNeeded();
    calls.beginBlock();
    // Ends last: the values that replace their results may be in an order, too, of an earlier transpose.
    for (const Step &step : steps)
      if (step.kind == Step::Kind::Passes && groups.pays(step.group) && !pass(*step.op))
        return std::nullopt;
    for (const Step &step : steps)
      if (step.kind == Step::Kind::Ends && groups.pays(step.group))
        end(*step.op);
    for (const Step &step : llvm::reverse(steps))
      if (step.kind == Step::Kind::Begins && groups.pays(step.group) && !step.op->hasUses())
        eraseWithConstants(*step.op);
    return groups.gain();
  }

private:
  struct Step {
    enum class Kind : uint8_t { Begins, Passes, Ends } kind;
    Operation *op;
    size_t group;
  };
  /// A value that is another one in an order.
  struct InOrder {
    Order order;
    size_t group;
    bool needed = false; ///< by something that takes it only as it is
  };

  InOrder *inOrder(const Value *value) {
    auto found = ordered.find(value);
    return found == ordered.end() ? nullptr : &found->second;
  }
  void enter(Value &result, Order order, size_t group) { ordered.try_emplace(&result, InOrder{std::move(order), group}); }

  // ---- Looking
  void look(Operation &op) {
    if (op.is("transpose"))
      return lookAtTranspose(op);
    std::optional<Order> order, behind;
    size_t group = 0;
    bool agree = true;
    op.forEachOperand([&](const Operand &operand) {
      const InOrder *entry = operand.value() ? inOrder(operand.value()) : nullptr;
      if (!entry)
        return;
      agree &= !order || *order == entry->order;
      order = entry->order, group = entry->group;
    });
    auto isInOrder = [&](const Value *value) { return inOrder(value) != nullptr; };
    if (!order || !agree || !op.blocks().empty() || !(behind = TransposedCall(op, *order, isInOrder).resultOrder()))
      return;
    op.forEachOperand([&](const Operand &operand) {
      if (const InOrder *entry = operand.value() ? inOrder(operand.value()) : nullptr)
        groups.join(group, entry->group);
    });
    takes.insert(&op);
    steps.push_back({Step::Kind::Passes, &op, group});
    if (!isIdentity(*behind))
      for (Value &result : op.results())
        enter(result, *behind, group);
  }

  void lookAtTranspose(Operation &op) {
    std::optional<Order> order = orderOf(op);
    Value *x = op.input("x");
    if (!order || !x || isIdentity(*order) || !hasDims(x->type(), order->size()) || !hasDims(op.result()->type(), order->size()))
      return;
    if (const InOrder *entry = inOrder(x); entry && isIdentity(composed(entry->order, *order))) {
      size_t group = entry->group;
      groups.transposeGoes(group);
      takes.insert(&op);
      steps.push_back({Step::Kind::Ends, &op, group});
      return;
    }
    size_t group = groups.add();
    groups.transposeGoes(group);
    steps.push_back({Step::Kind::Begins, &op, group});
    enter(*op.result(), std::move(*order), group);
  }

  bool takesAsBefore(const Operand &use) const { return use.user() && takes.contains(use.user()); }

  void countNeeded() {
    for (const Step &step : steps)
      for (Value &result : step.op->results())
        if (InOrder *entry = inOrder(&result)) {
          entry->needed = llvm::any_of(result.uses(), [&](const Operand &use) { return !takesAsBefore(use); });
          if (entry->needed)
            groups.transposeNeeded(entry->group);
        }
  }

  // ---- Changing
  // Values that operations pass on become what they were before in place; the results of transposes are replaced by their operands.

  bool pass(Operation &op) {
    Order order;
    op.forEachOperand([&](const Operand &operand) {
      if (const InOrder *entry = operand.value() ? inOrder(operand.value()) : nullptr)
        order = entry->order;
    });
    if (!calls.rewrite(TransposedCall(op, order, [&](const Value *value) { return inOrder(value) != nullptr; })))
      return false;
    op.forEachOperand([&](Operand &operand) {
      if (Value *value = operand.value(); value && inOrder(value))
        operand.set(before(value));
    });
    for (Value &result : op.results())
      if (const InOrder *entry = inOrder(&result)) {
        Type type = result.type();
        result.setType(type.withDims(rewriter.context(), dimsBefore(type.dims(), entry->order)));
        if (entry->needed)
          transposeAgain(result, type, entry->order);
      }
    return true;
  }

  /// What a value in an order is, before it.
  static Value *before(Value *value) {
    Operation *op = value->definingOp();
    return op->is("transpose") ? op->input("x") : value;
  }

  /// Gives a value that is now as before to those that need it in its order.
  void transposeAgain(Value &value, Type type, llvm::ArrayRef<int64_t> order) {
    Operation *maker = value.definingOp();
    Name name = rewriter.fresh(value.name().str().str() + "_transposed");
    Builder builder = Builder::after(maker);
    builder.setLocation(maker->location());
    Value *perm = builder.constant(rewriter.fresh(name.str().str() + "_perm_0"), rewriter.ints(order));
    Value *again = builder.create("transpose", Operation::ResultSpec{name, type}, {{"perm", perm}, {"x", &value}})->result();
    bool isOutput = functionOutput(&value);
    llvm::SmallVector<Operand *, 4> readers;
    for (Operand &use : value.uses())
      if (!takesAsBefore(use) && use.user() != again->definingOp())
        readers.push_back(&use);
    for (Operand *reader : readers)
      reader->set(again);
    if (isOutput) {
      Name outputs = value.name();
      rename(value, name);
      rename(*again, outputs);
    }
  }

  /// Removes a transpose that undoes an order.
  void end(Operation &op) {
    Value *x = op.input("x"), *result = op.result(), *old = before(x);
    bool mayReturn = old->definingOp() && old->block() == &block && !old->isBlockOutput();
    if (result->isBlockOutput() && !mayReturn) {
      becomeIdentity(op, old);
      return;
    }
    if (functionOutput(result))
      rename(*old, result->name());
    result->replaceAllUsesWith(old);
    eraseWithConstants(op);
  }

  /// Only outputs need the copy.
  void becomeIdentity(Operation &op, Value *value) {
    llvm::SmallVector<Operand *, 4> readers;
    for (Operand &use : op.result()->uses())
      if (use.user())
        readers.push_back(&use);
    for (Operand *reader : readers)
      reader->set(value);
    Value *perm = op.input("perm");
    op.removeArgument("perm");
    if (perm && !perm->hasUses() && perm->definingOp() && perm->definingOp()->is("const"))
      perm->definingOp()->erase();
    op.setType(rewriter.context().intern("identity"));
    op.setArgument(rewriter.context().intern("x"), {value});
  }

  void rename(Value &value, Name name) {
    value.setName(name);
    Operation *op = value.definingOp();
    if (op->resultCount() == 1 && op->attribute("name"))
      op->setAttribute(rewriter.context().intern("name"), Literal::string(rewriter.context(), name));
  }

  Block &block;
  Rewriter &rewriter;
  TransposedCallRewriter &calls;
  Groups groups;
  std::vector<Step> steps;
  llvm::DenseMap<const Value *, InOrder> ordered;
  llvm::DenseSet<const Operation *> takes; ///< operations that can have their operands as they were before
};

struct ReduceTransposes : FunctionPass {
  static constexpr unsigned maxRounds = 16;

  PassResult runOnFunction(Function &function, PassRun &run) override {
    Rewriter rewriter(function, run);
    TransposedCallRewriter calls(rewriter);
    uint64_t gone = 0;
    llvm::SmallVector<Block *, 8> blocks{&function.body()};
    function.body().walk([&](Operation &op) { blocks.append(op.blocks().begin(), op.blocks().end()); });
    for (Block *block : blocks)
      for (unsigned round = 0; round < maxRounds; ++round) {
        std::optional<uint64_t> now = BlockReducer(*block, rewriter, calls).run();
        if (!now)
          return PassResult::Failed;
        if (!*now)
          break;
        gone += *now;
      }
    if (gone)
      run.count("transposes removed", gone);
    return changedIf(gone != 0);
  }
};
} // namespace

MIL_PASS(reduce_transposes, ReduceTransposes,
         "Creates one transpose for all users of a value that need it, and counts it once. Operands are left unchanged, "
         "or reshaped if their elements keep their order. Works in functions with nested blocks, and across all "
         "elementwise operations, slices, and reductions that drop dimensions.")
