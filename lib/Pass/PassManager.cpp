#include "mil/Pass/PassManager.h"
#include "mil/Pass/DiagnosticKinds.h"
#include "mil/Support/Interrupt.h"
#include "mil/Support/Suggestions.h"
#include "mil/Verify/Verify.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Format.h"
#include <chrono>
#include <utility>

namespace mil {

struct PassManager::Entry {
  const PassInfo *info;
  std::unique_ptr<Pass> pass;
};

namespace {
using Clock = std::chrono::steady_clock;

bool names(const std::vector<std::string> &passes, llvm::StringRef pass) {
  return llvm::any_of(passes, [&](const std::string &name) { return name == "*" || name == pass; });
}

std::string textOf(const PassInstrumentation &watch, const Program &program) {
  std::string text;
  if (watch.print) {
    llvm::raw_string_ostream out(text);
    watch.print(program, out);
  }
  return text;
}

Status verify(const Program &program, DiagnosticEngine &diags) {
  if (!verifyStructure(program, diags))
    return failure();
  return verifyOperations(program, diags);
}
} // namespace

/// Records of a run: times and counts per pass, and, if requested, the program after the last pass.
struct PassManager::Log {
  struct Line {
    llvm::StringRef pass;
    unsigned runs = 0;
    double seconds = 0;
    std::vector<PassRun::Count> counts;
  };
  std::vector<Line> lines;
  llvm::StringMap<size_t> byPass;
  std::string text;
  uint64_t fingerprint = 0;
  bool changed = false;

  Line &of(llvm::StringRef pass) {
    auto [entry, isNew] = byPass.try_emplace(pass, lines.size());
    if (isNew)
      lines.push_back({pass, 0, 0, {}});
    return lines[entry->second];
  }
  void add(llvm::StringRef pass, double seconds, const PassRun &run) {
    Line &line = of(pass);
    ++line.runs;
    line.seconds += seconds;
    for (const PassRun::Count &count : run.counts()) {
      auto found = llvm::find_if(line.counts, [&](const PassRun::Count &each) { return each.what == count.what; });
      if (found == line.counts.end())
        line.counts.push_back(count);
      else
        found->times += count.times;
    }
  }
  void printTimes(llvm::raw_ostream &out) const {
    std::vector<const Line *> order;
    double total = 0;
    for (const Line &line : lines)
      order.push_back(&line), total += line.seconds;
    llvm::sort(order, [](const Line *a, const Line *b) { return std::pair(-a->seconds, a->pass) < std::pair(-b->seconds, b->pass); });
    out << "   seconds   share  runs  pass\n";
    for (const Line *line : order)
      out << llvm::format("%10.4f  %5.1f%%  %4u  ", line->seconds, total > 0 ? 100 * line->seconds / total : 0, line->runs) << line->pass
          << "\n";
    out << llvm::format("%10.4f  100.0%%        total\n", total);
  }
  void printCounts(llvm::raw_ostream &out) const {
    for (const Line &line : lines)
      for (const PassRun::Count &count : line.counts)
        out << llvm::format("%10llu  ", (unsigned long long)count.times) << line.pass << ": " << count.what << "\n";
  }
};

PassManager::PassManager(const PassRegistry &registry, PassInstrumentation instrumentation)
    : registry(registry), watch(std::move(instrumentation)) {
  if (!watch.out)
    watch.out = &llvm::errs();
}
PassManager::~PassManager() = default;

Status PassManager::add(const PassList &pipeline, DiagnosticEngine &diags) {
  for (const PassCall &call : pipeline) {
    const PassInfo *info = registry.find(call.name);
    if (!info) {
      const PassInfo *nearest = registry.nearest(call.name);
      return diags.report({}, diag::UnknownPass, call.name, suggestion(nearest ? nearest->name : ""));
    }
    Entry entry{info, info->make()};
    for (const auto &[name, value] : call.options) {
      PassOptionBase *option = entry.pass->option(name);
      if (!option) {
        llvm::SmallVector<llvm::StringRef> known;
        for (PassOptionBase *each : entry.pass->options())
          known.push_back(each->name());
        return diags.report({}, diag::UnknownPassOption, call.name, name, suggestion(nearestName(name, known)));
      }
      if (!option->parse(value))
        return diags.report({}, diag::BadPassOption, name, call.name, option->kind(), value);
    }
    entries.push_back(std::move(entry));
  }
  return success();
}

static bool sameTypes(llvm::ArrayRef<FeatureDescription> a, llvm::ArrayRef<FeatureDescription> b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const FeatureDescription &x, const FeatureDescription &y) { return x.name == y.name && x.type == y.type; });
}

Result<bool> PassManager::runStage(Model &stage, size_t number, DiagnosticEngine &diags) {
  std::optional<ModelDescription> before = stage.description;
  Result<bool> changed = run(stage, diags);
  if (changed && before &&
      !(sameTypes(before->main.inputs, stage.description->main.inputs) && sameTypes(before->main.outputs, stage.description->main.outputs)))
    return diags.report({}, diag::PassChangedStage, number);
  return changed;
}

/// Recursive on pipelines, whose nesting is bounded.
Result<bool> PassManager::run(Model &model, DiagnosticEngine &diags) {
  if (model.program)
    return runAll(*model.program, &model, diags);
  bool changed = false;
  for (size_t i = 0; model.pipeline && i < model.pipeline->models.size(); ++i) {
    Result<bool> stage = runStage(*model.pipeline->models[i], i, diags);
    if (!stage)
      return failure();
    changed |= *stage;
  }
  return changed;
}

Result<bool> PassManager::runAll(Program &program, Model *model, DiagnosticEngine &diags) {
  Log log;
  if (watch.printChanged || watch.verifyEach)
    log.text = textOf(watch, program);
  if (watch.checkUnchanged)
    log.fingerprint = fingerprint(program);
  if ((watch.check && !watch.check(nullptr, program, model, diags)) || !runRounds(program, model, log, diags))
    return failure();
  if (watch.timePasses)
    log.printTimes(*watch.out);
  if (watch.statistics)
    log.printCounts(*watch.out);
  return log.changed;
}

Status PassManager::runRounds(Program &program, Model *model, Log &log, DiagnosticEngine &diags) {
  for (unsigned round = 1;; ++round) {
    bool changedBefore = std::exchange(log.changed, false);
    for (Entry &entry : entries)
      if (!runOne(entry, program, model, log, diags))
        return failure();
    bool changed = log.changed;
    log.changed |= changedBefore;
    if (!changed || round >= rounds) {
      if (changed && rounds > 1)
        diags.report({}, diag::PassesDidNotSettle, rounds);
      return success();
    }
  }
}

Status PassManager::runOne(Entry &entry, Program &program, Model *model, Log &log, DiagnosticEngine &diags) {
  if (!goOn(diags))
    return failure();
  llvm::raw_ostream &out = *watch.out;
  llvm::StringRef name = entry.info->name;
  if (names(watch.printBefore, name))
    out << "// before " << name << "\n" << textOf(watch, program);

  PassRun run(program, model, diags);
  Clock::time_point begin = Clock::now();
  PassResult result = entry.pass->run(run);
  log.add(name, std::chrono::duration<double>(Clock::now() - begin).count(), run);
  if (result == PassResult::Failed) {
    assert(diags.hadError() && "a pass that fails says why");
    return failure();
  }
  log.changed |= result == PassResult::Changed;

  if (watch.checkUnchanged) {
    uint64_t now = fingerprint(program);
    if (result == PassResult::Unchanged && now != log.fingerprint)
      return diags.report({}, diag::PassHidChange, name);
    log.fingerprint = now;
  }
  if (result == PassResult::Changed && watch.verifyEach && !verify(program, diags)) {
    out << "// before " << name << "\n" << log.text;
    return diags.report({}, diag::PassBrokeProgram, name);
  }
  if (result == PassResult::Changed && watch.check && !watch.check(entry.info, program, model, diags))
    return failure();
  if (result == PassResult::Changed && (watch.printChanged || watch.verifyEach)) {
    std::string text = textOf(watch, program);
    if (watch.printChanged) {
      out << "// changed by " << name << "\n";
      printDiff(log.text, text, out);
    }
    log.text = std::move(text);
  }
  if (names(watch.printAfter, name))
    out << "// after " << name << "\n" << textOf(watch, program);
  return success();
}

} // namespace mil
