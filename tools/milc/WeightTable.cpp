#include "WeightTable.h"
#include "Table.h"
#include "mil/Compress/WeightSurvey.h"
#include "mil/Support/JsonText.h"
#include "mil/Support/Printable.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include <nlohmann/json.hpp>

using namespace mil;
using Json = nlohmann::ordered_json;

namespace {

void addWeights(const Model &model, uint64_t minBytes, std::vector<WeightInfo> &all) {
  if (model.program)
    llvm::append_range(all, surveyWeights(*model.program, minBytes));
  if (model.pipeline)
    for (const std::unique_ptr<Model> &stage : model.pipeline->models)
      addWeights(*stage, minBytes, all);
}

double zerosOf(const WeightInfo &weight) { return weight.elements ? double(weight.zeros) / double(weight.elements) : 0; }

void sortBy(llvm::StringRef key, std::vector<WeightInfo> &weights) {
  std::vector<std::pair<double, size_t>> order;
  for (size_t i = 0; i < weights.size(); ++i)
    order.emplace_back(key == "bytes"      ? -double(weights[i].bytes)
                       : key == "zeros"    ? -zerosOf(weights[i])
                       : key == "distinct" ? -double(weights[i].distinct.value_or(UINT64_MAX))
                                           : double(i),
                       i);
  llvm::sort(order, [&](const auto &a, const auto &b) {
    int names = key == "name" ? weights[a.second].name.compare(weights[b.second].name) : 0;
    return names != 0 ? names < 0 : a < b;
  });
  std::vector<WeightInfo> sorted;
  for (auto [rank, i] : order)
    sorted.push_back(std::move(weights[i]));
  weights = std::move(sorted);
}

void printTable(const std::vector<WeightInfo> &weights) {
  bool several = llvm::any_of(weights, [&](const WeightInfo &each) { return each.function != weights.front().function; });
  std::vector<std::string> heading{"weight", "type", "scheme", "bytes", "distinct", "zeros", "range", "readers"};
  if (several)
    heading.insert(heading.begin(), "function");
  milc::Table table(heading);
  for (const WeightInfo &weight : weights) {
    std::string zeros = formatted("%.1f %%", 100 * zerosOf(weight)) + (weight.pattern.empty() ? "" : ", " + weight.pattern);
    std::string range = weight.least > weight.greatest ? "" : formatted("%.3g", weight.least) + " to " + formatted("%.3g", weight.greatest);
    std::vector<std::string> row{weight.name,
                                 weight.type.str(),
                                 weight.scheme,
                                 milc::formatBytes(weight.bytes),
                                 weight.distinct ? milc::formatCount(*weight.distinct) : "many",
                                 zeros,
                                 range + (weight.isFinite ? "" : ", not finite"),
                                 llvm::join(weight.readers, ", ")};
    if (several)
      row.insert(row.begin(), weight.function);
    table.add(std::move(row));
  }
  table.print(llvm::outs(), 0);
}

Json toJson(const WeightInfo &weight) {
  bool known = weight.least <= weight.greatest;
  return {{"function", weight.function},
          {"name", weight.name},
          {"type", weight.type.str()},
          {"scheme", weight.scheme},
          {"elements", weight.elements},
          {"bytes", weight.bytes},
          {"distinct", weight.distinct ? Json(*weight.distinct) : Json()},
          {"zeros", weight.zeros},
          {"pattern", weight.pattern},
          {"least", known ? Json(weight.least) : Json()},
          {"greatest", known ? Json(weight.greatest) : Json()},
          {"finite", weight.isFinite},
          {"readers", weight.readers}};
}

} // namespace

void milc::WeightTable::addTo(CLI::App &app) {
  CLI::Option *flag = app.add_flag("--weights,--each-weight", wanted,
                                   "Show each weight: type, scheme, bytes, distinct values, zeros, range, the operations that use it");
  app.add_option("--min-bytes", minBytes, "Only show weights with at least N bytes")->type_name("N")->needs(flag);
  app.add_option("--sort", sort, "Sort the weights: program, name, bytes, zeros or distinct")
      ->check(CLI::IsMember({"program", "name", "bytes", "zeros", "distinct"}))
      ->type_name("KEY")
      ->needs(flag);
}

void milc::WeightTable::print(const Model &model, bool json) const {
  std::vector<WeightInfo> weights;
  addWeights(model, minBytes, weights);
  sortBy(sort, weights);
  if (!json)
    return printTable(weights);
  Json list = Json::array();
  for (const WeightInfo &weight : weights)
    list.push_back(toJson(weight));
  llvm::outs() << jsonText(list) << "\n";
}
