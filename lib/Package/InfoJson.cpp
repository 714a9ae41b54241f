#include "mil/Package/InfoJson.h"
#include "Json.h"
#include "mil/Support/JsonText.h"
#include <nlohmann/json.hpp>

using namespace mil;
using Json = nlohmann::ordered_json;

namespace {

Json toJson(const std::vector<FeatureInfo> &features) {
  Json list = Json::array();
  for (const FeatureInfo &feature : features)
    list.push_back({{"name", feature.name},
                    {"type", feature.type},
                    {"feature", feature.feature},
                    {"description", feature.description},
                    {"optional", feature.optional}});
  return list;
}

Json toJson(const FunctionInfo &function) {
  Json histogram = Json::object();
  for (const auto &[type, count] : function.histogram)
    histogram[type] = count;
  return {{"name", function.name},
          {"opset", function.opset},
          {"inputs", toJson(function.inputs)},
          {"outputs", toJson(function.outputs)},
          {"states", toJson(function.states)},
          {"operations", function.operations},
          {"histogram", histogram},
          {"parameters", function.parameters},
          {"weightBytes", function.weightBytes}};
}

Json toJson(const ModelInfo &info) {
  Json buildInfo = Json::object(), functions = Json::array(), sharing = Json::array(), stages = Json::array();
  for (const auto &[key, value] : info.buildInfo)
    buildInfo[key] = value;
  for (const FunctionInfo &function : info.functions)
    functions.push_back(toJson(function));
  for (const SharedWeights &shared : info.sharing)
    sharing.push_back({{"functions", shared.functions}, {"records", shared.records}, {"bytes", shared.bytes}});
  for (size_t i = 0; i < info.stages.size(); ++i) {
    stages.push_back(toJson(info.stages[i]));
    stages.back()["name"] = i < info.stageNames.size() ? info.stageNames[i] : "";
  }
  return {{"kind", info.kind},
          {"specificationVersion", info.specificationVersion},
          {"metadata",
           {{"description", info.metadata.shortDescription},
            {"version", info.metadata.version},
            {"author", info.metadata.author},
            {"license", info.metadata.license},
            {"userDefined", textsAsJson(info.metadata.userDefined)}}},
          {"buildInfo", buildInfo},
          {"defaultFunction", info.defaultFunction},
          {"functions", functions},
          {"weights", {{"bytes", info.weightBytes}, {"records", info.records}, {"sharing", sharing}}},
          {"stages", stages}};
}

} // namespace

void mil::infoAsJson(const ModelInfo &info, llvm::raw_ostream &out) { out << jsonText(toJson(info)) << "\n"; }
