// Every pass, and every pipeline, on random programs: the result verifies, a second run changes nothing, and all outputs have the values
// they had. MILC_RANDOM_PROGRAMS=FROM:TO tries other seeds than the few that each run of the tests tries; MILC_RANDOM_PASSES="a b" only
// some.
//
// Bit for bit, where nothing is computed otherwise than before; elsewhere as near as rounding allows (ProgramValues.h).
#include "RandomPrograms.h"
#include "ProgramValues.h"
#include "mil/Pass/DiagnosticKinds.h"
#include "mil/Pass/PassManager.h"
#include "mil/Passes/AllPasses.h"
#include "mil/Text/Printer.h"
#include "mil/Verify/Verify.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSet.h"
#include <gtest/gtest.h>
#include <map>

using namespace mil;
using namespace mil::test;

namespace {

/// How near the values must stay, after a pass or a pipeline.
Kept keptBy(llvm::StringRef call) {
  llvm::StringRef name = call.split('{').first;
  if (const PassInfo *pass = allPasses().find(name))
    return pass->keeps == Keeps::Bits       ? Kept::Exact
           : pass->keeps == Keeps::Rounding ? Kept::Rounded
           : pass->keeps == Keeps::Half     ? Kept::Half
                                            : Kept::None;
  return name == "default" ? Kept::Half : Kept::Rounded;
}

/// The outputs that there were, of a function some of whose outputs became states.
Outcome withoutNewStates(const Outcome &before, const Outcome &after) {
  Outcome outcome;
  for (auto [name, value] : llvm::zip_first(before.names, before.values)) {
    auto at = llvm::find(after.names, name);
    const Tensor *now = at != after.names.end() ? &after.values[size_t(at - after.names.begin())] : nullptr;
    for (const Tensor &held : llvm::ArrayRef(after.values).drop_front(after.names.size()))
      now = !now && held.dims() == value.dims() ? &held : now;
    outcome.values.push_back(now ? *now : after.values.back());
  }
  for (size_t old = before.names.size(); old < before.values.size(); ++old)
    outcome.values.push_back(before.values[old]);
  return outcome;
}

// ---- One program, one list of passes ----------------------------------------

struct Request {
  std::string passes; ///< as one writes them
  Kept kept = Kept::Exact;
  bool settles = true;
  unsigned rounds = 1;
};

/// One list of passes on one program.
class Trial {
public:
  Trial(uint64_t seed, unsigned steps, const Request &request, Tally &tally)
      : seed(seed), steps(steps), request(request), tally(tally), hasDeadCode(seed % 4 == 0) {}

  /// What goes wrong, "" for nothing.
  std::string run() {
    std::string why;
    before = randomModel(context, seed, steps, why), after = randomModel(context, seed, steps, why);
    if (!before)
      return "";
    if (!hasDeadCode && !(runPasses("dead_code_elimination", *before) && runPasses("dead_code_elimination", *after)))
      return failed("dead code stays");
    text = programText(*before->program);
    ++tally.runs;
    if (why = rewrite(); !why.empty() || request.kept == Kept::None)
      return why;
    for (Function *function : before->program->functions()) {
      Function *other = after->program->function(function->name().str());
      if (!other)
        return "a function is gone";
      for (uint64_t round = 0; round < 2 && why.empty(); ++round)
        why = compareValues(*function, *other, seed + round, round != 0);
    }
    return why;
  }

  /// The program before, and after.
  std::string text;

private:
  Result<bool> runPasses(llvm::StringRef calls, Model &model) {
    PassManager manager(allPasses());
    manager.setRounds(request.rounds);
    Result<PassList> passes = findPipeline(calls) ? parsePipeline(calls, allPasses(), diags) : parsePasses(calls, allPasses(), diags);
    return passes && manager.add(*passes, diags) ? manager.run(model, diags) : failure();
  }

  std::string failed(const std::string &what) const {
    return diags.diagnostics().empty() ? what : what + ": " + diags.diagnostics().back().message;
  }

  std::string rewrite() {
    std::string old = text;
    Result<bool> changed = runPasses(request.passes, *after);
    if (!changed)
      return failed("fails");
    std::string now = programText(*after->program);
    text += "\n// becomes\n" + now;
    if (!verifyModel(*after, diags))
      return failed("does not verify");
    if (llvm::any_of(diags.diagnostics(), [](const Diagnostic &each) { return each.kind == diag::PassesDidNotSettle; }))
      return "does not settle";
    if (!*changed)
      return now == old ? "" : "says it changed nothing";
    ++tally.changed;
    // Dead code that goes may uncover patterns for the next run.
    if (!request.settles || hasDeadCode)
      return "";
    Result<bool> again = runPasses(request.passes, *after);
    if (again && !*again)
      return "";
    text += "\n// becomes\n" + programText(*after->program);
    return failed("a second run changes something");
  }

  /// Whether the outputs of a function are the same on random inputs, strange ones too where nothing is rounded.
  std::string compareValues(Function &function, const Function &other, uint64_t inputs, bool second) {
    bool isExact = request.kept == Kept::Exact, skip = false;
    Setting setting{inputs, isExact && second, second ? 1 : 3};
    Outcome was = evaluate(function, setting, [&](const Operation &op, const Tensor &result) {
      // What overflows on the way need not when it is computed otherwise, and no integer is right for NaN.
      skip |= isExact ? op.is("quantize") && setting.extremes : hasInfinity(result);
    });
    if (!was.why.empty() || skip) {
      tally.outputs += function.body().outputs().size();
      return "";
    }
    Outcome is = evaluate(other, setting);
    if (!is.why.empty())
      return "rewritten, " + is.why;
    if (request.passes == "io_to_state")
      is = withoutNewStates(was, is);
    if (isExact)
      return compare(was, is, {}, tally);
    // What looks wrong is looked at more closely.
    std::string difference;
    for (uint64_t samples : {4, 60}) {
      std::optional<std::vector<Outcome>> noise = noiseOn(function, setting, samples);
      Tally unused;
      difference = noise ? compare(was, is, *noise, samples == 4 ? tally : unused) : "";
      if (difference.empty())
        break;
    }
    return difference;
  }

  std::optional<std::vector<Outcome>> noiseOn(Function &function, const Setting &setting, uint64_t samples) {
    std::vector<Outcome> noise;
    for (uint64_t sample = 0; sample < samples; ++sample) {
      std::optional<Outcome> moved = evaluateWithNoise(function, setting, request.kept, sample);
      if (!moved)
        return std::nullopt;
      noise.push_back(std::move(*moved));
    }
    return noise;
  }

  uint64_t seed;
  unsigned steps;
  const Request &request;
  Tally &tally;
  bool hasDeadCode;
  Context context;
  DiagnosticEngine diags;
  std::unique_ptr<Model> before, after;
};

/// Reports a failure with the shortest beginning of the program that shows it.
void tryAndReport(uint64_t seed, unsigned steps, const Request &request, Tally &tally) {
  if (Trial(seed, steps, request, tally).run().empty())
    return;
  Tally unused;
  for (unsigned fewer = 1; fewer <= steps; ++fewer) {
    Trial trial(seed, fewer, request, unused);
    if (std::string what = trial.run(); !what.empty()) {
      ADD_FAILURE() << "seed " << seed << ", " << fewer << " steps: " << request.passes << ": " << what << "\n" << trial.text;
      return;
    }
  }
}

/// Passes and pipelines, each of which is tried on every program.
std::vector<std::string> requested() {
  if (const char *given = std::getenv("MILC_RANDOM_PASSES")) {
    llvm::SmallVector<llvm::StringRef> chosen;
    llvm::StringRef(given).split(chosen, ' ');
    return std::vector<std::string>(chosen.begin(), chosen.end());
  }
  std::vector<std::string> all{
      "const_deduplication{const_threshold=1}", "scaled_dot_product_attention_sliced_q{min_seq_length=2,seq_length_divider=2}",
      "linear_quantize_weights{weight_threshold=1}", "prune_weights{weight_threshold=1}", "palettize_weights{weight_threshold=1}"};
  for (const PassInfo &pass : allPasses().passes())
    all.push_back(pass.name.str());
  for (const char *pipeline : {"default", "optimize", "cleanup", "backend_mlprogram"})
    all.push_back(pipeline);
  return all;
}

/// Some passes one after the other.
Request randomList(Dice &dice) {
  Request request{"", Kept::Exact, false, 1};
  for (int i = 0; i < 5; ++i) {
    std::string pass = dice.pick(allPasses().passes()).name.str();
    // It takes outputs away, of which others then don't keep the names.
    if (pass == "io_to_state")
      continue;
    request.passes += (request.passes.empty() ? "" : ",") + pass;
    request.kept = std::max(request.kept, keptBy(pass));
  }
  return request;
}

void tryAll(uint64_t seed, unsigned steps, Tally &tally, std::map<std::string, size_t> &changes) {
  for (const std::string &pass : requested()) {
    size_t before = tally.changed;
    // One pass reads unused inputs, another removes what isn't read: they never settle.
    bool isPipeline = findPipeline(pass) != nullptr, settles = pass != "backend_mlprogram";
    tryAndReport(seed, steps, {pass, keptBy(pass), settles, isPipeline && settles ? 4u : 1u}, tally);
    changes[pass] += tally.changed - before;
  }
  Dice dice(seed);
  for (int lists = std::getenv("MILC_RANDOM_PASSES") ? 4 : 0; lists < 4; ++lists)
    tryAndReport(seed, steps, randomList(dice), tally);
}

TEST(RandomPrograms, KeepTheirValues) {
  unsigned from = 0, to = MILC_RANDOM_PROGRAMS_COUNT;
  if (const char *given = std::getenv("MILC_RANDOM_PROGRAMS"))
    std::sscanf(given, "%u:%u", &from, &to);
  Tally tally;
  std::map<std::string, size_t> changes;
  for (unsigned seed = from; seed < to; ++seed) {
    unsigned steps = 1 + seed % 14;
    Context context;
    std::string why;
    if (!randomModel(context, seed, steps, why))
      ADD_FAILURE() << "seed " << seed << " makes no program: " << why;
    tryAll(seed, steps, tally, changes);
  }
  std::printf("%u programs; %zu runs of passes, %zu with a change; of %zu outputs %zu compared, of %zu elements %zu\n", to - from,
              tally.runs, tally.changed, tally.outputs, tally.compared, tally.elements, tally.comparable);
  if (from == 0) {
    EXPECT_GE(tally.compared * 10, tally.outputs * 9);
    return;
  }
  for (auto &[pass, count] : changes)
    std::printf("%6zu %s\n", count, pass.c_str());
}

} // namespace
