#include "Alignment.h"
#include "StructureHashes.h"
#include "mil/Link/DiagnosticKinds.h"
#include "mil/Pass/Rewriter.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Twine.h"

namespace mil {

namespace {

// ---- Two functions

/// A place at which two functions differ.
struct Mismatch {
  Operation *op = nullptr, *other = nullptr; ///< null: at the interface
  std::string why;
  llvm::StringRef pass = {}; ///< one that may make them equal, if it doesn't follow from the types
};

constexpr llvm::StringLiteral decompressing = "decompress_weights";

std::string quoted(llvm::StringRef text) { return "'" + text.str() + "'"; }

class PairAligner {
public:
  PairAligner(const AlignedFunction &first, const AlignedFunction &second, const ConstantEquivalence &identity)
      : a(*first.function), b(*second.function), shared(sharedNames()), hashesA(a, identity, shared), hashesB(b, identity, shared) {}

  /// The side of the second function; `mismatches` when there is none.
  Alignment::Side side;
  std::vector<Mismatch> mismatches;

  void align() {
    pairInterface();
    pairStates();
    pairEffects();
    while (!pending.empty() && mismatches.size() < enough) {
      auto [op, other] = pending.pop_back_val();
      visit(*op, *other);
    }
    for (Value *input : a.inputs())
      if (!side.values.contains(input))
        pairUnusedInput(*input);
  }

private:
  static constexpr size_t enough = 64;

  llvm::DenseSet<Name> sharedNames() const {
    llvm::DenseSet<Name> names;
    for (const Value *input : a.inputs())
      if (b.body().input(input->name()))
        names.insert(input->name());
    return names;
  }

  void differ(Operation *op, Operation *other, const llvm::Twine &why, llvm::StringRef pass = {}) {
    mismatches.push_back({op, other, why.str(), pass});
  }

  void pairInterface() {
    if (a.opset() != b.opset() || a.opsetName() != b.opsetName())
      return differ(nullptr, nullptr, "their opsets are " + a.opsetName().str().str() + " and " + b.opsetName().str().str());
    if (a.inputs().size() != b.inputs().size())
      return differ(nullptr, nullptr,
                    "they have " + std::to_string(a.inputs().size()) + " and " + std::to_string(b.inputs().size()) + " inputs");
    if (a.outputs().size() != b.outputs().size())
      return differ(nullptr, nullptr,
                    "they have " + std::to_string(a.outputs().size()) + " and " + std::to_string(b.outputs().size()) + " outputs");
    for (Value *input : a.inputs())
      if (Value *other = b.body().input(input->name()))
        pairInput(*input, *other, nullptr, nullptr);
    pairOutputs();
  }

  /// By name, where both have the same names; else in order.
  void pairOutputs() {
    llvm::DenseMap<Name, const Operand *> named;
    for (const Operand &output : b.outputs())
      if (output.value())
        named[output.value()->name()] = &output;
    bool byName =
        llvm::all_of(a.outputs(), [&](const Operand &output) { return output.value() && named.contains(output.value()->name()); });
    for (auto [output, other] : llvm::zip(a.outputs(), b.outputs()))
      pair(output, byName ? *named[output.value()->name()] : other, nullptr, nullptr);
  }

  void pairUnusedInput(Value &input) {
    for (Value *other : b.inputs())
      if (!backwards.contains(other) && alike(input.type(), other->type()))
        return pairInput(input, *other, nullptr, nullptr);
    differ(nullptr, nullptr, "input " + quoted(input.name()) + " has no counterpart in the second");
  }

  /// What is done to a state is done in its order, so the k-th is the k-th.
  void pairStates() {
    std::vector<Value *> left, right;
    for (Value *input : a.inputs())
      if (input->type().isState())
        left.push_back(input);
    for (Value *input : b.inputs())
      if (input->type().isState())
        right.push_back(input);
    if (left.size() != right.size())
      return differ(nullptr, nullptr, "they have " + std::to_string(left.size()) + " and " + std::to_string(right.size()) + " states");
    // Those of one name are paired; the others are in order.
    llvm::erase_if(right, [&](Value *each) { return backwards.contains(each); });
    auto next = right.begin();
    for (Value *state : left) {
      if (!side.values.contains(state))
        pairInput(*state, **next++, nullptr, nullptr);
      std::vector<Operation *> uses = usesInOrder(a, *state), others = usesInOrder(b, *side.values.lookup(state));
      if (uses.size() != others.size())
        return differ(nullptr, nullptr,
                      "state " + quoted(state->name()) + " is read and written " + std::to_string(uses.size()) +
                          " times in the first and " + std::to_string(others.size()) + " times in the second");
      for (auto [op, other] : llvm::zip(uses, others))
        pairOps(*op, *other);
    }
  }

  /// Operations that stay though nothing depends on them: those unknown, and those with blocks that write states. The k-th is the k-th.
  void pairEffects() {
    auto effects = [](const Function &function) {
      std::vector<Operation *> ops;
      function.body().walk([&](Operation &op) {
        if (!op.is("write_state") && !isRemovable(op))
          ops.push_back(&op);
      });
      return ops;
    };
    std::vector<Operation *> ops = effects(a), others = effects(b);
    if (ops.size() != others.size())
      return differ(nullptr, nullptr,
                    "they have " + std::to_string(ops.size()) + " and " + std::to_string(others.size()) + " operations with effects");
    for (auto [op, other] : llvm::zip(ops, others))
      pairOps(*op, *other);
  }

  using UsesOfStates = llvm::DenseMap<const Value *, std::vector<Operation *>>;
  const std::vector<Operation *> &usesInOrder(const Function &function, const Value &state) {
    UsesOfStates &uses = &function == &a ? usesA : usesB;
    if (uses.empty())
      function.body().walk([&](Operation &op) {
        op.forEachOperand([&](const Operand &operand) {
          if (operand.value() && operand.value()->type().isState())
            uses[operand.value()].push_back(&op);
        });
      });
    return uses[&state];
  }

  static Type tensorOf(Type type) { return type.isState() ? type.element() : type; }
  /// Whether types are the same but for sizes.
  static bool alike(Type x, Type y) {
    if (x == y)
      return true;
    if (x.kind() != y.kind())
      return false;
    x = tensorOf(x), y = tensorOf(y);
    return x.isTensor() && y.isTensor() && x.dtype() == y.dtype() && x.hasRank() && y.hasRank() && x.rank() == y.rank();
  }

  void pairInput(Value &x, Value &y, Operation *op, Operation *other) {
    if (!alike(x.type(), y.type()))
      return differ(op, other,
                    "input " + quoted(x.name()) + " is " + x.type().str() + ", but " + quoted(y.name()) + " is " + y.type().str());
    map(x, y, op, other);
  }

  /// Notes that two values are one; whether that is new.
  bool map(Value &x, Value &y, Operation *op, Operation *other) {
    auto [there, isNew] = side.values.try_emplace(&x, &y);
    auto [back, isNewBack] = backwards.try_emplace(&y, &x);
    if (there->second == &y && back->second == &x)
      return isNew;
    differ(op, other,
           quoted(x.name()) + " corresponds to " + quoted(y.name()) + " here, but one of them has another counterpart elsewhere");
    return false;
  }

  /// Two operands that have to be the same; `op` and `other` read them.
  void pair(const Operand &x, const Operand &y, Operation *op, Operation *other) {
    const Literal *constant = constantOf(x), *otherConstant = constantOf(y);
    if (constant && otherConstant)
      return pairConstants(*constant, *otherConstant, op, other);
    if (!x.value() || !y.value() || bool(constant) != bool(otherConstant)) {
      const Value *computed = constant ? y.value() : x.value();
      if (computed && computed->definingOp() && computed->definingOp()->isConstexpr())
        return differ(op, other, constant ? "a constant is compressed in the second only" : "a constant is compressed in the first only",
                      decompressing);
      return differ(op, other,
                    constant ? "a constant in the first is computed in the second"
                             : "a value computed in the first is a constant in the second");
    }
    Operation *definer = x.value()->definingOp(), *otherDefiner = y.value()->definingOp();
    if (!definer && !otherDefiner) {
      bool bodies = x.value()->inputOf() == &a.body() && y.value()->inputOf() == &b.body();
      if (bodies && !side.values.contains(x.value()) && shared.contains(x.value()->name()) != shared.contains(y.value()->name()))
        return differ(op, other,
                      "the first uses input " + quoted(x.value()->name()) + " where the second uses " + quoted(y.value()->name()));
      if (bodies || side.values.contains(x.value()))
        return pairInput(*x.value(), *y.value(), op, other);
    }
    if (!definer || !otherDefiner)
      return differ(op, other,
                    definer ? "a value computed in the first is an input in the second"
                            : "an input in the first is computed in the second");
    if (x.value()->index() != y.value()->index())
      return differ(op, other, "they use different results of " + quoted(definer->type()));
    pairOps(*definer, *otherDefiner);
  }

  void pairConstants(const Literal &x, const Literal &y, Operation *op, Operation *other) {
    bool numbers = (x.isTensor() || x.isBlob()) && (y.isTensor() || y.isBlob());
    if (numbers ? !alike(x.type(), y.type()) : !x.equals(y))
      differ(op, other,
             numbers ? "a constant is " + x.type().str() + " in the first and " + y.type().str() + " in the second" : "a constant differs");
  }

  void pairOps(Operation &op, Operation &other) {
    auto [it, isNew] = side.operations.try_emplace(&op, &other);
    if (!isNew) {
      if (it->second != &other)
        differ(&op, &other, "the result of one operation corresponds to the results of two in the second");
      return;
    }
    pending.push_back({&op, &other});
  }

  void visit(Operation &op, Operation &other) {
    if (op.type() != other.type())
      return differ(&op, &other, "the operation is " + quoted(op.type()) + " in the first and " + quoted(other.type()) + " in the second");
    if (op.opsetTag() != other.opsetTag() || op.resultCount() != other.resultCount() || op.blocks().size() != other.blocks().size())
      return differ(&op, &other, "the operations have different opsets, or different numbers of results or blocks");
    for (auto [result, otherResult] : llvm::zip(op.results(), other.results())) {
      if (!alike(result.type(), otherResult.type()))
        return differ(&op, &other,
                      "the result is " + result.type().str() + " in the first and " + otherResult.type().str() + " in the second");
      map(result, otherResult, &op, &other);
    }
    if (!sameArguments(op, other))
      return differ(&op, &other, "the operations have different arguments");
    pairAttributes(op, other);
    if (swaps(op, other))
      side.swapped.insert(&op);
    for (const Argument &argument : op.arguments())
      for (unsigned i = 0; i < argument.count; ++i)
        pair(argument.operands[i], other.argument(partnerOf(op, argument.name))->operands[i], &op, &other);
    for (auto [block, otherBlock] : llvm::zip(op.blocks(), other.blocks()))
      pairBlocks(*block, *otherBlock, op, other);
  }

  llvm::StringRef partnerOf(const Operation &op, llvm::StringRef argument) const {
    if (!side.swapped.contains(&op) || (argument != "x" && argument != "y"))
      return argument;
    return argument == "x" ? "y" : "x";
  }

  static bool sameArguments(const Operation &op, const Operation &other) {
    return op.arguments().size() == other.arguments().size() &&
           llvm::all_of(llvm::zip(op.arguments(), other.arguments()), [](const auto &pair) {
             return std::get<0>(pair).name == std::get<1>(pair).name && std::get<0>(pair).count == std::get<1>(pair).count;
           });
  }

  void pairAttributes(Operation &op, Operation &other) {
    for (auto [from, to] : {std::pair(&op, &other), std::pair(&other, &op)})
      for (const Attribute &attribute : from->attributes())
        if (attribute.name != "name" && !to->attribute(attribute.name))
          return differ(&op, &other, "only one of the operations has attribute " + quoted(attribute.name));
    for (const Attribute &attribute : op.attributes())
      if (attribute.name != "name")
        pairConstants(*attribute.value, *other.attribute(attribute.name), &op, &other);
  }

  /// Whether x of the one is y of the other.
  bool swaps(Operation &op, Operation &other) const {
    const Operand *x = op.operand("x"), *y = op.operand("y"), *otherX = other.operand("x"), *otherY = other.operand("y");
    if (!commutes(op.type()) || !x || !y || !otherX || !otherY)
      return false;
    using Hash = StructureHashes::Pair;
    Hash hashX = hashesA.of(*x), hashY = hashesA.of(*y), thereX = hashesB.of(*otherX), thereY = hashesB.of(*otherY);
    auto parts = [&](uint64_t Hash::*hash) { return hashX.*hash != hashY.*hash && thereX.*hash != thereY.*hash; };
    for (uint64_t Hash::*hash : {&Hash::structure, &Hash::content})
      if (parts(hash)) {
        bool straight = hashX.*hash == thereX.*hash || hashY.*hash == thereY.*hash;
        bool crossed = hashX.*hash == thereY.*hash || hashY.*hash == thereX.*hash;
        if (straight != crossed)
          return crossed;
      }
    auto sameName = [](const Operand *one, const Operand *two) {
      return one->value() && two->value() && one->value()->name() == two->value()->name();
    };
    return (sameName(x, otherY) || sameName(y, otherX)) && !sameName(x, otherX) && !sameName(y, otherY);
  }

  void pairBlocks(Block &block, Block &otherBlock, Operation &op, Operation &other) {
    if (block.inputs().size() != otherBlock.inputs().size() || block.outputs().size() != otherBlock.outputs().size())
      return differ(&op, &other, "the blocks of the operations have different numbers of inputs or outputs");
    for (auto [input, otherInput] : llvm::zip(block.inputs(), otherBlock.inputs()))
      pairInput(*input, *otherInput, &op, &other);
    for (auto [output, otherOutput] : llvm::zip(block.outputs(), otherBlock.outputs()))
      pair(output, otherOutput, &op, &other);
  }

  const Function &a, &b;
  llvm::DenseSet<Name> shared;
  StructureHashes hashesA, hashesB;
  llvm::DenseMap<const Value *, Value *> backwards;
  llvm::SmallVector<std::pair<Operation *, Operation *>> pending;
  UsesOfStates usesA, usesB;
};

// ---- Telling

/// A pass that makes operations of one type those of another; "" for none that is known.
llvm::StringRef passBetween(llvm::StringRef type, llvm::StringRef other) {
  auto are = [&](llvm::StringRef one, llvm::StringRef two) { return (type == one && other == two) || (type == two && other == one); };
  if (are("linear", "add") || are("linear", "matmul"))
    return "fuse_matmul_weight_bias";
  if (are("silu", "mul"))
    return "fuse_activation_silu";
  if (are("real_div", "mul"))
    return "divide_to_multiply";
  if (type == "cast" || other == "cast")
    return "add_fp16_cast,cast_optimization";
  if (type == "transpose" || other == "transpose")
    return "reduce_transposes";
  if (type == "reshape" || other == "reshape")
    return "merge_consecutive_reshapes,noop_elimination";
  if (Operation::isConstexprType(type) || Operation::isConstexprType(other))
    return decompressing;
  return "";
}

/// The mismatch whose operation comes first in the first function; those at the interface come before all.
const Mismatch &firstOf(llvm::ArrayRef<Mismatch> mismatches, const Function &function) {
  llvm::DenseMap<const Operation *, size_t> order;
  function.body().walk([&](Operation &op) { order.try_emplace(&op, order.size() + 1); });
  return *llvm::min_element(mismatches, [&](const Mismatch &x, const Mismatch &y) { return order.lookup(x.op) < order.lookup(y.op); });
}

Status tell(const Mismatch &mismatch, const AlignedFunction &first, const AlignedFunction &second, DiagnosticEngine &diags) {
  if (!mismatch.op)
    return diags.report(first.function->location(), diag::UnifyDiffers, first.name, second.name, mismatch.why)
        .note(second.function->location(), diag::UnifyThere, second.name, "the interface");
  llvm::StringRef pass = mismatch.pass.empty() ? passBetween(mismatch.op->type(), mismatch.other->type()) : mismatch.pass;
  return reportOn(*mismatch.op, diags, diag::UnifyDiffers, first.name, second.name, mismatch.why)
      .note(mismatch.other->location(), diag::UnifyThere, second.name, mismatch.other->describe())
      .note({}, diag::UnifyHint,
            pass.empty() ? "'milc extract --outputs' can extract the part before the difference"
                         : "'milc opt --passes=" + pass.str() + "' may remove the difference");
}

} // namespace

Result<Alignment> Alignment::make(llvm::ArrayRef<AlignedFunction> functions, const ConstantEquivalence &identity, DiagnosticEngine &diags) {
  Alignment alignment;
  for (const AlignedFunction &function : functions.drop_front()) {
    PairAligner pair(functions[0], function, identity);
    pair.align();
    if (!pair.mismatches.empty())
      return tell(firstOf(pair.mismatches, *functions[0].function), functions[0], function, diags);
    alignment.others.push_back(std::move(pair.side));
  }
  functions[0].function->body().walk([&](Operation &op) {
    if (!op.is("const") && (alignment.others.empty() || alignment.others[0].operations.contains(&op))) {
      alignment.aligned.push_back(&op);
      alignment.alignedSet.insert(&op);
    }
  });
  return alignment;
}

const Operand &Alignment::operand(Operation *op, Name argument, unsigned binding, size_t i) const {
  if (!i)
    return op->argument(argument)->operands[binding];
  const Side &side = others[i - 1];
  llvm::StringRef name = argument;
  if (side.swapped.contains(op) && (name == "x" || name == "y"))
    name = name == "x" ? "y" : "x";
  return side.operations.lookup(op)->argument(name)->operands[binding];
}

} // namespace mil
