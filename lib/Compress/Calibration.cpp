#include "mil/Compress/Calibration.h"
#include "mil/Compress/DiagnosticKinds.h"
#include "mil/IR/ConstantQueries.h"
#include "mil/IR/Context.h"
#include "mil/IR/Walk.h"
#include "mil/Pass/StreamedConstants.h"
#include "mil/Weights/Blob.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/ScopeExit.h"
#include <cmath>
#include <set>

using namespace mil;

/// The literal of a constant while forms of it are tried: it reads the current form. One per constant, because literals exist as long as
/// their context, and forms hold memory.
struct Calibration::StandIn {
  std::shared_ptr<const Blob> blob;
  const Literal *literal = nullptr;
  const CompressedWeight *form = nullptr;

  StandIn(Context &context, Type type) {
    std::optional<BlobDType> stored = toBlobDType(type.dtype());
    int64_t count = type.elementCount().value_or(0);
    if (!stored || count == 0)
      return;
    blob =
        streamedBlob(*stored, uint64_t(count), elementBytes(type.dtype(), count, [this](int64_t from, llvm::MutableArrayRef<double> out) {
          std::vector<float> floats(out.size());
          bool isRead = form && form->values(from, floats);
          std::copy(floats.begin(), floats.end(), out.begin());
          return isRead;
        }));
    literal = Literal::blob(context, type, blob.get(), "@model_path/weights/weight.bin", 0);
  }
  StandIn(const StandIn &) = delete;
};

Calibration::Calibration(Model &model, Samples samples, DiagnosticEngine &diags) : model(model), data(std::move(samples)), diags(diags) {}

Calibration::~Calibration() = default;

Result<std::unique_ptr<Calibration>> Calibration::make(Model &model, Samples samples, DiagnosticEngine &diags) {
  if (samples.isRandom())
    return diags.report({}, diag::DataIsRandom);
  Result<std::vector<FunctionRun>> runs = functionRuns(model, diags);
  if (!runs)
    return failure();
  std::unique_ptr<Calibration> made(new Calibration(model, std::move(samples), diags));
  made->runs = std::move(*runs);
  if (!made->keepSamples())
    return failure();
  made->inputs = std::make_unique<LayerInputs>(model, made->runs, made->data, diags);
  return made;
}

/// A copy that holds on to nothing else, such as the whole file that a sample is a part of.
static NamedValues copyOf(const NamedValues &values) {
  NamedValues copy = values;
  for (auto &[name, value] : copy)
    if (Tensor *tensor = value.tensor())
      (void)tensor->bytes();
  return copy;
}

/// Keeps sixteen samples of each function, evenly spread; of functions with states the first ones, in order.
Status Calibration::keepSamples() {
  constexpr size_t most = 16;
  struct Count {
    size_t all = 0, seen = 0, kept = 0;
  };
  std::vector<Count> counts(runs.size());
  if (!data.forEach(runs, diags, [&](const Sample &sample) { return ++counts[sample.function].all, success(); }))
    return failure();
  States states;
  std::set<std::pair<size_t, std::string>> seen;
  return data.forEach(runs, diags, [&](const Sample &sample) -> Status {
    ModelRunner &runner = *runs[sample.function].runner;
    Count &count = counts[sample.function];
    bool hasStates = !runner.states().empty();
    size_t place = hasStates ? count.seen : count.seen * most / std::max(count.all, most);
    ++count.seen;
    if (count.kept == most || place != count.kept)
      return success();
    ++count.kept;
    if (sample.isFirst || !hasStates)
      states = runner.newStates();
    Result<NamedValues> results = runner.run(sample.inputs, states, diags);
    if (!results)
      return failure();
    for (const auto &[name, value] : *results)
      if ((value.scores() || (value.tensor() && value.tensor()->isFloat())) && seen.emplace(sample.function, name).second)
        ++outputs;
    kept.push_back({{sample.function, copyOf(sample.inputs), sample.isFirst || !hasStates}, std::move(*results)});
    return success();
  });
}

// ---- Costs ------------------------------------------------------------------

/// The constants with the content of one, and the functions that they are in.
std::vector<std::pair<Operation *, std::string>> Calibration::constantsLike(const Changed &changed) const {
  std::vector<std::pair<Operation *, std::string>> all;
  const void *content = nullptr;
  auto forConstants = [&](llvm::function_ref<void(size_t, const Function &, Operation &)> visit) {
    size_t number = 0;
    forEachProgram(static_cast<const Model &>(model), [&](const Program &program, const Model &) {
      for (const Function *each : program.functions())
        each->body().walk([&](Operation &op) {
          if (op.is("const") && op.constantValue())
            visit(number, *each, op);
        });
      ++number;
    });
  };
  forConstants([&](size_t number, const Function &each, Operation &op) {
    if (number == changed.stage && each.name().str() == changed.function && op.result()->name().str() == changed.weight)
      content = contentOf(*op.constantValue());
  });
  if (content)
    forConstants([&](size_t, const Function &each, Operation &op) {
      if (contentOf(*op.constantValue()) == content)
        all.emplace_back(&op, model.program ? each.name().str().str() : std::string());
    });
  return all;
}

/// The noise with the constants as they are now, of functions of these names.
std::optional<double> Calibration::noiseNow(const std::vector<std::string> &functions) {
  std::vector<std::unique_ptr<ModelRunner>> changed(runs.size());
  for (size_t i = 0; i < runs.size(); ++i)
    if (llvm::is_contained(functions, runs[i].name)) {
      Result<std::unique_ptr<ModelRunner>> runner = ModelRunner::make(model, runs[i].name, diags);
      if (!runner)
        return std::nullopt;
      changed[i] = std::move(*runner);
    }
  std::map<std::pair<size_t, std::string>, OutputDifference> differences;
  States states;
  for (const Kept &each : kept) {
    ModelRunner *runner = changed[each.sample.function].get();
    if (!runner)
      continue;
    if (each.sample.isFirst)
      states = runner->newStates();
    Result<NamedValues> found = runner->run(each.sample.inputs, states, diags);
    if (!found)
      return std::nullopt;
    for (const auto &[name, value] : each.outputs)
      if (auto other = found->find(name); other != found->end())
        differences[{each.sample.function, name}].add(value, other->second);
  }
  double sum = 0;
  for (const auto &[output, difference] : differences)
    sum += difference.noise();
  return outputs ? sum / double(outputs) : 0;
}

const Literal *Calibration::standInFor(const Literal &literal, const CompressedWeight &form) {
  std::unique_ptr<StandIn> &standIn = standIns[&literal];
  if (!standIn)
    standIn = std::make_unique<StandIn>(runs.front().runner->context(), literal.type());
  standIn->form = &form;
  return standIn->literal;
}

std::optional<double> Calibration::noiseOf(llvm::ArrayRef<Changed> changes) {
  Name name = runs.front().runner->context().intern("val");
  std::vector<std::pair<Operation *, const Literal *>> before;
  std::vector<std::string> functions;
  auto putBack = llvm::make_scope_exit([&] {
    // Several changes may meet in one constant; the first one has the original.
    for (auto [constant, literal] : llvm::reverse(before))
      constant->setAttribute(name, literal);
    for (auto &[literal, standIn] : standIns)
      standIn->form = nullptr;
  });
  for (const Changed &changed : changes) {
    if (!changed.form->values)
      continue;
    for (auto &[constant, function] : constantsLike(changed)) {
      const Literal *original = constant->constantValue(), *literal = standInFor(*original, *changed.form);
      if (!literal)
        continue;
      before.emplace_back(constant, original);
      functions.push_back(function);
      constant->setAttribute(name, literal);
    }
  }
  return noiseNow(functions);
}
