// Replaces constants that differ between functions by inputs of the unified function.
#pragma once

#include "Differences.h"
#include "UnifiedFunction.h"

namespace mil {

/// The information about all functions that is needed to turn a constant into an input.
struct UnifiedSources {
  const Alignment &alignment;
  const ConstantEquivalence &identity;
  llvm::ArrayRef<AlignedFunction> functions;
};

/// Replaces constants by inputs or states of `unified`, and adds their values in each function to the adapters, of which there is one per
/// function. Each constant must have the same type in all functions. Reports a constant that can't be replaced.
class WeightInputs {
public:
  WeightInputs(UnifiedFunction &unified, const UnifiedSources &sources, const UnifyOptions &options, std::vector<Adapter> &adapters)
      : unified(unified), sources(sources), options(options), adapters(adapters) {}

  Status add(llvm::ArrayRef<DifferingConstant> constants);
  /// Adds an input with a type and shape that interfaces support, and its values in each function. Returns the value to use.
  Value *addInput(llvm::StringRef name, llvm::ArrayRef<const Literal *> values);
  /// With UnifyOptions::states: adds the function that fills the new states.
  Status addLoader();

private:
  /// A differing constant in the form in which operations read it; for a compressed one this may be only the scale.
  struct ReadConstant : DifferingConstant {
    Operation *scaled = nullptr; ///< the compressed constant whose scale it is
  };
  struct Compressed;
  Status spellOut(llvm::ArrayRef<DifferingConstant> constants, std::vector<ReadConstant> &all);
  Status spellOut(Value &value, const DifferingConstant &cause, const Compressed &compressed, ReadConstant &spelt);
  Status addOne(const ReadConstant &constant);
  DiagnosticEngine::InFlight refuse(const DifferingConstant &constant, const ConstantPlace &place, const std::string &why);
  /// The same, with a hint, for an argument that must be constant.
  Status refuseFixed(const DifferingConstant &constant, const ConstantPlace &place, const std::string &why);
  const char *whyNotState(Type type) const;
  void describe(const Value &input, llvm::StringRef weight);

  UnifiedFunction &unified;
  const UnifiedSources &sources;
  const UnifyOptions &options;
  std::vector<Adapter> &adapters;
  struct Unfixed {
    Operation *op;
    const DifferingConstant *constant;
    ConstantPlace place;
  };
  std::vector<Unfixed> unfixed; ///< operations in which an input replaces an argument that must be constant
  std::vector<Value *> states;
};

} // namespace mil
