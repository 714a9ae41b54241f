// Operations: the statements of a program.
//
//   tensor<fp16, [1, 8]> y = linear(bias = b, weight = w, x = x)[name = string("y_op")];
//   ^results                  ^type  ^arguments                  ^attributes
//
// Arguments are named and unordered in MIL; they are stored and printed in bytewise order of their names. An argument has one binding, or
// several (the `values` of concat), each a value or a literal. Attributes are named literals; `name` is one of them. Some operations have
// nested blocks.
//
// An operation belongs to the arena of its Program; it is in at most one block at a time.
#pragma once

#include "mil/IR/Attributes.h"
#include "mil/Support/Diagnostics.h"
#include "llvm/ADT/ilist_node.h"

namespace mil {

/// A named argument with its bindings.
struct Argument {
  Name name;
  Operand *operands = nullptr;
  uint32_t count = 0;

  llvm::MutableArrayRef<Operand> bindings() const { return {operands, count}; }
  /// The only binding.
  Operand &operator*() const { return assert(count == 1), operands[0]; }
};

/// The value or literal to bind to an argument.
class Binding {
public:
  Binding(Value *value) : boundValue(value) { assert(value); }
  Binding(const Literal *literal) : boundLiteral(literal) { assert(literal); }
  Value *value() const { return boundValue; }
  const Literal *literal() const { return boundLiteral; }

private:
  Value *boundValue = nullptr;
  const Literal *boundLiteral = nullptr;
};

/// An operation: its type, arguments, attributes, results and nested blocks.
class Operation : public llvm::ilist_node<Operation>, public Attributed<Operation> {
public:
  /// The name and the type of a result.
  struct ResultSpec {
    Name name;
    Type type;
  };
  /// Creates an operation without arguments and attributes, outside any block. Results are fixed at creation.
  static Operation *create(Program &program, Name type, llvm::ArrayRef<ResultSpec> results, Location location = {});

  /// The operation's type: "conv", "const", ….
  Name type() const { return opType; }
  bool is(llvm::StringRef type) const { return opType == type; }
  /// Whether it is one of the constexpr_* operations, which represent compressed constants: their results are known before run time, and
  /// their parameters may be in weight files.
  bool isConstexpr() const { return isConstexprType(opType); }
  static bool isConstexprType(llvm::StringRef type) { return type.starts_with("constexpr_"); }
  void setType(Name type) { opType = type; }
  /// The opset written after the type, `op<ios17>(…)`; usually null.
  Name opsetTag() const { return tag; }
  void setOpsetTag(Name opset) { tag = opset; }
  Location location() const { return where; }
  void setLocation(Location location) { where = location; }
  Program &program() const { return *owner; }

  // Position.
  Block *block() const { return parent; }
  /// The function that contains this operation, at any depth; null if it is in none.
  Function *function() const;
  /// Whether this comes before `other` in the same block; O(1) except for renumbering after insertions.
  bool isBefore(const Operation *other) const;
  /// Moves the operation next to another one of the same program, also from another block.
  void moveBefore(Operation *other);
  void moveAfter(Operation *other);
  /// Removes it from its block; it can be inserted again.
  void remove();
  /// Deletes it with its nested blocks and drops its operands. Its results must have no uses.
  void erase();

  // Arguments.
  llvm::ArrayRef<Argument> arguments() const { return args; }
  /// The argument with this name, or null.
  const Argument *argument(llvm::StringRef name) const;
  /// The only binding of an argument; null if the argument doesn't exist or has several bindings.
  Operand *operand(llvm::StringRef name) const;
  /// The value that is the only binding of an argument, else null.
  Value *input(llvm::StringRef name) const;
  /// The constant that is the only binding of an argument: its literal, or the `val` of the const operation that defines its value; null if
  /// the argument doesn't exist or isn't constant.
  const Literal *constant(llvm::StringRef name) const;
  /// Adds an argument, or replaces the bindings of an existing one.
  void setArgument(Name name, llvm::ArrayRef<Binding> bindings);
  void removeArgument(llvm::StringRef name);

  /// The attribute `name` as text, "" when there is none.
  llvm::StringRef opName() const;
  /// The `val` of a const operation.
  const Literal *constantValue() const { return is("const") ? attribute("val") : nullptr; }

  // Results.
  size_t resultCount() const { return numResults; }
  Value *result(size_t i = 0) const { return assert(i < numResults), resultValues + i; }
  llvm::MutableArrayRef<Value> results() const { return {resultValues, numResults}; }
  /// Whether any result is used.
  bool hasUses() const;

  // Nested blocks, in order (cond: true, false; while_loop: condition, body).
  llvm::ArrayRef<Block *> blocks() const { return nested; }
  /// Appends an empty block.
  Block *addBlock();
  /// Moves the nested blocks of another operation to the end of the blocks of this one.
  void takeBlocks(Operation &from);

  /// Calls `visit` on every operand.
  template <typename F> void forEachOperand(F &&visit) const {
    for (const Argument &argument : args)
      for (Operand &operand : argument.bindings())
        visit(operand);
  }

  /// "function 'main', operation 'y' (relu)", for diagnostics about operations without a place in a text.
  std::string describe() const;

private:
  friend class Block;
  Operation() = default;
  Program *owner = nullptr;
  Block *parent = nullptr;
  Name opType, tag;
  Location where;
  Value *resultValues = nullptr;
  uint32_t numResults = 0;
  uint32_t order = 0;
  ArenaVector<Argument> args;
  ArenaVector<Block *> nested;
};

/// Reports a diagnostic about an operation: at its location in the text, or with its description if it was read from a binary form.
template <typename... Args>
DiagnosticEngine::InFlight reportOn(const Operation &op, DiagnosticEngine &diags, DiagKind kind, const Args &...args) {
  DiagnosticEngine::InFlight report = diags.report(op.location(), kind, args...);
  return op.location().hasOffset() ? std::move(report) : std::move(report).in(op.describe());
}

/// The constant that an operand is bound to: its literal, or the `val` of the const operation that defines its value; else null.
const Literal *constantOf(const Operand &operand);
/// The same for a value.
const Literal *constantOf(const Value *value);

} // namespace mil
