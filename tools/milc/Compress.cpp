// milc compress: stores the weights of a model in fewer bits.
#include "mil/Compress/Compress.h"
#include "CommandLine.h"
#include "CompressCurve.h"
#include "ModelPrograms.h"
#include "Table.h"
#include "mil/Compress/ConfigFile.h"
#include "mil/Compress/DiagnosticKinds.h"
#include "mil/Compress/Presets.h"
#include "mil/Pass/PassManager.h"
#include "mil/Passes/AllPasses.h"
#include "mil/Support/Files.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/Process.h"
#include <nlohmann/json.hpp>

using namespace mil;
using Json = nlohmann::ordered_json;

namespace {

std::string formatted(const char *format, double value) {
  std::string text;
  llvm::raw_string_ostream(text) << llvm::format(format, value);
  return text;
}
std::string formatDecibels(double value) { return std::isinf(value) ? "exact" : formatted("%.1f dB", value); }

/// "1.4GB", "300 MiB", "1200000", or "40%" of what there is; nullopt for something else.
std::optional<uint64_t> parseSize(llvm::StringRef text, uint64_t now) {
  static constexpr std::pair<llvm::StringRef, double> units[] = {{"", 1},     {"B", 1},        {"KB", 1e3},     {"MB", 1e6},
                                                                 {"GB", 1e9}, {"KIB", 0x1p10}, {"MIB", 0x1p20}, {"GIB", 0x1p30},
                                                                 {"K", 1e3},  {"M", 1e6},      {"G", 1e9}};
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
  milc::Table table({"preset", "needs", "bits", "what it does"});
  for (const Preset &preset : presets())
    table.add({preset.name.str(), preset.needs.str(), formatted("%g", preset.bits), preset.says.str()});
  table.print(llvm::outs(), 0);
}

// ---- What was done

struct Total {
  uint64_t weights = 0, before = 0, after = 0;
};

void printReport(const CompressionReport &report) {
  std::map<std::string, Total> bySchemes;
  milc::Table weights({"weight", "type", "scheme", "before", "after", "SNR", "largest error"});
  for (const WeightChange &change : report.weights) {
    std::string scheme = change.scheme ? describe(*change.scheme) : "left: " + describe(change.why).str();
    weights.add({change.name, change.type.str(), scheme, milc::formatBytes(change.bytesBefore),
                 change.scheme ? milc::formatBytes(change.bytesAfter) : "", change.error ? formatDecibels(change.error->snr()) : "",
                 change.error ? formatted("%.3g", change.error->largest) : ""});
    Total &total = bySchemes[change.scheme ? scheme : "left as it is"];
    ++total.weights;
    total.before += change.bytesBefore, total.after += change.scheme ? change.bytesAfter : change.bytesBefore;
  }
  weights.print(llvm::outs(), 0);
  llvm::outs() << "\n";
  milc::Table schemes({"scheme", "weights", "before", "after"});
  for (const auto &[scheme, total] : bySchemes)
    schemes.add({scheme, milc::formatCount(total.weights), milc::formatBytes(total.before), milc::formatBytes(total.after)});
  schemes.print(llvm::outs(), 0);
}

void printCurve(const ChosenSchemes &chosen) {
  milc::Table table({"size", "SNR of weights", ""});
  bool marked = false;
  auto add = [&](const Allocation &at, const char *mark) {
    table.add({milc::formatBytes(at.bytes + chosen.otherBytes), formatDecibels(decibels(at.noise)), mark});
  };
  for (const Allocation &at : chosen.curve) {
    if (!marked && at.bytes >= chosen.allocation.bytes) {
      add(chosen.allocation, "<- chosen");
      marked = true;
      if (at.bytes == chosen.allocation.bytes)
        continue;
    }
    add(at, "");
  }
  table.print(llvm::outs(), 0);
  llvm::outs() << "\n";
}

Json toJson(const CompressionReport &report, const ChosenSchemes *chosen) {
  Json weights = Json::array(), curve = Json::array();
  for (const WeightChange &change : report.weights) {
    Json each{{"function", change.function},
              {"name", change.name},
              {"type", change.type.str()},
              {"scheme", change.scheme ? Json(describe(*change.scheme)) : Json()},
              {"left", describe(change.why).str()},
              {"bytesBefore", change.bytesBefore},
              {"bytesAfter", change.scheme ? change.bytesAfter : change.bytesBefore}};
    if (change.error)
      each["error"] = {{"mean", change.error->mean()}, {"largest", change.error->largest}, {"snr", change.error->snr()}};
    weights.push_back(std::move(each));
  }
  Json json{{"weights", std::move(weights)}};
  if (chosen) {
    for (const Allocation &at : chosen->curve)
      curve.push_back({{"bytes", at.bytes + chosen->otherBytes}, {"snr", decibels(at.noise)}});
    json["bytes"] = chosen->allocation.bytes + chosen->otherBytes;
    json["snr"] = decibels(chosen->allocation.noise);
    json["curve"] = std::move(curve);
  }
  return json;
}

std::function<void(size_t)> progressOf(const char *what) {
  if (!llvm::sys::Process::StandardErrIsDisplayed())
    return nullptr;
  return [what](size_t done) { llvm::errs() << "\r\x1b[K" << what << " " << done << "\r"; };
}

Status writeRecipe(const CompressionConfig &config, llvm::StringRef path, bool force, DiagnosticEngine &diags) {
  Result<std::unique_ptr<OutputFile>> file = OutputFile::create(path, force, diags);
  if (!file)
    return failure();
  printCompressionConfig(config, (*file)->stream());
  return (*file)->commit(diags);
}

/// What is asked for: one of these.
struct Choice {
  std::vector<std::string> configs;
  std::string preset, size, target;
  std::optional<double> decibels;
  std::string recipe, curve;
  bool json = false, quiet = false, list = false;

  void addTo(CLI::App &app) {
    CLI::Option *files = app.add_option("--config", configs,
                                        "Compress as FILE says, in the format of coremltools' OptimizationConfig, YAML or JSON; each "
                                        "further one compresses again what the one before has made")
                             ->type_name("FILE");
    CLI::Option *named = app.add_option("--preset", preset, "Compress all weights in one way; --list-presets shows which there are");
    CLI::Option *bytes =
        app.add_option("--size", size, "Choose a scheme for each weight so that all take SIZE: 1.4GB, 300MiB, 40%")->type_name("SIZE");
    CLI::Option *error =
        app.add_option("--max-error", decibels, "Choose the smallest schemes whose signal-to-noise ratio is DB decibels")->type_name("DB");
    app.add_option("--recipe", recipe, "Write what --preset, --size or --max-error chose to FILE, for --config")->type_name("FILE");
    app.add_option("--report", curve, "Write X.html: a page of the sizes and errors that could be chosen, and of all weights")
        ->type_name("X.html");
    app.add_option("--target", target, "Raise the opset of all functions to this one first: ios16, ios17, ios18 or ios26")
        ->type_name("OPSET");
    app.add_flag("--json", json, "Print JSON");
    app.add_flag("--quiet,-q", quiet, "Print nothing, and measure no errors");
    app.add_flag("--list-presets", list, "List the presets with what they need and leave");
    files->excludes(named)->excludes(bytes)->excludes(error);
    named->excludes(bytes)->excludes(error);
    bytes->excludes(error);
  }
  bool isEmpty() const { return configs.empty() && preset.empty() && size.empty() && !decibels; }
};

/// Prepares the configurations, choosing schemes if need be.
Result<std::vector<CompressionConfig>> configurations(const Choice &choice, Model &model, const CompressOptions &options,
                                                      std::optional<ChosenSchemes> &chosen, DiagnosticEngine &diags) {
  std::vector<CompressionConfig> configs;
  for (const std::string &path : choice.configs) {
    Result<CompressionConfig> config = readCompressionConfig(path, diags);
    if (!config)
      return failure();
    configs.push_back(std::move(*config));
  }
  if (const Preset *preset = findPreset(choice.preset))
    for (const Scheme &scheme : preset->schemes) {
      CompressionConfig config;
      config.global = SchemeEntry{scheme};
      configs.push_back(std::move(config));
    }
  if (choice.size.empty() && !choice.decibels)
    return configs;
  Wanted wanted;
  wanted.decibels = choice.decibels;
  if (!choice.size.empty())
    wanted.bytes = parseSize(choice.size, constantBytes(model));
  CompressOptions searching = options;
  searching.progress = progressOf("weights tried:");
  Result<ChosenSchemes> found = chooseSchemes(model, wanted, diags, searching);
  if (!found)
    return failure();
  configs.push_back(found->config);
  chosen = std::move(*found);
  return configs;
}

} // namespace

int milc::runCompress(int argc, char **argv) {
  CommandLine line("compress",
                   "Store the weights of a model in fewer bits: as integers with scales, as indices into tables of few values, or without "
                   "the small ones. A configuration or a preset says how; or a size or an error says what to reach, and each weight gets "
                   "the scheme that costs least. Prints what became of each weight. docs/compression.md tells which scheme is for what.",
                   "  milc compress model.mlpackage --preset 4bit-palette -o small.mlpackage\n"
                   "  milc compress model.mlpackage --config config.yaml -o small.mlpackage\n"
                   "  milc compress model.mlpackage --size 40% --recipe chosen.yaml -o small.mlpackage\n"
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
  if (choice.list) {
    printPresets();
    return exitOk;
  }
  CompressOptions options;
  options.measure = !choice.quiet;
  const CLI::App &app = line.app;
  if (input.empty())
    return line.refuse(*app.get_option("IN"), "a model is needed");
  if (choice.isEmpty())
    return line.refuse(*app.get_option("--config"), "it, --preset, --size or --max-error must say how to compress");
  if (!choice.preset.empty() && !findPreset(choice.preset)) {
    llvm::SmallVector<llvm::StringRef> names;
    for (const Preset &preset : presets())
      names.push_back(preset.name);
    return line.refuse(*app.get_option("--preset"), "there is no '" + choice.preset + "'" + suggestion(nearestName(choice.preset, names)));
  }
  if (!choice.size.empty() && !parseSize(choice.size, 0))
    return line.refuse(*app.get_option("--size"), "'" + choice.size + "' is not a size such as 1.4GB, 300MiB or 40%");
  if (!choice.recipe.empty() && !choice.configs.empty())
    return line.refuse(*app.get_option("--recipe"), "there is one already");
  if (!choice.target.empty() && (options.target = opsetFromName(choice.target)) < Opset::IOS16)
    return line.refuse(*app.get_option("--target"), "'" + choice.target + "' is not ios16, ios17, ios18 or ios26");

  DiagnosticEngine diags(llvm::errs());
  Context context;
  Result<OpenedModel> opened = openModel(input, context, diags, open);
  if (!opened || !verifyFirst(*opened->model, diags))
    return exitBadInput;
  Model &model = *opened->model;
  std::optional<ChosenSchemes> chosen;
  Result<std::vector<CompressionConfig>> configs = configurations(choice, model, options, chosen, diags);
  if (!configs)
    return exitBadInput;
  options.progress = progressOf("weights compressed:");
  Result<CompressionReport> report = compressModel(model, *configs, diags, options);
  if (!report)
    return exitBadInput;
  if (configs->size() > 1) {
    PassManager manager(allPasses());
    Result<PassList> passes = parsePasses("canonicalize_quantized_lut_pattern", allPasses(), diags);
    if (!passes || !manager.add(*passes, diags) || !manager.run(model, diags))
      return exitBadInput;
  }
  if (!report->compressed())
    diags.report({}, diag::CompressNothing,
                 report->weights.empty() ? "none has a scheme, two dimensions and enough elements" : describe(report->weights.front().why));
  bool toStream = output.path == "-";
  output.save.layout = toStream ? SaveOptions::Layout::Keep : SaveOptions::Layout::Share;
  output.save.progress = terminalProgress();
  if (!saveModel(model, output.path, diags, output.save, &*opened))
    return exitBadInput;
  if (!choice.recipe.empty() && !writeRecipe(configs->front(), choice.recipe, output.save.force, diags))
    return exitBadInput;
  if (!choice.curve.empty() && !writeCurve(*report, chosen ? &*chosen : nullptr, choice.curve, output.save.force, diags))
    return exitBadInput;
  if (choice.quiet || (toStream && !choice.json))
    return finish(diags);
  if (choice.json) {
    llvm::outs() << toJson(*report, chosen ? &*chosen : nullptr).dump(2, ' ', false, Json::error_handler_t::replace) << "\n";
  } else {
    if (chosen)
      printCurve(*chosen);
    printReport(*report);
  }
  return finish(diags);
}
