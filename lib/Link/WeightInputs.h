// Constants that differ between functions become inputs of the one that they become.
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

/// Turns constants of one type each into inputs, or states, of `unified`, and adds what they are in each function to the adapters, one of
/// which is there for every function. Reports a constant that can't be one.
class WeightInputs {
public:
  WeightInputs(UnifiedFunction &unified, const UnifiedSources &sources, const UnifyOptions &options, std::vector<Adapter> &adapters)
      : unified(unified), sources(sources), options(options), adapters(adapters) {}

  Status add(llvm::ArrayRef<DifferingConstant> constants);
  /// Makes an input of a type and shape that an interface takes, with the values that it has in each function; the value to read.
  Value *addInput(llvm::StringRef name, llvm::ArrayRef<const Literal *> values);
  /// With UnifyOptions::states: adds the function that fills the states that were made.
  Status addLoader();

private:
  /// A constant that differs as operations read it; of a compressed one perhaps only the scale.
  struct ReadConstant : DifferingConstant {
    Operation *scaled = nullptr; ///< the compressed constant that it is the scale of
  };
  struct Compressed;
  Status spellOut(llvm::ArrayRef<DifferingConstant> constants, std::vector<ReadConstant> &all);
  Status spellOut(Value &value, const DifferingConstant &cause, const Compressed &compressed, ReadConstant &spelt);
  Status addOne(const ReadConstant &constant);
  DiagnosticEngine::InFlight refuse(const DifferingConstant &constant, const ConstantPlace &place, const std::string &why);
  /// With a hint, where an argument takes constants only.
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
