#include "mil/Compress/Compress.h"
#include "mil/Compress/DiagnosticKinds.h"
#include "mil/Compress/Presets.h"
#include "mil/IR/Model.h"
#include "mil/Pass/DiagnosticKinds.h"
#include "mil/Pass/OpsetRaise.h"
#include "mil/Pass/Registry.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/STLExtras.h"

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

Status raise(Model &model, Opset target, DiagnosticEngine &diags) {
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
    return diags.report({}, diag::PassRefused, "compress", "main", "the program isn't legal in the opset that --target asks for");
  return success();
}

/// Warns of names and types of a configuration that are in no program.
void warnOfUnmet(const CompressionConfig &config, const llvm::StringMap<bool> &met, const Model &model, DiagnosticEngine &diags) {
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
        diags.report({}, diag::ConfigNamesNothing, name, what, llvm::is_contained(there, name) ? "" : suggestion(nearestName(name, there)));
  };
  warn(config.byName, "name", names);
  warn(config.byType, "type", types);
}

} // namespace

Result<CompressionReport> mil::compressModel(Model &model, llvm::ArrayRef<CompressionConfig> configs, DiagnosticEngine &diags,
                                             const CompressOptions &options) {
  bool any = false;
  forPrograms(model, [&](Model &) { return any = true; });
  if (!any)
    return diags.report(Location::ofFile(model.sourceFile), diag::CompressNoProgram);
  if (!raise(model, options.target, diags))
    return failure();
  CompressionReport report;
  std::vector<std::pair<WeightChange, std::optional<size_t>>> changes; // and the number of the scheme
  llvm::StringMap<size_t> places;
  for (size_t i = 0; i < configs.size(); ++i) {
    CompressionConfig config = configs[i];
    config.joint = i > 0;
    llvm::StringMap<bool> met;
    size_t stage = 0;
    bool done = forPrograms(model, [&](Model &each) {
      WeightCompression pass(config);
      pass.measures = options.measure;
      pass.observer = [&](const WeightChange &change) {
        std::string key = std::to_string(stage) + " " + change.function + " " + llvm::StringRef(change.name).str();
        auto [place, isNew] = places.try_emplace(key, changes.size());
        if (isNew)
          changes.emplace_back();
        auto &[kept, scheme] = changes[place->second];
        uint64_t before = isNew ? change.bytesBefore : kept.bytesBefore;
        if (change.scheme || isNew)
          kept = change, kept.bytesBefore = before;
        if (change.scheme) {
          scheme = report.schemes.size();
          report.schemes.push_back(*change.scheme);
        }
        if (options.progress)
          options.progress(changes.size());
      };
      PassRun run(*each.program, &each, diags);
      bool fine = pass.run(run) != PassResult::Failed;
      for (const auto &name : pass.met().keys())
        met[name] = true;
      ++stage;
      return fine;
    });
    if (!done)
      return failure();
    warnOfUnmet(configs[i], met, model, diags);
  }
  for (auto &[change, scheme] : changes) {
    change.scheme = scheme ? &report.schemes[*scheme] : nullptr;
    report.weights.push_back(std::move(change));
  }
  return report;
}

uint64_t mil::constantBytes(const Model &model) {
  constexpr int64_t few = 10;
  uint64_t bytes = 0;
  llvm::DenseSet<const void *> seen;
  auto add = [&](const Literal *literal) {
    if (!literal || !(literal->isBlob() || literal->isTensor()) || literal->type().elementCount().value_or(0) < few)
      return;
    const void *content = literal->isBlob() ? static_cast<const void *>(literal->blob()) : literal;
    if (seen.insert(content).second)
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

Result<ChosenSchemes> mil::chooseSchemes(Model &model, Wanted wanted, DiagnosticEngine &diags, const CompressOptions &options,
                                         int64_t threshold) {
  if (!raise(model, options.target, diags))
    return failure();
  ChosenSchemes chosen;
  forPrograms(model, [&](Model &stage) {
    std::vector<WeightOptions> weights = tryOptions(*stage.program, schemesToChooseFrom(), threshold, [&](size_t done, size_t) {
      if (options.progress)
        options.progress(chosen.weights.size() + done);
    });
    llvm::append_range(chosen.weights, std::move(weights));
    return true;
  });
  if (chosen.weights.empty())
    return diags.report(Location::ofFile(model.sourceFile), diag::CompressNoProgram);
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
    allocation = allocateForNoise(chosen.weights, std::pow(10, -*wanted.decibels / 10));
    if (!allocation) // no error at all is asked for: everything stays
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
