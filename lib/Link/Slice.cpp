#include "Slice.h"
#include "mil/IR/Builder.h"
#include "mil/IR/Cloning.h"

namespace mil {

void Slice::close(const FunctionBody &body, CrossingValues &crossings) {
  llvm::DenseSet<Operation *> own(ops.begin(), ops.end());
  llvm::DenseSet<Value *> seen;
  std::vector<Value *> constants, others;
  auto read = [&](Value *value) {
    if (!seen.insert(value).second)
      return;
    if (body.isConstant(value))
      constants.push_back(value);
    else if (body.isInput(value))
      (value->type().isState() ? states : inputs).push_back(value);
    else if (!own.contains(value->definingOp()))
      others.push_back(value);
  };
  for (Value *given : std::exchange(inputs, {}))
    read(given);
  for (Value *given : std::exchange(states, {}))
    read(given);
  for (Operation *op : ops)
    if (op->resultCount() && body.isConstant(op->result()))
      constants.push_back(op->result());
    else
      body.forEachRead(*op, read);
  for (Value *result : results)
    read(result);

  llvm::erase_if(ops, [&](Operation *op) { return op->resultCount() && body.isConstant(op->result()); });
  std::vector<Operation *> copied = body.constantsBehind(constants), all;
  std::merge(ops.begin(), ops.end(), copied.begin(), copied.end(), std::back_inserter(all),
             [](const Operation *a, const Operation *b) { return a->isBefore(b); });
  ops = std::move(all);

  auto byIndex = [](const Value *a, const Value *b) { return a->index() < b->index(); };
  llvm::sort(inputs, byIndex);
  llvm::sort(states, byIndex);
  llvm::sort(others,
             [&](const Value *a, const Value *b) { return std::pair(body.stepOf(a), a->index()) < std::pair(body.stepOf(b), b->index()); });
  for (Value *value : others)
    entries.push_back(crossings.crossing(value));
}

/// Casts a value, by a step named `result` and a constant named `dtype`.
static Value *cast(Builder &builder, Value *value, Type type, Name result, Name dtype) {
  Value *target = builder.constant(dtype, Literal::string(builder.context(), name(type.dtype())));
  return builder.create("cast", Operation::ResultSpec{result, type}, {{"dtype", Binding(target)}, {"x", Binding(value)}})->result();
}

/// Makes a vector of one element of a value of rank 0 ("expand_dims"), or the other way round ("squeeze").
static Value *changeRank(Builder &builder, llvm::StringRef op, Value *value, Type type, Name result, Name axes) {
  Context &context = builder.context();
  Value *zero = builder.constant(axes, Literal::int32s(context, {0}));
  return builder.create(op, Operation::ResultSpec{result, type}, {{"axes", Binding(zero)}, {"x", Binding(value)}})->result();
}

/// What a value crosses as, made of it.
static Value *give(Builder &builder, Value *value, const Crossing &exit) {
  const Crossing::Side &names = exit.giver;
  if (exit.isCast()) {
    Type type = exit.value->type().withDType(builder.context(), exit.type.dtype());
    value = cast(builder, value, type, exit.isExpanded() ? names.between : exit.name, names.dtype);
  }
  return exit.isExpanded() ? changeRank(builder, "expand_dims", value, exit.type, exit.name, names.axes) : value;
}

/// The value, made of what it crosses as.
static Value *take(Builder &builder, Value *value, const Crossing &entry) {
  const Crossing::Side &names = entry.taker;
  Type type = entry.value->type();
  if (entry.isExpanded())
    value = changeRank(builder, "squeeze", value, type.withDType(builder.context(), entry.type.dtype()),
                       entry.isCast() ? names.between : entry.value->name(), names.axes);
  return entry.isCast() ? cast(builder, value, type, entry.value->name(), names.dtype) : value;
}

Function *cloneSlice(const Function &whole, const Slice &slice, Program &into, Name name) {
  const Program &from = whole.program();
  Function *made = into.addFunction(name, whole.opsetName());
  made->setLocation(whole.location());
  into.setProtoExtra(made, from.protoExtra(&whole));
  for (const Attribute &attribute : whole.attributes())
    if (attribute.name != "FlexibleShapeInformation")
      made->setAttribute(attribute.name, attribute.value);
  Block &body = made->body();
  into.setProtoExtra(&body, from.protoExtra(&whole.body()));
  for (const Attribute &attribute : whole.body().attributes())
    body.setAttribute(attribute.name, attribute.value);

  ValueMap map;
  auto takeInput = [&](Value *value) {
    map[value] = body.addInput(value->name(), value->type());
    into.setProtoExtra(map[value], from.protoExtra(value));
  };
  Builder builder = Builder::atEnd(body);
  llvm::for_each(slice.inputs, takeInput);
  for (const Crossing &entry : slice.entries)
    map[entry.value] = body.addInput(entry.name, entry.type);
  llvm::for_each(slice.states, takeInput);
  for (const Crossing &entry : slice.entries)
    if (entry.isChanged())
      map[entry.value] = take(builder, map[entry.value], entry);
  for (const Operation *op : slice.ops)
    body.append(cloneOperation(*op, into, map));

  llvm::SmallVector<Value *> outputs;
  for (Value *result : slice.results)
    outputs.push_back(map.lookup(result));
  builder.setInsertionPointToEnd(body);
  for (const Crossing &exit : slice.exits) {
    Value *value = map.lookup(exit.value);
    Value *given = give(builder, value, exit);
    if (!llvm::is_contained(outputs, given))
      outputs.push_back(given);
  }
  body.setOutputs(outputs);
  return made;
}

/// The feature of `whole` with a name; null for none.
static const FeatureDescription *find(const FunctionDescription *whole, std::vector<FeatureDescription> FunctionDescription::*list,
                                      llvm::StringRef name) {
  if (whole)
    for (const FeatureDescription &feature : whole->*list)
      if (feature.name == name)
        return &feature;
  return nullptr;
}

FunctionDescription describeSlice(const Slice &slice, const Function &made, const FunctionDescription *whole) {
  FunctionDescription description = describeFunction(made);
  auto restore = [&](std::vector<FeatureDescription> FunctionDescription::*list, llvm::ArrayRef<Value *> values) {
    llvm::StringMap<FeatureDescription *> features;
    for (FeatureDescription &feature : description.*list)
      features[feature.name] = &feature;
    for (const Value *value : values)
      if (const FeatureDescription *old = find(whole, list, value->name()))
        *features[value->name()] = *old;
  };
  restore(&FunctionDescription::inputs, slice.inputs);
  restore(&FunctionDescription::states, slice.states);
  restore(&FunctionDescription::outputs, slice.results);
  if (!whole)
    return description;
  auto keep = [&](const std::string &name) {
    return llvm::any_of(slice.results, [&](const Value *result) { return result->name() == name; }) ? name : std::string();
  };
  description.predictedFeatureName = keep(whole->predictedFeatureName);
  description.predictedProbabilitiesName = keep(whole->predictedProbabilitiesName);
  description.protoExtra = whole->protoExtra;
  return description;
}

} // namespace mil
