#include "RunInputs.h"
#include "mil/Link/Parts.h"
#include "mil/Ops/Args.h"
#include "mil/Run/DiagnosticKinds.h"
#include "mil/Run/RandomWeights.h"
#include "mil/Support/DiagnosticKinds.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Process.h"
#include <chrono>

using namespace mil;

namespace milc {

const std::map<std::string, Precision> &precisions() {
  static const std::map<std::string, Precision> named = {
      {"declared", Precision::Declared}, {"fp32", Precision::Fp32}, {"exact", Precision::Exact}};
  return named;
}

void RunSettings::addTo(CLI::App &app) {
  app.add_option_function<std::string>(
         "--precision", [this](const std::string &name) { run.precision = precisions().at(name); },
         "Compute floats in their declared types (declared), in fp32 (fp32), or in double without intermediate rounding (exact)")
      ->type_name("P")
      ->check(CLI::IsMember({"declared", "fp32", "exact"}))
      ->default_str("declared");
  app.add_option("--threads", run.threads, "Use N threads; results don't depend on it (default: one per processor)")
      ->type_name("N")
      ->check(CLI::Range(1, 1024));
  app.add_option("--max-memory", run.maxMemory, "Fail if values take more memory than this (default: half of the memory)")
      ->type_name("SIZE")
      ->transform(CLI::AsSizeValue(false));
  app.add_option("--max-iterations", run.maxIterations, "Fail if a loop has more than N iterations")->type_name("N")->capture_default_str();
  app.add_option("--random-weights", randomWeights, "Use random numbers for missing weight files, with this seed (default: 0)")
      ->type_name("[SEED]")
      ->expected(0, 1)
      ->default_str("0")
      ->check((milc::atLeast(0) & CLI::Range(0.0, 0x1p63)).description(""));
  addInputOptions(app, open);
  run.progress = terminalRunProgress();
}

std::function<void(size_t, size_t)> terminalRunProgress() {
  using Clock = std::chrono::steady_clock;
  using namespace std::chrono_literals;
  if (!llvm::sys::Process::StandardErrIsDisplayed())
    return nullptr;
  return [begin = Clock::now(), shown = Clock::now(), visible = false](size_t done, size_t all) mutable {
    Clock::time_point now = Clock::now();
    if (done == 0)
      begin = now;
    if (done == all && visible) {
      llvm::errs() << "\r\x1b[K";
      visible = false;
    } else if (done < all && now - begin > 2s && now - shown > 200ms) {
      llvm::errs() << "\r\x1b[Koperations: " << done << " of " << all << "\r";
      visible = true, shown = now;
    }
  };
}

/// The parts of a split, one after the other.
static Result<Runnable> openParts(llvm::StringRef folder, llvm::StringRef function, Context &context, const RunSettings &settings,
                                  DiagnosticEngine &diags) {
  Result<PartList> parts = readParts(folder, diags);
  if (!parts)
    return failure();
  Runnable result;
  for (const std::string &file : parts->files) {
    Result<OpenedModel> model = openModel(file, context, diags, settings.open);
    if (!model)
      return failure();
    result.models.push_back(std::move(*model));
  }
  std::vector<const Model *> models;
  models.reserve(result.models.size());
  for (const OpenedModel &opened : result.models)
    models.push_back(opened.model.get());
  Result<PartChain> chain = chainParts(*parts, models, function, diags);
  if (!chain)
    return failure();
  Result<std::unique_ptr<ModelRunner>> runner = ModelRunner::make(chain->stages, chain->outputs, diags, settings.run);
  if (!runner)
    return failure();
  result.runner = std::move(*runner);
  return result;
}

Result<Runnable> openRunnable(llvm::StringRef path, llvm::StringRef function, Context &context, const RunSettings &settings,
                              DiagnosticEngine &diags) {
  if (isPartsFolder(path))
    return openParts(path, function, context, settings, diags);
  OpenOptions open = settings.open;
  if (settings.randomWeights)
    open.missingWeights = BlobResolver::Missing::Warn;
  Result<OpenedModel> model = openModel(path, context, diags, open);
  if (!model)
    return failure();
  if (settings.randomWeights)
    giveRandomWeights(*model->model, *settings.randomWeights);
  Result<std::unique_ptr<ModelRunner>> runner = ModelRunner::make(*model->model, function, diags, settings.run);
  if (!runner)
    return failure();
  Runnable result;
  result.models.push_back(std::move(*model));
  result.runner = std::move(*runner);
  return result;
}

// ---- Inputs -----------------------------------------------------------------

void InputChoice::addTo(CLI::App &app, RunOptions &run, const char *filesOption) {
  app.add_option(
         "--input", inputs,
         "Set an input: x.npy, all.npz or all.npz:ARRAY, a .png or .jpg picture, a JSON literal, zeros, ones or random. Other inputs "
         "are random")
      ->type_name("NAME=WHAT")
      ->allow_extra_args(false);
  app.add_option(filesOption, files,
                 "Read inputs by name from an .npz file; if repeated, run one step per file and keep the states between steps")
      ->type_name("FILE")
      ->allow_extra_args(false);
  app.add_option("--shape", shapes, "Set the unknown sizes of an input that is zeros, ones or random")
      ->type_name("NAME=1x64")
      ->allow_extra_args(false);
  app.add_option_function<uint64_t>(
         "--seed", [this, &run](uint64_t value) { seed = run.seed = value; },
         "Seed of random inputs, and of random operations without a seed")
      ->type_name("N")
      ->default_str("0");
  app.add_option("--steps", stepCount,
                 "Run N steps and keep the states between them; if there are fewer input files, the last one is reused")
      ->type_name("N")
      ->check(CLI::Range(1, 1000000000));
}

static const RunPort *portNamed(const ModelRunner &runner, llvm::StringRef name, DiagnosticEngine &diags) {
  for (const RunPort &port : runner.inputs())
    if (port.name == name)
      return &port;
  std::string names;
  for (const RunPort &port : runner.inputs())
    names += (names.empty() ? "'" : ", '") + port.name + "'";
  diags.report({}, diag::NoSuchInput, runner.function().name().str(), "input", name, names.empty() ? "none" : names);
  return nullptr;
}

/// "1x64" as sizes.
static bool parseShape(llvm::StringRef text, Tensor::Dims &dims) {
  llvm::SmallVector<llvm::StringRef, 6> parts;
  if (!text.empty())
    text.split(parts, 'x');
  for (llvm::StringRef part : parts)
    if (int64_t size; part.getAsInteger(10, size) || size < 0 || size > int64_t(1) << 40)
      return false;
    else
      dims.push_back(size);
  return true;
}

/// The shape of an input: given by --shape, or the default of the model.
static std::optional<Tensor::Dims> shapeOf(const ModelRunner &runner, const RunPort &port, const InputChoice &choice,
                                           DiagnosticEngine &diags) {
  Type type = port.defaultType(runner.context());
  for (llvm::StringRef given : choice.shapes) {
    auto [name, text] = given.split('=');
    Tensor::Dims dims;
    if (name != port.name)
      continue;
    if (!parseShape(text, dims)) {
      diags.report({}, diag::BadInputText, given, "expected a shape such as 1x64");
      return std::nullopt;
    }
    return dims;
  }
  if (!type.isTensor() || !type.hasStaticShape()) {
    diags.report({}, diag::BadInputText, port.name, "unknown shape: set it with --shape");
    return std::nullopt;
  }
  return Tensor::Dims(type.dims());
}

static Result<Tensor> filled(const ModelRunner &runner, const RunPort &port, FillKind kind, const InputChoice &choice, size_t step,
                             DiagnosticEngine &diags) {
  std::optional<Tensor::Dims> dims = shapeOf(runner, port, choice, diags);
  if (!dims)
    return failure();
  return makeInput(runner, port, *dims, kind, choice.seed + step, diags);
}

/// A small file can unpack to any size, so no more is read than fits into the memory limit of a run.
static ArrayLimits limitsOf(const ModelRunner &runner) { return {std::min(ArrayLimits().maxBytes, runner.memoryLimit())}; }

/// The value of one input, given as WHAT.
static Result<Tensor> read(const ModelRunner &runner, const RunPort &port, llvm::StringRef what, const InputChoice &choice, size_t step,
                           DiagnosticEngine &diags) {
  if (what == "zeros" || what == "ones" || what == "random")
    return filled(runner, port,
                  what == "zeros"  ? FillKind::Zeros
                  : what == "ones" ? FillKind::Ones
                                   : FillKind::Random,
                  choice, step, diags);
  if (what.ends_with_insensitive(".png") || what.ends_with_insensitive(".jpg") || what.ends_with_insensitive(".jpeg"))
    return readPicture(what, port, runner.context(), diags);
  if (what.ends_with_insensitive(".npy"))
    return readArray(what, "", diags, limitsOf(runner));
  if (what.ends_with_insensitive(".npz"))
    return readArray(what, port.name, diags, limitsOf(runner));
  if (size_t at = what.lower().find(".npz:"); at != std::string::npos)
    return readArray(what.take_front(at + 4), what.drop_front(at + 5), diags, limitsOf(runner));
  std::string why;
  std::optional<Tensor> value = parseInput(what, port.type, why);
  if (!value)
    return diags.report({}, diag::BadInputText, port.name + "=" + what.str(),
                        why + "; expected a .npy or .npz file, a picture, a JSON literal, zeros, ones or random");
  return std::move(*value);
}

Result<NamedArrays> readNamedArrays(const ModelRunner &runner, llvm::StringRef path, DiagnosticEngine &diags) {
  Result<NamedArrays> arrays = readArrays(path, diags, limitsOf(runner));
  if (arrays && arrays->contains(""))
    return diags.report({}, diag::BadInputText, path, "its array has no name: give an .npz file, or an input with --input NAME=FILE");
  return arrays;
}

Result<NamedValues> inputsOf(const ModelRunner &runner, const InputChoice &choice, size_t step, DiagnosticEngine &diags) {
  NamedValues values;
  if (!choice.files.empty()) {
    Result<NamedArrays> arrays = readNamedArrays(runner, choice.files[std::min(step, choice.files.size() - 1)], diags);
    if (!arrays)
      return failure();
    for (auto &[name, tensor] : *arrays)
      values[name] = std::move(tensor);
  }
  llvm::StringSet<> given;
  for (llvm::StringRef text : choice.inputs) {
    auto [name, what] = text.split('=');
    const RunPort *port = portNamed(runner, name, diags);
    if (!port)
      return failure();
    if (!given.insert(name).second)
      return diags.report({}, diag::BadInputText, text, "this input is set twice");
    Result<Tensor> value = read(runner, *port, what, choice, step, diags);
    if (!value)
      return failure();
    values[name.str()] = std::move(*value);
  }
  llvm::StringSet<> shaped;
  for (llvm::StringRef text : choice.shapes) {
    llvm::StringRef name = text.split('=').first;
    if (!portNamed(runner, name, diags))
      return failure();
    if (!shaped.insert(name).second)
      return diags.report({}, diag::BadInputText, text, "the shape of this input is set twice");
  }
  for (const RunPort &port : runner.inputs()) {
    if (values.contains(port.name) || (port.feature && port.feature->type && port.feature->type->optional))
      continue;
    if (step < choice.files.size()) // once for each file
      diags.report({}, diag::RandomInput, choice.files[step], port.name);
    Result<Tensor> value = filled(runner, port, FillKind::Random, choice, step, diags);
    if (!value)
      return failure();
    values[port.name] = std::move(*value);
  }
  return values;
}

void noteChosenSizes(const ModelRunner &runner, const InputChoice &choice, const NamedValues &inputs, DiagnosticEngine &diags) {
  auto isNamed = [](const std::vector<std::string> &texts, llvm::StringRef name) {
    return llvm::any_of(texts, [&](llvm::StringRef text) { return text.split('=').first == name; });
  };
  for (const RunPort &port : runner.inputs()) {
    auto used = inputs.find(port.name);
    bool isChosen = choice.files.empty() && !isNamed(choice.inputs, port.name) && !isNamed(choice.shapes, port.name);
    if (!isChosen || used == inputs.end() || !used->second.tensor() || !port.type.isTensor() || port.type.hasStaticShape())
      continue;
    llvm::ArrayRef<int64_t> dims = used->second.tensor()->dims();
    auto text = llvm::map_range(dims, [](int64_t dim) { return std::to_string(dim); });
    diags.report({}, diag::RunShapeHint, port.name, printDims(dims), port.name, llvm::join(text, "x"));
  }
}

} // namespace milc
