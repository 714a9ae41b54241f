// The errors of each operation: compares the exact values of the original program with those of its fp16 form.
//
//   HalfErrors errors(original, trial.function(), limit);
//   run(original in exact arithmetic, &errors.exact());    // keeps values
//   run(trial, &errors.whole());                           // total errors
//   run(trial, &errors.alone());                           // own errors: each result is replaced by the exact one
//   errors.nextSample();
//
// Values of the programs are matched by name: add_fp16_cast names the fp16 form of x "x_cast_fp16", followed by a number if that name is
// taken; add_fp32_cast uses similar names.
#pragma once

#include "mil/Precision/HalfPrecision.h"

namespace mil {

class HalfErrors {
public:
  /// `half` and `single`: the original after add_fp16_cast and after add_fp32_cast.
  HalfErrors(const Function &original, const Function &half, const Function &single, uint64_t maxBytes);

  RunObserver &exact() { return keeper; }
  RunObserver &whole() { return measurer; }
  RunObserver &alone() { return replacer; }
  bool isFull() const { return full; }
  void nextSample();
  /// The operations in program order.
  std::vector<HalfOperation> &operations() { return ops; }

private:
  /// A value of the original program, and its content in the current sample: one for each time that its operation ran.
  struct Known {
    size_t operation;
    std::vector<Tensor> exact;
  };
  struct Keeper final : RunObserver {
    explicit Keeper(HalfErrors &all) : all(all) {}
    bool after(const Operation &op, llvm::MutableArrayRef<RuntimeValue> results) override;
    HalfErrors &all;
  };
  struct Measurer final : RunObserver {
    Measurer(HalfErrors &all, bool replaces) : all(all), replaces(replaces) {}
    bool after(const Operation &op, llvm::MutableArrayRef<RuntimeValue> results) override;
    HalfErrors &all;
    bool replaces;
    llvm::DenseMap<const Value *, size_t> times; ///< how often a value was computed in the sample
  };
  void addOperation(const Operation &op);
  void match(const Function &half, const llvm::StringMap<size_t> &byName);
  void findHalves(const Function &single, const llvm::StringMap<size_t> &byName);
  uint64_t maxBytes, bytes = 0;
  bool full = false;
  std::vector<HalfOperation> ops;
  std::vector<Known> known;
  llvm::DenseMap<const Value *, size_t> originals, halves; ///< indices into `known`
  Keeper keeper{*this};
  Measurer measurer{*this, false}, replacer{*this, true};
};

} // namespace mil
