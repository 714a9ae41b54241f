// Blocks: a sequence of operations with inputs and outputs. The body of a function is a block; the operations cond and while_loop contain
// blocks.
//
//   for (Operation &op : function.body())
//     if (op.is("relu"))
//       …
//
// Names: a block sees the values of the blocks around it, and must not redefine their names; sibling blocks may use the same names.
#pragma once

#include "mil/IR/Operation.h"
#include "llvm/ADT/simple_ilist.h"

namespace mil {

/// A sequence of operations, with its inputs and outputs.
class Block : public Attributed<Block> {
public:
  using OpList = llvm::simple_ilist<Operation>;
  using iterator = OpList::iterator;

  Program &program() const { return *owner; }
  /// The operation that contains this block; null for the body of a function.
  Operation *parentOp() const { return op; }
  /// The function whose body this is; null for a nested block.
  Function *bodyOf() const { return function_; }
  /// The function that contains this block, at any depth.
  Function *function() const;

  // Inputs: the parameters of a function, or the loop variables of a while_loop's blocks.
  llvm::ArrayRef<Value *> inputs() const { return ins; }
  /// Appends an input.
  Value *addInput(Name name, Type type);
  /// Removes an input without uses.
  void eraseInput(unsigned index);
  /// The input with this name, or null.
  Value *input(llvm::StringRef name) const;
  /// Reorders the inputs: the new input i is the old input order[i].
  void reorderInputs(llvm::ArrayRef<unsigned> order);

  // Operations.
  iterator begin() { return ops.begin(); }
  iterator end() { return ops.end(); }
  OpList::const_iterator begin() const { return ops.begin(); }
  OpList::const_iterator end() const { return ops.end(); }
  bool empty() const { return ops.empty(); }
  Operation &front() { return ops.front(); }
  Operation &back() { return ops.back(); }
  /// Inserts an operation that is in no block, at the end or before another one.
  void append(Operation *op) { insert(ops.end(), op); }
  void insert(iterator before, Operation *op);
  /// Number of operations, nested ones not counted. Linear.
  size_t size() const { return ops.size(); }

  // Outputs: uses of values (or of literals, which is invalid but can be read).
  llvm::MutableArrayRef<Operand> outputs() const { return {outs, numOuts}; }
  /// Replaces all outputs.
  void setOutputs(llvm::ArrayRef<Value *> values);

  /// Calls `visit` on every operation of this block and of its nested blocks, outer ones first. `visit` must not erase operations.
  void walk(llvm::function_ref<void(Operation &)> visit);
  void walk(llvm::function_ref<void(const Operation &)> visit) const;

private:
  friend class Function;
  friend class Operation;
  friend class Program;
  explicit Block(Program &program) : owner(&program) {}
  void renumber();
  Program *owner;
  Operation *op = nullptr;
  Function *function_ = nullptr;
  ArenaVector<Value *> ins;
  OpList ops;
  Operand *outs = nullptr;
  uint32_t numOuts = 0;
  bool ordered = true;
};

} // namespace mil
