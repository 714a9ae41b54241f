// mil-check-models: whether what milc does to models keeps what they compute.
//
//   mil-check-models FOLDER... [--pipelines=A,B] [--seconds=S] [--samples=N] [--seed=N]
//
// Runs every model under the folders (.mlpackage, .mlmodelc, .mil) on random inputs, takes it through each pipeline, through a split into
// two parts, and through a merge with itself, and runs the result on the same inputs: outputs may differ as `milc opt --check` says, after
// the pipeline `default`, which casts to fp16, by 5·10⁻² when all is computed in fp32 again, and not at all after splitting and merging.
// Weights that are missing are random. A run of more than S seconds (20) is given up. Prints what differs, then a table of counts; fails
// when something differs, and when nothing could be compared.
#include "mil/Link/Link.h"
#include "mil/Link/Split.h"
#include "mil/Pass/PassManager.h"
#include "mil/Passes/AllPasses.h"
#include "mil/Run/Check.h"
#include "mil/Run/DiagnosticKinds.h"
#include "mil/Run/RandomWeights.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/Format.h"
#include <chrono>
#include <filesystem>

using namespace mil;

namespace {

enum class Outcome { Same, Differs, Unchanged, Refused, TooLong };

struct Request {
  std::vector<std::string> folders, pipelines{"default", "optimize", "cleanup", "backend_mlprogram"};
  unsigned samples = 1, seconds = 20;
  uint64_t seed = 0;
};

/// One model, opened as often as it is needed: what is done to it changes it.
class Subject {
public:
  Subject(std::string path, const Request &request) : path(std::move(path)), request(request) {
    deadline = std::chrono::steady_clock::now() + std::chrono::seconds(request.seconds);
    options.samples = request.samples;
    options.run.seed = request.seed;
    options.run.cancelled = [this] { return std::chrono::steady_clock::now() > deadline; };
    options.run.maxIterations = 1000;
  }

  Outcome afterPipeline(llvm::StringRef pipeline) {
    return attempt([&](OpenedModel &before, OpenedModel &after) {
      PassManager manager(allPasses());
      Result<PassList> passes = parsePipeline(pipeline, allPasses(), diags);
      Result<bool> changed = passes && verifyForPasses(*after.model, diags) && manager.add(*passes, diags)
                                 ? manager.run(*after.model, diags)
                                 : Result<bool>(failure());
      if (!changed)
        return Outcome::Refused;
      if (!*changed)
        return Outcome::Unchanged;
      if (pipeline == "default") // only what is rounded for good counts: weights
        options.tolerance = options.halfTolerance, options.run.precision = mil::Precision::Fp32;
      return outcomeOf(checkRewrite(*before.model, *after.model, options, diags));
    });
  }

  Outcome afterMerge() {
    return attempt([&](OpenedModel &before, OpenedModel &other) {
      if (!before.model->program)
        return Outcome::Refused;
      MergeInput inputs[] = {{&before}, {&other, "", ""}};
      if (before.model->program->functions().size() == 1)
        inputs[0].name = "first", inputs[1].name = "second";
      else
        return Outcome::Unchanged;
      Result<MergedModel> merged = mergeModels(inputs, {}, context, diags);
      if (!merged)
        return Outcome::Refused;
      options.exact = true;
      for (const MergedModel::Origin &origin : merged->origins) {
        Result<std::unique_ptr<ModelRunner>> whole = ModelRunner::make(*before.model, origin.function, diags, options.run);
        Result<std::unique_ptr<ModelRunner>> copy = whole ? ModelRunner::make(*merged->model, origin.name, diags, options.run) : failure();
        if (!copy)
          return Outcome::Refused;
        if (Outcome outcome = outcomeOf(checkRuns(**whole, **copy, options, diags)); outcome != Outcome::Same)
          return outcome;
      }
      return Outcome::Same;
    });
  }

  Outcome afterSplit() {
    return attempt([&](OpenedModel &before, OpenedModel &other) {
      SplitOptions split;
      split.parts = 2;
      Result<SplitPlan> plan = before.model->program ? planSplit(other, split, diags) : Result<SplitPlan>(failure());
      if (!plan)
        return Outcome::Refused;
      std::vector<std::unique_ptr<Model>> parts;
      for (size_t i = 0; i < plan->parts().size(); ++i)
        parts.push_back(plan->makePart(i));
      for (const auto &[number, first] : llvm::enumerate(plan->parts().front().functions)) {
        Result<std::unique_ptr<ModelRunner>> whole = ModelRunner::make(*before.model, first.name, diags, options.run);
        if (!whole)
          return Outcome::Refused;
        std::vector<RunStage> stages;
        std::vector<std::string> outputs;
        for (const auto &[part, model] : llvm::zip(plan->parts(), parts)) {
          RunStage stage{model->program->function(first.name), model->description->function(first.name)};
          for (const SplitPart::Output &output : part.functions[number].outputs)
            if (output.ofWhole)
              outputs.push_back(output.name);
          stages.push_back(std::move(stage));
        }
        Result<std::unique_ptr<ModelRunner>> chain = ModelRunner::make(std::move(stages), outputs, diags, options.run);
        if (!chain)
          return Outcome::Refused;
        options.exact = true;
        if (Outcome outcome = outcomeOf(checkRuns(**whole, **chain, options, diags)); outcome != Outcome::Same)
          return outcome;
      }
      return Outcome::Same;
    });
  }

  std::string lastError() const {
    std::string text;
    for (const Diagnostic &diagnostic : diags.diagnostics())
      if (diagnostic.severity == Severity::Error)
        text = diagnostic.message + (diagnostic.notes.empty() ? "" : "; " + diagnostic.notes.front().message);
    return text;
  }

private:
  template <typename Do> Outcome attempt(Do what) {
    Result<OpenedModel> before = open(), after = before ? open() : failure();
    return after ? what(*before, *after) : Outcome::Refused;
  }
  Result<OpenedModel> open() {
    OpenOptions open;
    open.missingWeights = BlobResolver::Missing::Warn;
    Result<OpenedModel> opened = openModel(path, context, diags, open);
    if (opened)
      giveRandomWeights(*opened->model, request.seed);
    return opened;
  }
  Outcome outcomeOf(Status done) {
    if (done)
      return Outcome::Same;
    for (const Diagnostic &diagnostic : diags.diagnostics())
      if (diagnostic.kind == diag::RewriteDiffers)
        return Outcome::Differs;
    return std::chrono::steady_clock::now() > deadline ? Outcome::TooLong : Outcome::Refused;
  }

  std::string path;
  const Request &request;
  Context context;
  DiagnosticEngine diags;
  CheckOptions options;
  std::chrono::steady_clock::time_point deadline;
};

std::vector<std::string> modelsUnder(const std::vector<std::string> &folders) {
  static const llvm::StringSet<> extensions{".mlpackage", ".mlmodelc", ".mil"};
  std::vector<std::string> found;
  for (const std::string &folder : folders)
    for (auto at = std::filesystem::recursive_directory_iterator(folder); at != std::filesystem::recursive_directory_iterator(); ++at)
      if (extensions.contains(at->path().extension().string())) {
        found.push_back(at->path().string());
        at.disable_recursion_pending();
      }
  std::sort(found.begin(), found.end());
  return found;
}

struct Counts {
  size_t of[5] = {};
};

int checkAll(const Request &request) {
  std::vector<std::string> tasks = request.pipelines;
  tasks.push_back("merge");
  tasks.push_back("split");
  std::vector<Counts> counts(tasks.size());
  for (const std::string &path : modelsUnder(request.folders))
    for (size_t i = 0; i < tasks.size(); ++i) {
      Subject subject(path, request);
      Outcome outcome = tasks[i] == "merge"   ? subject.afterMerge()
                        : tasks[i] == "split" ? subject.afterSplit()
                                              : subject.afterPipeline(tasks[i]);
      ++counts[i].of[size_t(outcome)];
      if (outcome != Outcome::Same && outcome != Outcome::Unchanged)
        llvm::outs() << (outcome == Outcome::Differs   ? "DIFFERS "
                         : outcome == Outcome::TooLong ? "too long "
                                                       : "refused ")
                     << path << ", " << tasks[i] << ": " << subject.lastError() << "\n";
    }
  size_t same = 0, differs = 0;
  llvm::outs() << "                         same  differs  unchanged  refused  too long\n";
  for (size_t i = 0; i < tasks.size(); ++i) {
    const auto &of = counts[i].of;
    llvm::outs() << llvm::format("%-20s %8zu %8zu %10zu %8zu %9zu\n", tasks[i].c_str(), of[0], of[1], of[2], of[3], of[4]);
    same += of[0], differs += of[1];
  }
  return differs || !same;
}

} // namespace

int main(int argc, char **argv) {
  Request request;
  bool isUsage = false;
  for (llvm::StringRef argument : llvm::ArrayRef(argv + 1, size_t(argc - 1))) {
    if (argument.consume_front("--pipelines=")) {
      llvm::SmallVector<llvm::StringRef> names;
      argument.split(names, ',', -1, false);
      request.pipelines.assign(names.begin(), names.end());
    } else if (argument.consume_front("--seconds="))
      isUsage |= argument.getAsInteger(10, request.seconds);
    else if (argument.consume_front("--samples="))
      isUsage |= argument.getAsInteger(10, request.samples);
    else if (argument.consume_front("--seed="))
      isUsage |= argument.getAsInteger(10, request.seed);
    else
      request.folders.push_back(argument.str());
  }
  if (isUsage || request.folders.empty()) {
    llvm::errs() << "usage: mil-check-models FOLDER... [--pipelines=A,B] [--seconds=S] [--samples=N] [--seed=N]\n";
    return 2;
  }
  return checkAll(request);
}
