// Weights: the common part of passes that compress weights, which have options for mil/Compress/WeightCompression.h.
#pragma once

#include "mil/Compress/WeightCompression.h"

namespace mil {

class WeightPass : public WeightCompression {
public:
  explicit WeightPass(llvm::StringRef name) : WeightCompression({}, name) {}
  Option<int64_t> threshold{*this, "weight_threshold", "Only compress constants with more elements than this", 2048};
  Option<std::vector<std::string>> skipped{*this, "skip",
                                           "Skip constants with these names, and constants used by operations with these names"};
  Option<std::vector<std::string>> skippedTypes{*this, "skip_ops_by_type", "Skip constants used by operations of these types"};
  Option<bool> joint{*this, "joint_compression", "Also compress weights that are already compressed in another way", false};

protected:
  /// Sets the scheme that the options describe, or returns the reason why they are invalid.
  virtual const char *makeScheme(Scheme &scheme) const = 0;
  /// Adds further options to the configuration. False after an error (reported).
  virtual bool addTo(CompressionConfig &config, DiagnosticEngine &diags) const { return (void)config, (void)diags, true; }

  bool configure(const Operation &op, Rewriter &rewriter) final {
    if (config.global)
      return true;
    SchemeEntry entry{{}, std::max<int64_t>(threshold, 9)};
    if (const char *why = makeScheme(entry.scheme))
      return refuse(op, rewriter, why);
    if (!addTo(config, rewriter.diags()))
      return false;
    config.global = entry;
    config.joint = joint;
    config.anyLeaves = true;
    for (const std::string &name : *skipped)
      config.byName[name] = std::nullopt;
    for (const std::string &type : *skippedTypes)
      config.byType[type] = std::nullopt;
    return true;
  }
};

} // namespace mil
