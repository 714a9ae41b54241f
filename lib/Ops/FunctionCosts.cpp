// The costs of a whole function: a walk for its operations, and one for the lifetimes of values.
#include "mil/Ops/Costs.h"
#include <map>

using namespace mil;

static bool isConstantOp(const Operation &op) { return op.is("const") || op.isConstexpr(); }

namespace {

class Lifetimes {
public:
  explicit Lifetimes(FunctionCosts &costs) : costs(costs) {}
  void run(const Block &body) {
    findLastUses(body);
    walk(body, 0);
  }

private:
  /// Whose memory a value's elements are in; null for constants.
  const Value *ownerOf(const Value *value) {
    auto known = owners.find(value);
    if (known != owners.end())
      return known->second;
    const Operation *op = value->definingOp();
    const Value *owner = value;
    if (op && isConstantOp(*op))
      owner = nullptr;
    else if (const Value *x = op && isView(*op) ? op->input("x") : nullptr)
      owner = ownerOf(x); // known already, as operations come before their users
    owners[value] = owner;
    return owner;
  }
  void use(const Value *value) {
    if (const Value *owner = ownerOf(value))
      lastUses[owner] = positions.lookup(owner->block());
  }
  void findLastUses(const Block &block) {
    size_t &position = positions[&block];
    position = 0;
    for (const Value *input : block.inputs())
      use(input);
    for (const Operation &op : block) {
      positions[&block] += 1;
      for (const Value &result : op.results())
        use(&result);
      op.forEachOperand([&](const Operand &operand) {
        if (operand.value())
          use(operand.value());
      });
      for (const Block *nested : op.blocks())
        findLastUses(*nested);
    }
    positions[&block] += 1;
    for (const Operand &output : block.outputs())
      if (output.value())
        use(output.value());
  }

  static uint64_t bytesOf(const Value *value) {
    Type type = value->type();
    if (!type.isTensor() || type.dtype() == DType::String)
      return 0;
    std::optional<int64_t> count = type.elementCount();
    return count ? uint64_t(double(*count) * std::max(8u, bitWidth(type.dtype())) / 8) : 0;
  }
  void note(uint64_t live, const Operation *at) {
    if (live > costs.peakBytes)
      costs.peakBytes = live, costs.peakAt = at;
  }
  void walk(const Block &block, uint64_t live) {
    std::map<size_t, uint64_t> dying; // bytes by position
    auto make = [&](const Value *value) {
      if (ownerOf(value) != value)
        return;
      live += bytesOf(value);
      dying[lastUses.lookup(value)] += bytesOf(value);
    };
    auto drop = [&](size_t position) {
      auto gone = dying.find(position);
      if (gone != dying.end())
        live -= gone->second, dying.erase(gone);
    };
    for (const Value *input : block.inputs())
      make(input);
    note(live, block.empty() ? nullptr : &*block.begin());
    size_t position = 0;
    drop(position);
    for (const Operation &op : block) {
      ++position;
      for (const Block *nested : op.blocks())
        walk(*nested, live);
      for (const Value &result : op.results())
        make(&result);
      note(live, &op);
      drop(position);
    }
  }

  FunctionCosts &costs;
  llvm::DenseMap<const Value *, const Value *> owners;
  llvm::DenseMap<const Value *, size_t> lastUses; ///< a position in the block of the value: 0 its beginning, i behind operation i - 1
  llvm::DenseMap<const Block *, size_t> positions;
};

} // namespace

FunctionCosts mil::costsOf(const Function &function) {
  FunctionCosts costs;
  function.body().walk([&](const Operation &op) {
    if (isConstantOp(op))
      return;
    OperationCost cost = costOf(op);
    costs.steps.push_back({&op, cost});
    costs.flops += cost.flops, costs.bytes += cost.bytes;
    costs.unknown += !cost.isKnown;
  });
  Lifetimes(costs).run(function.body());
  return costs;
}
