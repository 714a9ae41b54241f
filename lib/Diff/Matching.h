// Matches the operations of two functions. See Diff.h for the steps.
#pragma once

#include "Fingerprints.h"
#include "llvm/ADT/DenseMap.h"

namespace mil {

/// The matching of a pair of functions, including nested blocks.
class Matching {
public:
  explicit Matching(Fingerprints &fingerprints) : fingerprints(fingerprints) {}

  /// Matches all operations of the two functions. Fails (reported) if a constant can't be read.
  Status match(const Function &before, const Function &after, DiagnosticEngine &diags);

  /// The matching operation of the other function; null if there is none, and for constants.
  Operation *after(const Operation *before) const { return forth.lookup(before); }
  Operation *before(const Operation *after) const { return back.lookup(after); }
  /// The matching value; null if there is none, and for constants.
  Value *after(const Value *before) const;

private:
  struct Sides;
  using OpList = std::vector<Operation *>;
  void pair(Operation *before, Operation *after);
  void pairInput(Value *before, Value *after) { inputs[before] = after; }
  void pairInputs(const Block &before, const Block &after);
  Status matchBlocks(Block &before, Block &after, DiagnosticEngine &diags);
  Status byWeights(const Sides &sides, DiagnosticEngine &diags);
  void byName(const Sides &sides, bool wantsAgreement);
  void byReplacement(const Sides &sides);
  void byStructure(const Sides &sides);
  void byPosition(const Sides &sides);
  bool agree(const Operation &before, const Operation &after) const;
  Operation *byReader(const Operation &before) const;
  Operation *byOnlyOperand(const Operation &before) const;
  uint64_t callHash(const Operation &op, bool isBefore, bool &isKnown) const;
  bool sameCall(const Operation &before, const Operation &after) const;
  bool canPair(const Operation *before, const Operation *after) const;

  Fingerprints &fingerprints;
  llvm::DenseMap<const Operation *, Operation *> forth, back;
  llvm::DenseMap<const Value *, Value *> inputs;
  size_t anchors = 0, anchorsOfOneName = 0;
};

/// The name of an operation: that of its first result, else its own.
Name nameOf(const Operation &op);
/// Whether a value is the result of `const`.
bool isConst(const Value *value);

} // namespace mil
