#include "mil/Compress/Samples.h"
#include "mil/Arrays/ArrayFile.h"
#include "mil/Compress/DiagnosticKinds.h"
#include "mil/Ops/Infer.h"
#include "mil/Run/DiagnosticKinds.h"
#include "mil/Run/Inputs.h"
#include "mil/Support/DiagnosticKinds.h"
#include "mil/Support/Interrupt.h"
#include "mil/Tensor/Kernels.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FileSystem.h"
#include <cmath>

using namespace mil;

Result<std::vector<FunctionRun>> mil::functionRuns(const Model &model, DiagnosticEngine &diags) {
  std::vector<FunctionRun> runs;
  auto add = [&](llvm::StringRef name) {
    Result<std::unique_ptr<ModelRunner>> runner = ModelRunner::make(model, name, diags);
    if (runner)
      runs.push_back({name.str(), std::move(*runner)});
    return bool(runner);
  };
  if (!model.program && !add(""))
    return failure();
  if (model.program)
    for (const Function *function : model.program->functions())
      if (!add(function->name().str()))
        return failure();
  return runs;
}

// ---- Files ------------------------------------------------------------------

Result<Samples> Samples::open(llvm::StringRef path, DiagnosticEngine &diags) {
  Samples samples;
  if (!llvm::sys::fs::is_directory(path)) {
    samples.files.push_back(path.str());
    return samples;
  }
  std::error_code error;
  for (llvm::sys::fs::directory_iterator at(path, error), end; !error && at != end; at.increment(error))
    if (llvm::StringRef(at->path()).ends_with_insensitive(".npz"))
      samples.files.push_back(at->path());
  if (error)
    return diags.report({}, diag::CannotRead, path, error.message());
  if (samples.files.empty())
    return diags.report({}, diag::NoData, path);
  llvm::sort(samples.files);
  return samples;
}

Samples Samples::random(unsigned count) {
  Samples samples;
  samples.randoms = count;
  return samples;
}

namespace {

/// An input's array, cut into samples.
struct CutArray {
  std::shared_ptr<const Tensor> array;
  Tensor::Dims dims; ///< of a sample
  int64_t samples = 1;

  Tensor sample(int64_t number) const {
    int64_t elements = samples ? array->count() / samples : 0;
    int64_t at = samples == 1 ? 0 : number;
    return Tensor::over(array->dtype(), dims, array->bytes().data() + size_t(at * elements) * array->elementSize(), array);
  }
};

/// How an array is cut for an input; nullopt when its shape doesn't fit.
std::optional<CutArray> cut(const Tensor &array, Type type, Context &context) {
  auto fits = [&](llvm::ArrayRef<int64_t> dims) { return agrees(type, Type::tensor(context, type.dtype(), dims)); };
  CutArray result{nullptr, Tensor::Dims(array.dims()), 1};
  if (!type.isTensor())
    return std::nullopt;
  if (!fits(array.dims())) {
    llvm::ArrayRef<int64_t> dims = array.dims();
    if (dims.empty() || dims[0] < 1 || !type.hasRank())
      return std::nullopt;
    result.samples = dims[0];
    result.dims.assign(dims.begin() + 1, dims.end());
    if (!fits(result.dims)) {
      int64_t rows = type.rank() ? type.dims()[0] : 0;
      if (type.rank() != dims.size() || rows <= 0 || dims[0] % rows != 0)
        return std::nullopt;
      result.samples = dims[0] / rows;
      result.dims.insert(result.dims.begin(), rows);
      if (!fits(result.dims))
        return std::nullopt;
    }
  }
  result.array = std::make_shared<const Tensor>(convert(array, type.dtype()));
  return result;
}

bool hasNaN(const Tensor &tensor) {
  constexpr int64_t window = 1 << 12;
  std::vector<double> part;
  for (int64_t at = 0; tensor.isFloat() && at < tensor.count(); at += window) {
    part.resize(size_t(std::min(window, tensor.count() - at)));
    tensor.read(at, llvm::MutableArrayRef<double>(part));
    if (llvm::any_of(part, [](double value) { return std::isnan(value); }))
      return true;
  }
  return false;
}

bool isOptional(const RunPort &port) { return port.feature && port.feature->type && port.feature->type->optional; }

/// The arrays of a file for a function; nullopt with `why` when they don't fit.
std::optional<std::map<std::string, CutArray>> cutFor(const ModelRunner &runner, const NamedArrays &arrays, std::string &why) {
  std::map<std::string, CutArray> cuts;
  int64_t samples = 1;
  for (const RunPort &port : runner.inputs()) {
    auto array = arrays.find(port.name);
    if (array == arrays.end()) {
      if (isOptional(port))
        continue;
      why = "it has no array '" + port.name + "'";
      return std::nullopt;
    }
    std::optional<CutArray> one = cut(array->second, port.type, runner.context());
    if (!one) {
      why = "'" + port.name + "' expects " + port.type.str() + ", and can't be taken from an array of " + printDims(array->second.dims());
      return std::nullopt;
    }
    if (hasNaN(*one->array)) {
      why = "'" + port.name + "' contains NaN";
      return std::nullopt;
    }
    if (one->samples != 1 && samples != 1 && one->samples != samples) {
      why = "'" + port.name + "' has " + std::to_string(one->samples) + " samples, another input " + std::to_string(samples);
      return std::nullopt;
    }
    samples = one->samples != 1 ? one->samples : samples;
    cuts.emplace(port.name, std::move(*one));
  }
  return cuts;
}

/// An array that is an input of no function.
const std::string *strayArray(const NamedArrays &arrays, llvm::ArrayRef<FunctionRun> runs) {
  for (const auto &[name, array] : arrays)
    if (llvm::none_of(runs, [&name = name](const FunctionRun &run) {
          return llvm::any_of(run.runner->inputs(), [&](const RunPort &port) { return port.name == name; });
        }))
      return &name;
  return nullptr;
}

} // namespace

Status Samples::forFile(llvm::StringRef path, llvm::ArrayRef<FunctionRun> runs, DiagnosticEngine &diags,
                        llvm::function_ref<Status(const Sample &)> visit) const {
  Result<NamedArrays> arrays = readArrays(path, diags);
  if (!arrays)
    return failure();
  if (const std::string *stray = strayArray(*arrays, runs))
    return diags.report({}, diag::DataDoesNotFit, path, "the model has no input '" + *stray + "'");
  bool any = false;
  std::string why;
  for (size_t i = 0; i < runs.size(); ++i) {
    std::optional<std::map<std::string, CutArray>> cuts = cutFor(*runs[i].runner, *arrays, why);
    if (!cuts)
      continue;
    any = true;
    int64_t count = 1;
    for (const auto &[name, array] : *cuts)
      count = array.samples != 1 ? array.samples : count;
    for (int64_t number = 0; number < count; ++number) {
      Sample sample{i, {}, number == 0};
      for (const auto &[name, array] : *cuts)
        sample.inputs[name] = array.sample(number);
      if (!goOn(diags) || !visit(sample))
        return failure();
    }
  }
  return any ? success() : Status(diags.report({}, diag::DataDoesNotFit, path, why));
}

Status Samples::forEach(llvm::ArrayRef<FunctionRun> runs, DiagnosticEngine &diags, llvm::function_ref<Status(const Sample &)> visit) const {
  for (const std::string &file : files)
    if (!forFile(file, runs, diags, visit))
      return failure();
  for (size_t i = 0; i < runs.size() && randoms; ++i)
    for (unsigned number = 0; number < randoms; ++number) {
      Result<NamedValues> inputs = randomInputs(*runs[i].runner, number, diags);
      if (!inputs || !goOn(diags) || !visit({i, std::move(*inputs), true}))
        return failure();
    }
  return success();
}

namespace {

/// Passes on all tensors of floats of a run.
class FloatObserver : public RunObserver {
public:
  explicit FloatObserver(llvm::function_ref<void(const Value &, const Tensor &)> visit) : visit(visit) {}
  void entering(const Value &input, const RuntimeValue &value) override { pass(input, value); }
  bool after(const Operation &op, llvm::MutableArrayRef<RuntimeValue> results) override {
    for (size_t i = 0; i < results.size() && i < op.resultCount(); ++i)
      pass(*op.result(i), results[i]);
    return true;
  }

private:
  void pass(const Value &value, const RuntimeValue &held) {
    if (held.tensor() && held.tensor()->isFloat())
      visit(value, *held.tensor());
  }
  llvm::function_ref<void(const Value &, const Tensor &)> visit;
};

} // namespace

Status Samples::forEachValue(llvm::ArrayRef<FunctionRun> runs, DiagnosticEngine &diags,
                             llvm::function_ref<void(const Value &, const Tensor &)> visit) const {
  FloatObserver observer(visit);
  States states;
  return forEach(runs, diags, [&](const Sample &sample) -> Status {
    ModelRunner &runner = *runs[sample.function].runner;
    if (sample.isFirst)
      states = runner.newStates();
    return runner.run(sample.inputs, states, diags, &observer) ? success() : failure();
  });
}

// ---- Comparing --------------------------------------------------------------

/// The floats of an output: a tensor, or a classifier's scores in the order of its labels.
static std::optional<std::vector<double>> floatsOf(const RuntimeValue &value) {
  std::vector<double> all;
  if (const Tensor *tensor = value.tensor(); tensor && tensor->isFloat()) {
    all.resize(size_t(tensor->count()));
    tensor->read(0, llvm::MutableArrayRef<double>(all));
    return all;
  }
  if (!value.scores())
    return std::nullopt;
  for (const auto &[label, score] : value.scores()->entries)
    all.push_back(score);
  return all;
}

void OutputDifference::add(const RuntimeValue &before, const RuntimeValue &after) {
  std::optional<std::vector<double>> a = floatsOf(before), b = floatsOf(after);
  if (!a || !b)
    return;
  ++samples;
  odd |= a->size() != b->size();
  count += a->size();
  for (size_t i = 0; i < a->size() && !odd; ++i) {
    double x = (*a)[i], y = (*b)[i];
    if (std::isfinite(x))
      peak = std::max(peak, std::abs(x));
    if (x == y || (std::isnan(x) && std::isnan(y)))
      continue;
    odd |= !std::isfinite(x - y);
    squares += (x - y) * (x - y), largest = std::max(largest, std::abs(x - y));
  }
}

double OutputDifference::noise() const {
  if (odd)
    return INFINITY;
  double mean = count ? squares / double(count) : 0;
  return mean == 0 ? 0 : peak > 0 ? mean / (peak * peak) : INFINITY;
}

OutputError OutputDifference::result(llvm::StringRef function, llvm::StringRef name) const {
  double part = noise();
  return {function.str(), name.str(), samples, part == 0 ? INFINITY : -10 * std::log10(part), odd ? INFINITY : largest};
}

Result<std::vector<OutputError>> mil::outputErrors(const Model &before, const Model &after, const Samples &samples,
                                                   DiagnosticEngine &diags) {
  Result<std::vector<FunctionRun>> first = functionRuns(before, diags);
  Result<std::vector<FunctionRun>> second = first ? functionRuns(after, diags) : Result<std::vector<FunctionRun>>(failure());
  if (!second)
    return failure();
  std::vector<std::map<std::string, OutputDifference>> differences(first->size());
  States statesBefore, statesAfter;
  Status done = samples.forEach(*first, diags, [&](const Sample &sample) -> Status {
    ModelRunner &a = *(*first)[sample.function].runner, &b = *(*second)[sample.function].runner;
    if (sample.isFirst)
      statesBefore = a.newStates(), statesAfter = b.newStates();
    Result<NamedValues> wanted = a.run(sample.inputs, statesBefore, diags);
    Result<NamedValues> found = wanted ? b.run(sample.inputs, statesAfter, diags) : Result<NamedValues>(failure());
    if (!found)
      return failure();
    for (const auto &[name, value] : *wanted)
      if (auto other = found->find(name); other != found->end())
        differences[sample.function][name].add(value, other->second);
    return success();
  });
  if (!done)
    return failure();
  std::vector<OutputError> errors;
  for (size_t i = 0; i < first->size(); ++i)
    for (const RunPort &port : (*first)[i].runner->outputs())
      if (auto found = differences[i].find(port.name); found != differences[i].end() && !found->second.isEmpty())
        errors.push_back(found->second.result((*first)[i].name, port.name));
  return errors;
}
