#include "mil/Link/Split.h"
#include "Cuts.h"
#include "ModelFunctions.h"
#include "Slice.h"
#include "WeightMeter.h"
#include "mil/IR/Verifier.h"
#include "mil/Link/DiagnosticKinds.h"
#include "llvm/ADT/Sequence.h"

using llvm::ArrayRef;

namespace mil {

namespace {

/// A function, cut.
struct CutFunction {
  CutFunction(const Function &function, int specificationVersion) : body(function), crossings(function, specificationVersion) {}
  FunctionBody body;
  CrossingValues crossings;
  std::vector<unsigned> begins; ///< the first step of each part, and the number of steps
  std::vector<Slice> slices;    ///< by part

  size_t partCount() const { return begins.size() - 1; }
  size_t partOf(unsigned step) const { return size_t(llvm::upper_bound(begins, step) - begins.begin()) - 1; }
  void slice(size_t part);
};

void CutFunction::slice(size_t part) {
  unsigned begin = begins[part], end = begins[part + 1];
  bool isFirst = part == 0, isLast = part + 1 == partCount();
  Slice &slice = slices.emplace_back();
  for (unsigned step : llvm::seq(begin, end)) {
    slice.ops.push_back(body.steps()[step]);
    for (Operation *constant : body.companions(step))
      if (!body.isReturned(constant->result())) // those come as results
        slice.ops.push_back(constant);
    for (Value &result : body.steps()[step]->results())
      if (std::optional<unsigned> last = body.lastReader(&result); last && *last >= end)
        slice.exits.push_back(crossings.crossing(&result));
  }
  for (const Operand &output : body.function().outputs()) {
    std::optional<unsigned> step = body.stepOf(output.value());
    bool isHere = step ? *step >= begin && *step < end : isLast;
    if (isHere && !llvm::is_contained(slice.results, output.value()))
      slice.results.push_back(output.value());
  }
  // What nothing reads is an input of the whole all the same.
  if (isFirst)
    for (Value *input : body.function().inputs())
      if (!body.lastReader(input))
        (input->type().isState() ? slice.states : slice.inputs).push_back(input);
  slice.close(body, crossings);
}

SplitPart::Function describe(const CutFunction &function, const Slice &slice) {
  SplitPart::Function described;
  described.name = function.body.function().name().str().str();
  described.operations = slice.ops.size();
  auto text = [](Name name) { return name.str().str(); };
  for (const Value *input : slice.inputs)
    described.inputs.push_back({text(input->name()), std::nullopt, text(input->name())});
  for (const Crossing &entry : slice.entries)
    described.inputs.push_back({text(entry.name), function.partOf(*function.body.stepOf(entry.value)), text(entry.value->name())});
  for (const Value *result : slice.results)
    described.outputs.push_back({text(result->name()), true, text(result->name())});
  for (const Crossing &exit : slice.exits)
    if (exit.isChanged() || !function.body.isReturned(exit.value))
      described.outputs.push_back({text(exit.name), false, text(exit.value->name())});
  for (const Value *state : slice.states)
    described.states.push_back(text(state->name()));
  return described;
}

} // namespace

struct SplitPlan::Impl {
  const Model *from = nullptr;
  std::vector<std::unique_ptr<CutFunction>> functions;
  std::vector<SplitPart> parts;
};

SplitPlan::SplitPlan(std::unique_ptr<Impl> impl) : impl(std::move(impl)) {}
SplitPlan::SplitPlan(SplitPlan &&) = default;
SplitPlan::~SplitPlan() = default;
ArrayRef<SplitPart> SplitPlan::parts() const { return impl->parts; }

std::unique_ptr<Model> SplitPlan::makePart(size_t part) const {
  const Model &from = *impl->from;
  std::unique_ptr<Model> made = emptyModelLike(from, from.program->context());
  ModelDescription &description = *made->description;
  bool isPlain = from.description->functions.empty() && impl->functions.size() == 1;
  for (const std::unique_ptr<CutFunction> &function : impl->functions) {
    const Function &whole = function->body.function();
    const Slice &slice = function->slices[part];
    const Function &copy = *cloneSlice(whole, slice, *made->program, whole.name());
    FunctionDescription described = describeSlice(slice, copy, interfaceOf(from, whole));
    described.name = isPlain ? "" : whole.name().str();
    if (isPlain)
      description.main = std::move(described);
    else
      description.functions.push_back(std::move(described));
  }
  if (!isPlain) {
    const std::string &standard = from.description->defaultFunctionName;
    description.defaultFunctionName = made->program->function(standard) ? standard : description.functions.front().name;
  }
  return made;
}

class Splitter {
public:
  Splitter(OpenedModel &opened, const SplitOptions &options, DiagnosticEngine &diags)
      : opened(opened), from(*opened.model), options(options), diags(diags) {}

  Result<SplitPlan> plan() {
    impl->from = &from;
    Result<std::vector<const Function *>> functions = functionsNamed(opened, options.functions, /*allByDefault=*/true, diags);
    if (!functions || !applyOverlays(opened, diags))
      return failure();
    for (const Function *function : *functions)
      if (!cut(*function))
        return failure();
    for (const std::unique_ptr<CutFunction> &function : impl->functions)
      if (const CutFunction &first = *impl->functions.front(); function->partCount() != first.partCount())
        return diags.report({}, diag::SplitUneven, first.body.function().name(), first.partCount(), function->body.function().name(),
                            function->partCount());
    if (!tellParts() || !checkWeights())
      return failure();
    leaveOut();
    return SplitPlan(std::move(impl));
  }

private:
  Status cut(const Function &function) {
    if (!function.specializations().empty())
      return diags.report(function.location(), diag::SliceSpecialized, function.name());
    if (!verifyStructure(function, diags))
      return failure();
    auto made = std::make_unique<CutFunction>(function, from.specificationVersion);
    Cuts cuts(made->body, from.specificationVersion, diags);
    Result<std::vector<unsigned>> chosen = !options.at.empty() ? cuts.at(options.at)
                                           : options.parts     ? cuts.into(options.parts)
                                                               : cuts.below(options.maxWeightBytes);
    if (!chosen)
      return failure();
    made->begins = std::move(*chosen);
    made->begins.insert(made->begins.begin(), 0);
    made->begins.push_back(unsigned(made->body.steps().size()));
    for (size_t part : llvm::seq(made->partCount())) {
      made->slice(part);
      if (!checkPart(*made, part))
        return failure();
    }
    impl->functions.push_back(std::move(made));
    return success();
  }

  /// A model takes something and gives something, or changes a state.
  Status checkPart(const CutFunction &function, size_t part) {
    const Slice &slice = function.slices[part];
    bool takes = !slice.inputs.empty() || !slice.entries.empty() || function.body.function().inputs().empty();
    bool gives = !slice.results.empty() || !slice.exits.empty() || function.body.function().outputs().empty();
    if (takes && gives)
      return success();
    auto name = [&](unsigned step) {
      const Operation &op = *function.body.steps()[step];
      return op.resultCount() ? op.result()->name().str() : op.type().str();
    };
    return diags.report(function.body.function().location(), diag::SplitEmptyPart, part + 1, function.body.function().name(),
                        name(function.begins[part]), name(function.begins[part + 1] - 1), takes ? "output" : "input");
  }

  Status tellParts() {
    size_t count = impl->functions.front()->partCount();
    size_t digits = std::to_string(count).size();
    for (size_t part : llvm::seq(count)) {
      std::string number = std::to_string(part + 1);
      SplitPart &described = impl->parts.emplace_back();
      described.name = "part_" + std::string(digits - number.size(), '0') + number;
      for (const std::unique_ptr<CutFunction> &function : impl->functions)
        described.functions.push_back(describe(*function, function->slices[part]));
    }
    return success();
  }

  /// Functions are cut one by one; together their parts may weigh more than each.
  Status checkWeights() {
    if (!options.maxWeightBytes || impl->functions.size() == 1)
      return success();
    for (size_t part : llvm::seq(impl->parts.size())) {
      WeightMeter meter;
      for (const std::unique_ptr<CutFunction> &function : impl->functions)
        for (unsigned step : llvm::seq(function->begins[part], function->begins[part + 1]))
          meter.add(function->body, step);
      if (meter.total() > options.maxWeightBytes)
        return diags.report({}, diag::SplitTooHeavy, "the functions in " + impl->parts[part].name, meter.total(), options.maxWeightBytes,
                            "split one function at a time");
    }
    return success();
  }

  void leaveOut() {
    for (const OpenedModel::Extra &extra : opened.extras)
      diags.report({}, diag::SliceItemLeftOut, extra.path, opened.path);
    opened.extras.clear();
    if (from.updatable || !from.description->trainingInputs.empty())
      diags.report({}, diag::SliceTrainingLeftOut, opened.path);
  }

  OpenedModel &opened;
  const Model &from;
  const SplitOptions &options;
  DiagnosticEngine &diags;
  std::unique_ptr<SplitPlan::Impl> impl = std::make_unique<SplitPlan::Impl>();
};

Result<SplitPlan> planSplit(OpenedModel &opened, const SplitOptions &options, DiagnosticEngine &diags) {
  assert(!options.at.empty() + (options.parts != 0) + (options.maxWeightBytes != 0) == 1);
  return Splitter(opened, options, diags).plan();
}

} // namespace mil
