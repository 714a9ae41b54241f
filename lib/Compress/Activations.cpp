#include "mil/Compress/Activations.h"
#include "ActivationRanges.h"
#include "Parts.h"
#include "mil/Compress/DiagnosticKinds.h"
#include "mil/IR/Builder.h"
#include "mil/IR/Context.h"
#include "mil/IR/Names.h"
#include "mil/IR/Walk.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/STLExtras.h"

using namespace mil;

namespace {

bool isOneOf(const Operation &op, std::initializer_list<llvm::StringRef> types) { return llvm::is_contained(types, op.type().str()); }

/// A value that changes from run to run and can be quantized.
Value *activationOf(const Operation &op, llvm::StringRef name) {
  Value *value = op.input(name);
  const Operation *maker = value ? value->definingOp() : nullptr;
  if (!value || (maker && (maker->is("const") || maker->isConstexpr() || maker->is("dequantize"))))
    return nullptr;
  Type type = value->type();
  return type.isTensor() && (type.dtype() == DType::Float16 || type.dtype() == DType::Float32) ? value : nullptr;
}

/// Which operands read a value's pair.
struct Place {
  llvm::SmallVector<Operand *, 2> readers;
  void add(Operand *operand) {
    if (!llvm::is_contained(readers, operand))
      readers.push_back(operand);
  }
};

class Placer {
public:
  Placer(const ActivationTargets &targets, llvm::StringSet<> &met) : targets(targets), met(met) {}
  llvm::MapVector<Value *, Place> places;

  void visit(Operation &op) {
    bool isAdd = op.is("add");
    if (!(isAdd || isOneOf(op, {"conv", "linear", "avg_pool", "max_pool"})) || isSkipped(op))
      return;
    Value *x = activationOf(op, "x"), *y = isAdd ? activationOf(op, "y") : nullptr;
    if (!x || (isAdd && !y))
      return;
    places[x].add(op.operand("x"));
    if (y)
      places[y].add(op.operand("y"));
    placeBehind(op);
  }

private:
  bool isSkipped(const Operation &op) {
    std::optional<int64_t> threshold = targets.global;
    auto take = [&](const llvm::StringMap<std::optional<int64_t>> &entries, llvm::StringRef key) {
      auto entry = entries.find(key);
      if (entry == entries.end())
        return false;
      met.insert(key);
      threshold = entry->second;
      return true;
    };
    take(targets.byType, op.type().str());
    if (!take(targets.byName, op.opName()))
      take(targets.byName, op.result()->name().str());
    const Operand *weight = op.operand("weight");
    std::optional<int64_t> elements = weight && weight->type().isTensor() ? weight->type().elementCount() : std::nullopt;
    return !threshold || (elements && *elements <= *threshold);
  }
  void placeBehind(Operation &op) {
    Value *result = op.result();
    Operation *only = result->hasOneUse() ? result->firstUse()->user() : nullptr;
    if (only && isOneOf(*only, {"leaky_relu", "tanh", "scaled_tanh", "sigmoid", "hard_sigmoid", "relu", "relu6"}))
      result = only->result();
    for (Operand *use = result->firstUse(); use; use = use->nextUse())
      if (use->user())
        places[result].add(use);
  }
  const ActivationTargets &targets;
  llvm::StringSet<> &met;
};

/// The builder right behind what makes a value.
Builder behind(Value &value, Block &body) {
  if (Operation *maker = value.definingOp())
    return Builder::after(maker);
  Builder builder = Builder::atEnd(body);
  if (!body.empty())
    builder.setInsertionPoint(&body.front());
  return builder;
}

void insertPair(Value &value, Place &place, Block &body, double range, NameScope &names) {
  Builder builder = behind(value, body);
  Context &context = builder.context();
  std::string name = value.name().str().str();
  DType type = value.type().dtype();
  // As weights of a range are quantized: twice the range in 254 steps, each rounded.
  float width = roundedTo(type, 2 * double(roundedTo(type, range)));
  float step = roundedTo(type, (std::isfinite(width) ? double(width) : 2 * range) / 254);
  if (step == 0)
    step = type == DType::Float16 ? 0x1p-24f : 0x1p-149f;
  const Literal *scale = Literal::number(context, type, double(step));
  Value *first = builder.constant(names.fresh(name + "_scale"), scale);
  Value *integer = builder.constant(names.fresh(name + "_output_dtype"), Literal::string(context, "int8"));
  Operation *quantize = builder.create("quantize", {{names.fresh(name + "_quantized"), value.type().withDType(context, DType::Int8)}},
                                       {{"input", Binding(&value)}, {"output_dtype", Binding(integer)}, {"scale", Binding(first)}});
  Operation *dequantize = builder.create("dequantize", {{names.fresh(name + "_dequantized"), value.type()}},
                                         {{"input", Binding(quantize->result())}, {"scale", Binding(first)}});
  for (Operand *reader : place.readers)
    reader->set(dequantize->result());
}

} // namespace

Result<ActivationReport> mil::quantizeActivations(Model &model, const ActivationOptions &how, const Samples &samples,
                                                  DiagnosticEngine &diags) {
  if (samples.isRandom())
    return diags.report({}, diag::DataIsRandom);
  Result<std::vector<FunctionRun>> runs = functionRuns(model, diags);
  if (!runs)
    return failure();
  ActivationReport report;
  std::vector<std::pair<Function *, Placer>> placers;
  std::vector<const Value *> values;
  forEachProgram(model, [&](Program &program, const Model &) {
    for (Function *function : program.functions()) {
      if (function->opset() < Opset::IOS17)
        continue;
      Placer &placer = placers.emplace_back(function, Placer(how.targets, report.met)).second;
      function->body().walk([&](Operation &op) { placer.visit(op); });
      for (const auto &[value, place] : placer.places)
        values.push_back(value);
    }
  });
  Result<llvm::DenseMap<const Value *, double>> ranges = activationRanges(values, *runs, how, samples, diags);
  if (!ranges)
    return failure();
  for (auto &[function, placer] : placers) {
    NameScope names(*function);
    for (auto &[value, place] : placer.places) {
      double range = ranges->lookup(value);
      bool isReached = range > 0;
      ++(isReached ? report.pairs : report.unreached);
      if (isReached)
        insertPair(*value, place, *value->block(), range, names);
    }
  }
  return report;
}
