#include "mil/Diff/DiffJson.h"
#include "mil/Support/JsonText.h"
#include <nlohmann/json.hpp>

using namespace mil;
using Json = nlohmann::ordered_json;

namespace {

llvm::StringRef name(Change change) { return change == Change::Added ? "added" : change == Change::Removed ? "removed" : "changed"; }

Json toJson(const std::vector<Difference> &list) {
  Json json = Json::array();
  for (const Difference &each : list)
    json.push_back({{"change", name(each.change)}, {"what", each.what}, {"before", each.before}, {"after", each.after}});
  return json;
}

Json toJson(const FunctionDifference &function) {
  Json operations = Json::array(), constants = Json::array();
  for (const OperationDifference &op : function.operations)
    operations.push_back(
        {{"change", name(op.change)}, {"name", op.name}, {"type", op.type}, {"text", op.text}, {"details", toJson(op.details)}});
  for (const ConstantDifference &constant : function.constants)
    constants.push_back({{"name", constant.name},
                         {"operation", constant.operation},
                         {"argument", constant.argument},
                         {"typeBefore", constant.typeBefore},
                         {"typeAfter", constant.typeAfter},
                         {"bytesBefore", constant.bytesBefore},
                         {"bytesAfter", constant.bytesAfter},
                         {"compared", constant.compared},
                         {"elements", constant.elements},
                         {"differing", constant.differing},
                         {"largest", constant.largest}, // null when infinite
                         {"nanAppears", constant.nanAppears}});
  return {{"change", name(function.change)},         {"name", function.name},    {"operationCount", function.operationCount},
          {"interface", toJson(function.interface)}, {"operations", operations}, {"constants", constants},
          {"uncompared", function.uncompared}};
}

Json toJson(const ModelDifference &difference) {
  Json functions = Json::array(), stages = Json::array();
  for (const FunctionDifference &function : difference.functions)
    functions.push_back(toJson(function));
  for (const auto &[number, stage] : difference.stages) {
    stages.push_back(toJson(stage));
    stages.back()["number"] = number + 1;
  }
  return {{"different", !difference.empty()}, {"model", toJson(difference.model)}, {"functions", functions}, {"stages", stages}};
}

} // namespace

void mil::diffAsJson(const ModelDifference &difference, llvm::raw_ostream &out) { out << jsonText(toJson(difference)) << "\n"; }
