#include "CompressReport.h"
#include "Table.h"
#include "mil/Support/JsonText.h"
#include "mil/Support/Printable.h"
#include "llvm/ADT/STLExtras.h"
#include <cmath>
#include <nlohmann/json.hpp>

using namespace mil;
using Json = nlohmann::ordered_json;

namespace {

struct Total {
  uint64_t weights = 0, before = 0, after = 0;
};

void printReport(const CompressionReport &report) {
  std::map<std::string, Total> bySchemes;
  bool hasCosts = llvm::any_of(report.weights, [](const WeightChange &change) { return change.cost.has_value(); });
  std::vector<std::string> heading{"weight", "type", "scheme", "before", "after", "SNR", "largest error"};
  if (hasCosts)
    heading.push_back("PSNR of outputs");
  milc::Table weights(heading);
  for (const WeightChange &change : report.weights) {
    std::string scheme = describe(change);
    std::vector<std::string> row{change.name,
                                 change.type.str(),
                                 scheme,
                                 milc::formatBytes(change.bytesBefore),
                                 change.scheme ? milc::formatBytes(change.bytesAfter) : "",
                                 change.error ? formatDecibels(change.error->snr()) : "",
                                 change.error ? formatted("%.3g", change.error->largest) : ""};
    if (hasCosts)
      row.push_back(change.cost ? formatDecibels(decibels(*change.cost)) : "");
    weights.add(std::move(row));
    Total &total = bySchemes[change.scheme ? scheme : "unchanged"];
    ++total.weights;
    total.before += change.bytesBefore, total.after += change.scheme ? change.bytesAfter : change.bytesBefore;
  }
  weights.print(llvm::outs(), 0);
  llvm::outs() << "\n";
  milc::Table schemes({"scheme", "weights", "before", "after"});
  for (const auto &[scheme, total] : bySchemes)
    schemes.add({scheme, milc::formatCount(total.weights), milc::formatBytes(total.before), milc::formatBytes(total.after)});
  schemes.print(llvm::outs(), 0);
}

void printCurve(const ChosenSchemes &chosen, bool hasData) {
  milc::Table table({"size", hasData ? "PSNR of outputs (estimated)" : "SNR of weights", ""});
  bool marked = false;
  auto add = [&](const Allocation &at, const char *mark) {
    table.add({milc::formatBytes(at.bytes + chosen.otherBytes), formatDecibels(decibels(at.noise)), mark});
  };
  for (const Allocation &at : chosen.curve) {
    if (!marked && at.bytes >= chosen.allocation.bytes) {
      add(chosen.allocation, "<- chosen");
      marked = true;
      if (at.bytes == chosen.allocation.bytes)
        continue;
    }
    add(at, "");
  }
  table.print(llvm::outs(), 0);
  llvm::outs() << "\n";
}

void printOutputs(const std::vector<OutputError> &outputs) {
  bool several = llvm::any_of(outputs, [&](const OutputError &each) { return each.function != outputs.front().function; });
  milc::Table table({"output", "samples", "PSNR", "largest error"});
  for (const OutputError &each : outputs)
    table.add({several ? each.function + "." + each.name : each.name, milc::formatCount(each.samples), formatDecibels(each.psnr),
               formatted("%.3g", each.largest)});
  llvm::outs() << "\n";
  table.print(llvm::outs(), 0);
}

Json toJson(const milc::CompressSummary &summary) {
  const CompressionReport &report = summary.report;
  const ChosenSchemes *chosen = summary.chosen;
  Json weights = Json::array(), curve = Json::array();
  for (const WeightChange &change : report.weights) {
    Json each{{"function", change.function},
              {"name", change.name},
              {"type", change.type.str()},
              {"scheme", change.scheme ? Json(describe(change)) : Json()},
              {"left", describe(change.why).str()},
              {"bytesBefore", change.bytesBefore},
              {"bytesAfter", change.scheme ? change.bytesAfter : change.bytesBefore}};
    if (change.error)
      each["error"] = {{"mean", change.error->mean()}, {"largest", change.error->largest}, {"snr", change.error->snr()}};
    if (change.cost)
      each["outputs"] = {{"psnr", decibels(*change.cost)}};
    weights.push_back(std::move(each));
  }
  Json json{{"weights", std::move(weights)}, {"activations", report.activations}};
  if (chosen) {
    for (const Allocation &at : chosen->curve)
      curve.push_back({{"bytes", at.bytes + chosen->otherBytes}, {"snr", decibels(at.noise)}});
    json["bytes"] = chosen->allocation.bytes + chosen->otherBytes;
    json["snr"] = decibels(chosen->allocation.noise);
    json["curve"] = std::move(curve);
  }
  if (summary.outputs) {
    Json outputs = Json::array();
    for (const OutputError &each : *summary.outputs)
      outputs.push_back(
          {{"function", each.function}, {"name", each.name}, {"samples", each.samples}, {"psnr", each.psnr}, {"largest", each.largest}});
    json["outputs"] = std::move(outputs);
  }
  return json;
}

} // namespace

void milc::printSummary(const CompressSummary &summary, bool json) {
  if (json) {
    llvm::outs() << jsonText(toJson(summary)) << "\n";
    return;
  }
  if (summary.chosen)
    printCurve(*summary.chosen, summary.hasData);
  bool hasWeights = !summary.report.weights.empty();
  if (hasWeights || !summary.report.activations)
    printReport(summary.report);
  if (summary.report.activations)
    llvm::outs() << (hasWeights ? "\n" : "") << "activations quantized to int8: " << formatCount(summary.report.activations) << "\n";
  if (summary.outputs)
    printOutputs(*summary.outputs);
}
