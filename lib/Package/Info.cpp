#include "mil/Package/Info.h"
#include "mil/IR/ModelTypes.h"
#include "mil/IR/Walk.h"
#include "mil/IR/WeightRule.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/ADT/Twine.h"
#include <map>

using llvm::ArrayRef;

namespace mil {

namespace {

/// The model's weight records in the order of their first use, with the functions that refer to each.
class WeightRecords {
public:
  struct Record {
    uint64_t bytes;
    std::vector<size_t> functions; ///< ascending
  };

  /// Identifies a blob's record within the model. What isn't in a file yet is one of its own.
  static std::string key(const Literal &weight) {
    if (!weight.isBlob() || weight.blobPath().empty())
      return "@" + std::to_string(reinterpret_cast<uintptr_t>(&weight));
    return (weight.blobPath() + "@" + llvm::Twine(weight.blobOffset())).str();
  }

  /// Notes that a function refers to a weight; returns whether it is the first time that this function does.
  bool add(const Literal &weight, size_t function) {
    auto [it, isNew] = index.try_emplace(key(weight), records.size());
    if (isNew)
      records.push_back({bytesOf(weight), {}});
    Record &record = records[it->second];
    if (!record.functions.empty() && record.functions.back() == function)
      return false;
    record.functions.push_back(function);
    return true;
  }

  /// Of a record whose file isn't there, the bytes that its type takes.
  static uint64_t bytesOf(const Literal &weight) {
    if (weight.isTensor())
      return weight.bytes().size();
    if (weight.blob())
      return weight.blob()->size();
    std::optional<int64_t> count = weight.type().elementCount();
    return count ? packedSize(weight.type().dtype(), uint64_t(*count)).value_or(0) : 0;
  }

  std::vector<Record> records;

private:
  llvm::StringMap<size_t> index;
};

/// Whether all that reads the results of `op` are decompressions: then those count, not `op`.
bool feedsDecompression(const Operation &op) {
  for (const Value &result : op.results())
    for (const Operand &use : result.uses())
      if (!use.user() || !use.user()->isConstexpr())
        return false;
  return op.hasUses();
}

/// Calls `visit` on the blobs of an operation, and on those that constants bring to a decompression.
void forEachRecord(const Operation &op, llvm::function_ref<void(const Literal &)> visit) {
  forEachBlob(op, visit);
  if (op.isConstexpr())
    op.forEachOperand([&](const Operand &operand) {
      if (const Literal *literal = operand.value() ? constantOf(operand) : nullptr; literal && literal->isBlob())
        visit(*literal);
    });
}

/// Counts the operations of one function and what they refer to.
class FunctionCounter {
public:
  FunctionCounter(FunctionInfo &info, WeightRecords &weights, size_t number, uint64_t movedFrom)
      : info(info), weights(weights), number(number), movedFrom(movedFrom) {}

  void count(const Operation &op) {
    ++info.operations;
    ++types[op.type()];
    std::string records;
    forEachRecord(op, [&](const Literal &blob) {
      records += WeightRecords::key(blob) + " ";
      addWeight(blob);
    });
    if (movedFrom)
      forEachLiteral(op, [&](const Literal &literal, const LiteralPlace &place) {
        if (place.allowsBlob() && isMovable(literal, movedFrom))
          addWeight(literal);
      });
    if ((op.is("const") || op.isConstexpr()) && op.resultCount() == 1 && !feedsDecompression(op))
      countParameters(op, records);
  }

  void finish() {
    for (const auto &type : types)
      info.histogram.push_back({type.getKey().str(), type.getValue()});
    llvm::sort(info.histogram, [](const auto &a, const auto &b) { return std::tie(b.second, a.first) < std::tie(a.second, b.first); });
  }

private:
  void addWeight(const Literal &weight) {
    if (weights.add(weight, number))
      info.weightBytes += WeightRecords::bytesOf(weight);
  }

  void countParameters(const Operation &op, llvm::StringRef records) {
    Type type = op.result()->type();
    uint64_t elements = type.isTensor() && type.dtype() != DType::String ? uint64_t(type.elementCount().value_or(0)) : 0;
    if (records.empty() ? elements >= leastWeightElements : counted.insert(records).second)
      info.parameters += elements;
  }

  FunctionInfo &info;
  WeightRecords &weights;
  size_t number;
  uint64_t movedFrom;
  llvm::StringMap<size_t> types;
  llvm::StringSet<> counted; ///< the records of weights that are among the parameters already
};

FeatureInfo featureInfo(const FeatureDescription &description, Type type) {
  FeatureInfo info{description.name, type ? type.str() : "", "", description.shortDescription, false};
  if (description.type) {
    info.feature = describeFeature(*description.type);
    info.optional = description.type->optional;
  }
  return info;
}

/// The described features, then what the program has besides. Takes from `types` what it has listed.
std::vector<FeatureInfo> features(ArrayRef<FeatureDescription> described, llvm::MapVector<llvm::StringRef, Type> &types,
                                  llvm::function_ref<bool(Type)> belongs) {
  std::vector<FeatureInfo> infos;
  for (const FeatureDescription &description : described) {
    auto it = types.find(description.name);
    infos.push_back(featureInfo(description, it == types.end() ? Type() : it->second));
    types.erase(description.name);
  }
  for (const auto &[name, type] : types)
    if (belongs(type))
      infos.push_back({name.str(), type.str(), "", "", false});
  return infos;
}

void describeInterface(const FunctionDescription &description, const Function *function, FunctionInfo &info) {
  llvm::MapVector<llvm::StringRef, Type> inputs, outputs;
  if (function) {
    for (const Value *input : function->inputs())
      inputs[input->name()] = input->type();
    for (const Operand &output : function->outputs())
      if (output.value())
        outputs[output.value()->name()] = output.value()->type();
  }
  info.states = features(description.states, inputs, [](Type type) { return type.isState(); });
  for (const FeatureInfo &state : info.states)
    inputs.erase(state.name);
  info.inputs = features(description.inputs, inputs, [](Type type) { return !type.isState(); });
  info.outputs = features(description.outputs, outputs, [](Type) { return true; });
}

std::vector<SharedWeights> sharingOf(const WeightRecords &weights, const ModelInfo &info) {
  std::map<std::vector<size_t>, SharedWeights> groups;
  for (const WeightRecords::Record &record : weights.records) {
    if (record.functions.size() < 2)
      continue;
    SharedWeights &group = groups[record.functions];
    ++group.records;
    group.bytes += record.bytes;
  }
  std::vector<SharedWeights> sharing;
  for (auto &[functions, group] : groups) {
    for (size_t function : functions)
      group.functions.push_back(info.functions[function].name);
    sharing.push_back(std::move(group));
  }
  llvm::sort(sharing, [](const SharedWeights &a, const SharedWeights &b) {
    return std::tie(b.bytes, a.functions) < std::tie(a.bytes, b.functions);
  });
  return sharing;
}

void describeProgram(const Program &program, const ModelDescription &description, uint64_t movedFrom, ModelInfo &info) {
  info.kind = "ML program";
  if (const Literal *build = program.attribute("buildInfo"); build && build->kind() == Literal::Kind::Dict)
    for (size_t i = 0; i + 1 < build->elements().size(); i += 2)
      info.buildInfo.push_back(
          {build->elements()[i]->asString().value_or("").str(), build->elements()[i + 1]->asString().value_or("").str()});

  std::vector<const Function *> order;
  for (const FunctionDescription &listed : description.functions)
    if (const Function *function = program.function(listed.name))
      order.push_back(function);
  for (const Function *function : program.functions())
    if (!llvm::is_contained(order, function))
      order.push_back(function);

  WeightRecords weights;
  for (const Function *function : order) {
    FunctionInfo &its = info.functions.emplace_back();
    its.name = function->name().str().str();
    its.opset = (function->opset() == Opset::Unknown ? function->opsetName().str() : textName(function->opset())).str();
    const FunctionDescription *interface = description.functions.empty() ? &description.main : description.function(its.name);
    describeInterface(interface ? *interface : FunctionDescription(), function, its);
    FunctionCounter counter(its, weights, info.functions.size() - 1, movedFrom);
    std::as_const(function->body()).walk([&](const Operation &op) { counter.count(op); });
    counter.finish();
  }
  info.sharing = sharingOf(weights, info);
  info.records = weights.records.size();
  for (const WeightRecords::Record &record : weights.records)
    info.weightBytes += record.bytes;
}

} // namespace

std::vector<std::pair<llvm::StringRef, llvm::StringRef>> ModelInfo::texts() const {
  std::vector<std::pair<llvm::StringRef, llvm::StringRef>> texts = {{"description", metadata.shortDescription},
                                                                    {"version", metadata.version},
                                                                    {"author", metadata.author},
                                                                    {"license", metadata.license}};
  for (const auto &[key, text] : metadata.userDefined)
    texts.emplace_back(key, text);
  for (const auto &[key, text] : buildInfo)
    texts.emplace_back(key, text);
  llvm::erase_if(texts, [](const auto &each) { return each.second.empty(); });
  return texts;
}

ModelInfo describeModel(const Model &model, uint64_t movedFrom) {
  ModelInfo info;
  info.specificationVersion = model.specificationVersion;
  const ModelDescription description = model.description.value_or(ModelDescription());
  info.defaultFunction = description.defaultFunctionName;
  info.metadata = description.metadata.value_or(Metadata());
  if (model.program) {
    describeProgram(*model.program, description, movedFrom, info);
    return info;
  }
  info.kind = model.pipeline ? modelTypeName(model.pipeline->field).str() : describeModelType(model.otherType ? model.otherType->field : 0);
  describeInterface(description.main, nullptr, info.functions.emplace_back());
  if (model.pipeline) {
    for (const std::unique_ptr<Model> &stage : model.pipeline->models) // nested as deep as the reader allows
      info.stages.push_back(describeModel(*stage, movedFrom));
    info.stageNames = model.pipeline->names;
  }
  return info;
}

} // namespace mil
