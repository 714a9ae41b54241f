// milc compress: stores the weights of a model in fewer bits.
#include "mil/Compress/Compress.h"
#include "CommandLine.h"
#include "CompressCurve.h"
#include "CompressReport.h"
#include "DependencyFile.h"
#include "Process.h"
#include "Table.h"
#include "mil/Compress/ConfigFile.h"
#include "mil/Compress/DiagnosticKinds.h"
#include "mil/Compress/Presets.h"
#include "mil/IR/Walk.h"
#include "mil/Pass/PassManager.h"
#include "mil/Passes/CompressionPasses.h"
#include "mil/Support/Files.h"
#include "mil/Support/Printable.h"
#include "mil/Support/Suggestions.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Process.h"
#include <chrono>
#include <cmath>

using namespace mil;

namespace {

/// "1.4GB", "300 MiB", "1200000", or "40%" of the current size; nullopt for something else.
std::optional<uint64_t> parseSize(llvm::StringRef text, uint64_t now) {
  static constexpr std::pair<llvm::StringRef, double> units[] = {
      {"", 1},         {"B", 1},     {"KB", 1e3},     {"MB", 1e6}, {"GB", 1e9}, {"KIB", 0x1p10}, {"MIB", 0x1p20},
      {"GIB", 0x1p30}, {"TB", 1e12}, {"TIB", 0x1p40}, {"K", 1e3},  {"M", 1e6},  {"G", 1e9},      {"T", 1e12}};
  llvm::StringRef number = text.take_while([](char c) { return llvm::isDigit(c) || c == '.'; });
  std::string unit = text.drop_front(number.size()).trim().upper();
  double value;
  if (number.empty() || number.getAsDouble(value))
    return std::nullopt;
  if (unit == "%")
    return uint64_t(double(now) * value / 100);
  for (auto [name, factor] : units)
    if (unit == name && value * factor < 0x1p63)
      return uint64_t(value * factor);
  return std::nullopt;
}

void printPresets() {
  milc::Table table({"preset", "needs", "bits", "description"});
  for (const Preset &preset : presets())
    table.add({preset.name.str(), preset.needs.str(), formatted("%g", preset.bits), preset.summary.str()});
  table.print(llvm::outs(), 0);
}

/// Shows the progress, and the remaining seconds once they can be estimated.
std::function<void(uint64_t, uint64_t)> progressOf(const char *what) {
  if (!llvm::sys::Process::StandardErrIsDisplayed())
    return nullptr;
  using Clock = std::chrono::steady_clock;
  return [what, start = Clock::now()](uint64_t done, uint64_t total) {
    double part = total ? double(done) / double(total) : 1;
    double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    llvm::errs() << "\r\x1b[K";
    if (done == total)
      return;
    llvm::errs() << what << ": " << int(part * 100) << " %";
    if (seconds > 1 && part > 0.02)
      llvm::errs() << ", " << int(seconds * (1 - part) / part + 1) << " s left";
  };
}

Status writeRecipe(const CompressionConfig &config, llvm::StringRef path, bool force, DiagnosticEngine &diags) {
  Result<std::unique_ptr<OutputFile>> file = OutputFile::create(path, force, diags);
  if (!file)
    return failure();
  printCompressionConfig(config, (*file)->stream());
  return (*file)->commit(diags);
}

/// The requested scheme: one of these.
struct Choice {
  std::vector<std::string> configs;
  std::string preset, size, target;
  std::optional<double> decibels;
  std::string recipe, curve, data, weighted, activations;
  unsigned samples = 0;
  bool joint = false, json = false, quiet = false, list = false;

  void addTo(CLI::App &app) {
    CLI::Option *files =
        app.add_option("--config", configs,
                       "Read the configuration from FILE, in coremltools' OptimizationConfig format, YAML or JSON; if repeated, "
                       "the files are applied one after the other")
            ->type_name("FILE");
    CLI::Option *named = app.add_option("--preset", preset, "Compress all weights with a preset, see --list-presets");
    CLI::Option *bytes = app.add_option("--size", size, "Choose a scheme for each weight so that the model fits SIZE: 1.4GB, 300MiB, 40%")
                             ->type_name("SIZE");
    CLI::Option *error =
        app.add_option("--max-error", decibels, "Choose the smallest schemes with a signal-to-noise ratio of at least DB decibels")
            ->type_name("DB");
    app.add_flag("--joint", joint, "Also compress weights that are already compressed in the model, as a second --config does")
        ->excludes(bytes)
        ->excludes(error);
    app.add_option("--recipe", recipe, "Write the chosen schemes to FILE, for use with --config")->type_name("FILE");
    app.add_option("--report", curve, "Write a page with the possible sizes and their errors, and all weights, to X.html")
        ->type_name("X.html");
    app.add_option("--target", target, "Raise the opset of all functions to this one first: ios16, ios17, ios18 or ios26")
        ->type_name("OPSET");
    app.add_option(
           "--data", data,
           "Calibrate with typical inputs from a .npz file or a folder of such files: weights are rounded so that the errors of layer "
           "outputs are small, and schemes are chosen by the error of the model's outputs, which is also shown for each weight")
        ->type_name("FILE.npz|DIR");
    app.add_option("--activations", activations,
                   "Also quantize activations to 8 bit integers, all or those in a configuration, with ranges determined from the data: "
                   "minmax, percentile or mse")
        ->type_name("RANGE")
        ->check(CLI::IsMember({"minmax", "percentile", "mse"}));
    app.add_option("--weighted", weighted,
                   "Weight elements by their importance when computing lookup tables; FILE.npz has an array for each weight, by name")
        ->type_name("FILE.npz");
    app.add_option("--check", samples,
                   "Run the model before and after on the data, or on N random inputs (default: 1), and print the error of the outputs")
        ->type_name("[N]")
        ->expected(0, 1)
        ->default_str("1")
        ->check(CLI::Range(1, 1000000));
    app.add_flag("--json", json, "Print JSON");
    app.add_flag("--quiet,-q", quiet, "Print nothing and don't measure errors");
    app.add_flag("--list-presets", list, "List the presets with their opset and bits per element");
    files->excludes(named)->excludes(bytes)->excludes(error);
    named->excludes(bytes)->excludes(error);
    bytes->excludes(error);
  }
  bool runs() const { return samples || !data.empty(); }
  bool isEmpty() const { return configs.empty() && preset.empty() && size.empty() && !decibels && activations.empty(); }
};

/// The state of a compression: the model, the schemes and the report.
struct Job {
  const Choice &choice;
  DiagnosticEngine &diags;
  CompressOptions options;
  Context context, otherContext;
  std::optional<OpenedModel> opened, before; ///< `before`: a second copy, which is run
  std::unique_ptr<Calibration> calibration;
  std::vector<CompressionConfig> configs;
  std::optional<ChosenSchemes> chosen;
  std::optional<CompressionReport> report;
  std::optional<std::vector<OutputError>> outputs;

  Job(const Choice &choice, DiagnosticEngine &diags) : choice(choice), diags(diags) {}
  bool open(const std::string &path, const OpenOptions &how);
  bool configure();
  bool compress();
  llvm::StringRef whyNothing() const;
  bool check();
};

bool Job::open(const std::string &path, const OpenOptions &how) {
  Result<OpenedModel> first = openModel(path, context, diags, how);
  if (!first || !verifyForPasses(*first->model, diags))
    return false;
  opened = std::move(*first);
  if (!choice.runs())
    return true;
  Result<OpenedModel> second = openModel(path, otherContext, diags, how);
  if (!second)
    return false;
  before = std::move(*second);
  if (choice.data.empty())
    return true;
  Result<Samples> samples = choice.data == "random" ? Samples::random(1) : Samples::open(choice.data, diags);
  if (!samples)
    return false;
  Result<std::unique_ptr<Calibration>> made = Calibration::make(*before->model, std::move(*samples), diags);
  if (!made)
    return false;
  calibration = std::move(*made);
  options.calibration = calibration.get();
  return true;
}

bool isForWeights(const CompressionConfig &config) { return !config.activations; }

/// Prepares the configurations; chooses schemes if necessary.
bool Job::configure() {
  usePasses(options, diags);
  for (const std::string &path : choice.configs) {
    Result<CompressionConfig> config = readCompressionConfig(path, diags);
    if (!config)
      return false;
    configs.push_back(std::move(*config));
  }
  if (const Preset *preset = findPreset(choice.preset))
    for (const Scheme &scheme : preset->schemes) {
      CompressionConfig config;
      config.global = SchemeEntry{scheme};
      configs.push_back(std::move(config));
    }
  if (!choice.size.empty() || choice.decibels) {
    Wanted wanted;
    wanted.decibels = choice.decibels;
    if (!choice.size.empty())
      wanted.bytes = parseSize(choice.size, constantBytes(*opened->model));
    CompressOptions searching = options;
    searching.progress = progressOf("trying");
    Result<ChosenSchemes> found = chooseSchemes(*opened->model, wanted, diags, searching);
    if (!found)
      return false;
    configs.push_back(found->config);
    chosen = std::move(*found);
  }
  if (!choice.activations.empty() && llvm::all_of(configs, isForWeights))
    configs.emplace_back().activations.emplace();
  if (choice.weighted.empty())
    return true;
  Result<Importance> importance = readImportance(choice.weighted, diags);
  auto first = llvm::find_if(configs, isForWeights);
  if (importance && first != configs.end())
    first->importance = std::move(*importance);
  return bool(importance);
}

bool Job::compress() {
  using Range = ActivationOptions::Range;
  options.activationRange = choice.activations == "percentile" ? Range::Percentile
                            : choice.activations == "mse"      ? Range::LeastError
                                                               : Range::MinMax;
  options.progress = progressOf("compressing");
  options.joint = choice.joint;
  Result<CompressionReport> done = compressModel(*opened->model, configs, diags, options);
  if (!done)
    return false;
  report = std::move(*done);
  if (!report->compressed() && llvm::any_of(configs, isForWeights))
    diags.report({}, diag::CompressNothing, whyNothing());
  return true;
}

/// Why no weight was compressed.
llvm::StringRef Job::whyNothing() const {
  if (choice.decibels)
    return "no scheme has an error as small as that";
  if (chosen)
    return "the model already meets the target";
  if (!report->weights.empty())
    return describe(report->weights.front().why);
  bool isCompressed = false;
  forEachProgram(*opened->model, [&](const Program &program, const Model &) {
    forEachOperation(program, [&](const Operation &op) { isCompressed |= op.isConstexpr(); });
  });
  return isCompressed && !choice.joint ? "weights are compressed already; --joint compresses them again"
                                       : "no weight has a scheme, at least two dimensions and enough elements";
}

bool Job::check() {
  if (!choice.samples)
    return true;
  const Samples random = Samples::random(choice.samples);
  Result<std::vector<OutputError>> errors =
      outputErrors(*before->model, *opened->model, calibration ? calibration->samples() : random, diags);
  if (errors)
    outputs = std::move(*errors);
  return bool(errors);
}

/// Refuses options that contradict each other or have invalid values.
std::optional<int> refuseWrong(const milc::CommandLine &line, const std::string &input, const Choice &choice) {
  const CLI::App &app = line.app;
  if (input.empty())
    return line.refuse(*app.get_option("IN"), "give a model");
  if (choice.isEmpty())
    return line.refuse(*app.get_option("--config"), "give --config, --preset, --size, --max-error or --activations");
  if (!choice.preset.empty() && !findPreset(choice.preset)) {
    llvm::SmallVector<llvm::StringRef> names;
    for (const Preset &preset : presets())
      names.push_back(preset.name);
    return line.refuse(*app.get_option("--preset"),
                       "unknown preset '" + choice.preset + "'" + suggestion(nearestName(choice.preset, names)));
  }
  if (!choice.size.empty() && !parseSize(choice.size, 0))
    return line.refuse(*app.get_option("--size"), "'" + choice.size + "' is not a size such as 1.4GB, 300MiB or 40%");
  if (choice.decibels && !std::isfinite(*choice.decibels))
    return line.refuse(*app.get_option("--max-error"), "the number of decibels must be finite");
  if (!choice.activations.empty() && choice.data.empty())
    return line.refuse(*app.get_option("--activations"), "needs --data to determine the ranges of values");
  if (!choice.recipe.empty() && !choice.configs.empty())
    return line.refuse(*app.get_option("--recipe"), "only applies to --preset, --size and --max-error");
  if (!choice.recipe.empty() && choice.preset.empty() && choice.size.empty() && !choice.decibels)
    return line.refuse(*app.get_option("--recipe"), "only applies to --preset, --size and --max-error");
  if (const Preset *preset = findPreset(choice.preset); preset && preset->schemes.size() > 1 && !choice.recipe.empty())
    return line.refuse(*app.get_option("--recipe"), "'" + choice.preset + "' compresses twice, which needs two configurations");
  if (choice.runs() && input == "-")
    return line.refuse(*app.get_option(choice.data.empty() ? "--check" : "--data"), "standard input can only be read once; give a file");
  if (!choice.target.empty() && opsetFromName(choice.target) < Opset::IOS16)
    return line.refuse(*app.get_option("--target"), "'" + choice.target + "' is not ios16, ios17, ios18 or ios26");
  return std::nullopt;
}

} // namespace

int milc::runCompress(int argc, char **argv) {
  CommandLine line(
      "compress",
      "Compress the weights of a model: quantize them to integers with scales, palettize them to indices into lookup tables, or "
      "prune small ones. A configuration or a preset selects the schemes; or give a size or an error, and the best scheme is "
      "chosen for each weight. Prints the change of each weight. docs/compression.md describes the schemes.",
      "  milc compress model.mlpackage --preset 4bit-palette -o small.mlpackage\n"
      "  milc compress model.mlpackage --config config.yaml -o small.mlpackage\n"
      "  milc compress model.mlpackage --size 40% --recipe chosen.yaml -o small.mlpackage\n"
      "  milc compress model.mlpackage --preset int4-block --data calibration.npz --check -o small.mlpackage\n"
      "  milc compress --list-presets");
  std::string input;
  OpenOptions open;
  OutputOptions output;
  Choice choice;
  line.app.add_option("IN", input, "Model: a package, a .mlmodel, a .mlmodelc folder, MIL text, or -")->type_name("");
  addInputOptions(line.app, open);
  output.addTo(line.app, "-");
  choice.addTo(line.app);
  if (auto status = line.parse(argc, argv))
    return *status;
  const CLI::App &app = line.app;
  if (choice.list) {
    printPresets();
    return exitOk;
  }
  choice.samples = app.get_option("--check")->count() && !choice.samples ? 1 : choice.samples;
  if (auto status = refuseWrong(line, input, choice))
    return *status;
  if (choice.json && isStandardOutput(output.path))
    return line.refuse(*app.get_option("--json"), "the program is written to standard output; give -o");

  DiagnosticEngine diags(llvm::errs());
  if (!output.check(diags) || !checkDistinct({output.path, choice.recipe, choice.curve, dependencyFile()}, diags))
    return exitBadInput;
  for (const std::string &path : {choice.recipe, choice.curve})
    if (!path.empty() && !checkOutputFile(path, output.save.force, diags))
      return exitBadInput;
  Job job(choice, diags);
  job.options.measure = !choice.quiet;
  job.options.target = choice.target.empty() ? Opset::Unknown : opsetFromName(choice.target);
  if (!job.open(input, open) || !job.configure() || !job.compress() || !job.check())
    return exitBadInput;
  output.save.layout = isStream(output.path) ? SaveOptions::Layout::Keep : SaveOptions::Layout::Share;
  output.save.progress = terminalProgress();
  for (const std::string &path : {choice.recipe, choice.curve})
    if (!path.empty() && !refuseInputs(path, {&*job.opened}, diags))
      return exitBadInput;
  CommandOutputs outputs;
  if (!saveModel(*job.opened->model, output.path, diags, output.save, &*job.opened))
    return exitBadInput;
  if (!choice.recipe.empty() && !writeRecipe(job.configs.front(), choice.recipe, output.save.force, diags))
    return exitBadInput;
  CompressSummary summary{*job.report, job.chosen ? &*job.chosen : nullptr, job.outputs ? &*job.outputs : nullptr, !choice.data.empty()};
  if (!choice.curve.empty() && !writeCurve(summary, choice.curve, output.save.force, diags))
    return exitBadInput;
  if (!outputs.commit(diags))
    return exitBadInput;
  if (choice.quiet || isStandardOutput(output.path))
    return finish(diags);
  outputIsWritten();
  printSummary(summary, choice.json);
  return finish(diags);
}
