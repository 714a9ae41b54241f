// milc unify: combines functions that only differ in weights or sizes.
#include "mil/Link/Unify.h"
#include "CommandLine.h"
#include "DependencyFile.h"
#include "ModelSpecs.h"
#include "Process.h"
#include "Table.h"
#include "mil/Support/Printable.h"
#include "llvm/Support/Path.h"

using namespace mil;

namespace {

/// The options of the command.
struct UnifyRequest {
  std::vector<std::string> inputs;
  OpenOptions open;
  milc::OutputOptions output;
  UnifyOptions options;
  std::string adaptersFolder;
  std::string format = "npz";
  std::optional<int64_t> rank;
  std::optional<double> tolerance;
  bool strict = false;
  unsigned samples = 0;
  CLI::Option *states = nullptr, *lowRank = nullptr, *check = nullptr;

  void addTo(CLI::App &app) {
    app.add_option("IN", inputs, "Models: packages, .mlmodelc folders, MIL text, or -; all functions of each, or FUNCTION")
        ->required()
        ->type_name("[NAME=]IN[:FUNCTION]");
    output.addTo(app);
    app.add_option("--adapters", adaptersFolder, "Write the weight values to this folder (default: OUT's name with _adapters)")
        ->type_name("DIR");
    app.add_option("--adapter-format", format, "Select the format of these files")
        ->check(CLI::IsMember({"npz", "safetensors"}))
        ->capture_default_str();
    app.add_flag("--decompress", options.decompress, "If compressed weights differ, use their decompressed values as inputs");
    states = app.add_flag("--state", options.states,
                          "Turn weights that differ into states instead of inputs, and add a function 'load' that sets them");
    app.add_flag("--range", options.range, "Allow all sizes from the smallest to the largest, instead of only those of the functions");
    addLowRankTo(app);
    check = app.add_option("--check", samples,
                           "Run each function and the result on N random inputs (default: 1), and print the error of the outputs")
                ->type_name("[N]")
                ->expected(0, 1)
                ->check(CLI::Range(1, 1000000));
    milc::addInputOptions(app, open);
  }

  /// Completes the options after parsing. Returns the exit status if they contradict each other.
  std::optional<int> complete(milc::CommandLine &line) {
    if (isStream(output.path) && adaptersFolder.empty())
      adaptersFolder = "adapters";
    if (*lowRank && *states)
      return line.refuse(*lowRank, "can't be combined with --state");
    if (*lowRank) {
      options.lowRank.emplace();
      options.lowRank->maxRank = rank;
      options.lowRank->tolerance = tolerance.value_or(options.lowRank->tolerance);
      options.lowRank->strict = strict;
    }
    return std::nullopt;
  }

  /// out.mlpackage: out_adapters beside it.
  std::string folder() const {
    if (!adaptersFolder.empty())
      return adaptersFolder;
    llvm::SmallString<128> path(llvm::StringRef(output.path).rtrim('/'));
    llvm::sys::path::replace_extension(path, "");
    return (path + "_adapters").str();
  }

private:
  void addLowRankTo(CLI::App &app) {
    lowRank = app.add_option("--low-rank", rank,
                             "If weights of linear differ by a matrix of at most rank R, keep the weight of the first function and "
                             "add two thin matrices as inputs (default: 64, or less for small weights)")
                  ->type_name("R")
                  ->expected(0, 1)
                  ->check(CLI::Range(int64_t(1), int64_t(1) << 20));
    app.add_option("--tolerance", tolerance, "With --low-rank, allow this error of a weight, relative to the weight (default: 1/2048)")
        ->type_name("T")
        ->check(milc::atLeast(0) & CLI::Range(0.0, 1.0))
        ->needs(lowRank);
    app.add_flag("--low-rank-only", strict,
                 "Fail if a difference of weights doesn't have a low rank, instead of turning the whole weights into inputs")
        ->needs(lowRank);
  }
};

void printShapes(const UnifiedModel &unified) {
  for (const UnifiedModel::Choice &choice : unified.shapes) {
    llvm::outs() << "  " << printable(choice.input) << ":";
    for (const auto &[i, shape] : llvm::enumerate(choice.shapes)) {
      llvm::outs() << (i ? " or [" : " [");
      for (const auto &[k, size] : llvm::enumerate(shape))
        llvm::outs() << (k ? ", " : "") << size;
      llvm::outs() << "]";
    }
    llvm::outs() << "\n";
  }
}

void printAdapters(const UnifiedModel &unified, llvm::StringRef folder, llvm::StringRef extension) {
  milc::Table table({"adapter", "inputs", "size"});
  for (const Adapter &adapter : unified.adapters) {
    uint64_t bytes = 0;
    for (const NamedArray &array : adapter.arrays)
      bytes += packedSize(array.value->type().dtype(), uint64_t(array.value->type().elementCount().value_or(0))).value_or(0);
    table.add({(folder + "/" + adapter.name + "." + extension).str(), milc::formatCount(adapter.arrays.size()), milc::formatBytes(bytes)});
  }
  table.print(llvm::outs());
}

void printRanks(const UnifiedModel &unified) {
  milc::Table table({"weight", "size", "rank", "error"});
  for (const LowRankWeight &weight : unified.lowRank) {
    table.add({weight.name, std::to_string(weight.rows) + " x " + std::to_string(weight.columns),
               weight.rank ? std::to_string(weight.rank) : "whole", formatted("%.2g", weight.error)});
  }
  table.print(llvm::outs());
}

void printChecks(llvm::ArrayRef<UnifiedCheck> checks) {
  milc::Table table({"function", "PSNR of outputs"});
  for (const UnifiedCheck &check : checks) {
    table.add({check.function, check.isExact ? "exact" : formatted("%.1f dB", check.psnr)});
  }
  table.print(llvm::outs());
}

void printReport(const UnifiedModel &unified, const UnifyRequest &request, llvm::ArrayRef<UnifiedCheck> checks) {
  llvm::outs() << printable(request.output.path) << ": one function for " << milc::formatCount(unified.functions.size())
               << ", specification version " << unified.model->specificationVersion << "\n";
  printShapes(unified);
  if (!unified.adapters.empty())
    printAdapters(unified, request.folder(), request.format);
  if (!unified.lowRank.empty())
    printRanks(unified);
  if (!checks.empty())
    printChecks(checks);
  llvm::outs() << "weights: " << milc::formatBytes(unified.weightBytesBefore) << " in memory with all functions loaded before, "
               << milc::formatBytes(unified.weightBytesAfter) << " after\n";
}

} // namespace

int milc::runUnify(int argc, char **argv) {
  CommandLine line("unify",
                   "Combine functions that only differ in weights or sizes into one function, so that only one copy is loaded at run time. "
                   "Weights that differ become inputs, and their values are written to one file per function; sizes that differ become "
                   "enumerated shapes, with those of the first function as the default.\n"
                   "Any other difference between the functions is an error.",
                   "  milc unify french.mlpackage german.mlpackage -o one.mlpackage --adapters adapters\n"
                   "  milc unify merged.mlpackage -o one.mlpackage\n"
                   "  milc unify base.mlpackage tuned.mlpackage --low-rank=32 -o one.mlpackage\n"
                   "  milc unify merged.mlpackage:infer_512 merged.mlpackage:infer_1024 -o one.mlpackage");
  UnifyRequest request;
  request.addTo(line.app);
  if (auto status = line.parse(argc, argv))
    return *status;
  if (auto status = request.complete(line))
    return *status;

  DiagnosticEngine diags(llvm::errs());
  OutputOptions &output = request.output;
  if (!output.check(diags) || !checkDistinct({output.path, request.adaptersFolder, dependencyFile()}, diags))
    return exitBadInput;
  Context context;
  SpecifiedModels models;
  if (!models.open(request.inputs, context, diags, request.open))
    return exitBadInput;
  Result<UnifiedModel> unified = unifyModels(models.inputs, request.options, context, diags);
  if (!unified)
    return exitBadInput;
  std::vector<UnifiedCheck> checks;
  if (request.check->count()) {
    Result<std::vector<UnifiedCheck>> checked = checkUnified(*unified, std::max(request.samples, 1u), diags);
    if (!checked)
      return exitBadInput;
    checks = std::move(*checked);
  }
  output.save.layout = SaveOptions::Layout::Share;
  output.save.progress = terminalProgress();
  ArrayFormat format = request.format == "npz" ? ArrayFormat::Npz : ArrayFormat::Safetensors;
  CommandOutputs outputs;
  std::optional<AdapterFiles> adapters;
  if (!unified->adapters.empty()) {
    Result<AdapterFiles> files = AdapterFiles::write(unified->adapters, request.folder(), format, output.save.force, diags);
    if (!files)
      return exitBadInput;
    adapters = std::move(*files);
  }
  Result<SaveResult> saved = saveModel(*unified->model, output.path, diags, output.save, unified->sources);
  if (!saved || (adapters && !adapters->commit(diags)) || !outputs.commit(diags))
    return exitBadInput;
  if (isStandardOutput(output.path))
    return finish(diags);
  outputIsWritten();
  printReport(*unified, request, checks);
  return finish(diags);
}
