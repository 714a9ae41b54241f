// milc opt: runs passes on a model.
#include "CommandLine.h"
#include "DependencyFile.h"
#include "PassCheck.h"
#include "mil/Pass/DiagnosticKinds.h"
#include "mil/Pass/PassManager.h"
#include "mil/Passes/AllPasses.h"
#include "mil/Support/Printable.h"
#include "mil/Support/Suggestions.h"
#include "mil/Text/Printer.h"

using namespace mil;

namespace {

/// The passes to run, given by one of three options.
struct PassChoice {
  std::string passes, pipeline, target;
  bool optimize = false, converge = false;

  /// The maximum number of rounds of --converge. Real models don't change any more after two or three rounds.
  static constexpr unsigned mostRounds = 10;

  void addTo(CLI::App &app) {
    CLI::Option *list =
        app.add_option("--passes", passes, "Run these passes, in order: PASS{option=value,option=value},PASS,…")->type_name("LIST");
    CLI::Option *named =
        app.add_option("--pipeline", pipeline,
                       "Run a pipeline, optionally with changes: NAME,-PASS,+PASS,+PASS@OTHER (before OTHER),PASS{option=value}")
            ->type_name("EDITS");
    CLI::Option *o = app.add_flag("-O", optimize, "Run the pipeline 'optimize'");
    app.add_option("--target", target, "Raise the opset of all functions to this one first: pass raise_opset")->type_name("OPSET");
    app.add_flag("--converge", converge, "Run the passes again until nothing changes");
    list->excludes(named)->excludes(o);
    named->excludes(o);
  }
  Result<PassList> parse(DiagnosticEngine &diags) const {
    Result<PassList> list =
        passes.empty() ? parsePipeline(optimize ? "optimize" : pipeline, allPasses(), diags) : parsePasses(passes, allPasses(), diags);
    // The first pass, so that all others can use the later opset; its options are checked like those of any other pass.
    if (list && !target.empty())
      list->insert(list->begin(), {"raise_opset", {{"target", target}}});
    return list;
  }
};

struct Watch {
  PassInstrumentation instrumentation;
  bool beforeAll = false, afterAll = false;
  uint64_t elideAbove = 64;
  TerminalStream shown{llvm::errs()}; // escapes control characters in names

  void addTo(CLI::App &app) {
    PassInstrumentation &in = instrumentation;
    app.add_flag("--verify-each", in.verifyEach,
                 "Verify the program after every pass; report the pass that breaks it and print the program before it");
    app.add_option("--print-ir-before", in.printBefore, "Print the program before PASS")->type_name("PASS")->delimiter(',');
    app.add_option("--print-ir-after", in.printAfter, "Print the program after PASS")->type_name("PASS")->delimiter(',');
    app.add_flag("--print-ir-before-all", beforeAll, "Print the program before every pass");
    app.add_flag("--print-ir-after-all", afterAll, "Print the program after every pass");
    app.add_flag("--print-changed", in.printChanged, "Print the changes of each pass as a diff");
    app.add_flag("--time-passes", in.timePasses, "Print the time of each pass");
    app.add_flag("--stats", in.statistics, "Print the statistics of each pass");
    app.add_option("--print-elide", elideAbove, "Omit tensors with more than N elements from printed programs; 0: none")
        ->type_name("N")
        ->capture_default_str();
  }
  /// Names given to --print-ir-* must be passes.
  Status check(DiagnosticEngine &diags) const {
    for (const auto *names : {&instrumentation.printBefore, &instrumentation.printAfter})
      for (const std::string &name : *names)
        if (!allPasses().find(name)) {
          const PassInfo *near = allPasses().nearest(name);
          return diags.report({}, diag::UnknownPass, name, suggestion(near ? near->name : ""));
        }
    return success();
  }
  PassInstrumentation take() {
    if (beforeAll)
      instrumentation.printBefore = {"*"};
    if (afterAll)
      instrumentation.printAfter = {"*"};
    PrintOptions print;
    print.elideAbove = elideAbove;
    instrumentation.print = [print](const Program &program, llvm::raw_ostream &out) { printProgram(program, out, print); };
    instrumentation.out = &shown;
    return std::move(instrumentation);
  }
};

/// --check and --check-report: running the model before and after.
struct RewriteCheck {
  unsigned samples = 0;
  std::string report;
  CLI::Option *check = nullptr, *reported = nullptr;

  void addTo(CLI::App &app) {
    check = app.add_option("--check", samples,
                           "Run the model before and after on N random inputs (default: 1), and fail if its outputs differ; with "
                           "--verify-each, check after every pass, and report the one that changes values");
    check->type_name("[N]")->expected(0, 1)->default_str("1")->check(CLI::Range(1, 1000000));
    reported = app.add_option("--check-report", report,
                              "With --check --verify-each, if a pass changes values: write its name, the operation, the inputs "
                              "and the program before and after it to a new folder");
    reported->type_name("DIR")->needs(check);
  }
  std::optional<int> refuse(milc::CommandLine &line, bool verifiesEach, const std::string &input) {
    samples = check->count() && !samples ? 1 : samples;
    if (*reported && !verifiesEach)
      return line.refuse(*reported, "needs --verify-each");
    if (samples && input == "-")
      return line.refuse(*check, "standard input can only be read once; give a file");
    return std::nullopt;
  }
};

} // namespace

int milc::runOpt(int argc, char **argv) {
  CommandLine line(
      "opt",
      "Optimize a model with passes. Prints MIL text unless -o is given; in output files, identical weights are stored once. The model "
      "must be valid. 'milc passes' lists the passes, their options and the pipelines.",
      "  milc opt model.mlpackage -O -o smaller.mlpackage\n"
      "  milc opt model.mil --passes=const_elimination{skip_const_by_size=1000},dead_code_elimination\n"
      "  milc opt model.mlpackage --pipeline=default,-add_fp16_cast,+topological_reorder -o out.mlpackage\n"
      "  milc opt model.mlpackage --pipeline=cleanup --print-changed --verify-each -o /dev/null\n"
      "  milc opt model.mlpackage -O --check=3 --verify-each --check-report report -o smaller.mlpackage");
  InputOptions input;
  OutputOptions output;
  PassChoice choice;
  Watch watch;
  input.addTo(line.app);
  output.addTo(line.app, "-");
  choice.addTo(line.app);
  watch.addTo(line.app);
  RewriteCheck check;
  check.addTo(line.app);
  if (auto status = line.parse(argc, argv))
    return *status;

  DiagnosticEngine diags(llvm::errs());
  Result<PassList> passes = choice.parse(diags);
  if (!passes || !watch.check(diags))
    return exitUsage;
  if (auto status = check.refuse(line, watch.instrumentation.verifyEach, input.path))
    return *status;
  PassCheck passCheck(check.samples, check.report);
  if (check.samples && watch.instrumentation.verifyEach)
    watch.instrumentation.check = passCheck.function();
  PassManager manager(allPasses(), watch.take());
  manager.setRounds(choice.converge ? PassChoice::mostRounds : 1);
  if (!manager.add(*passes, diags))
    return exitUsage;
  if (!output.check(diags))
    return exitBadInput;
  Context context;
  bool toStream = isStream(output.path);
  if (toStream)
    input.open.missingWeights = BlobResolver::Missing::Warn;
  Result<OpenedModel> opened = input.openIn(context, diags);
  if (!opened)
    return exitBadInput;
  Model &model = *opened->model;
  if (!checkOutput(output.path, diags, output.save, &model, &*opened) || !verifyForPasses(model, diags))
    return exitBadInput;
  Result<bool> changed = manager.run(model, diags);
  if (!changed)
    return exitBadInput;
  if (check.samples) {
    Context other;
    Result<OpenedModel> before = input.openIn(other, diags);
    if (!before || !checkRewrite(*before->model, model, {.samples = check.samples}, diags))
      return exitBadInput;
  }
  output.save.layout = *changed && !toStream ? SaveOptions::Layout::Share : SaveOptions::Layout::Keep;
  output.save.progress = terminalProgress();
  CommandOutputs outputs;
  if (!saveModel(model, output.path, diags, output.save, &*opened) || !outputs.commit(diags))
    return exitBadInput;
  return finish(diags);
}
