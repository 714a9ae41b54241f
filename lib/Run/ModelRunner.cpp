#include "mil/Run/ModelRunner.h"
#include "Memory.h"
#include "mil/IR/ModelTypes.h"
#include "mil/Ops/Args.h"
#include "mil/Run/DiagnosticKinds.h"
#include "llvm/ADT/StringExtras.h"

using namespace mil;

static constexpr unsigned mostNestedPipelines = 8;

/// The function with a name; the default function without one.
static const Function *functionOf(const Model &model, llvm::StringRef name, DiagnosticEngine &diags) {
  std::string wanted = name.str();
  if (wanted.empty() && model.description)
    wanted = model.description->defaultFunctionName;
  if (wanted.empty())
    wanted = model.program->functions().size() == 1 ? model.program->functions()[0]->name().str().str() : "main";
  if (const Function *function = model.program->function(wanted))
    return function;
  std::string names;
  for (const Function *function : model.program->functions())
    names += (names.empty() ? "'" : ", '") + function->name().str().str() + "'";
  diags.report(Location::ofFile(model.sourceFile), diag::RunFunctionMissing, wanted, names);
  return nullptr;
}

namespace {

/// The programs of a model, one after the other.
struct StageList {
  const Model &whole;
  DiagnosticEngine &diags;
  std::vector<RunStage> stages;

  /// Adds a model, which `selector` selects in the whole model: "" for the whole, "#1", "#1#0" in nested pipelines. False (reported) if it
  /// can't be run.
  bool add(const Model &model, llvm::StringRef function, const std::string &selector, unsigned depth) {
    if (model.program) {
      const Function *found = functionOf(model, function, diags);
      if (found)
        stages.push_back({found, model.description ? model.description->function(found->name()) : nullptr});
      return found;
    }
    if (!model.pipeline || model.pipeline->models.empty() || depth > mostNestedPipelines)
      return refuse(model, selector);
    for (size_t i = 0; i < model.pipeline->models.size(); ++i)
      if (!add(*model.pipeline->models[i], "", selector + "#" + std::to_string(i), depth + 1))
        return false;
    return true;
  }

private:
  bool refuse(const Model &model, const std::string &selector) const {
    std::string which = selector.empty() ? "this" : "model " + selector + " of the pipeline";
    std::string type = model.pipeline ? "a pipeline without models, or nested too deeply"
                                      : "of type " + describeModelType(model.otherType ? model.otherType->field : 0);
    auto report = diags.report(Location::ofFile(whole.sourceFile), diag::CannotRunModel, which, type);
    std::vector<std::string> others;
    collectPrograms(whole, "", 0, others);
    if (!others.empty())
      std::move(report).note({}, diag::RunOtherModels, llvm::join(others, ", "));
    return false;
  }
  static void collectPrograms(const Model &model, const std::string &selector, unsigned depth, std::vector<std::string> &into) {
    if (model.program)
      into.push_back("IN" + selector);
    for (size_t i = 0; model.pipeline && depth <= mostNestedPipelines && i < model.pipeline->models.size(); ++i)
      collectPrograms(*model.pipeline->models[i], selector + "#" + std::to_string(i), depth + 1, into);
  }
};

} // namespace

Result<std::unique_ptr<ModelRunner>> ModelRunner::make(const Model &model, llvm::StringRef function, DiagnosticEngine &diags,
                                                       const RunOptions &options) {
  StageList list{model, diags, {}};
  if (!list.add(model, function, "", 0))
    return failure();
  std::vector<std::string> outputs;
  if (model.pipeline && model.description)
    for (const FeatureDescription &output : model.description->main.outputs)
      outputs.push_back(output.name);
  return make(std::move(list.stages), std::move(outputs), diags, options);
}

Result<std::unique_ptr<ModelRunner>> ModelRunner::make(std::vector<RunStage> stages, std::vector<std::string> outputs,
                                                       DiagnosticEngine &diags, const RunOptions &options) {
  std::unique_ptr<ModelRunner> runner(new ModelRunner());
  runner->limit = mil::memoryLimit(options);
  for (RunStage &stage : stages) {
    Result<std::unique_ptr<Executable>> executable = Executable::make(*stage.function, diags, options);
    if (!executable)
      return failure();
    runner->stages.push_back({std::move(stage), std::move(*executable)});
  }
  runner->collectPorts(std::move(outputs));
  return runner;
}

// ---- The interface ----------------------------------------------------------

static const FeatureDescription *featureNamed(const std::vector<FeatureDescription> &features, llvm::StringRef name) {
  for (const FeatureDescription &feature : features)
    if (feature.name == name)
      return &feature;
  return nullptr;
}

static std::string renamed(const std::map<std::string, std::string, std::less<>> &names, const std::string &name) {
  auto found = names.find(name);
  return found == names.end() ? name : found->second;
}

template <typename Ports> static auto portNamed(Ports &ports, llvm::StringRef name) {
  return llvm::find_if(ports, [&](const RunPort &port) { return port.name == name; });
}

void ModelRunner::collectPorts(std::vector<std::string> outputs) {
  std::vector<RunPort> made;
  for (const Planned &planned : stages) {
    const RunStage &stage = planned.stage;
    for (const Port &port : planned.executable->inputs()) {
      std::string name = renamed(stage.inputNames, port.name);
      if (portNamed(made, name) == made.end() && portNamed(ins, name) == ins.end())
        ins.push_back({{name, port.type},
                       stage.description ? featureNamed(stage.description->inputs, port.name) : nullptr,
                       stage.function->body().input(port.name)});
    }
    for (const Port &port : planned.executable->states())
      if (portNamed(held, port.name) == held.end())
        held.push_back({{port.name, port.type}, nullptr, nullptr});
    for (const Port &port : planned.executable->outputs()) {
      std::string name = renamed(stage.outputNames, port.name);
      RunPort output{{name, port.type}, stage.description ? featureNamed(stage.description->outputs, port.name) : nullptr, nullptr};
      if (auto before = portNamed(made, name); before != made.end())
        *before = output;
      else
        made.push_back(output);
    }
  }
  const RunStage &last = stages.back().stage;
  if (outputs.empty() && last.description)
    for (const FeatureDescription &feature : last.description->outputs)
      outputs.push_back(renamed(last.outputNames, feature.name));
  for (const std::string &name : outputs)
    if (auto output = portNamed(made, name); output != made.end())
      outs.push_back(*output);
  for (const Port &port : stages.back().executable->outputs()) // those that the description leaves out, or all
    if (std::string name = renamed(last.outputNames, port.name); stages.size() == 1 && portNamed(outs, name) == outs.end())
      outs.push_back(*portNamed(made, name));
  if (outs.empty())
    outs = made;
}

States ModelRunner::newStates() const {
  States states;
  for (const Planned &planned : stages)
    states.merge(planned.executable->newStates());
  return states;
}

Type RunPort::defaultType(Context &context) const {
  if (!type.isTensor() || !type.hasRank())
    return type;
  Dims dims(type.dims());
  const MultiArrayFeature *array = feature && feature->type ? feature->type->as<MultiArrayFeature>() : nullptr;
  const ImageFeature *image = feature && feature->type ? feature->type->as<ImageFeature>() : nullptr;
  for (size_t i = 0; i < dims.size(); ++i) {
    if (dims[i] != Type::unknown)
      continue;
    dims[i] = 1;
    if (array && array->shape.size() == dims.size() && array->shape[i] > 0)
      dims[i] = array->shape[i];
    if (image && i + 2 >= dims.size())
      dims[i] = std::max<int64_t>(1, i + 2 == dims.size() ? image->height : image->width);
  }
  return type.withDims(context, dims);
}

Status mil::checkFlexibility(const FeatureDescription &feature, llvm::ArrayRef<int64_t> dims, DiagnosticEngine &diags) {
  const MultiArrayFeature *array = feature.type ? feature.type->as<MultiArrayFeature>() : nullptr;
  if (!array)
    return success();
  auto complain = [&](const std::string &allowed) {
    return Status(diags.report({}, diag::InputNotAllowed, feature.name, allowed, printDims(dims)));
  };
  if (auto *choices = std::get_if<MultiArrayFeature::Enumerated>(&array->flexibility)) {
    std::string allowed;
    for (const std::vector<int64_t> &shape : choices->shapes) {
      if (llvm::ArrayRef<int64_t>(shape) == dims)
        return success();
      allowed += (allowed.empty() ? "" : " or ") + printDims(shape);
    }
    return choices->shapes.empty() ? success() : complain(allowed);
  }
  auto *range = std::get_if<MultiArrayFeature::Range>(&array->flexibility);
  if (!range || range->sizes.size() != dims.size())
    return success();
  for (size_t i = 0; i < dims.size(); ++i) {
    const SizeRange &sizes = range->sizes[i];
    bool fits = uint64_t(dims[i]) >= sizes.lower && (sizes.upper < 0 || dims[i] <= sizes.upper);
    if (!fits)
      return complain(std::to_string(sizes.lower) + " to " + (sizes.upper < 0 ? std::string("any number") : std::to_string(sizes.upper)) +
                      " elements in dimension " + std::to_string(i));
  }
  return success();
}

// ---- Running ----------------------------------------------------------------

/// Fills in optional inputs that are not given, and checks the sizes of those that are.
bool ModelRunner::complete(NamedValues &values, DiagnosticEngine &diags) const {
  for (const RunPort &port : ins) {
    auto given = values.find(port.name);
    if (given != values.end()) {
      const Tensor *tensor = given->second.tensor();
      if (port.feature && tensor && tensor->rank() && !checkFlexibility(*port.feature, tensor->dims(), diags))
        return false;
      continue;
    }
    if (!port.feature || !port.feature->type || !port.feature->type->optional || !port.type.isTensor())
      continue;
    double value = 0;
    if (const MultiArrayFeature *array = port.feature->type->as<MultiArrayFeature>())
      std::visit(
          [&](auto number) {
            if constexpr (std::is_arithmetic_v<decltype(number)>)
              value = double(number);
          },
          array->defaultValue);
    Type type = port.defaultType(context());
    if (!type.hasStaticShape())
      continue;
    Tensor tensor(type.dtype(), type.dims());
    std::vector<double> row(size_t(tensor.count()), value);
    tensor.write(0, llvm::ArrayRef<double>(row));
    values[port.name] = std::move(tensor);
  }
  return true;
}

/// Reports names that no input, or state, has.
template <typename Named>
static bool checkNames(const Named &given, llvm::ArrayRef<RunPort> ports, llvm::StringRef what, const Function &function,
                       DiagnosticEngine &diags) {
  for (const auto &[name, value] : given) {
    if (portNamed(ports, name) != ports.end())
      continue;
    std::string names;
    for (const RunPort &port : ports)
      names += (names.empty() ? "'" : ", '") + port.name + "'";
    diags.report(function.location(), diag::NoSuchInput, function.name().str(), what, name, names.empty() ? "none" : names);
    return false;
  }
  return true;
}

Result<NamedValues> ModelRunner::run(const NamedValues &inputs, States &states, DiagnosticEngine &diags, RunObserver *observer,
                                     RunCosts *costs) {
  if (!checkNames(inputs, ins, "input", function(), diags) || !checkNames(states, held, "state", function(), diags))
    return failure();
  NamedValues values = inputs;
  if (!complete(values, diags))
    return failure();
  for (Planned &planned : stages) {
    NamedValues given;
    for (const Port &port : planned.executable->inputs())
      if (auto value = values.find(renamed(planned.stage.inputNames, port.name)); value != values.end())
        given[port.name] = value->second;
    States own;
    for (const Port &port : planned.executable->states())
      own.insert(states.extract(port.name)); // not copied: a second holder would keep the run from updating it in place
    Result<NamedValues> results = planned.executable->run(given, own, diags, observer, costs);
    states.merge(own);
    if (!results)
      return failure();
    for (auto &[name, value] : *results)
      values[renamed(planned.stage.outputNames, name)] = std::move(value);
  }
  NamedValues outputs;
  for (const RunPort &port : outs)
    if (auto value = values.find(port.name); value != values.end())
      outputs[port.name] = std::move(value->second);
  return outputs;
}
