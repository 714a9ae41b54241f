// milc compare: compares the results of two models.
#include "RunInputs.h"
#include "Table.h"
#include "mil/Run/CompareJson.h"
#include "mil/Run/DiagnosticKinds.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"
#include <cmath>

using namespace mil;

namespace {

void printDifferences(llvm::StringRef heading, llvm::ArrayRef<ValueDifference> differences) {
  milc::Table table({heading.str(), "elements", "beyond", "absolute", "relative", "PSNR", "cosine"});
  for (const ValueDifference &d : differences)
    if (d.sameShape)
      table.add({d.name, std::to_string(d.count), std::to_string(d.beyond), milc::formatNumber(d.absolute), milc::formatNumber(d.relative),
                 milc::formatNumber(d.psnr), milc::formatNumber(d.cosine)});
    else
      table.add({d.name, std::to_string(d.count), "all", "different shape"});
  table.print(llvm::outs(), 0);
}

void print(const Comparison &comparison) {
  printDifferences("output", comparison.outputs);
  for (const std::string &name : comparison.missing)
    llvm::outs() << "the first model has no output '" << printable(name) << "'\n";
  std::vector<ValueDifference> apart;
  for (const ValueDifference &d : comparison.inside)
    if (!d.within)
      apart.push_back(d);
  llvm::outs() << comparison.inside.size() << " intermediate values have the same name in both, " << apart.size() << " of them differ\n";
  if (!apart.empty())
    printDifferences("value", llvm::ArrayRef(apart).take_front(20));
  if (!comparison.firstApart.empty())
    llvm::outs() << "the results first differ at " << printable(comparison.firstApart) << "\n";
}

void printJson(llvm::ArrayRef<Comparison> comparisons) {
  llvm::json::Array samples;
  for (const Comparison &comparison : comparisons)
    samples.push_back(comparisonAsJson(comparison));
  llvm::outs() << llvm::formatv("{0:2}", llvm::json::Value(llvm::json::Object{{"samples", std::move(samples)}})) << "\n";
}

/// The options of the command.
struct CompareRequest {
  std::string first, second, function, otherPrecision;
  milc::InputChoice values;
  milc::RunSettings settings;
  Tolerance tolerance;
  size_t samples = 1;
  bool json = false;
  CLI::Option *other = nullptr;

  bool hasExpectedOutputs() const { return llvm::StringRef(second).ends_with_insensitive(".npz"); }
  /// The path and settings of the other model, unless the first one is compared with expected outputs.
  const std::string &otherPath() const { return second.empty() ? first : second; }
  milc::RunSettings otherSettings() const {
    milc::RunSettings others = settings;
    if (!otherPrecision.empty())
      others.run.precision = milc::precisions().at(otherPrecision);
    return others;
  }

  void addTo(CLI::App &app) {
    app.add_option("A", first, "Model")->required()->type_name("");
    other = app.add_option("B", second, "Second model, or .npz file with expected outputs");
    other->type_name("");
    app.add_option("--precision-of", otherPrecision, "Compare the model with itself, run in another precision: declared, fp32 or exact")
        ->type_name("P")
        ->check(CLI::IsMember({"declared", "fp32", "exact"}))
        ->excludes(other);
    app.add_option("--function", function, "Compare function F of both models instead of the default functions")->type_name("F");
    values.addTo(app, settings.run);
    settings.addTo(app);
    CLI::Option *largest = app.add_option_function<double>(
        "--tolerance", [&](double value) { tolerance.absolute = tolerance.relative = value; },
        "Allow elements to differ by T, absolutely and relatively");
    largest->type_name("T")->default_str("0.001")->check(milc::atLeast(0));
    app.add_option("--psnr", tolerance.psnr, "Require a peak signal-to-noise ratio of at least DB for each output, instead of --tolerance")
        ->type_name("DB")
        ->check(milc::atLeast(-INFINITY))
        ->excludes(largest);
    app.add_option("--samples", samples, "Compare on N inputs with different seeds")->type_name("N")->check(CLI::Range(1, 1000000));
    app.add_flag("--json", json, "Print one JSON document");
  }
};

/// Compares the outputs of a step of a model with those in a file.
Result<Comparison> compareWithExpected(ModelRunner &runner, States &states, const NamedValues &inputs, const CompareRequest &request,
                                       DiagnosticEngine &diags) {
  Result<NamedArrays> arrays = readArrays(request.second, diags, {}, TextArrays::Skip); // labels are not compared
  Result<NamedValues> outputs = arrays ? runner.run(inputs, states, diags) : Result<NamedValues>(failure());
  if (!outputs)
    return failure();
  NamedValues expected;
  for (auto &[name, tensor] : *arrays)
    expected[name] = std::move(tensor);
  return compareOutputs(*outputs, expected, runner.outputs(), request.tolerance);
}

/// Reports an error if nothing was compared: models without a common output are not equal.
Status requireOutputs(const Comparison &comparison, const ModelRunner &a, const CompareRequest &request, DiagnosticEngine &diags) {
  if (!comparison.outputs.empty() || !comparison.missing.empty())
    return success();
  std::string names;
  for (const RunPort &port : a.outputs())
    names += (names.empty() ? "'" : ", '") + port.name + "'";
  return diags.report({}, diag::BadInputText, request.otherPath(), "it has none of the numeric outputs of the model: " + names);
}

/// Compares on each sample of the inputs, or in each step. `b` is null if expected outputs are given: those of the last step.
Result<std::vector<Comparison>> compareSamples(ModelRunner &a, ModelRunner *b, const CompareRequest &request, DiagnosticEngine &diags) {
  std::vector<Comparison> comparisons;
  bool steps = request.samples == 1;
  size_t count = std::max(request.samples, request.values.steps());
  States statesOfA, statesOfB;
  for (size_t sample = 0; sample < count; ++sample) {
    if (!steps || sample == 0) {
      statesOfA = a.newStates();
      statesOfB = b ? b->newStates() : States();
    }
    Result<NamedValues> inputs = milc::inputsOf(a, request.values, sample, diags);
    if (!inputs)
      return failure();
    Result<Comparison> comparison = b ? compareStep(a, statesOfA, *b, statesOfB, *inputs, request.tolerance, diags)
                                      : compareWithExpected(a, statesOfA, *inputs, request, diags);
    if (!comparison || !requireOutputs(*comparison, a, request, diags))
      return failure();
    if (b || !steps || sample + 1 == count)
      comparisons.push_back(std::move(*comparison));
  }
  return comparisons;
}

} // namespace

int milc::runCompare(int argc, char **argv) {
  CommandLine line("compare",
                   "Compare the results of two models. Runs both on the same inputs and prints the largest errors of each output and of "
                   "intermediate values with the same name. Also prints the first operation whose result differs although its arguments "
                   "don't. Instead of a second model, expected outputs can be given in a file.\n"
                   "Exit status: 0 when all outputs are within the tolerance, 1 when one is not or an input is bad, 2 for wrong usage.",
                   "  milc compare before.mlpackage after.mlpackage\n"
                   "  milc compare model.mlpackage expected.npz --inputs inputs.npz --tolerance 0.01\n"
                   "  milc compare fp32.mlpackage fp16.mlpackage --samples 10 --psnr 40\n"
                   "  milc compare model.mlpackage --precision-of exact");
  CompareRequest request;
  request.addTo(line.app);
  if (auto status = line.parse(argc, argv))
    return *status;
  if (request.second.empty() && request.otherPrecision.empty())
    return line.refuse(*request.other, "give a second model, expected outputs, or --precision-of");

  DiagnosticEngine diags(llvm::errs());
  Context context;
  Result<Runnable> a = openRunnable(request.first, request.function, context, request.settings, diags);
  if (!a)
    return exitBadInput;
  std::optional<Runnable> b;
  if (!request.hasExpectedOutputs()) {
    Result<Runnable> other = openRunnable(request.otherPath(), request.function, context, request.otherSettings(), diags);
    if (!other)
      return exitBadInput;
    b = std::move(*other);
  }
  Result<std::vector<Comparison>> comparisons = compareSamples(*a->runner, b ? b->runner.get() : nullptr, request, diags);
  if (!comparisons)
    return exitBadInput;
  bool within = llvm::all_of(*comparisons, [](const Comparison &comparison) { return comparison.within(); });
  if (request.json)
    printJson(*comparisons);
  else
    for (size_t i = 0; i < comparisons->size(); ++i) {
      if (comparisons->size() > 1)
        llvm::outs() << (i ? "\n" : "") << (request.samples > 1 ? "sample " : "step ") << i
                     << ((*comparisons)[i].within() ? "" : ": beyond the tolerance") << "\n";
      print((*comparisons)[i]);
    }
  int status = finish(diags);
  return within ? status : exitDiffers;
}
