#include "mil/Compress/Compress.h"
#include "mil/Compress/DiagnosticKinds.h"
#include "mil/Compress/Presets.h"
#include "mil/Compress/Trial.h"
#include "mil/Compress/WeightSurvey.h"
#include "mil/IR/ConstantQueries.h"
#include "mil/IR/Walk.h"
#include "mil/IR/WeightRule.h"
#include "mil/Pass/DiagnosticKinds.h"
#include "mil/Pass/OpsetRaise.h"
#include "mil/Pass/Registry.h"
#include "mil/Support/Suggestions.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Twine.h"

using namespace mil;

size_t CompressionReport::compressed() const {
  return size_t(llvm::count_if(weights, [](const WeightChange &change) { return change.scheme != nullptr; }));
}

namespace {

/// Calls visit(stage) for a model and, of a pipeline, its models, as long as it returns true. Recursive on pipelines, whose nesting is
/// bounded.
bool forPrograms(Model &model, llvm::function_ref<bool(Model &)> visit) {
  if (model.program && !visit(model))
    return false;
  if (model.pipeline)
    for (const std::unique_ptr<Model> &stage : model.pipeline->models)
      if (!forPrograms(*stage, visit))
        return false;
  return true;
}

bool hasProgram(const Model &model) {
  bool any = false;
  forEachProgram(model, [&](Program &, const Model &) { any = true; });
  return any;
}

/// The elements of all constants that can be compressed.
uint64_t weightElements(const Model &model) {
  uint64_t elements = 0;
  forEachProgram(model, [&](Program &program, const Model &) {
    forEachOperation(static_cast<const Program &>(program), [&](const Operation &op) {
      if (op.is("const") && isWeight(op))
        elements += uint64_t(op.result()->type().elementCount().value_or(0));
    });
  });
  return elements;
}

Status raise(Model &model, Opset target, const CompressOptions &options, DiagnosticEngine &diags) {
  if (target > Opset::IOS16 && options.raise)
    return options.raise(model, target) ? success() : failure();
  bool raised = forPrograms(model, [&](Model &stage) {
    bool wants = llvm::any_of(stage.program->functions(), [&](const Function *function) {
      return function->opset() != Opset::Unknown && function->opset() < std::max(target, Opset::IOS16);
    });
    if (!wants)
      return true;
    OpsetRaise raise(*stage.program, std::max(target, Opset::IOS16));
    if (!raise.isLegal()) {
      raise.undo();
      return target == Opset::Unknown; // then its functions stay as they are, with a warning
    }
    raise.keep(&stage);
    return true;
  });
  if (!raised)
    return diags.report({}, diag::PassRefused, "compress", "main", "the program is not valid in the opset given by --target");
  return success();
}

/// Warns of names and types in a configuration, for weights or activations, that no program contains.
void warnOfUnmet(const CompressionConfig &config, const llvm::StringSet<> &met, const Model &model, DiagnosticEngine &diags) {
  std::vector<llvm::StringRef> names, types;
  forPrograms(const_cast<Model &>(model), [&](Model &stage) {
    for (const Function *function : stage.program->functions())
      function->body().walk([&](const Operation &op) {
        types.push_back(op.type().str());
        if (op.resultCount())
          names.push_back(op.result()->name().str());
      });
    return true;
  });
  auto warn = [&](const auto &entries, const char *what, llvm::ArrayRef<llvm::StringRef> there) {
    std::vector<llvm::StringRef> sorted(entries.keys().begin(), entries.keys().end());
    llvm::sort(sorted);
    for (llvm::StringRef name : sorted)
      if (!met.contains(name) && !(there.data() == types.data() && llvm::is_contained(types, name)))
        diags.report({}, diag::ConfigNamesNothing, what, name, llvm::is_contained(there, name) ? "" : suggestion(nearestName(name, there)));
  };
  warn(config.byName, "name", names);
  warn(config.byType, "type", types);
  warn(config.importance, "name", names);
  if (config.activations) {
    warn(config.activations->byName, "name", names);
    warn(config.activations->byType, "type", types);
  }
}

} // namespace

namespace {

/// Applies configurations to the weights of a model, and keeps what becomes of each.
class ModelCompression {
public:
  ModelCompression(Model &model, DiagnosticEngine &diags, const CompressOptions &options) : model(model), diags(diags), options(options) {}

  Status apply(CompressionConfig config) {
    config.joint |= options.joint || applied > 0;
    config.mustShrink = config.joint;
    ++applied, compressed = 0;
    left.clear();
    llvm::StringSet<> met;
    size_t stage = 0;
    bool finished = forPrograms(model, [&](Model &each) { return applyTo(each, stage++, config, met); });
    if (!finished || !tellLeft() || (config.joint && options.normalize && !options.normalize(model)))
      return failure();
    warnOfUnmet(config, met, model, diags);
    return success();
  }
  Status roundActivations(const CompressionConfig &config) {
    if (!options.calibration)
      return diags.report({}, diag::ActivationsNeedData);
    ActivationOptions how;
    how.range = options.activationRange;
    how.targets = *config.activations;
    Result<ActivationReport> done = quantizeActivations(model, how, options.calibration->samples(), diags);
    if (!done)
      return failure();
    report.activations += done->pairs;
    warnOfUnmet(config, done->met, model, diags);
    return success();
  }
  CompressionReport take() {
    if (applied > 1)
      measureCombined();
    for (Kept &kept : changes) {
      for (size_t scheme : kept.schemes)
        kept.change.earlier.push_back(&report.schemes[scheme]);
      kept.change.scheme = kept.schemes.empty() ? nullptr : kept.change.earlier.back();
      if (kept.change.scheme)
        kept.change.earlier.pop_back();
      report.weights.push_back(std::move(kept.change));
    }
    return std::move(report);
  }
  uint64_t total = 0; ///< elements of all weights, for progress

private:
  /// A weight, with the numbers of the schemes that it was compressed with.
  struct Kept {
    WeightChange change;
    llvm::SmallVector<size_t, 2> schemes;
    size_t stage;
  };

  bool applyTo(Model &each, size_t stage, CompressionConfig &config, llvm::StringSet<> &met) {
    if (options.calibration)
      config.hessianOf = [this, stage](llvm::StringRef function, llvm::StringRef weight) {
        return options.calibration->hessianOf(stage, function, weight);
      };
    WeightCompression pass(config);
    pass.measures = options.measure;
    if (options.calibration && !config.joint)
      pass.costOf = [this, stage](const WeightChange &change, const CompressedWeight &form) {
        return options.calibration->noiseOf({{stage, change.function, change.name, &form}});
      };
    pass.observer = [this, stage](const WeightChange &change) { keep(change, stage); };
    pass.firstName = [this, stage](llvm::StringRef function, llvm::StringRef name) {
      auto place = places.find(keyOf(stage, function, name));
      return place == places.end() ? "" : changes[place->second].change.name;
    };
    PassRun run(*each.program, &each, diags);
    bool fine = pass.run(run) != PassResult::Failed;
    for (llvm::StringRef name : pass.met().keys())
      met.insert(name);
    return fine;
  }
  static std::string keyOf(size_t stage, llvm::StringRef function, llvm::StringRef name) {
    return (llvm::Twine(stage) + " " + function + " " + name).str();
  }
  void keep(const WeightChange &change, size_t stage) {
    auto [place, isNew] = places.try_emplace(keyOf(stage, change.function, change.name), changes.size());
    size_t number = place->second;
    if (isNew)
      changes.push_back({change, {}, stage});
    Kept &kept = changes[number];
    kept.change.why = change.why;
    if (change.scheme) {
      ++compressed;
      kept.schemes.push_back(report.schemes.size());
      report.schemes.push_back(*change.scheme);
      places.try_emplace(keyOf(stage, change.function, change.newName), number);
      kept.change.newName = change.newName, kept.change.bytesAfter = change.bytesAfter;
      kept.change.error = change.error, kept.change.cost = change.cost;
      kept.change.original = change.original ? change.original : kept.change.original;
    } else {
      auto &[count, first] = left[change.why];
      first = count++ ? first : change.name;
    }
    done += uint64_t(change.type.elementCount().value_or(0));
    if (options.progress)
      options.progress(std::min(done, total), total);
  }

  /// Tells which weights a configuration couldn't compress again; of a second one, that is an error if it is why it compressed nothing.
  bool tellLeft() {
    bool fails =
        applied > 1 && !compressed && !left.empty() && llvm::all_of(left, [](const auto &each) { return contradictsEarlier(each.first); });
    for (const auto &[why, weights] : left)
      if (fails)
        return diags.report({}, diag::NothingAgain, applied, weights.second, describe(why)), false;
      else if (contradictsEarlier(why) || (applied > 1 && !compressed))
        diags.report({}, diag::LeftAgain, applied, weights.first, weights.second, describe(why));
    return true;
  }

  /// Measures what several configurations have made of weights.
  void measureCombined() {
    llvm::StringMap<const Operation *> last;
    size_t stage = 0;
    forPrograms(model, [&](Model &each) {
      for (const Function *function : each.program->functions())
        function->body().walk([&](const Operation &op) {
          if (op.isConstexpr())
            last[keyOf(stage, function->name().str(), op.result(op.resultCount() - 1)->name().str())] = &op;
        });
      return ++stage;
    });
    for (Kept &kept : changes) {
      const Operation *op = kept.schemes.size() > 1 ? last.lookup(keyOf(kept.stage, kept.change.function, kept.change.newName)) : nullptr;
      if (!op)
        continue;
      kept.change.bytesAfter = compressedBytes(*op);
      kept.change.error = std::nullopt;
      CompressedWeight form;
      if (std::shared_ptr<const WeightValues> after = WeightValues::of(*op->result(op->resultCount() - 1)))
        form.values = [after](int64_t from, llvm::MutableArrayRef<float> out) { return after->read(from, out); };
      if (!form.values || !kept.change.original) // it isn't measured
        continue;
      kept.change.error = errorOf(*kept.change.original, form);
      if (options.calibration)
        kept.change.cost = options.calibration->noiseOf({{kept.stage, kept.change.function, kept.change.name, &form}});
    }
  }

  Model &model;
  DiagnosticEngine &diags;
  const CompressOptions &options;
  CompressionReport report;
  std::vector<Kept> changes;
  llvm::StringMap<size_t> places;                         ///< in `changes`, by stage, function, and each of a weight's names
  std::map<WhyLeft, std::pair<size_t, std::string>> left; ///< by the configuration being applied: how many, and the first
  size_t compressed = 0;                                  ///< by the configuration being applied
  size_t applied = 0;
  uint64_t done = 0;
};

} // namespace

Result<CompressionReport> mil::compressModel(Model &model, llvm::ArrayRef<CompressionConfig> configs, DiagnosticEngine &diags,
                                             const CompressOptions &options) {
  if (!hasProgram(model))
    return diags.report(Location::ofFile(model.sourceFile), diag::CompressNoProgram);
  auto isForValues = [](const CompressionConfig &config) { return config.activations.has_value(); };
  Opset least = llvm::any_of(configs, isForValues) ? Opset::IOS17 : Opset::Unknown; // which has quantize
  if (!raise(model, std::max(options.target, least), options, diags))
    return failure();
  ModelCompression compression(model, diags, options);
  if (options.progress)
    compression.total = weightElements(model) * uint64_t(llvm::count_if(configs, std::not_fn(isForValues)));
  for (const CompressionConfig &config : configs)
    if (!isForValues(config) && !compression.apply(config))
      return failure();
  for (const CompressionConfig &config : configs)
    if (isForValues(config) && !compression.roundActivations(config))
      return failure();
  return compression.take();
}

uint64_t mil::constantBytes(const Model &model) {
  uint64_t bytes = 0;
  llvm::DenseSet<const void *> seen;
  auto add = [&](const Literal *literal) {
    if (!literal || !(literal->isBlob() || literal->isTensor()) ||
        uint64_t(literal->type().elementCount().value_or(0)) < leastWeightElements)
      return;
    if (seen.insert(contentOf(*literal)).second)
      bytes += packedSize(literal->type().dtype(), uint64_t(*literal->type().elementCount())).value_or(0);
  };
  forPrograms(const_cast<Model &>(model), [&](Model &stage) {
    for (const Function *function : stage.program->functions())
      function->body().walk([&](const Operation &op) {
        for (const Attribute &attribute : op.attributes())
          add(attribute.value);
        op.forEachOperand([&](const Operand &operand) { add(operand.literal()); });
      });
    return true;
  });
  return bytes;
}

/// The smallest allocation of a signal-to-noise ratio. With data, what runs say decides: estimates are corrected by what was measured, up
/// and down, a few times, and the smallest allocation that has what is wanted is taken.
static std::optional<Allocation> allocateFor(double decibels, llvm::ArrayRef<WeightOptions> weights, Calibration *calibration) {
  const double wanted = std::pow(10, -decibels / 10);
  double estimate = wanted;
  std::optional<Allocation> best = calibration ? std::nullopt : allocateForNoise(weights, wanted);
  constexpr int attempts = 6;
  for (int attempt = 0; calibration && attempt < attempts; ++attempt) {
    std::optional<Allocation> next = allocateForNoise(weights, estimate);
    std::optional<double> noise = next ? measureAllocation(weights, *next, *calibration) : std::nullopt;
    if (!noise)
      break;
    next->noise = *noise;
    bool suffices = *noise <= wanted;
    if (suffices && (!best || next->bytes < best->bytes))
      best = std::move(next);
    else if (suffices)
      break;
    constexpr double most = 30; // an estimate may be far off, and so may a correction
    estimate *= std::clamp(wanted / std::max(*noise, 1e-30), 1 / most, most) * (suffices ? 1 : 0.9);
  }
  return best;
}

Result<ChosenSchemes> mil::chooseSchemes(Model &model, Wanted wanted, DiagnosticEngine &diags, const CompressOptions &options,
                                         int64_t threshold) {
  if (!hasProgram(model))
    return diags.report(Location::ofFile(model.sourceFile), diag::CompressNoProgram);
  if (!raise(model, options.target, options, diags))
    return failure();
  ChosenSchemes chosen;
  size_t number = 0, errors = diags.errorCount();
  uint64_t before = 0, total = options.progress ? weightElements(model) : 0;
  forPrograms(model, [&](Model &stage) {
    auto tried = [&](uint64_t elements) {
      before += elements;
      if (options.progress)
        options.progress(std::min(before, total), total);
    };
    llvm::append_range(chosen.weights, tryOptions(*stage.program, number++, schemesToChooseFrom(), threshold, options.calibration, tried));
    return diags.errorCount() == errors;
  });
  if (diags.errorCount() != errors)
    return failure();
  // So that the mean, by which schemes are allocated, is the sum: errors of weights add up in the outputs.
  for (WeightOptions &weight : chosen.weights)
    for (WeightOption &option : weight.options)
      option.noise *= options.calibration ? double(chosen.weights.size()) : 1;
  if (chosen.weights.empty())
    return diags.report(Location::ofFile(model.sourceFile), diag::NothingToChoose, threshold);
  uint64_t now = 0;
  for (const WeightOptions &weight : chosen.weights)
    now += weight.options.front().bytes;
  chosen.otherBytes = constantBytes(model) - std::min(constantBytes(model), now);
  chosen.curve = allocationCurve(chosen.weights, 10);
  std::optional<Allocation> allocation;
  if (wanted.bytes) {
    uint64_t least = chosen.curve.front().bytes + chosen.otherBytes;
    if (*wanted.bytes >= chosen.otherBytes)
      allocation = allocate(chosen.weights, *wanted.bytes - chosen.otherBytes);
    if (!allocation)
      return diags.report({}, diag::SizeNotReached, least, *wanted.bytes);
  } else {
    allocation = allocateFor(*wanted.decibels, chosen.weights, options.calibration);
    if (diags.errorCount() != errors)
      return failure();
    if (!allocation) // no error is allowed: everything stays uncompressed
      allocation = chosen.curve.back();
  }
  chosen.allocation = std::move(*allocation);
  for (size_t i = 0; i < chosen.weights.size(); ++i) {
    const WeightOption &option = chosen.weights[i].options[chosen.allocation.chosen[i]];
    for (const std::string &name : chosen.weights[i].names)
      chosen.config.byName[name] = option.scheme ? std::optional(SchemeEntry{*option.scheme, threshold}) : std::nullopt;
  }
  return chosen;
}
