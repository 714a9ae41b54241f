// Drawing pictures: DOT, and SVG laid out in layers.
//
// A layout in the manner of Sugiyama: every edge leads from one layer to the next (long ones over points of their own), the order in a
// layer follows the mean place of the neighbours above and below in turn, and so do the places, pushed apart where boxes would touch.
// Cost: a fixed number of sweeps, each n log n in boxes and points.
#include "Markup.h"
#include "mil/View/Picture.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include <numeric>

using llvm::ArrayRef;
using llvm::StringRef;

namespace mil {

namespace {

/// Text of DOT's labels in double quotes.
std::string inQuotes(StringRef text) {
  std::string escaped;
  for (char c : text) {
    if (c == '"' || c == '\\')
      escaped += '\\';
    escaped += c;
  }
  return escaped;
}

/// The class of an item's colour, of the few that the style below has.
StringRef colourClass(const Picture::Item &item) {
  StringRef colour = item.isTerminal ? "io" : colourOf(item.family, item.what);
  return colour == "move" && item.isGroup ? "group" : colour;
}

struct Box {
  double x = 0, y = 0, width = 0, height = 0; ///< x and y of the centre
  uint32_t layer = 0;
  std::vector<uint32_t> above, below;
};

class Layers {
public:
  static constexpr double gap = 22, between = 40, boxHeight = 52;

  explicit Layers(const Picture &picture) : picture(picture), boxes(picture.items.size()) {
    assignLayers();
    for (const auto &[from, to] : picture.edges)
      chains.push_back(chain(from, to));
    for (size_t i = 0; i < boxes.size(); ++i) {
      if (layers.size() <= boxes[i].layer)
        layers.resize(boxes[i].layer + 1);
      layers[boxes[i].layer].push_back(uint32_t(i));
    }
    order();
    place();
  }

  const Picture &picture;
  std::vector<Box> boxes;                    ///< the items', then those of points
  std::vector<std::vector<uint32_t>> chains; ///< of each edge, the boxes that it goes over
  double width = 0, height = 0;

private:
  void assignLayers() {
    std::vector<std::vector<uint32_t>> readers(picture.items.size());
    for (const auto &[from, to] : picture.edges)
      if (from < to)
        readers[from].push_back(to);
    for (size_t i = 0; i < picture.items.size(); ++i) {
      const Picture::Item &item = picture.items[i];
      size_t longest = std::max({characters(item.what) * 8, characters(item.name) * 7, characters(item.type) * 7});
      boxes[i].width = double(std::max<size_t>(longest + 30, 90)) + (item.copies > 1 ? 34 : 0);
      boxes[i].height = boxHeight;
      for (uint32_t reader : readers[i])
        boxes[reader].layer = std::max(boxes[reader].layer, boxes[i].layer + 1);
    }
    // A node without inputs is placed right above its first reader.
    std::vector<bool> reads(picture.items.size());
    for (const auto &[from, to] : picture.edges)
      reads[std::max(from, to)] = true;
    for (size_t i = 0; i < picture.items.size(); ++i)
      if (!reads[i] && !readers[i].empty()) {
        uint32_t first = ~0u;
        for (uint32_t reader : readers[i])
          first = std::min(first, boxes[reader].layer);
        boxes[i].layer = first - 1;
      }
  }

  static size_t characters(StringRef text) {
    return size_t(llvm::count_if(text, [](char c) { return (uint8_t(c) & 0xC0) != 0x80; }));
  }

  /// Connects two boxes over points in the layers between; edges of loops go back up.
  std::vector<uint32_t> chain(uint32_t from, uint32_t to) {
    bool back = boxes[from].layer > boxes[to].layer;
    uint32_t top = back ? to : from, bottom = back ? from : to;
    std::vector<uint32_t> path{top};
    for (uint32_t layer = boxes[top].layer + 1; layer < boxes[bottom].layer; ++layer) {
      Box point;
      point.layer = layer;
      point.width = 4;
      boxes.push_back(point);
      path.push_back(uint32_t(boxes.size() - 1));
    }
    path.push_back(bottom);
    for (size_t i = 0; i + 1 < path.size(); ++i) {
      boxes[path[i]].below.push_back(path[i + 1]);
      boxes[path[i + 1]].above.push_back(path[i]);
    }
    if (back)
      std::reverse(path.begin(), path.end());
    return path;
  }

  double mean(ArrayRef<uint32_t> neighbours, double otherwise) const {
    if (neighbours.empty())
      return otherwise;
    double sum = 0;
    for (uint32_t each : neighbours)
      sum += boxes[each].x;
    return sum / double(neighbours.size());
  }

  void order() {
    auto number = [&](std::vector<uint32_t> &layer) {
      for (size_t i = 0; i < layer.size(); ++i)
        boxes[layer[i]].x = double(i);
    };
    llvm::for_each(layers, number);
    constexpr int sweeps = 12;
    for (int sweep = 0; sweep < sweeps; ++sweep) {
      bool down = sweep % 2 == 0;
      for (size_t i = 0; i < layers.size(); ++i) {
        std::vector<uint32_t> &layer = layers[down ? i : layers.size() - 1 - i];
        // Of equal places, what was left stays left.
        std::vector<std::tuple<double, double, uint32_t>> keyed;
        keyed.reserve(layer.size());
        for (uint32_t box : layer)
          keyed.push_back({mean(down ? boxes[box].above : boxes[box].below, boxes[box].x), boxes[box].x, box});
        llvm::sort(keyed);
        for (size_t at = 0; at < layer.size(); ++at)
          layer[at] = std::get<uint32_t>(keyed[at]);
        number(layer);
      }
    }
  }

  /// Moves the boxes of a layer towards their preferred places, in order and without touching.
  void settle(ArrayRef<uint32_t> layer, ArrayRef<double> wanted) {
    auto apart = [&](size_t i) { return (boxes[layer[i - 1]].width + boxes[layer[i]].width) / 2 + gap; };
    std::vector<double> left(wanted), right(wanted);
    for (size_t i = 1; i < layer.size(); ++i)
      left[i] = std::max(left[i], left[i - 1] + apart(i));
    for (size_t i = layer.size(); i-- > 1;)
      right[i - 1] = std::min(right[i - 1], right[i] - apart(i));
    for (size_t i = 0; i < layer.size(); ++i)
      boxes[layer[i]].x = (left[i] + right[i]) / 2; // both keep the distances, so their mean does
  }

  void place() {
    for (std::vector<uint32_t> &layer : layers)
      settle(layer, std::vector<double>(layer.size(), 0.0));
    constexpr int sweeps = 16;
    for (int sweep = 0; sweep < sweeps; ++sweep)
      for (size_t i = 0; i < layers.size(); ++i) {
        bool down = sweep % 2 == 0;
        std::vector<uint32_t> &layer = layers[down ? i : layers.size() - 1 - i];
        std::vector<double> wanted;
        wanted.reserve(layer.size());
        for (uint32_t box : layer)
          wanted.push_back(mean(down ? boxes[box].above : boxes[box].below, boxes[box].x));
        settle(layer, wanted);
      }
    double left = 0, right = 0;
    for (Box &box : boxes) {
      left = std::min(left, box.x - box.width / 2);
      right = std::max(right, box.x + box.width / 2);
      box.y = 20 + boxHeight / 2 + box.layer * (boxHeight + between);
      height = std::max(height, box.y + boxHeight / 2 + 20);
    }
    for (Box &box : boxes)
      box.x += 20 - left;
    width = right - left + 40;
  }

  std::vector<std::vector<uint32_t>> layers;
};

constexpr StringRef style = R"(<style>
svg { background: #fff; font-family: system-ui, sans-serif; }
.box { fill: #fff; stroke: #aab3c2; } .io > .box { fill: #eef1f5; } .behind { fill: #f4f6f9; stroke: #c6cdd8; }
.centre > .box { stroke: #1d57d4; stroke-width: 2.5; }
.what { font-size: 13px; font-weight: 600; fill: #1b1f27; } .name { font-size: 11px; fill: #596273; } .type { font-size: 11px; fill: #646d7d; }
.line { fill: none; stroke: #9aa4b5; stroke-width: 1.3; } .arrow { fill: #9aa4b5; } .copies { font-size: 12px; font-weight: 600; fill: #1d57d4; }
.stripe { fill: #8a94a6; } .weighted .stripe { fill: #3b6fd4; } .activation .stripe { fill: #d9822b; } .element .stripe { fill: #8b6fc0; }
.normal .stripe { fill: #2a9d8f; } .group .stripe { fill: #3b6fd4; } .io .stripe { fill: #4b5563; }
@media (prefers-color-scheme: dark) {
svg { background: #12151b; } .box { fill: #1c212a; stroke: #4a5464; } .io > .box { fill: #171b23; } .behind { fill: #171b23; }
.what { fill: #e8ebf1; } .name { fill: #a6afbf; } .type { fill: #8b95a7; }
}
</style>
)";

void drawItem(const Picture::Item &item, const Box &box, llvm::raw_ostream &out) {
  double width = box.width, height = box.height;
  out << "<g class=\"" << colourClass(item) << (item.isCentre ? " centre" : "") << "\" transform=\"translate("
      << inPixels(box.x - width / 2) << " " << inPixels(box.y - height / 2) << ")\">";
  if (item.copies > 1)
    out << "<rect class=\"behind\" x=\"5\" y=\"5\" width=\"" << inPixels(width) << "\" height=\"" << inPixels(height) << "\" rx=\"7\"/>";
  out << "<rect class=\"box\" width=\"" << inPixels(width) << "\" height=\"" << inPixels(height) << "\" rx=\"7\"/>"
      << "<rect class=\"stripe\" x=\"1\" y=\"7\" width=\"5\" height=\"" << inPixels(height - 14) << "\" rx=\"2.5\"/>"
      << "<text class=\"what\" x=\"15\" y=\"18\">" << inXml(item.what) << "</text><text class=\"name\" x=\"15\" y=\"32\">"
      << inXml(item.name) << "</text><text class=\"type\" x=\"15\" y=\"45\">" << inXml(item.type) << "</text>";
  if (item.copies > 1)
    out << "<text class=\"copies\" text-anchor=\"end\" x=\"" << inPixels(width - 8) << "\" y=\"18\">×" << item.copies << "</text>";
  out << "</g>\n";
}

void drawEdge(ArrayRef<uint32_t> chain, ArrayRef<Box> boxes, llvm::raw_ostream &out) {
  const Box &from = boxes[chain.front()], &to = boxes[chain.back()];
  bool back = from.layer > to.layer;
  double x = from.x, y = from.y + (back ? -1 : 1) * from.height / 2;
  out << "<path class=\"line\" marker-end=\"url(#arrow)\" d=\"M" << inPixels(x) << " " << inPixels(y);
  for (size_t i = 1; i < chain.size(); ++i) {
    const Box &next = boxes[chain[i]];
    double endY = next.y - (back ? -1 : 1) * next.height / 2, middle = (y + endY) / 2;
    out << "C" << inPixels(x) << " " << inPixels(middle) << " " << inPixels(next.x) << " " << inPixels(middle) << " " << inPixels(next.x)
        << " " << inPixels(endY);
    x = next.x;
    y = endY;
  }
  out << "\"/>\n";
}

} // namespace

void drawSvg(const Picture &picture, llvm::raw_ostream &out) {
  Layers layers(picture);
  out << "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" width=\"" << inPixels(layers.width) << "\" height=\""
      << inPixels(layers.height) << "\" viewBox=\"0 0 " << inPixels(layers.width) << " " << inPixels(layers.height) << "\">\n<title>"
      << inXml(picture.title) << "</title>\n"
      << style
      << "<defs><marker id=\"arrow\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" orient=\"auto\">"
         "<path class=\"arrow\" d=\"M0 .8 7.4 4 0 7.2z\"/></marker></defs>\n";
  for (const std::vector<uint32_t> &chain : layers.chains)
    drawEdge(chain, layers.boxes, out);
  for (size_t i = 0; i < picture.items.size(); ++i)
    drawItem(picture.items[i], layers.boxes[i], out);
  out << "</svg>\n";
}

void drawDot(const Picture &picture, llvm::raw_ostream &out) {
  out << "digraph \"" << inQuotes(picture.title) << "\" {\n  node [shape=box, style=rounded, fontname=\"sans-serif\", fontsize=11];\n";
  for (size_t i = 0; i < picture.items.size(); ++i) {
    const Picture::Item &item = picture.items[i];
    out << "  n" << i << " [label=\"" << inQuotes(item.what) << (item.copies > 1 ? " ×" + std::to_string(item.copies) : "") << "\\n"
        << inQuotes(item.name) << (item.type.empty() ? "" : "\\n" + inQuotes(item.type)) << "\"" << (item.isGroup ? ", peripheries=2" : "")
        << (item.isTerminal ? ", shape=ellipse" : "") << (item.isCentre ? ", penwidth=2" : "") << "];\n";
  }
  for (const auto &[from, to] : picture.edges)
    out << "  n" << from << " -> n" << to << ";\n";
  out << "}\n";
}

} // namespace mil
