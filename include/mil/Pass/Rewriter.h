// Pattern rewriting: a worklist of operations, and the functions with which a pattern changes the program.
//
// A PatternPass declares the types of its root operations (the last op of a pattern, whose result it replaces). It is called once for each
// of them, in program order, including nested blocks; then again for those that a rewrite affected: operations it created, users of the
// values it replaced, operations whose result lost a use, and the remaining user of a value that now has a single use. So a pass costs one
// call per root, plus the size of what it changes.
//
// The Rewriter guarantees the following, so that patterns don't need to:
//
//  * A rewrite is all or nothing: a pattern may create operations and then return false; they are removed again. It must not have changed
//    existing operations by then, which is asserted.
//  * Creating an operation infers its result types from the catalogue, checks its arguments, and writes out absent defaults as constants,
//    as coremltools does. An invalid call returns null, and so does a call with a null argument: only the result of `replace` must be
//    checked.
//  * The interface keeps its names: a value that replaces an output of a function takes over its name; if the value is an input or already
//    an output, an `identity` is inserted.
//  * Results of constexpr_* are not lost: a value that depends on a compressed constant can't be replaced by one that doesn't
//    (coremltools' rule for non-replaceable values).
//  * Operations that become unused are removed, except those with effects.
//
// Everything costs O(1) per affected use or operation.
#pragma once

#include "mil/IR/Builder.h"
#include "mil/Ops/Properties.h"
#include "mil/Pass/Pass.h"
#include "mil/Tensor/Tensor.h"
#include "llvm/ADT/DenseSet.h"

namespace mil {

class Rewriter;

/// A pass that rewrites operations one by one.
class PatternPass : public FunctionPass {
public:
  /// `roots`: types of the root operations; empty: all operations.
  explicit PatternPass(std::initializer_list<llvm::StringRef> roots = {}) : roots(roots) {}
  /// Called before the operations of a function are visited. Returns false to skip the function (for example because of its opset).
  virtual bool startFunction(Function &function) { return (void)function, true; }
  /// Rewrites around `op` and returns true, or changes nothing and returns false. The pass fails if an error is reported meanwhile.
  virtual bool rewrite(Operation &op, Rewriter &rewriter) = 0;
  PassResult runOnFunction(Function &function, PassRun &run) final;

private:
  llvm::SmallVector<llvm::StringRef, 4> roots;
};

/// An argument for an operation to be created. If the value is null, the operation isn't created and is null, too.
class ArgumentSpec {
public:
  ArgumentSpec(llvm::StringRef name, Value *value) : name(name), missing(!value) {
    if (value)
      bindings.push_back(value);
  }
  ArgumentSpec(llvm::StringRef name, const Literal *literal) : name(name), missing(!literal) {
    if (literal)
      bindings.push_back(literal);
  }
  ArgumentSpec(llvm::StringRef name, llvm::ArrayRef<Value *> values) : name(name) {
    for (Value *value : values)
      value ? bindings.push_back(value) : void(missing = true);
  }
  /// The binding of another operation's argument; null if that is null.
  ArgumentSpec(llvm::StringRef name, const Operand *operand) : name(name), missing(!operand) {
    if (operand)
      bindings.push_back(operand->value() ? Binding(operand->value()) : Binding(operand->literal()));
  }
  /// The same as another operation's argument; absent if that is null, so that `{"bias", linear.argument("bias")}` copies an optional
  /// argument.
  ArgumentSpec(llvm::StringRef name, const Argument *argument) : name(name), absent(!argument) {
    if (argument)
      for (Operand &operand : argument->bindings())
        bindings.push_back(operand.value() ? Binding(operand.value()) : Binding(operand.literal()));
  }
  /// In `createLike`: removes the argument.
  static ArgumentSpec none(llvm::StringRef name) { return ArgumentSpec(name, static_cast<const Argument *>(nullptr)); }

private:
  friend class Rewriter;
  llvm::StringRef name;
  llvm::SmallVector<Binding, 2> bindings;
  bool missing = false, absent = false;
};

/// Changes a function for a pass: inserts, replaces and erases operations, and tells the driver which ones to visit again.
class Rewriter {
public:
  Rewriter(Function &function, PassRun &run) : function_(function), run_(run) {}
  Rewriter(const Rewriter &) = delete;

  Function &function() const { return function_; }
  Opset opset() const { return function_.opset(); }
  Program &program() const { return function_.program(); }
  Context &context() const { return program().context(); }
  DiagnosticEngine &diags() const { return run_.diags; }
  PassRun &run() const { return run_; }

  // ---- Literals -------------------------------------------------------------
  // For arguments: `{"axes", rewriter.ints({-1})}`.
  const Literal *i32(int64_t value) const { return Literal::int32(context(), int32_t(value)); }
  const Literal *ints(llvm::ArrayRef<int64_t> values) const;
  const Literal *flag(bool value) const { return Literal::boolean(context(), value); }
  /// A vector of bools.
  const Literal *flags(llvm::ArrayRef<bool> values) const;
  const Literal *string(llvm::StringRef value) const { return Literal::string(context(), value); }
  const Literal *number(DType type, double value) const { return Literal::number(context(), type, value); }
  /// The literal of a computed tensor, in its own type and shape.
  const Literal *literal(const Tensor &tensor) const;

  // ---- Constants ------------------------------------------------------------
  /// The constant value of an operand or value, in memory; nullopt if it isn't constant (results of constexpr_* are not), has more than
  /// `maxElements`, or its file is missing. Reads weight files, so call it after all other conditions have matched.
  std::optional<Tensor> tensor(const Value *value, uint64_t maxElements = uint64_t(1) << 32) const;
  std::optional<Tensor> tensor(const Operand *operand, uint64_t maxElements = uint64_t(1) << 32) const;
  std::optional<Tensor> tensor(const Literal *literal, uint64_t maxElements = uint64_t(1) << 32) const;

  // ---- Creating operations --------------------------------------------------
  /// New operations are inserted before the operation for which the pattern was called, unless changed here.
  void setInsertionPoint(Operation *before) { block = before->block(), before_ = before; }
  void setInsertionPointAfter(Operation *op);
  void setInsertionPointToEnd(Block &end) { block = &end, before_ = nullptr; }
  /// Creates an operation; literals become `const` operations. Null if an argument is null or the call is invalid.
  Operation *create(llvm::StringRef type, llvm::ArrayRef<ArgumentSpec> arguments);
  /// Creates an operation with one result and returns the result.
  Value *make(llvm::StringRef type, llvm::ArrayRef<ArgumentSpec> arguments);
  /// Creates an operation like `op`, with some arguments replaced, added or removed (ArgumentSpec::none).
  Operation *createLike(Operation &op, llvm::ArrayRef<ArgumentSpec> arguments);
  /// The same for an operation with one result; returns the result.
  Value *makeLike(Operation &op, llvm::ArrayRef<ArgumentSpec> arguments);
  /// Creates an operation with known result types: of a type that the catalogue doesn't have, or with blocks to be filled.
  Operation *createTyped(llvm::StringRef type, llvm::ArrayRef<Type> results, llvm::ArrayRef<ArgumentSpec> arguments);
  /// Creates a `const`, named `name`, or similarly if that is taken.
  Value *constant(const Literal *literal, llvm::StringRef name = {});
  Value *constant(const Tensor &tensor, llvm::StringRef name = {}) { return constant(literal(tensor), name); }
  /// An unused name, `wanted` or similar.
  Name fresh(llvm::StringRef wanted);

  // ---- Changing the program -------------------------------------------------
  enum class Compressed : uint8_t {
    Keep, ///< fail if the new value doesn't depend on a constexpr_* that the old value depends on
    Move, ///< the new value contains the compressed constant in another form
  };
  /// Replaces all results of `op` and removes it. Returns false without a change if a value is null or the replacement would lose a
  /// compressed constant. The values must be defined before every use of the results.
  bool replace(Operation &op, llvm::ArrayRef<Value *> values, Compressed compressed = Compressed::Keep);
  bool replace(Operation &op, Value *value, Compressed compressed = Compressed::Keep) {
    return replace(op, llvm::ArrayRef<Value *>(value), compressed);
  }
  bool replace(Operation &op, Operation *by, Compressed compressed = Compressed::Keep);
  /// Replaces `value` by `by` in all operands, as above; its operation is removed if it becomes unused.
  bool replaceUses(Value *value, Value *by, Compressed compressed = Compressed::Keep);
  /// Rebinds one operand to another value.
  void setOperand(Operand &operand, Value *value);
  /// Adds, replaces or removes an argument of an existing operation.
  void setArgument(Operation &op, const ArgumentSpec &argument);
  void removeArgument(Operation &op, llvm::StringRef name);
  /// Removes an operation whose results are unused.
  void erase(Operation &op);
  /// Moves an operation before another, in the same or an outer block.
  void moveBefore(Operation &op, Operation &other);
  /// Notifies the rewriter that the pattern changed `op` by other means; it and its users are visited again.
  void changed(Operation &op);

private:
  friend class PatternDriver;
  void begin(Operation &root);
  void rollback();
  /// Passes the operations to visit again to `enqueue`.
  void finish();

  Name nameFor(Operation *op) const;
  Operation *insert(Operation *op);
  Operation *createNow(llvm::StringRef type, llvm::ArrayRef<ArgumentSpec> arguments, llvm::ArrayRef<Type> results);
  bool isCreated(const Operation *op) const { return op && created.contains(op); }
  bool losesCompressed(llvm::ArrayRef<Value *> old, llvm::ArrayRef<Value *> by) const;
  void take(Value *from, Value *by);
  void touch(Operation *op);
  void release(Value *value);
  void drop(Operation &op);

  Function &function_;
  PassRun &run_;
  Block *block = nullptr;
  Operation *before_ = nullptr, *root = nullptr;
  bool modified = false;
  std::vector<Operation *> creationOrder;
  llvm::DenseSet<const Operation *> created;
  /// Operations to visit again, and values that lost a use, in the order of the events.
  std::vector<Operation *> touched;
  std::vector<Value *> released;
  llvm::DenseSet<const Operation *> erased; ///< in this rewrite
  llvm::StringMap<uint64_t> suffixes;
};

/// The output of the function body that returns a value; null if it isn't returned.
Operand *functionOutput(const Value *value);
/// The common value of all elements of a numeric or bool constant, bit for bit; nullopt if they differ or there are none. Reads weight
/// files in windows, up to the first difference.
std::optional<double> splat(const Literal &literal, DiagnosticEngine &diags);
/// The same for an operand.
std::optional<double> splat(const Operand &operand, DiagnosticEngine &diags);

} // namespace mil
