// The body of a function, divided into steps and constants, for splitting and extracting.
//
// Steps are the operations that compute something from inputs or states. `const`, and operations that read nothing but constants
// (`constexpr_*`, a reshaped weight, a mask), count as constants, not as steps: a copy of a part of the body contains the constants that
// its steps read. So no constant has to be passed from one model to another, and arguments that must be known before run time remain known.
#pragma once

#include "mil/IR/Program.h"
#include "llvm/ADT/DenseSet.h"

namespace mil {

/// The steps and constants of a function. Takes linear time and memory. Operations of nested blocks belong to the step that contains them.
class FunctionBody {
public:
  explicit FunctionBody(const Function &function);

  const Function &function() const { return whole; }
  /// The operations that aren't constants, in order.
  llvm::ArrayRef<Operation *> steps() const { return stepOps; }
  /// The step that computes a value of the body; nullopt for inputs and constants.
  std::optional<unsigned> stepOf(const Value *value) const { return lookUp(stepNumbers, value->definingOp()); }
  bool isConstant(const Value *value) const { return value->definingOp() && constantSet.contains(value->definingOp()); }
  /// A description of a value that no step computes: "an input", "a constant", ….
  std::string kindOf(const Value *value) const;
  /// Whether a value is an input of the function.
  bool isInput(const Value *value) const { return value->inputOf() == &whole.body(); }
  /// The last step that reads a value; nullopt if there is none.
  std::optional<unsigned> lastReader(const Value *value) const { return lookUp(lastReaders, value); }
  /// Constants that are copied with a step although it doesn't read them: constants without a user with the step after them, constants that
  /// the function returns with the last step.
  llvm::ArrayRef<Operation *> companions(unsigned step) const {
    auto found = companionsOf.find(step);
    return found == companionsOf.end() ? llvm::ArrayRef<Operation *>() : llvm::ArrayRef<Operation *>(found->second);
  }
  /// Whether the function returns a value.
  bool isReturned(const Value *value) const { return returned.contains(value); }

  /// The value of the body with this name, else the first result of the operation with this name. Reports an error if there is neither.
  /// Linear.
  Result<Value *> find(llvm::StringRef name, DiagnosticEngine &diags) const;
  /// The step that computes the value with this name, else the step with this name. Reports an error if there is neither. Linear.
  Result<unsigned> findStep(llvm::StringRef name, DiagnosticEngine &diags) const;
  /// Calls `visit` on every value of the body that a step or its nested blocks read, possibly several times on the same value.
  void forEachRead(Operation &step, llvm::function_ref<void(Value *)> visit) const;
  /// The constants from which these values are computed, each once, in order. Values that aren't constants are ignored.
  std::vector<Operation *> constantsBehind(llvm::ArrayRef<Value *> values) const;

private:
  void findCompanions();
  bool isMadeOfConstants(const Operation &op) const;
  template <typename Map, typename Key> static std::optional<unsigned> lookUp(const Map &map, Key key) {
    auto found = map.find(key);
    return found == map.end() ? std::nullopt : std::optional<unsigned>(found->second);
  }

  const Function &whole;
  std::vector<Operation *> stepOps, constantOps;
  llvm::DenseSet<const Operation *> constantSet;
  llvm::DenseMap<const Operation *, unsigned> stepNumbers;
  llvm::DenseMap<const Value *, unsigned> lastReaders;
  llvm::DenseMap<unsigned, std::vector<Operation *>> companionsOf;
  llvm::DenseSet<const Value *> returned;
};

} // namespace mil
