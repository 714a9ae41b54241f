// WeightCompression: the pass that gives each weight of a program its scheme.
//
// A configuration says which: by the name of the weight or of an operation that reads it, else by the type of those operations, else for
// all; as coremltools' OptimizationConfig does.
//
//   CompressionConfig config;
//   config.global = SchemeEntry{PalettizeScheme()};
//   config.byName["lm_head"] = std::nullopt;                     // stays as it is
//   WeightCompression pass(config);
//   pass.run(run);
//
// The passes linear_quantize_weights, palettize_weights and prune_weights are this one with options; `milc compress` reads configurations
// from files. A weight that several functions share is compressed once. Weights are read in windows, and again when they are written.
#pragma once

#include "mil/Compress/ActivationTargets.h"
#include "mil/Compress/Importance.h"
#include "mil/Compress/Weights.h"
#include "mil/Pass/Rewriter.h"
#include "llvm/ADT/StringSet.h"

namespace mil {

/// A scheme for weights of more elements than a threshold.
struct SchemeEntry {
  Scheme scheme;
  int64_t threshold = 2048;
  bool operator==(const SchemeEntry &) const = default;
};

struct CompressionConfig {
  std::optional<SchemeEntry> global;
  /// By operation types, and by names of operations, constants and values. Without an entry: leave the weight as it is.
  llvm::StringMap<std::optional<SchemeEntry>> byType, byName;
  /// Whether what is compressed already may be compressed again: pruned, then quantized, and so on.
  bool joint = false;
  /// Whether a weight stays when one of its readers is to leave it, rather than that contradicting the others.
  bool anyLeaves = false;
  /// How much elements matter, by the name of their constant: as many numbers as the weight has elements. For palettes.
  Importance importance;
  /// Gives the Hessian of a weight by the names of its function and constant, or null. For what is compressed the first time.
  std::function<std::shared_ptr<const Hessian>(llvm::StringRef function, llvm::StringRef weight)> hessianOf;
  /// It is for values inside the model, and for no weights (mil/Compress/Activations.h).
  std::optional<ActivationTargets> activations;
  std::shared_ptr<const void> source; ///< the text that it was read from, for diagnostics
};

/// What became of a weight.
struct WeightChange {
  std::string function, name;
  const Scheme *scheme = nullptr; ///< null when it was left as it is
  WhyLeft why = WhyLeft::None;
  Type type;
  uint64_t bytesBefore = 0, bytesAfter = 0;
  std::optional<WeightError> error; ///< where it is measured
  std::optional<double> cost;       ///< where there is data: the noise of the outputs by this weight alone, see Calibration::noiseOf
};

class WeightCompression : public PatternPass {
public:
  /// `pass`: what messages call it.
  explicit WeightCompression(CompressionConfig config = {}, llvm::StringRef pass = "compress");

  bool wants(Function &function) override;
  bool rewrite(Operation &op, Rewriter &rewriter) final;

  /// Called for each weight that has a scheme. With `measures`, errors are measured.
  std::function<void(const WeightChange &)> observer;
  bool measures = false;
  /// With `measures`, asked for the cost of each weight.
  std::function<std::optional<double>(const WeightChange &, const CompressedWeight &)> costOf;
  /// Names and types of the configuration that were met.
  const llvm::StringMap<bool> &met() const { return seen; }

protected:
  /// Gives the configuration, for passes that make it of their options. False after a report.
  virtual bool configure(const Operation &op, Rewriter &rewriter) { return (void)op, (void)rewriter, true; }
  /// Reports, once a run, that the pass can't do what it is asked to.
  bool refuse(const Operation &op, Rewriter &rewriter, llvm::StringRef why) const;
  CompressionConfig config;

private:
  struct Target;
  std::optional<Target> targetOf(Operation &op) const;
  const SchemeEntry *entryFor(const Operation &op, const WeightReaders &readers, Rewriter &rewriter);
  const std::optional<SchemeEntry> *named(llvm::StringRef name);
  bool isTooOld(Rewriter &rewriter);
  std::optional<CompressedWeight> compressed(const Operation &op, const Target &target, const SchemeEntry &entry, Rewriter &rewriter,
                                             WhyLeft &why);
  bool replace(Operation &op, const CompressedWeight &form, Rewriter &rewriter);

  std::string pass;
  bool warned = false;
  llvm::StringSet<> names; ///< of the function's values, once one is renamed
  llvm::StringMap<bool> seen;
  /// Forms of weights that were compressed before, by content and use.
  llvm::StringMap<CompressedWeight> forms;
};

} // namespace mil
