#include "WeightInputs.h"
#include "ConstantForms.h"
#include "mil/Link/DiagnosticKinds.h"
#include "mil/Ops/Catalogue.h"
#include "mil/Ops/Elements.h"
#include "mil/Pass/StreamedConstants.h"
#include "llvm/ADT/STLExtras.h"

namespace mil {

// ---- Compressed constants

/// The values of a compressed constant, made from it in windows.
static const Literal *valuesOf(Value &value, DiagnosticEngine &diags) {
  std::shared_ptr<ElementReader> elements = elementsOf(value);
  if (!elements)
    return nullptr;
  return streamedConstant(value.definingOp()->program().context(), value.type(),
                          [elements, &diags](int64_t from, llvm::MutableArrayRef<double> out) { return elements->read(from, out, diags); });
}

/// Whether a constant is the scale of a compressed one, of which each is for whole dimensions or for one channel, so that it can be a
/// factor.
static bool isFactor(const DifferingConstant &constant, const ConstantPlace &place) {
  if (!place.op->is("constexpr_blockwise_shift_scale") || place.name != "scale" || !constant.hasOneType())
    return false;
  llvm::ArrayRef<int64_t> blocks = constant.type().dims(), dims = place.op->result()->type().dims();
  return blocks.size() == dims.size() && llvm::all_of(llvm::zip_equal(blocks, dims), [](auto pair) {
           return std::get<0>(pair) == 1 || std::get<0>(pair) == std::get<1>(pair);
         });
}

/// The compressed constants of which a part differs.
struct WeightInputs::Compressed {
  llvm::DenseMap<const Operation *, const DifferingConstant *> causes, factors; ///< the first part; the scale, where nothing else differs

  void add(const DifferingConstant &constant, const ConstantPlace &place) {
    bool isFirst = causes.try_emplace(place.op, &constant).second;
    if (isFirst && isFactor(constant, place))
      factors[place.op] = &constant;
    else
      factors.erase(place.op);
  }
};

/// Constants that operations read as they are go to `all`. Where a part of a compressed constant differs, its scale goes there, if that is
/// a factor, else its values.
Status WeightInputs::spellOut(llvm::ArrayRef<DifferingConstant> constants, std::vector<ReadConstant> &all) {
  Compressed compressed;
  for (const DifferingConstant &constant : constants) {
    ReadConstant plain{constant, nullptr};
    llvm::erase_if(plain.places, [&](const ConstantPlace &place) { return place.op->isConstexpr(); });
    for (const ConstantPlace &place : constant.places)
      if (place.op->isConstexpr())
        compressed.add(constant, place);
    if (!plain.places.empty())
      all.push_back(std::move(plain));
  }
  llvm::DenseMap<const Value *, size_t> known;
  for (Operation *op : compressed.causes.empty() ? llvm::ArrayRef<Operation *>() : sources.alignment.operations())
    for (const Argument &argument : op->arguments())
      for (unsigned i = 0; i < argument.count; ++i) {
        Value *value = argument.operands[i].value();
        const DifferingConstant *cause = value && value->definingOp() ? compressed.causes.lookup(value->definingOp()) : nullptr;
        if (!cause)
          continue;
        if (op->isConstexpr()) {
          compressed.causes.try_emplace(op, cause);
          compressed.factors.erase(op);
          continue;
        }
        auto [it, isNew] = known.try_emplace(value, all.size());
        if (isNew && !spellOut(*value, *cause, compressed, all.emplace_back()))
          return failure();
        all[it->second].places.push_back({op, argument.name, i, false});
      }
  return success();
}

Status WeightInputs::spellOut(Value &value, const DifferingConstant &cause, const Compressed &compressed, ReadConstant &spelt) {
  if (const DifferingConstant *factor = compressed.factors.lookup(value.definingOp())) {
    spelt.name = factor->name, spelt.values = factor->values;
    spelt.scaled = value.definingOp();
    return success();
  }
  ConstantPlace place{value.definingOp(), cause.places.front().name, 0, false};
  if (!options.decompress)
    return refuse(cause, place, "compressed constants can't be inputs; --decompress makes inputs of the decompressed values");
  spelt.name = value.name().str().str();
  for (size_t k = 0; k < sources.alignment.functionCount(); ++k)
    if (!spelt.values.emplace_back(valuesOf(*sources.alignment.value(&value, k), unified.diags())))
      return refuse(cause, place, "its values can't be computed");
  return success();
}

// ---- Inputs

DiagnosticEngine::InFlight WeightInputs::refuse(const DifferingConstant &constant, const ConstantPlace &place, const std::string &why) {
  size_t other = std::max<size_t>(constant.firstOther(sources.identity), 1);
  return reportOn(*place.op, unified.diags(), diag::UnifyConstant, constant.name, place.name, place.op->type(),
                  sources.functions[other].name, why);
}

/// What to do where an argument has to be a constant.
static std::string hintFor(const Operation &op, llvm::StringRef argument) {
  const OpVersion *version = Catalogue::get().lookup(op.type().str(), Opset::Unknown);
  const Parameter *parameter = version ? version->parameter(argument) : nullptr;
  if (!parameter || parameter->constant || opsetOf(op) >= version->since)
    return "'milc merge' keeps the functions apart, and stores the weights that they share once";
  std::string opset = textName(version->since).str();
  return "it can be an input from opset " + opset + " on: 'milc opt --passes=raise_opset{target=" + opset + "}' raises a model to it";
}

Status WeightInputs::refuseFixed(const DifferingConstant &constant, const ConstantPlace &place, const std::string &why) {
  return refuse(constant, place, why).note({}, diag::UnifyHint, hintFor(*place.op, place.name));
}

/// The element type in which an interface takes another.
static DType interfaceType(DType type, Opset opset) {
  switch (type) {
  case DType::Float16:
    return opset >= Opset::IOS16 ? DType::Float16 : DType::Float32;
  case DType::Float32:
  case DType::Int32:
    return type;
  case DType::Bool:
  case DType::Int8:
  case DType::UInt8:
  case DType::Int16:
  case DType::UInt16:
    return DType::Int32;
  default:
    return DType::Invalid;
  }
}

const char *WeightInputs::whyNotState(Type type) const {
  if (unified.function().opset() < Opset::IOS18)
    return "states need opset ios18";
  return type.dtype() == DType::Float16 ? nullptr : "states need fp16";
}

void WeightInputs::describe(const Value &input, llvm::StringRef weight) {
  MultiArrayFeature array;
  Type type = input.type().isState() ? input.type().element() : input.type();
  array.shape.assign(type.dims().begin(), type.dims().end());
  array.dataType = toArrayDataType(type.dtype()).value_or(ArrayDataType::Invalid);
  FeatureDescription feature{input.name().str().str(), "Weight " + weight.str(), {}, {}};
  if (input.type().isState())
    feature.type = FeatureType{StateFeature{array, {}}, false, {}};
  else
    feature.type = FeatureType{array, false, {}};
  (input.type().isState() ? unified.description().states : unified.description().inputs).push_back(std::move(feature));
}

Value *WeightInputs::addInput(llvm::StringRef name, llvm::ArrayRef<const Literal *> values) {
  Context &context = unified.context();
  Type type = values[0]->type();
  Value *input = unified.function().body().addInput(context.intern(name), options.states ? Type::state(context, type) : type);
  unified.claim(*input, name);
  describe(*input, name);
  for (auto [adapter, value] : llvm::zip(adapters, values))
    adapter.arrays.push_back({input->name().str().str(), value});
  if (!options.states)
    return input;
  states.push_back(input);
  unified.insertAtStart();
  Value *read = unified.rewriter().make("read_state", {{"input", input}});
  unified.rename(*read, unified.rewriter().fresh(input->name().str().str() + "_read").str());
  return read;
}

Status WeightInputs::addOne(const ReadConstant &constant) {
  Context &context = unified.context();
  Type type = constant.type();
  if (!type.isTensor() || !type.hasStaticShape() || !constant.hasOneType())
    return refuse(constant, constant.places.front(), "only tensors with the same size can become inputs");
  DType legal = interfaceType(type.dtype(), unified.function().opset());
  if (legal == DType::Invalid || type.elementCount() == 0)
    return refuse(constant, constant.places.front(), "inputs can't have its type " + type.str());
  bool fits = type.rank() >= 1 && type.rank() <= 5;
  Type shaped = type.withDType(context, legal);
  if (!fits)
    shaped = shaped.withDims(context, *type.elementCount());
  if (const char *why = options.states ? whyNotState(shaped) : nullptr)
    return refuse(constant, constant.places.front(), why);

  llvm::SmallVector<const Literal *, 4> values;
  for (const Literal *value : constant.values)
    if (!values.emplace_back(convertedConstant(value, shaped, unified.diags(), context)))
      return refuse(constant, constant.places.front(), "its values can't be read");
  Value *value = addInput(constant.name, values);
  Rewriter &rewriter = unified.rewriter();
  auto next = [&](Value *made, llvm::StringRef how) {
    if (made)
      unified.rename(*made, rewriter.fresh(constant.name + how.str()).str());
    value = made;
  };
  if (!value->inputOf() && value->definingOp())
    rewriter.setInsertionPointAfter(value->definingOp());
  else
    unified.insertAtStart();
  if (legal != type.dtype())
    next(rewriter.make("cast", {{"x", value}, {"dtype", rewriter.string(name(type.dtype()))}}), "_cast");
  if (!fits)
    next(type.rank() == 0 ? rewriter.make("squeeze", {{"x", value}, {"axes", rewriter.ints({0})}})
                          : rewriter.make("reshape", {{"x", value}, {"shape", rewriter.ints(type.dims())}}),
         "_shaped");
  if (!value || value->type() != type)
    return refuse(constant, constant.places.front(), "inputs can't be cast to its type " + type.str());
  if (constant.scaled && !(value = writeScaleApart(*unified.copyOf(constant.scaled), *value, rewriter)))
    return refuse(constant, constant.places.front(), "its operation can't be written as a product with it");

  for (const ConstantPlace &place : constant.places) {
    Operation *op = unified.copyOf(place.op);
    if (place.isAttribute)
      return refuse(constant, place, "it is an attribute, which can't be an input");
    op->argument(place.name)->operands[place.binding].set(value);
    const OpVersion *version = versionOf(*op);
    const Parameter *parameter = version ? version->parameter(place.name) : nullptr;
    const Literal *dilations = op->is("conv") && place.name == "weight" ? op->constant("dilations") : nullptr;
    auto steps = dilations ? dilations->asInts() : std::nullopt;
    if (steps && llvm::any_of(*steps, [](int64_t step) { return step != 1; }))
      return refuseFixed(constant, place, "a conv with dilations needs constants");
    if (parameter && parameter->constant)
      unfixed.push_back({op, &constant, place});
  }
  return success();
}

Status WeightInputs::add(llvm::ArrayRef<DifferingConstant> constants) {
  std::vector<ReadConstant> all;
  if (!spellOut(constants, all))
    return failure();
  for (const ReadConstant &constant : all)
    if (!addOne(constant))
      return failure();
  llvm::DenseSet<Operation *> done;
  for (const Unfixed &each : unfixed)
    if (done.insert(each.op).second && !writeWithoutConstants(*each.op, unified.rewriter()))
      return refuseFixed(*each.constant, each.place, "this argument must be a constant");
  return success();
}

// ---- States

/// func load(W_values, state W) { write_state(input = W, data = W_values);  loaded = shape(x = W_values) } -> (loaded)
Status WeightInputs::addLoader() {
  Context &context = unified.context();
  Model &model = unified.model();
  Function *loader = model.program->addFunction(context.intern("load"), unified.function().opsetName());
  PassRun run(*model.program, &model, unified.diags());
  Rewriter rewriter(*loader, run);
  FunctionDescription description;
  Value *first = nullptr;
  for (Value *state : states) {
    std::string name = state->name().str().str();
    Value *target = loader->body().addInput(state->name(), state->type());
    Value *data = loader->body().addInput(rewriter.fresh(name + "_values"), state->type().element());
    rewriter.setInsertionPointToEnd(loader->body());
    Operation *write = rewriter.createTyped("write_state", {}, {{"input", target}, {"data", data}});
    write->setAttribute(context.intern("name"), Literal::string(context, rewriter.fresh(name + "_write")));
    first = first ? first : data;
  }
  Value *loaded = rewriter.make("shape", {{"x", first}});
  if (!loaded)
    return failure();
  loaded->setName(context.intern("loaded"));
  loaded->definingOp()->setAttribute(context.intern("name"), Literal::string(context, "loaded"));
  loader->body().setOutputs(loaded);
  description = describeFunction(*loader);
  description.name = "load";
  ModelDescription &all = *model.description;
  all.functions.push_back(std::move(all.main));
  all.functions.back().name = "main";
  all.functions.push_back(std::move(description));
  all.main = {};
  all.defaultFunctionName = "main";
  model.program->setDialect13(true);
  return success();
}

} // namespace mil
