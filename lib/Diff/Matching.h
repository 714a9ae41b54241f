// Which operation of one function is which of another. See Diff.h for the steps.
#pragma once

#include "Fingerprints.h"
#include "llvm/ADT/DenseMap.h"

namespace mil {

/// One matching for a pair of functions, all blocks.
class Matching {
public:
  explicit Matching(Fingerprints &fingerprints) : fingerprints(fingerprints) {}

  /// Matches all that the two functions have. Fails when a constant can't be read.
  Status match(const Function &before, const Function &after, DiagnosticEngine &diags);

  /// The operation after that one before is, and the other way round; null for none. Constants have none.
  Operation *after(const Operation *before) const { return forth.lookup(before); }
  Operation *before(const Operation *after) const { return back.lookup(after); }
  /// The value after that one before is; null for none, and for constants.
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

/// The name that an operation goes by: that of its first result, else its own.
Name nameOf(const Operation &op);
/// Whether a value is made by `const`.
bool isConst(const Value *value);

} // namespace mil
