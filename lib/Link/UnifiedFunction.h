// The one function that several become, while it is made.
#pragma once

#include "Alignment.h"
#include "mil/Link/Unify.h"
#include "mil/Pass/Rewriter.h"

namespace mil {

/// A copy of the first function, in the model of the result, with the ways that all stages of unifying change it.
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
  /// Says that another operation takes its place.
  void setCopy(const Operation &op, Operation &copy) { operations[&op] = &copy; }
  void setCopy(const Value &value, Value &copy) { values[&value] = &copy; }

  /// New operations go in front of the function's own, behind those that were put there before.
  void insertAtStart() { rewriter_.setInsertionPoint(start()); }
  /// Renames a value, and the operation that it is the only result of.
  void rename(Value &value, llvm::StringRef name);
  /// Creates a value with a name: another value with that name, other than an input or output, is renamed.
  void claim(Value &value, llvm::StringRef name);
  /// Removes operations that nothing depends on.
  Status removeDead();

private:
  /// A constant that nothing reads, behind which the function's own operations begin.
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
