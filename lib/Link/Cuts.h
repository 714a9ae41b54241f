// The positions at which a function can be cut, and the best ones among them.
//
// A cut c (0 < c < steps) is before step c. It is open if every value that crosses it can be passed, if no written state is used on both
// sides, and if the steps before it have an input and both sides have an output.
#pragma once

#include "FunctionBody.h"
#include <climits>

namespace mil {

/// The cuts of a function.
class Cuts {
public:
  /// Linear in the body.
  Cuts(const FunctionBody &body, int specificationVersion, DiagnosticEngine &diags);

  /// The cuts after the operations that compute these values. Reports positions that can't be cut, with the nearest open cuts.
  Result<std::vector<unsigned>> at(llvm::ArrayRef<std::string> names) const;
  /// The cuts into `parts` parts with similar weights; cuts that few values cross are preferred. Reports an error if there are too few open
  /// cuts.
  Result<std::vector<unsigned>> into(unsigned parts) const;
  /// The cuts into as few parts as possible whose weight files have at most `bytes` each. Reports steps that can't be separated and have
  /// more.
  Result<std::vector<unsigned>> below(uint64_t bytes) const;

private:
  bool isOpen(unsigned cut) const;
  /// The values and states that cross a cut. Differences to the previous cut until they are summed up.
  struct Crossed {
    int64_t casts = 0, bytes = 0, values = 0;
    int64_t blocked = 0; ///< values that can't be passed
    int64_t states = 0;  ///< written states that are used on both sides
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
  std::vector<double> loadsBefore;   ///< by cut: the load of the steps before it
  std::vector<unsigned> open;        ///< ascending
  bool hasInputs = false;            ///< other than states
  unsigned firstOpen = 1;            ///< no step before an earlier cut reads an input
  unsigned lastTaker = 0;            ///< the last step that reads an input
  unsigned firstReturned = UINT_MAX; ///< the first step that computes an output of the function
  unsigned lastReturned = 0;         ///< the last such step
  struct StateUse {
    Value *state;
    unsigned first, last;
    bool changed;
  };
  std::vector<StateUse> stateUses;
};

} // namespace mil
