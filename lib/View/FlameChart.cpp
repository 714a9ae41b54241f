#include "Markup.h"
#include "mil/Ops/Catalogue.h"
#include "mil/View/Charts.h"
#include "mil/View/Graph.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Twine.h"

using llvm::StringRef;

namespace mil {

namespace {

constexpr double chartWidth = 1200, rowHeight = 22, thinnest = 0.5, characterWidth = 6.6;

/// The layers of a function, each as wide as its time.
class Flames {
public:
  Flames(const TimedFunction &timed, double total) : graph(graphOf(*timed.function)), total(total), before(graph.nodes.size() + 1, 0.0) {
    children.resize(graph.groups.size());
    for (uint32_t i = 1; i < graph.groups.size(); ++i)
      children[graph.groups[i].parent].push_back(i);
    for (size_t i = 0; i < graph.nodes.size(); ++i)
      before[i + 1] = before[i] + (graph.nodes[i].op ? timed.seconds.lookup(graph.nodes[i].op) : 0);
  }

  void draw(llvm::raw_ostream &out) {
    std::string body;
    llvm::raw_string_ostream shapes(body);
    drawGroup(0, 0, shapes);
    out << "<svg role=\"img\" viewBox=\"0 0 " << inPixels(chartWidth) << " " << inPixels((deepest + 1) * rowHeight)
        << "\"><title>Time by layer and operation</title>\n"
        << body << "</svg>\n";
  }

private:
  double timeOf(uint32_t begin, uint32_t end) const { return before[end] - before[begin]; }

  /// A group and, below it, its nodes and groups in the order of the program.
  void drawGroup(uint32_t index, unsigned depth, llvm::raw_ostream &out) {
    const GraphGroup &group = graph.groups[index];
    std::string copies = group.copies > 1 ? " ×" + std::to_string(group.copies) : "";
    if (!drawOne(group.begin, group.end, depth, "group", "on-group", group.name + copies, "", out))
      return;
    uint32_t node = group.begin;
    auto drawNodes = [&](uint32_t end) {
      for (; node < end; ++node)
        if (const Operation *op = graph.nodes[node].op) {
          const OpDefinition *definition = Catalogue::get().find(op->type().str());
          StringRef colour = colourOf(definition ? definition->family : "", op->type().str());
          drawOne(node, node + 1, depth + 1, colour, "on", op->type().str(), graph.nodes[node].name(), out);
        }
    };
    for (uint32_t child : children[index]) {
      drawNodes(graph.groups[child].begin);
      drawGroup(child, depth + 1, out);
      node = std::max(node, graph.groups[child].end);
    }
    drawNodes(group.end);
  }

  /// False when it is too thin to be seen, and so is all in it.
  bool drawOne(uint32_t begin, uint32_t end, unsigned depth, StringRef colour, StringRef ink, StringRef what, StringRef name,
               llvm::raw_ostream &out) {
    double scale = total > 0 ? chartWidth / total : 0, width = timeOf(begin, end) * scale, x = before[begin] * scale;
    if (width < thinnest || drawn == maxFlames)
      return false;
    ++drawn;
    deepest = std::max(deepest, depth);
    std::string time = inTime(timeOf(begin, end)) + ", " + inPixels(timeOf(begin, end) / total * 100) + " %";
    double y = depth * rowHeight;
    out << "<g><title>" << inXml(what) << (name.empty() ? "" : " ") << inXml(name.take_front(200)) << ": " << time
        << "</title><rect class=\"flame " << colour << "\" x=\"" << inPixels(x) << "\" y=\"" << inPixels(y) << "\" width=\""
        << inPixels(width) << "\" height=\"" << inPixels(rowHeight) << "\"/>";
    size_t room = size_t(std::max(0.0, (width - 8) / characterWidth));
    if (room >= 3) {
      std::string label = name.empty() ? what.str() : (what + " " + name).str();
      out << "<text class=\"" << ink << "\" x=\"" << inPixels(x + 4) << "\" y=\"" << inPixels(y + 15) << "\">"
          << inXml(shortened(label, room)) << "</text>";
    }
    out << "</g>\n";
    return true;
  }

  /// What of a text fits into so many characters: whole ones of UTF-8, and a sign that there are more.
  static std::string shortened(StringRef text, size_t room) {
    if (text.size() <= room)
      return text.str();
    size_t end = room - 1;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80)
      --end;
    return (text.take_front(end).rtrim() + "\u2026").str();
  }

  FunctionGraph graph;
  double total;
  std::vector<double> before; ///< the time of all nodes in front of one
  std::vector<std::vector<uint32_t>> children;
  unsigned deepest = 0;
  size_t drawn = 0;
};

void writeLongest(const TimedFunction &timed, double total, llvm::raw_ostream &out) {
  constexpr size_t shownOperations = 30;
  std::vector<std::pair<double, const Operation *>> longest;
  std::as_const(timed.function->body()).walk([&](const Operation &op) {
    if (double seconds = timed.seconds.lookup(&op); seconds > 0)
      longest.push_back({seconds, &op});
  });
  std::sort(longest.begin(), longest.end(), [](const auto &a, const auto &b) { return a.first > b.first; });
  out << "<table><tr><th>operation<th>name<th class=\"number\">time<th class=\"number\">share</tr>\n";
  for (const auto &[seconds, op] : llvm::ArrayRef(longest).take_front(shownOperations)) {
    StringRef name = op->resultCount() ? op->result()->name().str() : op->opName();
    out << "<tr><td>" << inXml(op->type().str()) << "<td>" << inXml(name.take_front(200)) << "<td class=\"number\">" << inTime(seconds)
        << "<td class=\"number\">" << inPixels(seconds / total * 100) << " %</tr>\n";
  }
  out << "</table>\n";
}

} // namespace

/// The time of operations with nested blocks includes that of the operations in them: it is taken off.
static TimedFunction ownTimes(const TimedFunction &timed) {
  TimedFunction own = timed;
  std::as_const(timed.function->body()).walk([&](const Operation &op) {
    const Operation *around = op.block() ? op.block()->parentOp() : nullptr;
    if (auto outer = own.seconds.find(around); around && outer != own.seconds.end())
      outer->second = std::max(0.0, outer->second - timed.seconds.lookup(&op));
  });
  return own;
}

void drawFlames(StringRef title, llvm::ArrayRef<TimedFunction> functions, llvm::raw_ostream &out) {
  beginChartPage(title, out);
  for (const TimedFunction &each : functions) {
    TimedFunction timed = ownTimes(each);
    double total = 0;
    for (const auto &[op, seconds] : timed.seconds)
      total += seconds;
    out << "<h2>Function " << inXml(timed.function->name().str()) << ": " << inTime(total) << "</h2>\n";
    if (total <= 0)
      continue;
    Flames(timed, total).draw(out);
    out << "<h2>The slowest operations</h2>\n";
    writeLongest(timed, total, out);
  }
  endChartPage(out);
}

} // namespace mil
