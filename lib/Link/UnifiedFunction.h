// The unified function under construction.
#pragma once

#include "Alignment.h"
#include "mil/Link/Unify.h"
#include "mil/Pass/Rewriter.h"

namespace mil {

/// A copy of the first function in the resulting model, with the functions by which all stages of unifying change it.
class UnifiedFunction {
public:
  UnifiedFunction(const Function &first, Model &model, DiagnosticEngine &diags);

  Function &function() { return *copy; }
  Model &model() { return model_; }
  Rewriter &rewriter() { return rewriter_; }
  DiagnosticEngine &diags() { return run.diags; }
  Context &context() { return copy->program().context(); }
  FunctionDescription &description() { return model_.description->main; }

  /// The copy of an operation or value of the first function.
  Operation *copyOf(const Operation *op) const { return operations.lookup(op); }
  Value *copyOf(const Value *value) const { return values.lookup(value); }
  /// Records that another operation or value replaces a copy.
  void setCopy(const Operation &op, Operation &copy) { operations[&op] = &copy; }
  void setCopy(const Value &value, Value &copy) { values[&value] = &copy; }

  /// Inserts new operations before those of the original function, after others that were inserted there.
  void insertAtStart() { rewriter_.setInsertionPoint(start()); }
  /// Renames a value, and its operation if it is the only result.
  void rename(Value &value, llvm::StringRef name);
  /// Gives a value a name; another value with this name that isn't an input or output is renamed.
  void claim(Value &value, llvm::StringRef name);
  /// Removes operations that nothing depends on.
  Status removeDead();

private:
  /// An unused constant after which the operations of the original function begin.
  Operation *start();
  Model &model_;
  Function *copy;
  PassRun run;
  Rewriter rewriter_;
  llvm::DenseMap<const Operation *, Operation *> operations;
  llvm::DenseMap<const Value *, Value *> values;
  llvm::DenseMap<Name, Value *> named;
  Operation *anchor = nullptr;
};

} // namespace mil
