// Functions that visit everything in a program.
//
// Block::walk visits the operations of a block and of all blocks nested in it. The functions here visit more:
//
//   forEachProgram(model, [&](Program &program, const Model &owner) { … });      // a pipeline has several
//   forEachOperation(program, [&](const Operation &op) { … });                   // of all functions and blocks
//   forEachLiteral(op, [&](const Literal &literal, LiteralPlace place) { … });   // arguments and attributes of one operation
//   forEachLiteral(program, …);                                                  // of the whole program, attributes of functions too
//   forEachBlob(program, [&](const Literal &blob) { … });                        // constants whose bytes are in a weight file
//
// Elements of lists, tuples and dicts are visited after the literal that contains them. The order is that of the program: functions in
// order, their operations, and arguments before attributes. Each walk is linear in what it visits and allocates nothing per visit.
// A visitor must not insert or erase operations.
#pragma once

#include "mil/IR/Program.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace mil {

struct Model;

/// The place where a literal is used.
struct LiteralPlace {
  /// The operation whose argument or attribute it is; null for attributes of programs, functions and blocks.
  const Operation *operation = nullptr;
  /// The name of the argument or attribute.
  llvm::StringRef name;
  bool isArgument = false;
  /// Whether it is the argument's only binding (or the attribute itself), not an element of a list, tuple, dict or variadic argument.
  bool isWhole = true;

  /// Whether MIL allows the bytes to be in a weight file: the value of a const, and the parameters of constexpr_* operations.
  bool allowsBlob() const;
};

/// Visits each program of a model with the model that owns it: its own, or those of a pipeline's models, in order.
void forEachProgram(const Model &model, llvm::function_ref<void(Program &program, const Model &owner)> visit);

/// Visits all operations of all functions and specializations, nested blocks included.
void forEachOperation(const Program &program, llvm::function_ref<void(const Operation &op)> visit);
void forEachOperation(Program &program, llvm::function_ref<void(Operation &op)> visit);

using LiteralVisitor = llvm::function_ref<void(const Literal &literal, const LiteralPlace &place)>;
/// Visits the literals among the arguments and attributes of one operation, and the attributes of its nested blocks.
void forEachLiteral(const Operation &op, LiteralVisitor visit);
/// Visits the literals of a block's attributes and of all its operations, nested blocks included.
void forEachLiteral(const Block &block, LiteralVisitor visit);
/// Visits every literal of a program.
void forEachLiteral(const Program &program, LiteralVisitor visit);

/// Replaces literals among the arguments and attributes of an operation, but not within lists, tuples and dicts, by the result of
/// `replacement`; null keeps a literal.
void replaceLiterals(Operation &op, llvm::function_ref<const Literal *(const Literal &literal, const LiteralPlace &place)> replacement);

/// Visits the literals whose bytes are in a weight file (or should be, if unresolved); one that is used twice is visited twice.
void forEachBlob(const Operation &op, llvm::function_ref<void(const Literal &blob)> visit);
void forEachBlob(const Program &program, llvm::function_ref<void(const Literal &blob)> visit);

} // namespace mil
