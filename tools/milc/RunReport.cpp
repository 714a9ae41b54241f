#include "RunReport.h"
#include "Table.h"
#include "mil/Ops/Args.h"
#include "mil/Support/Printable.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"
#include <chrono>
#include <cmath>
#include <numeric>

using namespace mil;

namespace milc {

void ReportOptions::addTo(CLI::App &app) {
  app.add_flag("--json", json, "Print one JSON document");
  app.add_flag("--print", print, "Also print the elements of the outputs");
}

// ---- Elements ---------------------------------------------------------------

static std::string printElement(const Tensor &tensor, int64_t i) {
  if (tensor.dtype() == DType::Bool)
    return tensor.integer(i) ? "True" : "False";
  if (!tensor.isFloat())
    return std::to_string(tensor.integer(i));
  double value = tensor.number(i);
  if (std::isnan(value))
    return "nan";
  return formatted("%.8g", value);
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

// ---- Outputs ----------------------------------------------------------------

static std::string labelText(const LabelScores::Label &label) {
  return std::holds_alternative<std::string>(label) ? std::get<std::string>(label) : std::to_string(std::get<int64_t>(label));
}

/// Labels come from the model, so control characters in them are replaced.
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
  bool hasNumbers = false;
  for (const RunPort &port : runner.outputs())
    if (auto found = outputs.find(port.name); found != outputs.end() && found->second.tensor()) {
      table.add(rowOf(port.name, *found->second.tensor(), statisticsOf(*found->second.tensor())));
      hasNumbers = true;
    }
  if (hasNumbers)
    table.print(llvm::outs(), 0);
  for (const RunPort &port : runner.outputs()) {
    auto found = outputs.find(port.name);
    if (found == outputs.end())
      continue;
    if (const StringTensor *text = found->second.strings(); text && !text->elements.empty())
      llvm::outs() << printable(port.name) << ": " << printable(text->elements[0]) << "\n";
    if (const LabelScores *scores = found->second.scores()) {
      llvm::outs() << printable(port.name) << ":\n";
      Table best;
      for (const auto &[label, score] : bestOf(*scores))
        best.add({printable(labelText(label)), formatNumber(score)});
      best.print(llvm::outs());
    }
    if (options.print && found->second.tensor())
      llvm::outs() << printable(port.name) << " =\n" << printArray(*found->second.tensor()) << "\n";
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

static llvm::json::Value reportJson(const ValueStatistics &s) {
  return llvm::json::Object{{"min", s.min},
                            {"max", s.max},
                            {"mean", s.mean},
                            {"nan", int64_t(s.nan)},
                            {"inf", int64_t(s.infinite)},
                            {"beyondFp16", int64_t(s.beyondHalf)}};
}

static llvm::json::Value reportJson(const RuntimeValue &value, bool elements) {
  llvm::json::Object object;
  if (const Tensor *tensor = value.tensor()) {
    object["type"] = mil::name(tensor->dtype());
    object["shape"] = llvm::json::Array(tensor->dims());
    object["statistics"] = reportJson(statisticsOf(*tensor));
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
    object["strings"] = llvm::json::Array(llvm::map_range(text->elements, llvm::json::fixUTF8));
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
      values[llvm::json::fixUTF8(port.name)] = reportJson(found->second, options.print);
  object["outputs"] = std::move(values);
  if (watch) {
    llvm::json::Array list;
    for (const ValueWatch::Seen &seen : watch->seen())
      list.push_back(llvm::json::Object{{"value", llvm::json::fixUTF8(seen.name)},
                                        {"operation", llvm::json::fixUTF8(seen.op->type().str())},
                                        {"type", seen.type.str()},
                                        {"statistics", reportJson(seen.statistics)}});
    object["values"] = std::move(list);
    if (watch->firstBad())
      object["firstBad"] = llvm::json::fixUTF8(watch->firstBad()->describe());
  }
  json += (json.empty() ? "" : ",\n");
  llvm::raw_string_ostream(json) << llvm::formatv("{0:2}", llvm::json::Value(std::move(object))).str();
}

void RunReport::finish() {
  if (options.json)
    llvm::outs() << "{\"steps\": [\n" << json << "\n]" << timeJson << "}\n";
}

// ---- Time -------------------------------------------------------------------

/// Seconds and work of an operation, or of all of one type, in one run.
struct MeasuredWork {
  std::string name, type;
  unsigned covered = 1; ///< the number of operations computed together, of which this is the first
  double seconds = 0, flops = 0, bytes = 0;
  uint64_t calls = 0;
  void add(const MeasuredWork &other) { seconds += other.seconds, flops += other.flops, bytes += other.bytes, calls += other.calls; }
};

struct MeasuredRuns {
  std::vector<double> times;            ///< in order
  std::vector<MeasuredWork> operations; ///< longest first
  std::vector<MeasuredWork> types;
  uint64_t peakBytes = 0;
  double median() const { return times[times.size() / 2]; }
};

static void sortByTime(std::vector<MeasuredWork> &list) {
  llvm::sort(list, [](const MeasuredWork &a, const MeasuredWork &b) { return a.seconds > b.seconds; });
}

/// `operations` have the sums of all runs.
static void summarise(MeasuredRuns &measured, std::vector<MeasuredWork> operations) {
  std::map<std::string, MeasuredWork> types;
  for (MeasuredWork &operation : operations) {
    operation.seconds /= double(measured.times.size());
    types.try_emplace(operation.type, MeasuredWork{operation.type, operation.type}).first->second.add(operation);
  }
  measured.operations = std::move(operations);
  for (auto &[name, type] : types)
    measured.types.push_back(std::move(type));
  std::sort(measured.times.begin(), measured.times.end());
  sortByTime(measured.operations), sortByTime(measured.types);
}

static std::string nameOf(const RunCosts::Step &step) {
  return step.op->resultCount() ? step.op->result()->name().str().str() : step.op->type().str().str();
}

/// The states in memory of their own: a run writes into it, as from step to step.
static States copyOf(const States &states) {
  States copy = states;
  for (auto &[name, tensor] : copy)
    std::ignore = tensor.bytes();
  return copy;
}

static bool areEqual(const States &a, const States &b) {
  return llvm::all_of(a, [&](const auto &state) {
    const Tensor &other = b.find(state.first)->second;
    return state.second.dims() == other.dims() && state.second.bytes() == other.bytes();
  });
}

/// The states after a step that leaves them as they are when it is repeated; nothing if there are none. Such a step can be measured as
/// decoders run, one right after the other: while states are copied, the other threads fall asleep and the caches fill with the copies.
static std::optional<States> lastingStates(ModelRunner &runner, const NamedValues &inputs, const States &states) {
  DiagnosticEngine ignored; // for example, no room for a second token
  States once = copyOf(states);
  if (states.empty() || !runner.run(inputs, once, ignored))
    return std::nullopt;
  States twice = copyOf(once);
  return runner.run(inputs, twice, ignored) && areEqual(once, twice) ? std::optional(std::move(twice)) : std::nullopt;
}

std::optional<OperationTimes> RunReport::time(ModelRunner &runner, const NamedValues &inputs, const States &states, unsigned repeats,
                                              DiagnosticEngine &diags) {
  OperationTimes times;
  MeasuredRuns measured;
  std::vector<MeasuredWork> operations;
  llvm::DenseMap<const Operation *, size_t> places;
  std::optional<States> lasting = repeats > 1 ? lastingStates(runner, inputs, states) : std::nullopt;
  for (unsigned i = 0; i < repeats; ++i) {
    States copy = lasting ? States() : copyOf(states);
    States &current = lasting ? *lasting : copy;
    RunCosts costs;
    costs.countWork = i == 0;
    auto start = std::chrono::steady_clock::now();
    if (!runner.run(inputs, current, diags, nullptr, &costs))
      return std::nullopt;
    measured.times.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    measured.peakBytes = std::max(measured.peakBytes, costs.peakBytes);
    for (const RunCosts::Step &step : costs.steps) {
      auto [place, isNew] = places.try_emplace(step.op, operations.size());
      if (isNew)
        operations.push_back({nameOf(step), step.op->type().str().str(), step.covered});
      MeasuredWork &operation = operations[place->second];
      operation.seconds += step.seconds;
      times[step.op] += step.seconds / repeats;
      if (i == 0)
        operation.flops = step.flops, operation.bytes = step.bytes, operation.calls = step.calls;
    }
  }
  summarise(measured, std::move(operations));
  printTimes(measured);
  return times;
}

static llvm::json::Array reportJson(llvm::ArrayRef<MeasuredWork> list, bool named) {
  llvm::json::Array rows;
  for (const MeasuredWork &each : list) {
    llvm::json::Object row{{"type", llvm::json::fixUTF8(each.type)},
                           {"calls", int64_t(each.calls)},
                           {"ms", each.seconds * 1000},
                           {"flops", each.flops},
                           {"bytes", each.bytes}};
    if (named) {
      row["name"] = llvm::json::fixUTF8(each.name);
      row["operations"] = int64_t(each.covered);
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

static void printWork(llvm::ArrayRef<MeasuredWork> list, bool named) {
  std::vector<std::string> heading{"operation", "calls", "ms", "FLOPs", "a second", "bytes moved", "a second"};
  if (named)
    heading.insert(heading.begin() + 1, "type");
  Table table(heading);
  for (const MeasuredWork &each : list) {
    double seconds = std::max(each.seconds, 1e-9);
    std::vector<std::string> row{each.covered > 1 ? each.name + " (+" + std::to_string(each.covered - 1) + " fused)" : each.name,
                                 std::to_string(each.calls),
                                 formatNumber(each.seconds * 1000),
                                 formatFlops(each.flops),
                                 formatFlops(each.flops / seconds),
                                 formatBytes(uint64_t(each.bytes)),
                                 formatBytes(uint64_t(each.bytes / seconds))};
    if (named)
      row.insert(row.begin() + 1, each.type);
    table.add(std::move(row));
  }
  table.print(llvm::outs(), 0);
}

void RunReport::printTimes(const MeasuredRuns &measured) {
  constexpr size_t shown = 15;
  if (options.json) {
    llvm::json::Object object{{"medianMs", measured.median() * 1000},
                              {"runs", int64_t(measured.times.size())},
                              {"peakBytes", int64_t(measured.peakBytes)},
                              {"types", reportJson(measured.types, false)},
                              {"operations", reportJson(measured.operations, true)}};
    timeJson = ",\n\"time\": " + llvm::formatv("{0:2}", llvm::json::Value(std::move(object))).str();
    return;
  }
  double flops = 0, bytes = 0;
  for (const MeasuredWork &type : measured.types)
    flops += type.flops, bytes += type.bytes;
  llvm::outs() << "\nmedian of " << measured.times.size() << " runs: " << formatNumber(measured.median() * 1000)
               << " ms, peak memory of values " << formatBytes(measured.peakBytes) << ", " << formatFlops(flops) << ", "
               << formatBytes(uint64_t(bytes)) << " moved\n";
  printWork(measured.types, false);
  llvm::outs() << "\n";
  printWork(llvm::ArrayRef(measured.operations).take_front(shown), true);
  if (measured.operations.size() > shown)
    llvm::outs() << "and " << measured.operations.size() - shown << " more that take less time\n";
}

} // namespace milc
