// milc precision: finds the operations that must stay in fp32.
#include "RunInputs.h"
#include "Table.h"
#include "mil/Pass/PassManager.h"
#include "mil/Passes/AllPasses.h"
#include "mil/Precision/DiagnosticKinds.h"
#include "mil/Precision/HalfPrecision.h"
#include "mil/Support/Printable.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/Process.h"
#include <cmath>

using namespace mil;

namespace {

struct PrecisionOptions {
  std::string input, function;
  milc::InputChoice values;
  milc::RunSettings settings;
  milc::OutputOptions output;
  HalfOptions half;
  size_t samples = 1, shown = 20;
  bool json = false;
};

std::string decibels(double psnr) { return milc::formatNumber(std::round(psnr * 10) / 10); }

std::string targetOf(const Tolerance &target) {
  return target.psnr ? "a PSNR of " + milc::formatNumber(*target.psnr) + " dB" : "a tolerance of " + milc::formatNumber(target.absolute);
}

// ---- For people -------------------------------------------------------------

void printOperations(const HalfReport &report, size_t shown) {
  milc::Table table({"operation", "type", "largest", "own dB", "total dB", "overflow", "underflow", "NaN", "computed in"});
  for (const HalfOperation &op : llvm::ArrayRef(report.operations).take_front(shown ? shown : report.operations.size()))
    table.add({op.name, op.op->type().str().str(), milc::formatNumber(op.own.peak), decibels(op.own.psnr()), decibels(op.total.psnr()),
               std::to_string(op.total.overflow), std::to_string(op.total.underflow), std::to_string(op.total.nan),
               op.isKept   ? "fp32"
               : op.isFree ? "fp16"
                           : "its own type"});
  table.print(llvm::outs(), 0);
  if (shown && report.operations.size() > shown)
    llvm::outs() << "and " << report.operations.size() - shown << " more with smaller errors\n";
}

void printHalfResult(const HalfReport &report, const PrecisionOptions &options) {
  llvm::outs() << "\nworst output: " << decibels(report.allHalf) << " dB in fp16, " << decibels(report.allSingle) << " dB with all of "
               << report.free << " operations in fp32\n";
  if (!report.isReached)
    return;
  size_t kept = report.kept.size() + report.raised.size();
  if (report.halfIsEnough)
    llvm::outs() << "fp16 is sufficient for " << targetOf(options.half.target) << "\n";
  else
    llvm::outs() << kept << (kept == 1 ? " operation" : " operations") << " in fp32: " << decibels(report.found) << " dB, sufficient for "
                 << targetOf(options.half.target) << " (" << report.trials << " programs tried"
                 << (report.wasCut ? "; the search was stopped early, fewer operations may be sufficient" : "") << ")\n";
  llvm::outs() << "  --passes=" << printable(report.passes()) << "\n";
}

// ---- For programs -----------------------------------------------------------

llvm::json::Value jsonNumber(double value) { // JSON has no infinity
  return std::isfinite(value) ? llvm::json::Value(value) : llvm::json::Value(value > 0 ? "inf" : value < 0 ? "-inf" : "nan");
}

llvm::json::Object errorAsJson(const HalfError &error) {
  return llvm::json::Object{{"psnr", jsonNumber(error.psnr())},
                            {"overflow", int64_t(error.overflow)},
                            {"underflow", int64_t(error.underflow)},
                            {"nan", int64_t(error.nan)}};
}

void printHalfJson(const HalfReport &report) {
  llvm::json::Array operations, kept, raised;
  for (const HalfOperation &op : report.operations)
    operations.push_back(llvm::json::Object{{"operation", llvm::json::fixUTF8(op.name)},
                                            {"type", op.op->type().str()},
                                            {"largest", jsonNumber(op.own.peak)},
                                            {"own", errorAsJson(op.own)},
                                            {"total", errorAsJson(op.total)},
                                            {"free", op.isFree},
                                            {"kept", op.isKept}});
  for (const std::string &name : report.kept)
    kept.push_back(llvm::json::fixUTF8(name));
  for (const std::string &name : report.raised)
    raised.push_back(llvm::json::fixUTF8(name));
  llvm::json::Object object{{"operations", std::move(operations)},
                            {"psnr", llvm::json::Object{{"fp16", jsonNumber(report.allHalf)},
                                                        {"fp32", jsonNumber(report.allSingle)},
                                                        {"found", jsonNumber(report.found)}}},
                            {"reached", report.isReached},
                            {"kept", std::move(kept)},
                            {"raised", std::move(raised)},
                            {"passes", report.isReached ? llvm::json::Value(llvm::json::fixUTF8(report.passes())) : nullptr},
                            {"trials", report.trials},
                            {"cut", report.wasCut}};
  llvm::outs() << llvm::formatv("{0:2}", llvm::json::Value(std::move(object))) << "\n";
}

// ---- The command ------------------------------------------------------------

/// Opens the model again and rewrites it, so that the names made by passes only depend on the file.
bool writeModel(const HalfReport &report, PrecisionOptions &options, DiagnosticEngine &diags) {
  Context context;
  Result<OpenedModel> opened = openModel(options.input, context, diags, options.settings.open);
  if (!opened || !checkOutput(options.output.path, diags, options.output.save, &*opened->model, &*opened) ||
      !runPasses(*opened->model, report.passes(), diags))
    return false;
  return bool(options.output.saveSharing(*opened->model, &*opened, diags));
}

bool findHalf(PrecisionOptions &options, DiagnosticEngine &diags) {
  Context context;
  Result<milc::Runnable> model = milc::openRunnable(options.input, options.function, context, options.settings, diags);
  if (!model)
    return false;
  const Model &opened = *model->models.front().model;
  if (model->models.size() > 1 || !opened.program) {
    diags.report(Location::ofFile(opened.sourceFile), diag::HalfNotAModel);
    return false;
  }
  if (!verifyForPasses(opened, diags))
    return false;
  std::vector<NamedValues> samples;
  for (size_t i = 0; i < std::max(options.samples, options.values.steps()); ++i) {
    Result<NamedValues> inputs = milc::inputsOf(*model->runner, options.values, i, diags);
    if (!inputs)
      return false;
    samples.push_back(std::move(*inputs));
  }
  const Function &function = model->runner->function();
  const FunctionDescription *description = opened.description ? opened.description->function(function.name()) : nullptr;
  options.half.run = options.settings.run;
  if (llvm::sys::Process::StandardErrIsDisplayed())
    options.half.progress = [](unsigned trials) { llvm::errs() << "\r\x1b[Kprograms tried: " << trials << "\r"; };
  Result<HalfReport> report = tryHalf(function, description, samples, options.half, diags);
  if (options.half.progress)
    llvm::errs() << "\r\x1b[K";
  if (!report)
    return false;
  if (options.json)
    printHalfJson(*report);
  else
    printOperations(*report, options.shown), printHalfResult(*report, options);
  llvm::outs().flush();
  if (!report->isReached) {
    diags.report(function.location(), diag::HalfOutOfReach, function.name().str(), targetOf(options.half.target),
                 decibels(report->allSingle) + " dB", report->free);
    return false;
  }
  return options.output.path.empty() || writeModel(*report, options, diags);
}

} // namespace

int milc::runPrecision(int argc, char **argv) {
  CommandLine line(
      "precision",
      "Find the operations for which fp16 is not precise enough. Computes every value exactly and in fp16, lists the operations "
      "with the largest errors, and searches for a small set of operations that must stay in fp32 to reach the required precision. "
      "Prints the passes with the option for add_fp16_cast; -o writes the model.\n"
      "Exit status: 1 if even fp32 is not precise enough.",
      "  milc precision model.mlpackage\n"
      "  milc precision model.mlpackage --data samples.npz --psnr 50 -o fp16.mlpackage\n"
      "  milc precision model.mlpackage --samples 8 --tolerance 0.01 --json");
  PrecisionOptions options;
  line.app.add_option("IN", options.input, "Model: a package, .mlmodel, .mlmodelc or MIL text")->required()->type_name("");
  line.app.add_option("--function", options.function, "Analyse function F instead of the default function")->type_name("F");
  options.values.addTo(line.app, options.settings.run, "--data,--inputs");
  line.app.get_option("--data")->description(
      "Read inputs by name from an .npz file; if repeated, each file is a sample. States are zero before each sample");
  line.app.get_option("--steps")->description("Use N samples; if there are fewer files, the last one is reused");
  options.settings.addTo(line.app);
  CLI::Option *psnr = line.app.add_option("--psnr", options.half.target.psnr,
                                          "Require a peak signal-to-noise ratio of at least DB for each output (default: 40)");
  psnr->type_name("DB")->check(milc::atLeast(-INFINITY));
  line.app
      .add_option_function<double>(
          "--tolerance", [&](double value) { options.half.target = {.absolute = value, .relative = value, .psnr = std::nullopt}; },
          "Instead of --psnr, allow elements of outputs to differ by T, absolutely and relatively")
      ->type_name("T")
      ->check(milc::atLeast(0))
      ->excludes(psnr);
  line.app.add_option("--samples", options.samples, "Use N inputs with different seeds")->type_name("N")->check(CLI::Range(1, 1000000));
  line.app.add_option("--max-trials", options.half.maxTrials, "Try at most N programs in the search")
      ->type_name("N")
      ->check(CLI::Range(2, 1000000))
      ->capture_default_str();
  line.app.add_option("--top", options.shown, "List the N operations with the largest errors; 0: all")
      ->type_name("N")
      ->capture_default_str();
  line.app.add_flag("--json", options.json, "Print one JSON document");
  options.output.addTo(line.app);
  line.app.get_option("--output")->required(false);
  line.app.get_option("--depfile")->needs("--output");
  if (auto status = line.parse(argc, argv))
    return *status;

  DiagnosticEngine diags(llvm::errs());
  if (!options.output.path.empty() && !options.output.check(diags))
    return exitBadInput;
  bool done = findHalf(options, diags);
  int status = finish(diags);
  return done ? status : exitBadInput;
}
