#include "HalfErrors.h"
#include "HalfTrial.h"
#include "mil/Ops/Args.h"
#include "mil/Precision/DiagnosticKinds.h"
#include <cmath>

using namespace mil;

std::string HalfReport::passes() const { return halfPasses(kept, raised); }

namespace {

using Numbers = std::map<std::string, Tensor>;

/// How good the outputs of a trial are.
struct Quality {
  bool within = true;
  double psnr = INFINITY; ///< of the worst output
};

class HalfSearch {
public:
  HalfSearch(const Function &function, const FunctionDescription *description, llvm::ArrayRef<NamedValues> samples,
             const HalfOptions &options, DiagnosticEngine &diags)
      : function(function), description(description), samples(samples), options(options), diags(diags) {}
  Result<HalfReport> run();

private:
  bool measureErrors();
  std::optional<Quality> qualityOf(ModelRunner &runner);
  std::optional<Quality> tryKeeping(llvm::ArrayRef<size_t> kept);
  bool bisect();
  bool shrink();
  std::vector<std::string> namesOf(llvm::ArrayRef<size_t> kept, bool isHalf) const;
  bool isOver() const { return report.trials >= options.maxTrials; }

  const Function &function;
  const FunctionDescription *description;
  llvm::ArrayRef<NamedValues> samples;
  const HalfOptions &options;
  DiagnosticEngine &diags;
  std::vector<Numbers> wanted; ///< outputs in exact arithmetic, one a sample
  std::vector<size_t> ranked;  ///< the free operations, indices into the report's, greatest own error first
  std::vector<size_t> chosen;
  HalfReport report;
};

/// Whether a name can be part of an option's list of values.
bool canBeListed(llvm::StringRef name) { return !name.empty() && name.find_first_of(",{}= \t\n\r\"'\\") == llvm::StringRef::npos; }

} // namespace

// ---- Errors -----------------------------------------------------------------

bool HalfSearch::measureErrors() {
  RunOptions exactly = options.run, declared = options.run;
  exactly.precision = Precision::Exact, declared.precision = Precision::Declared;
  std::vector<RunStage> stages{{.function = &function, .description = description}};
  Result<std::unique_ptr<ModelRunner>> original = ModelRunner::make(std::move(stages), {}, diags, exactly);
  // Without cast_optimization, which would take values away that the original has.
  Result<std::unique_ptr<HalfTrial>> half = original ? HalfTrial::make(function, description, "add_fp16_cast", declared, diags) : failure();
  Result<RewrittenCopy> single = half ? rewriteCopy(function, "add_fp32_cast", diags) : failure();
  if (!single)
    return false;
  uint64_t limit = memoryLimit(options.run);
  HalfErrors errors(function, (*half)->function(), *single->function, limit);
  if (errors.operations().empty())
    return diags.report(function.location(), diag::NoFloatOperation, function.name().str()), false;
  for (const NamedValues &sample : samples) {
    Result<Numbers> outputs = numbersOf(**original, sample, diags, &errors.exact());
    if (errors.isFull())
      return diags.report(function.location(), diag::ValuesTooLarge, limit), false;
    if (!outputs || !numbersOf((*half)->runner(), sample, diags, &errors.whole()) ||
        !numbersOf((*half)->runner(), sample, diags, &errors.alone()))
      return false;
    if (outputs->empty())
      return diags.report(function.location(), diag::NoOutputsToCompare, function.name().str()), false;
    wanted.push_back(std::move(*outputs));
    errors.nextSample();
  }
  report.operations = std::move(errors.operations());
  llvm::sort(report.operations, [](const HalfOperation &a, const HalfOperation &b) {
    double first = a.own.psnr(), second = b.own.psnr();
    return first != second ? first < second : a.place < b.place;
  });
  return true;
}

// ---- Trials -----------------------------------------------------------------

std::optional<Quality> HalfSearch::qualityOf(ModelRunner &runner) {
  Quality quality;
  for (auto [sample, exact] : llvm::zip(samples, wanted)) {
    Result<Numbers> outputs = numbersOf(runner, sample, diags);
    if (!outputs)
      return std::nullopt;
    for (const auto &[name, tensor] : exact) {
      auto found = outputs->find(name);
      if (found == outputs->end())
        continue;
      ValueDifference difference = differenceOf(name, found->second, tensor, options.target);
      quality.within &= difference.within;
      quality.psnr = std::min(quality.psnr, difference.sameShape ? difference.psnr : -INFINITY);
    }
  }
  return quality;
}

/// The names of operations that the given program computes in fp16, or of the others; in program order.
std::vector<std::string> HalfSearch::namesOf(llvm::ArrayRef<size_t> kept, bool isHalf) const {
  llvm::DenseMap<const Operation *, llvm::StringRef> names;
  for (size_t index : kept)
    if (report.operations[index].isHalf == isHalf)
      names[report.operations[index].op] = report.operations[index].name;
  std::vector<std::string> ordered;
  function.body().walk([&](const Operation &op) {
    if (auto found = names.find(&op); found != names.end() && !llvm::is_contained(ordered, found->second))
      ordered.push_back(found->second.str());
  });
  return ordered;
}

std::optional<Quality> HalfSearch::tryKeeping(llvm::ArrayRef<size_t> kept) {
  RunOptions declared = options.run;
  declared.precision = Precision::Declared;
  ++report.trials;
  if (options.progress)
    options.progress(report.trials);
  Result<std::unique_ptr<HalfTrial>> trial =
      HalfTrial::make(function, description, halfPasses(namesOf(kept, false), namesOf(kept, true)), declared, diags);
  return trial ? qualityOf((*trial)->runner()) : std::nullopt;
}

// ---- Search -----------------------------------------------------------------

/// The shortest beginning of `ranked` that is good, given that all of it is and nothing isn't.
bool HalfSearch::bisect() {
  size_t bad = 0, good = ranked.size();
  while (good - bad > 1 && !isOver()) {
    size_t middle = bad + (good - bad) / 2;
    std::optional<Quality> quality = tryKeeping(llvm::ArrayRef(ranked).take_front(middle));
    if (!quality)
      return false;
    if (quality->within)
      good = middle, report.found = quality->psnr;
    else
      bad = middle;
  }
  report.wasCut = good - bad > 1;
  chosen.assign(ranked.begin(), ranked.begin() + ptrdiff_t(good));
  return true;
}

/// Leaves out what can be: large pieces first, then smaller ones; at the end each operation alone.
bool HalfSearch::shrink() {
  size_t piece = std::max<size_t>(1, chosen.size() / 2);
  while (chosen.size() > 1) {
    bool smaller = false;
    // From the end: operations with the least own errors.
    for (size_t end = chosen.size(); end > 0 && chosen.size() > 1;) {
      if (isOver())
        return report.wasCut = true;
      size_t begin = end - std::min(piece, end);
      std::vector<size_t> rest(chosen.begin(), chosen.begin() + ptrdiff_t(begin));
      rest.insert(rest.end(), chosen.begin() + ptrdiff_t(end), chosen.end());
      end = begin;
      if (rest.empty())
        continue;
      std::optional<Quality> quality = tryKeeping(rest);
      if (!quality)
        return false;
      if (quality->within)
        chosen = std::move(rest), report.found = quality->psnr, smaller = true;
    }
    if (piece == 1 && !smaller)
      return true;
    piece = std::max<size_t>(1, piece / 2);
  }
  return true;
}

Result<HalfReport> HalfSearch::run() {
  if (!measureErrors())
    return failure();
  for (size_t i = 0; i < report.operations.size(); ++i)
    if (report.operations[i].isFree &= canBeListed(report.operations[i].name))
      ranked.push_back(i);
  report.free = ranked.size();
  std::optional<Quality> half = tryKeeping({}), single = half && !ranked.empty() ? tryKeeping(ranked) : half;
  if (!single)
    return failure();
  report.allHalf = report.found = half->psnr, report.allSingle = single->psnr;
  report.halfIsEnough = half->within;
  report.isReached = half->within || single->within;
  if (report.halfIsEnough || !report.isReached)
    return std::move(report);
  report.found = single->psnr;
  if (!bisect() || !shrink())
    return failure();
  for (size_t index : chosen)
    report.operations[index].isKept = true;
  report.kept = namesOf(chosen, false);
  report.raised = namesOf(chosen, true);
  return std::move(report);
}

Result<HalfReport> mil::tryHalf(const Function &function, const FunctionDescription *description, llvm::ArrayRef<NamedValues> samples,
                                const HalfOptions &options, DiagnosticEngine &diags) {
  return HalfSearch(function, description, samples, options, diags).run();
}
