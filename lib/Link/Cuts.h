// Where a function can be cut, and where it had best be.
//
// A cut c (0 < c < steps) is before step c. It is open when every value that crosses it has a passage, when no state that is changed is
// used on both sides, and when there is something to take in front of it and something to give on both sides.
#pragma once

#include "FunctionBody.h"
#include <climits>

namespace mil {

class Cuts {
public:
  /// Linear in the body.
  Cuts(const FunctionBody &body, int specificationVersion, DiagnosticEngine &diags);

  /// Behind the operations that give these values. Reports what can't be cut, and where it could be instead.
  Result<std::vector<unsigned>> at(llvm::ArrayRef<std::string> names) const;
  /// Into `parts` of about the same weight, narrow cuts first. Reports too few open cuts.
  Result<std::vector<unsigned>> into(unsigned parts) const;
  /// Into as few parts as it takes for no weight file to have more than `bytes`. Reports what can't be parted and has more.
  Result<std::vector<unsigned>> below(uint64_t bytes) const;

private:
  bool isOpen(unsigned cut) const;
  /// What crosses a cut; differences to the cut before until they are summed up.
  struct Crossed {
    int64_t casts = 0, bytes = 0, values = 0;
    int64_t blocked = 0; ///< values without a passage
    int64_t states = 0;  ///< changed states in use on both sides
  };
  void addValues();
  void addStates();
  void addLoads();
  Status explain(unsigned cut, llvm::StringRef name) const;
  Status reportTooFew(unsigned parts) const;
  bool areBelow(llvm::ArrayRef<unsigned> cuts, uint64_t bytes) const;
  unsigned bestNear(unsigned begin, size_t first, size_t last, double target, double tolerance) const;
  unsigned stepCount() const { return unsigned(body.steps().size()); }
  std::string nameOf(unsigned step) const;

  const FunctionBody &body;
  int specificationVersion;
  DiagnosticEngine &diags;
  std::vector<Crossed> crossed;      ///< by cut
  std::vector<double> loadsBefore;   ///< by cut: the load of the steps in front of it
  std::vector<unsigned> open;        ///< ascending
  bool hasInputs = false;            ///< besides states
  unsigned firstOpen = 1;            ///< cuts before it have no step in front that reads an input
  unsigned lastTaker = 0;            ///< the last step that reads one
  unsigned firstReturned = UINT_MAX; ///< the first step that gives an output of the function
  unsigned lastReturned = 0;         ///< the last one
  struct StateUse {
    Value *state;
    unsigned first, last;
    bool changed;
  };
  std::vector<StateUse> stateUses;
};

} // namespace mil
