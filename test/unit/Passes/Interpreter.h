// Runs a function by the folding kernels, operation by operation, with its nested blocks, loops and states.
#pragma once

#include "mil/IR/Program.h"
#include "mil/Support/Diagnostics.h"
#include "llvm/ADT/DenseMap.h"
#include <functional>

namespace mil::test {

class Interpreter {
public:
  using Constants = llvm::SmallVector<const Literal *, 4>;
  /// What becomes of each result; null for nothing.
  using Watch = std::function<const Literal *(const Operation &, const Literal *)>;

  Interpreter(Context &context, DiagnosticEngine &diags, Watch watch = {});
  ~Interpreter();

  /// Gives an input, or a state, its value.
  void set(const Value *value, const Literal *literal) { values[value] = literal; }
  /// Runs a function whose inputs are set. False when some operation can't be evaluated; `why` says which.
  bool run(const Function &function);
  /// What a value holds; a state, what it holds at the end.
  const Literal *get(const Value *value) const { return values.lookup(value); }
  const Literal *get(const Operand &operand) const;
  const std::string &why() const { return reason; }

private:
  bool runBlock(const Block &block, Constants &outputs);
  bool runLoop(const Operation &op, Constants &results);
  Constants call(const Operation &op);

  Context &context;
  DiagnosticEngine &diags;
  Watch watch;
  Program scratch;
  Block *calls;
  llvm::DenseMap<const Value *, const Literal *> values;
  std::string reason;
};

} // namespace mil::test
