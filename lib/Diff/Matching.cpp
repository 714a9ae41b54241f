#include "Matching.h"
#include "llvm/ADT/Hashing.h"
#include "llvm/ADT/StringMap.h"

namespace mil {

Name nameOf(const Operation &op) {
  if (op.resultCount())
    return op.result()->name();
  return op.program().context().find(op.opName());
}

bool isConst(const Value *value) { return value->definingOp() && value->definingOp()->is("const"); }

/// The operations of two blocks that are matched with each other, without constants, and those after by name.
struct Matching::Sides {
  Block &blockBefore, &blockAfter;
  OpList before, after;
  llvm::DenseMap<Name, Operation *> byName; ///< after

  Sides(Block &from, Block &to) : blockBefore(from), blockAfter(to) {
    for (Operation &op : from)
      if (!op.is("const"))
        before.push_back(&op);
    for (Operation &op : to)
      if (!op.is("const")) {
        after.push_back(&op);
        if (Name name = nameOf(op))
          byName.try_emplace(name, &op);
      }
  }
  Operation *named(const Operation &op) const {
    Name name = nameOf(op);
    return name ? byName.lookup(name) : nullptr;
  }
};

Value *Matching::after(const Value *before) const {
  if (const Operation *definer = before->definingOp()) {
    Operation *partner = after(definer);
    return partner && before->index() < partner->resultCount() ? partner->result(before->index()) : nullptr;
  }
  return inputs.lookup(before);
}

void Matching::pair(Operation *before, Operation *after) {
  forth[before] = after;
  back[after] = before;
}

bool Matching::canPair(const Operation *before, const Operation *after) const {
  return after && before->type() == after->type() && !forth.contains(before) && !back.contains(after) &&
         before->blocks().size() == after->blocks().size();
}

Status Matching::match(const Function &before, const Function &after, DiagnosticEngine &diags) {
  pairInputs(before.body(), after.body());
  llvm::SmallVector<std::pair<Block *, Block *>> pending{{&before.body(), &after.body()}};
  while (!pending.empty()) {
    auto [from, to] = pending.pop_back_val();
    if (!matchBlocks(*from, *to, diags))
      return failure();
    for (Operation &op : *from)
      if (Operation *partner = forth.lookup(&op))
        for (auto [nested, partners] : llvm::zip(op.blocks(), partner->blocks())) {
          for (auto [input, other] : llvm::zip(nested->inputs(), partners->inputs()))
            pairInput(input, other);
          pending.push_back({nested, partners});
        }
  }
  return success();
}

/// Parameters of functions: by name, then those that are left by type, in order.
void Matching::pairInputs(const Block &before, const Block &after) {
  std::vector<Value *> left, right;
  llvm::DenseMap<Name, Value *> named;
  for (Value *input : after.inputs())
    named[input->name()] = input;
  for (Value *input : before.inputs())
    if (Value *same = named.lookup(input->name())) {
      pairInput(input, same);
      named.erase(input->name());
    } else {
      left.push_back(input);
    }
  for (Value *input : after.inputs())
    if (named.contains(input->name()))
      right.push_back(input);
  llvm::DenseMap<Type, llvm::SmallVector<Value *, 2>> byType;
  for (Value *input : llvm::reverse(right))
    byType[input->type()].push_back(input);
  for (Value *input : left)
    if (auto &candidates = byType[input->type()]; !candidates.empty())
      pairInput(input, candidates.pop_back_val());
}

Status Matching::matchBlocks(Block &before, Block &after, DiagnosticEngine &diags) {
  Sides sides(before, after);
  if (!byWeights(sides, diags))
    return failure();
  bool trustsNames = 2 * anchorsOfOneName >= anchors;
  if (trustsNames)
    byName(sides, /*wantsAgreement=*/true);
  byStructure(sides);
  if (trustsNames) {
    byName(sides, /*wantsAgreement=*/false);
    byReplacement(sides);
  }
  byPosition(sides);
  byStructure(sides);
  return success();
}

// ---- By weights

Status Matching::byWeights(const Sides &sides, DiagnosticEngine &diags) {
  struct Bearers {
    llvm::SmallVector<Operation *, 1> before, after;
  };
  llvm::DenseMap<uint64_t, size_t> index;
  std::vector<Bearers> all;
  auto collect = [&](const OpList &ops, llvm::SmallVector<Operation *, 1> Bearers::*list) -> Status {
    for (Operation *op : ops) {
      Result<uint64_t> print = fingerprints.of(*op, diags);
      if (!print)
        return failure();
      if (!*print)
        continue;
      uint64_t key = uint64_t(llvm::hash_combine(op->type().pointer(), *print)) >> 1; // never a reserved key
      auto [it, isNew] = index.try_emplace(key, all.size());
      if (isNew)
        all.emplace_back();
      (all[it->second].*list).push_back(op);
    }
    return success();
  };
  if (!collect(sides.before, &Bearers::before) || !collect(sides.after, &Bearers::after))
    return failure();
  for (Bearers &bearers : all) {
    // Several with the same weights are distinguished by their names.
    auto take = [&](Operation *from, Operation *to) {
      if (!canPair(from, to))
        return;
      pair(from, to);
      ++anchors;
      anchorsOfOneName += nameOf(*from) == nameOf(*to);
    };
    if (bearers.before.size() == 1 && bearers.after.size() == 1) {
      take(bearers.before.front(), bearers.after.front());
      continue;
    }
    llvm::DenseMap<Name, Operation *> named;
    for (Operation *op : bearers.after)
      named.try_emplace(nameOf(*op), op);
    for (Operation *op : bearers.before)
      take(op, named.lookup(nameOf(*op)));
  }
  return success();
}

// ---- By name

/// Whether two operations of one name also have operands or readers of the same names, or are both outputs.
bool Matching::agree(const Operation &before, const Operation &after) const {
  bool hasOperands = false, sameOperands = before.arguments().size() == after.arguments().size();
  for (const Argument &argument : before.arguments()) {
    const Argument *other = after.argument(argument.name);
    sameOperands &= other && other->count == argument.count;
    if (!sameOperands)
      break;
    for (auto [mine, theirs] : llvm::zip(argument.bindings(), other->bindings())) {
      bool reads = mine.value() && !isConst(mine.value()), othersRead = theirs.value() && !isConst(theirs.value());
      hasOperands |= reads;
      sameOperands &= reads == othersRead && (!reads || mine.value()->name() == theirs.value()->name());
    }
  }
  if (sameOperands && hasOperands)
    return true;
  for (auto [mine, theirs] : llvm::zip(before.results(), after.results())) {
    if (mine.isBlockOutput() && theirs.isBlockOutput())
      return true;
    // A few readers on either side are enough to tell.
    constexpr unsigned enough = 8;
    unsigned seen = 0;
    for (const Operand &use : mine.uses()) {
      unsigned seenThere = 0;
      for (const Operand &other : theirs.uses())
        if (use.user() && other.user() && nameOf(*use.user()) == nameOf(*other.user()) && use.user()->type() == other.user()->type())
          return true;
        else if (++seenThere == enough)
          break;
      if (++seen == enough)
        break;
    }
  }
  return false;
}

void Matching::byName(const Sides &sides, bool wantsAgreement) {
  for (Operation *op : sides.before)
    if (Operation *same = sides.named(*op); canPair(op, same) && (!wantsAgreement || agree(*op, *same)))
      pair(op, same);
}

/// The same name with another type: replaced. Only where nothing else took either.
void Matching::byReplacement(const Sides &sides) {
  for (Operation *op : sides.before)
    if (Operation *same = sides.named(*op); same && op->resultCount() == same->resultCount() && !forth.contains(op) &&
                                            !back.contains(same) && op->blocks().empty() && same->blocks().empty())
      pair(op, same);
}

// ---- By structure

/// A hash of the type and what the operands are, the same on both sides for matched operands. `isKnown`: every operand is a constant or
/// matched, and one at least isn't constant.
uint64_t Matching::callHash(const Operation &op, bool isBefore, bool &isKnown) const {
  llvm::hash_code hash = llvm::hash_value(op.type().pointer());
  bool reads = false;
  isKnown = true;
  for (const Argument &argument : op.arguments()) {
    hash = llvm::hash_combine(hash, argument.name.pointer(), argument.count);
    for (const Operand &operand : argument.bindings()) {
      if (!operand.value() || isConst(operand.value()))
        continue;
      const Value *value = isBefore ? after(operand.value()) : operand.value();
      isKnown &= value != nullptr;
      reads = true;
      hash = llvm::hash_combine(hash, value);
    }
  }
  isKnown &= reads;
  return uint64_t(hash) >> 1; // never a reserved key
}

/// Whether two operations have the same type and arguments, operands matched; constants aren't compared.
bool Matching::sameCall(const Operation &before, const Operation &after) const {
  if (before.type() != after.type() || before.arguments().size() != after.arguments().size())
    return false;
  for (auto [mine, theirs] : llvm::zip(before.arguments(), after.arguments())) {
    if (mine.name != theirs.name || mine.count != theirs.count)
      return false;
    for (auto [operand, other] : llvm::zip(mine.bindings(), theirs.bindings())) {
      const Value *value = operand.value() && !isConst(operand.value()) ? this->after(operand.value()) : nullptr;
      const Value *wanted = other.value() && !isConst(other.value()) ? other.value() : nullptr;
      if (value != wanted)
        return false;
    }
  }
  return true;
}

/// The operation that gives the matched reader of an operation's result what the result gives its own reader.
Operation *Matching::byReader(const Operation &before) const {
  for (const Value &result : before.results())
    for (const Operand &use : result.uses()) {
      Operation *reader = use.user() ? after(use.user()) : nullptr;
      if (!reader)
        continue;
      for (const Argument &argument : use.user()->arguments())
        for (size_t i = 0; i < argument.count; ++i) {
          if (&argument.bindings()[i] != &use)
            continue;
          const Argument *other = reader->argument(argument.name);
          const Value *value = other && i < other->count ? other->bindings()[i].value() : nullptr;
          if (value && value->definingOp() && value->index() == result.index() && canPair(&before, value->definingOp()))
            return value->definingOp();
        }
    }
  return nullptr;
}

/// The only reader of a matched value that has the operation as its only reader.
Operation *Matching::byOnlyOperand(const Operation &before) const {
  for (const Argument &argument : before.arguments())
    for (const Operand &operand : argument.bindings()) {
      const Value *value = operand.value() && operand.value()->hasOneUse() ? after(operand.value()) : nullptr;
      Operation *reader = value && value->hasOneUse() ? value->firstUse()->user() : nullptr;
      if (reader && canPair(&before, reader))
        return reader;
    }
  return nullptr;
}

void Matching::byStructure(const Sides &sides) {
  struct Candidates {
    llvm::SmallVector<Operation *, 1> ops;
    size_t first = 0; ///< those in front of it are taken
  };
  llvm::DenseMap<uint64_t, Candidates> calls;
  bool isKnown;
  for (Operation *op : sides.after)
    if (!back.contains(op))
      if (uint64_t key = callHash(*op, false, isKnown); isKnown)
        calls[key].ops.push_back(op);
  auto sameBlock = [&](Operation *op) { return op && op->block() == &sides.blockAfter ? op : nullptr; };
  auto bySameCall = [&](const Operation &op) -> Operation * {
    uint64_t key = callHash(op, true, isKnown);
    auto found = isKnown ? calls.find(key) : calls.end();
    if (found == calls.end())
      return nullptr;
    Candidates &candidates = found->second;
    while (candidates.first < candidates.ops.size() && back.contains(candidates.ops[candidates.first]))
      ++candidates.first;
    if (Operation *named = sides.named(op); canPair(&op, named) && sameCall(op, *named))
      return named;
    constexpr size_t enough = 16;
    for (Operation *candidate : llvm::ArrayRef(candidates.ops).drop_front(candidates.first).take_front(enough))
      if (canPair(&op, candidate) && sameCall(op, *candidate))
        return candidate;
    return nullptr;
  };
  // Downwards what is matched settles what reads it, upwards what it reads; a second time for what the first one missed.
  for (int round = 0; round < 2; ++round) {
    for (Operation *op : sides.before)
      if (!forth.contains(op)) {
        Operation *partner = bySameCall(*op);
        if (!partner)
          partner = sameBlock(byOnlyOperand(*op));
        if (partner)
          pair(op, partner);
      }
    for (Operation *op : llvm::reverse(sides.before))
      if (!forth.contains(op))
        if (Operation *partner = sameBlock(byReader(*op)))
          pair(op, partner);
  }
}

// ---- By position

/// Between the same matched operations, the k-th of a type is the k-th of that type.
void Matching::byPosition(const Sides &sides) {
  using Gap = std::pair<const void *, const void *>; // what comes in front, and the type
  llvm::DenseMap<Gap, llvm::SmallVector<Operation *, 1>> gaps;
  const Operation *anchor = nullptr;
  for (Operation *op : sides.after)
    if (back.contains(op))
      anchor = op;
    else
      gaps[{anchor, op->type().pointer()}].push_back(op);
  llvm::DenseMap<Gap, size_t> taken;
  anchor = nullptr;
  for (Operation *op : sides.before) {
    if (const Operation *partner = forth.lookup(op)) {
      anchor = partner;
      continue;
    }
    Gap gap{anchor, op->type().pointer()};
    auto found = gaps.find(gap);
    if (found == gaps.end())
      continue;
    size_t &next = taken[gap];
    if (next < found->second.size() && canPair(op, found->second[next]))
      pair(op, found->second[next]);
    ++next;
  }
}

} // namespace mil
