// Rewriting by patterns: a worklist of operations, and the hands with which a pattern changes the program around one of them.
//
// A PatternPass names the types of the operations at which its patterns end (the last op of the pattern, whose result it replaces), and is
// called for each of them once, in the order of the program, nested blocks included; then again for those that a rewrite touched:
// operations it made, users of what it replaced, operations whose result lost a use, and the one user left of a value that has become
// single-use. So a pass over a program where little matches costs a look at every root, and a rewrite costs what it changes.
//
// The Rewriter keeps the promises that no pattern should have to think of:
//
//  * A rewrite is all or nothing: a pattern may make operations, find that it can't go on, and return false; they go
//    away again. It must not have changed what was there before, which is asserted.
//  * Making an operation infers its result types from the catalogue, checks its arguments, and writes out absent defaults as constants, as
//    coremltools does. What the catalogue refuses gives null, and so does everything that is made from null: only `replace` needs a look.
//  * The interface keeps its names: a value that takes the place of a function's output takes over its name, or an
//    `identity` does where the value is an input or another output already.
//  * Results of constexpr_* are never lost: a replacement that no longer depends on a compressed constant that the old value was computed
//    from is refused (coremltools' rule for non-replaceable values).
//  * What a rewrite leaves without use is removed, with all that becomes unused by that; operations with effects stay.
//
// Everything costs O(1) a use or operation touched.
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
  /// `roots`: types of the operations to look at; none: all of them.
  explicit PatternPass(std::initializer_list<llvm::StringRef> roots = {}) : roots(roots) {}
  /// Whether the pass applies to a function at all (its opset, say).
  virtual bool wants(Function &function) { return (void)function, true; }
  /// Rewrites around `op` and returns true, or changes nothing and returns false. The pass fails when an error is reported meanwhile.
  virtual bool rewrite(Operation &op, Rewriter &rewriter) = 0;
  PassResult runOnFunction(Function &function, PassRun &run) final;

private:
  llvm::SmallVector<llvm::StringRef, 4> roots;
};

/// An argument for an operation to be made. A null value makes the operation null.
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
  /// What another operation's argument is bound to; null where that is.
  ArgumentSpec(llvm::StringRef name, const Operand *operand) : name(name), missing(!operand) {
    if (operand)
      bindings.push_back(operand->value() ? Binding(operand->value()) : Binding(operand->literal()));
  }
  /// The same as another operation's argument; absent where that is null, so that `{"bias", linear.argument("bias")}` copies it if there.
  ArgumentSpec(llvm::StringRef name, const Argument *argument) : name(name), absent(!argument) {
    if (argument)
      for (Operand &operand : argument->bindings())
        bindings.push_back(operand.value() ? Binding(operand.value()) : Binding(operand.literal()));
  }
  /// In `createLike`: the argument is left out.
  static ArgumentSpec none(llvm::StringRef name) { return ArgumentSpec(name, static_cast<const Argument *>(nullptr)); }

private:
  friend class Rewriter;
  llvm::StringRef name;
  llvm::SmallVector<Binding, 2> bindings;
  bool missing = false, absent = false;
};

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

  // ---- Literals
  // -------------------------------------------------------------------------------------------------------------------------- For
  // arguments: `{"axes", rewriter.ints({-1})}`.
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
  /// The constant that an operand or value is, in memory; nullopt when it isn't a constant (results of constexpr_* are none), has more than
  /// `maxElements`, or its file is not there. Reads weight files: ask last, after everything else has matched.
  std::optional<Tensor> tensor(const Value *value, uint64_t maxElements = uint64_t(1) << 32) const;
  std::optional<Tensor> tensor(const Operand *operand, uint64_t maxElements = uint64_t(1) << 32) const;
  std::optional<Tensor> tensor(const Literal *literal, uint64_t maxElements = uint64_t(1) << 32) const;

  // ---- Making operations ----------------------------------------------------
  /// New operations go right before the operation that the pattern was called for, unless said otherwise.
  void setInsertionPoint(Operation *before) { block = before->block(), before_ = before; }
  void setInsertionPointAfter(Operation *op);
  void setInsertionPointToEnd(Block &end) { block = &end, before_ = nullptr; }
  /// Makes an operation; literals become `const` operations. Null when an argument is, or when the catalogue refuses the call.
  Operation *create(llvm::StringRef type, llvm::ArrayRef<ArgumentSpec> arguments);
  /// The result of `create`, of an operation of one.
  Value *make(llvm::StringRef type, llvm::ArrayRef<ArgumentSpec> arguments);
  /// Makes an operation like `op`, with some arguments replaced, added or left out (ArgumentSpec::none).
  Operation *createLike(Operation &op, llvm::ArrayRef<ArgumentSpec> arguments);
  Value *makeLike(Operation &op, llvm::ArrayRef<ArgumentSpec> arguments);
  /// Makes an operation whose result types the caller knows: of types that the catalogue doesn't have, or with blocks to be filled.
  Operation *createTyped(llvm::StringRef type, llvm::ArrayRef<Type> results, llvm::ArrayRef<ArgumentSpec> arguments);
  /// Makes a `const`. `name` is what it is called, or nearly so.
  Value *constant(const Literal *literal, llvm::StringRef name = {});
  Value *constant(const Tensor &tensor, llvm::StringRef name = {}) { return constant(literal(tensor), name); }
  /// A name that no value has, near to `wanted`.
  Name fresh(llvm::StringRef wanted);

  // ---- Changing the program -------------------------------------------------
  enum class Compressed : uint8_t {
    Keep, ///< refuse to lose a constexpr_* that the old value depends on
    Move, ///< the new value carries its content in another form
  };
  /// Replaces all results of `op`, and removes it. False, having done nothing, when a value is null or the replacement would lose a
  /// compressed constant. The values must be defined before every use of the results.
  bool replace(Operation &op, llvm::ArrayRef<Value *> values, Compressed compressed = Compressed::Keep);
  bool replace(Operation &op, Value *value, Compressed compressed = Compressed::Keep) {
    return replace(op, llvm::ArrayRef<Value *>(value), compressed);
  }
  bool replace(Operation &op, Operation *by, Compressed compressed = Compressed::Keep);
  /// Lets all that reads `value` read `by`, as above; its operation stays, unless nothing of it is used then.
  bool replaceUses(Value *value, Value *by, Compressed compressed = Compressed::Keep);
  /// Lets one operand read another value.
  void setOperand(Operand &operand, Value *value);
  void setArgument(Operation &op, const ArgumentSpec &argument);
  void removeArgument(Operation &op, llvm::StringRef name);
  /// Removes an operation whose results are unused.
  void erase(Operation &op);
  /// Moves an operation before another, in the same or an outer block.
  void moveBefore(Operation &op, Operation &other);
  /// Says that the pattern changed `op` by other means; looks at it, and at what reads it, again.
  void changed(Operation &op);

private:
  friend class PatternDriver;
  void begin(Operation &root);
  void rollback();
  /// The operations to look at again are handed to `enqueue`.
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
  /// Operations to look at again, and values that lost a use; in the order in which it happened.
  std::vector<Operation *> touched;
  std::vector<Value *> released;
  llvm::DenseSet<const Operation *> erased; ///< in this rewrite
  llvm::StringMap<uint64_t> suffixes;
};

/// The output of the function's body that a value is; null when it is none.
Operand *functionOutput(const Value *value);
/// The value that all elements of a numeric or bool constant have, bit for bit; nullopt when they differ or it has none. Reads weight files
/// in windows, and no further than to the first difference.
std::optional<double> splat(const Literal &literal, DiagnosticEngine &diags);
/// The same of what an operand is bound to.
std::optional<double> splat(const Operand &operand, DiagnosticEngine &diags);

} // namespace mil
