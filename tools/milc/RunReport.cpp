#include "RunReport.h"
#include "Table.h"
#include "mil/Ops/Args.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"
#include <chrono>
#include <cmath>
#include <numeric>

using namespace mil;

namespace milc {

void ReportOptions::addTo(CLI::App &app) {
  app.add_flag("--json", json, "Print one JSON document");
  app.add_flag("--print", print, "Print the elements of the outputs, too");
}

// ---- Elements ---------------------------------------------------------------------------------------------------------------------------

static std::string printElement(const Tensor &tensor, int64_t i) {
  if (tensor.dtype() == DType::Bool)
    return tensor.integer(i) ? "True" : "False";
  if (!tensor.isFloat())
    return std::to_string(tensor.integer(i));
  double value = tensor.number(i);
  if (std::isnan(value))
    return "nan";
  std::string text;
  llvm::raw_string_ostream(text) << llvm::format("%.8g", value);
  return text;
}

static void printRows(const Tensor &tensor, size_t dim, int64_t from, bool cut, std::string &text) {
  constexpr int64_t edge = 3;
  if (dim == tensor.rank()) {
    text += printElement(tensor, from);
    return;
  }
  int64_t size = tensor.dims()[dim], inner = 1;
  for (int64_t other : tensor.dims().drop_front(dim + 1))
    inner *= other;
  bool isLast = dim + 1 == tensor.rank();
  std::string separator = isLast ? " " : std::string(tensor.rank() - dim - 1, '\n') + std::string(dim + 1, ' ');
  text += "[";
  for (int64_t i = 0; i < size; ++i) {
    if (i)
      text += separator;
    if (cut && size > 2 * edge && i == edge) {
      text += "...";
      i = size - edge - 1;
      continue;
    }
    printRows(tensor, dim + 1, from + i * inner, cut, text);
  }
  text += "]";
}

std::string printArray(const Tensor &tensor) {
  constexpr int64_t longest = 1000;
  std::string text;
  printRows(tensor, 0, 0, tensor.count() > longest, text);
  return text;
}

// ---- Outputs ----------------------------------------------------------------------------------------------------------------------------

static std::string labelText(const LabelScores::Label &label) {
  return std::holds_alternative<std::string>(label) ? std::get<std::string>(label) : std::to_string(std::get<int64_t>(label));
}

/// Labels come from the model: nothing in them controls a terminal.
static std::string printable(std::string text) {
  for (char &c : text)
    if (uint8_t(c) < ' ' || c == 0x7f)
      c = '?';
  return text;
}

static std::vector<std::pair<LabelScores::Label, double>> bestOf(const LabelScores &scores) {
  constexpr size_t shown = 5;
  std::vector<size_t> order(scores.entries.size());
  std::iota(order.begin(), order.end(), size_t(0));
  llvm::sort(order, [&](size_t a, size_t b) {
    double first = scores.entries[a].second, second = scores.entries[b].second;
    return first != second ? first > second : a < b;
  });
  std::vector<std::pair<LabelScores::Label, double>> best;
  for (size_t i : llvm::ArrayRef(order).take_front(shown))
    best.push_back(scores.entries[i]);
  return best;
}

static std::vector<std::string> rowOf(llvm::StringRef name, const Tensor &tensor, const ValueStatistics &s) {
  bool none = s.count == s.nan + s.infinite;
  return {name.str(),
          mil::name(tensor.dtype()).str(),
          printDims(tensor.dims()),
          none ? "-" : formatNumber(s.min),
          none ? "-" : formatNumber(s.max),
          none ? "-" : formatNumber(s.mean),
          std::to_string(s.nan),
          std::to_string(s.infinite)};
}

void RunReport::printTable(const ModelRunner &runner, const NamedValues &outputs) {
  Table table({"output", "type", "shape", "min", "max", "mean", "NaN", "inf"});
  for (const RunPort &port : runner.outputs())
    if (auto found = outputs.find(port.name); found != outputs.end() && found->second.tensor())
      table.add(rowOf(port.name, *found->second.tensor(), statisticsOf(*found->second.tensor())));
  table.print(llvm::outs(), 0);
  for (const RunPort &port : runner.outputs()) {
    auto found = outputs.find(port.name);
    if (found == outputs.end())
      continue;
    if (const StringTensor *text = found->second.strings(); text && !text->elements.empty())
      llvm::outs() << port.name << ": " << printable(text->elements[0]) << "\n";
    if (const LabelScores *scores = found->second.scores()) {
      llvm::outs() << port.name << ":\n";
      Table best;
      for (const auto &[label, score] : bestOf(*scores))
        best.add({printable(labelText(label)), formatNumber(score)});
      best.print(llvm::outs());
    }
    if (options.print && found->second.tensor())
      llvm::outs() << port.name << " =\n" << printArray(*found->second.tensor()) << "\n";
  }
}

void RunReport::printWatch(const ValueWatch &watch) {
  Table table({"value", "operation", "type", "min", "max", "mean", "NaN", "inf", "beyond fp16"});
  for (const ValueWatch::Seen &seen : watch.seen()) {
    const ValueStatistics &s = seen.statistics;
    table.add({seen.name, seen.op->type().str().str(), seen.type.str(), formatNumber(s.min), formatNumber(s.max), formatNumber(s.mean),
               std::to_string(s.nan), std::to_string(s.infinite), std::to_string(s.beyondHalf)});
  }
  table.print(llvm::outs(), 0);
  if (watch.firstBad())
    llvm::outs() << "first NaN or infinity: " << watch.firstBad()->describe() << "\n";
}

static llvm::json::Value toJson(const ValueStatistics &s) {
  return llvm::json::Object{{"min", s.min},
                            {"max", s.max},
                            {"mean", s.mean},
                            {"nan", int64_t(s.nan)},
                            {"inf", int64_t(s.infinite)},
                            {"beyondFp16", int64_t(s.beyondHalf)}};
}

static llvm::json::Value toJson(const RuntimeValue &value, bool elements) {
  llvm::json::Object object;
  if (const Tensor *tensor = value.tensor()) {
    object["type"] = mil::name(tensor->dtype());
    object["shape"] = llvm::json::Array(tensor->dims());
    object["statistics"] = toJson(statisticsOf(*tensor));
    if (elements) {
      llvm::json::Array list;
      for (int64_t i = 0; i < tensor->count(); ++i) // JSON has no NaN and no infinity
        list.push_back(!tensor->isFloat()                 ? llvm::json::Value(tensor->integer(i))
                       : std::isfinite(tensor->number(i)) ? llvm::json::Value(tensor->number(i))
                                                          : llvm::json::Value(printElement(*tensor, i)));
      object["elements"] = std::move(list);
    }
  }
  if (const StringTensor *text = value.strings())
    object["strings"] = llvm::json::Array(text->elements);
  if (const LabelScores *scores = value.scores()) {
    llvm::json::Array best;
    for (const auto &[label, score] : bestOf(*scores))
      best.push_back(llvm::json::Object{{"label", llvm::json::fixUTF8(labelText(label))}, {"score", score}});
    object["best"] = std::move(best);
  }
  return object;
}

void RunReport::step(size_t number, const ModelRunner &runner, const NamedValues &outputs, const ValueWatch *watch) {
  if (!options.json) {
    if (steps > 1)
      llvm::outs() << (number ? "\n" : "") << "step " << number << "\n";
    printTable(runner, outputs);
    if (watch)
      printWatch(*watch);
    return;
  }
  llvm::json::Object object, values;
  for (const RunPort &port : runner.outputs())
    if (auto found = outputs.find(port.name); found != outputs.end())
      values[port.name] = toJson(found->second, options.print);
  object["outputs"] = std::move(values);
  if (watch) {
    llvm::json::Array list;
    for (const ValueWatch::Seen &seen : watch->seen())
      list.push_back(llvm::json::Object{
          {"value", seen.name}, {"operation", seen.op->type().str()}, {"type", seen.type.str()}, {"statistics", toJson(seen.statistics)}});
    object["values"] = std::move(list);
    if (watch->firstBad())
      object["firstBad"] = watch->firstBad()->describe();
  }
  json += (json.empty() ? "" : ",\n");
  llvm::raw_string_ostream(json) << llvm::formatv("{0:2}", llvm::json::Value(std::move(object))).str();
}

void RunReport::finish() {
  if (options.json)
    llvm::outs() << "{\"steps\": [\n" << json << "\n]}\n";
}

// ---- Time -------------------------------------------------------------------------------------------------------------------------------

bool RunReport::time(ModelRunner &runner, const NamedValues &inputs, const States &states, unsigned repeats, DiagnosticEngine &diags) {
  std::vector<double> times;
  std::map<std::string, std::pair<double, uint64_t>> byType;
  RunCosts costs;
  for (unsigned i = 0; i < repeats; ++i) {
    States copy = states;
    costs = {};
    auto start = std::chrono::steady_clock::now();
    if (!runner.run(inputs, copy, diags, nullptr, &costs))
      return false;
    times.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    for (const RunCosts::Step &step : costs.steps) {
      auto &[seconds, calls] = byType[step.op->type().str().str()];
      seconds += step.seconds, calls += step.calls;
    }
  }
  std::sort(times.begin(), times.end());
  if (options.json)
    return true;
  auto milliseconds = [](double seconds) { return formatNumber(seconds * 1000); };
  llvm::outs() << "\nmedian of " << repeats << " runs: " << milliseconds(times[times.size() / 2]) << " ms, peak memory of values "
               << formatBytes(costs.peakBytes) << "\n";
  std::vector<std::pair<std::string, std::pair<double, uint64_t>>> sorted(byType.begin(), byType.end());
  llvm::sort(sorted, [](const auto &a, const auto &b) { return a.second.first > b.second.first; });
  Table table({"operation", "calls a run", "ms a run"});
  for (const auto &[type, cost] : sorted)
    table.add({type, std::to_string(cost.second / repeats), milliseconds(cost.first / repeats)});
  table.print(llvm::outs(), 0);
  return true;
}

} // namespace milc
