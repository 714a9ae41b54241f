#include "StructureHashes.h"
#include "llvm/ADT/Hashing.h"
#include "llvm/ADT/StringSwitch.h"

namespace mil {

bool commutes(Name type) {
  return llvm::StringSwitch<bool>(type)
      .Cases("add", "mul", "maximum", "minimum", "equal", "not_equal", true)
      .Cases("logical_and", "logical_or", "logical_xor", true)
      .Default(false);
}

StructureHashes::StructureHashes(const Function &function, const ConstantEquivalence &identity, const llvm::DenseSet<Name> &sharedNames)
    : identity(identity) {
  for (const Value *input : function.inputs()) {
    uint64_t hash = sharedNames.contains(input->name()) ? size_t(llvm::hash_value(input->name().pointer())) : 1;
    hashes[input] = {hash, hash};
  }
  add(function.body());
}

StructureHashes::Pair StructureHashes::of(const Operand &operand) const {
  const Literal *literal = constantOf(operand);
  if (!literal)
    return hashes.lookup(operand.value());
  Type type = literal->type();
  uint64_t structure = llvm::hash_combine(unsigned(type.dtype()), type.hasRank() ? type.rank() : 0);
  return {structure, llvm::hash_combine(identity.representative(literal), type.pointer())};
}

/// Recursive on blocks, whose nesting is bounded.
void StructureHashes::add(Block &block) {
  for (Operation &op : block) {
    if (op.is("const"))
      continue;
    for (Block *nested : op.blocks()) {
      for (const Value *input : nested->inputs())
        hashes[input] = {input->index() + 2, input->index() + 2};
      add(*nested);
    }
    addOne(op);
  }
}

void StructureHashes::addOne(Operation &op) {
  Pair all{size_t(llvm::hash_value(op.type().pointer())), size_t(llvm::hash_value(op.type().pointer()))};
  auto mix = [&](Pair pair) { all = {llvm::hash_combine(all.structure, pair.structure), llvm::hash_combine(all.content, pair.content)}; };
  const Operand *x = op.operand("x"), *y = op.operand("y");
  bool sorted = commutes(op.type()) && x && y;
  if (sorted) {
    Pair first = of(*x), second = of(*y);
    mix({first.structure + second.structure, first.content + second.content});
  }
  for (const Argument &argument : op.arguments())
    if (!sorted || (argument.name != "x" && argument.name != "y"))
      for (const Operand &operand : argument.bindings())
        mix(of(operand));
  for (Block *nested : op.blocks())
    for (const Operand &output : nested->outputs())
      mix(of(output));
  for (const Value &result : op.results())
    hashes[&result] = {llvm::hash_combine(all.structure, result.index()), llvm::hash_combine(all.content, result.index())};
}

} // namespace mil
