// WeightCompression: the pass that compresses each weight of a program with its scheme.
//
// A configuration selects the scheme by the name of the weight or of an operation that uses it, else by the type of these operations, else
// globally, as coremltools' OptimizationConfig does.
//
//   CompressionConfig config;
//   config.global = SchemeEntry{PalettizeScheme()};
//   config.byName["lm_head"] = std::nullopt;                     // not compressed
//   WeightCompression pass(config);
//   pass.run(run);
//
// The passes linear_quantize_weights, palettize_weights and prune_weights are this pass with options; `milc compress` reads configurations
// from files. A weight that several functions share is compressed once. Weights are read in windows, and again when they are written.
#pragma once

#include "mil/Compress/ActivationTargets.h"
#include "mil/Compress/Importance.h"
#include "mil/Compress/Weights.h"
#include "mil/Pass/Rewriter.h"
#include "llvm/ADT/StringSet.h"

namespace mil {

/// A scheme for weights with more elements than a threshold.
struct SchemeEntry {
  Scheme scheme;
  int64_t threshold = 2048;
  bool operator==(const SchemeEntry &) const = default;
};

/// A configuration: the scheme of each weight.
struct CompressionConfig {
  std::optional<SchemeEntry> global;
  /// Entries by operation types, and by names of operations, constants and values. nullopt: don't compress the weight.
  llvm::StringMap<std::optional<SchemeEntry>> byType, byName;
  /// Whether compressed weights may be compressed again: pruned, then quantized, and so on.
  bool joint = false;
  /// Whether a weight is only compressed again if that makes it smaller.
  bool mustShrink = false;
  /// Whether a weight is kept if the entry of one of its users is nullopt; otherwise this contradicts other entries, which is an error.
  bool anyLeaves = false;
  /// The importance of elements by the name of their constant: one number per element of the weight. For palettization.
  Importance importance;
  /// Returns the Hessian of a weight by the names of its function and constant, or null. Used for weights that are compressed for the first
  /// time.
  std::function<std::shared_ptr<const Hessian>(llvm::StringRef function, llvm::StringRef weight)> hessianOf;
  /// If set, the configuration applies to values inside the model instead of weights (mil/Compress/Activations.h).
  std::optional<ActivationTargets> activations;
  std::shared_ptr<const void> source; ///< the text that it was read from, for diagnostics
};

/// The change of a weight.
struct WeightChange {
  std::string function, name;
  std::string newName;            ///< of the compressed weight, if it was compressed
  const Scheme *scheme = nullptr; ///< null if it was not compressed
  /// In reports of several configurations: the schemes that earlier ones compressed it with.
  std::vector<const Scheme *> earlier;
  WhyLeft why = WhyLeft::None; ///< in reports of several configurations, also why the last one left a compressed weight
  Type type;
  uint64_t bytesBefore = 0, bytesAfter = 0;
  std::optional<WeightError> error; ///< if measured
  std::optional<double> cost;       ///< with data: the noise of the outputs caused by this weight, see Calibration::noiseOf
  /// The elements before, if errors are measured and it wasn't compressed before.
  std::shared_ptr<const WeightValues> original;
};
/// The schemes of a weight in the order in which they were applied: "pruned 50 %, then int8 per tensor"; or the reason why it was not
/// compressed.
std::string describe(const WeightChange &change);

/// The pass that compresses the weights of a function by a configuration.
class WeightCompression : public PatternPass {
public:
  /// `pass`: its name in messages.
  explicit WeightCompression(CompressionConfig config = {}, llvm::StringRef pass = "compress");

  bool startFunction(Function &function) override;
  bool rewrite(Operation &op, Rewriter &rewriter) final;

  /// Called for each weight that has a scheme. With `measures`, errors are measured.
  std::function<void(const WeightChange &)> observer;
  bool measures = false;
  /// With `measures`, called to get the cost of each weight.
  std::function<std::optional<double>(const WeightChange &, const CompressedWeight &)> costOf;
  /// The name that a compressed weight had before earlier configurations, by function and name; empty: its name.
  std::function<std::string(llvm::StringRef function, llvm::StringRef name)> firstName;
  /// Names and types of the configuration that occurred in the program.
  const llvm::StringSet<> &met() const { return seen; }

protected:
  /// Sets the configuration, for passes that create it from their options. False after an error.
  virtual bool configure(const Operation &op, Rewriter &rewriter) { return (void)op, (void)rewriter, true; }
  /// Reports, once per run, that the pass can't be applied.
  bool refuse(const Operation &op, Rewriter &rewriter, llvm::StringRef why) const;
  CompressionConfig config;

private:
  struct Target;
  std::optional<Target> targetOf(Operation &op) const;
  const SchemeEntry *entryFor(const Operation &op, const Target &target, Rewriter &rewriter);
  const std::optional<SchemeEntry> *named(llvm::StringRef name);
  bool isTooOld(Rewriter &rewriter);
  std::optional<CompressedWeight> compressed(const Operation &op, const Target &target, const SchemeEntry &entry, Rewriter &rewriter,
                                             WhyLeft &why);
  /// Counts a weight that is not changed, and calls the observer. Returns false, because nothing was rewritten.
  bool leave(const WeightChange &change, Rewriter &rewriter) const;
  /// The reason not to compress a weight that doesn't depend on its compressed form.
  WhyLeft whyNotWanted(const Value &value, const Target &target, const SchemeEntry &entry) const;
  /// Measures the error of a form, and its effect on the outputs.
  void measure(WeightChange &change, const Value &value, const CompressedWeight &form, bool isAgain) const;
  /// The same for a compressed weight that the scheme can't be applied to again.
  bool leaveAgain(const Operation &op, const WeightChange &change, Rewriter &rewriter) const;
  /// Replaces an operation by those of a form. Returns their last result, or null.
  const Value *replace(Operation &op, const CompressedWeight &form, Rewriter &rewriter);

  std::string pass;
  bool warned = false;
  llvm::StringSet<> names; ///< of the function's values, once one is renamed
  llvm::StringSet<> seen;
  llvm::StringSet<> again; ///< weights of the function that were compressed again
  /// Weights that were compressed before, by content and use.
  llvm::StringMap<CompressedWeight> forms;
};

} // namespace mil
