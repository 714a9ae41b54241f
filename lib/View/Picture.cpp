#include "mil/View/Picture.h"
#include "mil/IR/Model.h"
#include "mil/Ops/Catalogue.h"
#include "mil/View/DiagnosticKinds.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/JSON.h"

using llvm::StringRef;

namespace mil {

namespace {

/// At most `length` characters of valid UTF-8, the middle left out, and none that controls a terminal or is not allowed in XML.
std::string shown(StringRef text, size_t length) {
  std::string valid = llvm::json::isUTF8(text) ? text.str() : llvm::json::fixUTF8(text);
  for (char &c : valid)
    if (uint8_t(c) < 0x20 || c == 0x7f)
      c = ' ';
  std::vector<StringRef> characters;
  for (size_t at = 0; at < valid.size();) {
    size_t end = at + 1;
    while (end < valid.size() && (uint8_t(valid[end]) & 0xC0) == 0x80)
      ++end;
    characters.push_back(StringRef(valid).slice(at, end));
    at = end;
  }
  if (characters.size() <= length)
    return valid;
  size_t head = length / 2, tail = length - head - 1;
  llvm::ArrayRef<StringRef> all(characters);
  return llvm::join(all.take_front(head), "") + "…" + llvm::join(all.take_back(tail), "");
}

/// "fp16 1×77×768".
std::string shortType(Type type) {
  std::string prefix;
  if (type && type.isState()) {
    prefix = "state ";
    type = type.element();
  }
  if (!type || !type.isTensor() || (!type.hasRank() && type.dims().empty()))
    return type ? prefix + type.str() : "";
  std::string text = prefix + name(type.dtype()).str();
  for (auto [i, dim] : llvm::enumerate(type.dims()))
    text += (i ? "×" : " ") + (dim == Type::unknown ? "?" : dim == Type::variadic ? "…" : std::to_string(dim));
  return text;
}

class Drawing {
public:
  Drawing(const FunctionGraph &graph, Picture &picture) : graph(graph), picture(picture) {}

  /// A group with what is in it folded.
  void group(uint32_t number) {
    const GraphGroup &whole = graph.groups[number];
    std::vector<uint32_t> itemOf(graph.nodes.size(), none);
    llvm::DenseMap<uint32_t, uint32_t> groupItems;
    for (uint32_t node = whole.begin; node < whole.end; ++node) {
      uint32_t inner = graph.nodes[node].group;
      if (inner == number) {
        itemOf[node] = addNode(node);
        continue;
      }
      while (graph.groups[inner].parent != number)
        inner = graph.groups[inner].parent;
      auto [it, isNew] = groupItems.try_emplace(inner, uint32_t(picture.items.size()));
      if (isNew)
        addGroup(graph.groups[inner]);
      itemOf[node] = it->second;
    }
    addEdges(itemOf);
  }

  /// The nodes that `depth` edges lead to; false when they are too many.
  bool around(uint32_t centre, unsigned depth, size_t most) {
    std::vector<std::vector<uint32_t>> neighbours(graph.nodes.size());
    for (const GraphEdge &edge : graph.edges) {
      neighbours[edge.from].push_back(edge.to);
      neighbours[edge.to].push_back(edge.from);
    }
    llvm::SetVector<uint32_t> found;
    found.insert(centre);
    for (size_t begin = 0; depth > 0 && begin < found.size() && found.size() <= most; --depth) {
      size_t end = found.size();
      for (; begin < end; ++begin)
        for (uint32_t next : neighbours[found[begin]])
          found.insert(next);
    }
    if (found.size() > most)
      return false;
    std::vector<uint32_t> order(found.begin(), found.end()), itemOf(graph.nodes.size(), none);
    llvm::sort(order);
    for (uint32_t node : order) {
      itemOf[node] = addNode(node);
      picture.items.back().isCentre = node == centre;
    }
    addEdges(itemOf);
    return true;
  }

private:
  static constexpr uint32_t none = ~0u;

  uint32_t addNode(uint32_t number) {
    const GraphNode &node = graph.nodes[number];
    Picture::Item item;
    item.isTerminal = !node.op;
    item.name = shown(node.name(), 32);
    Type type = node.value ? node.value->type() : node.op && node.op->resultCount() ? node.op->result()->type() : Type();
    item.type = shown(shortType(type), 32);
    bool isInput = node.kind == GraphNode::Kind::Input;
    item.what = node.op ? shown(node.op->type(), 28) : !isInput ? "output" : type.isState() ? "state" : "input";
    const OpDefinition *definition = node.op ? Catalogue::get().find(node.op->type()) : nullptr;
    item.family = definition ? definition->family.str() : "";
    picture.items.push_back(std::move(item));
    return uint32_t(picture.items.size() - 1);
  }

  void addGroup(const GraphGroup &group) {
    Picture::Item item;
    item.isGroup = true;
    item.what = shown(group.name, 32);
    item.name = std::to_string(group.end - group.begin) + " nodes";
    item.copies = group.copies;
    picture.items.push_back(std::move(item));
  }

  void addEdges(llvm::ArrayRef<uint32_t> itemOf) {
    llvm::SetVector<std::pair<uint32_t, uint32_t>> edges;
    for (const GraphEdge &edge : graph.edges)
      if (uint32_t from = itemOf[edge.from], to = itemOf[edge.to]; from != none && to != none && from != to)
        edges.insert({from, to});
    picture.edges.assign(edges.begin(), edges.end());
  }

  const FunctionGraph &graph;
  Picture &picture;
};

std::string functionNames(const Program &program) {
  auto names = llvm::map_range(program.functions(), [](const Function *function) { return "'" + function->name().str().str() + "'"; });
  return llvm::join(names, ", ");
}

} // namespace

Result<Picture> pictureOf(const Model &model, StringRef path, DiagnosticEngine &diags, const PictureOptions &options) {
  if (!model.program || model.program->functions().empty())
    return diags.report({}, diag::ViewNoProgram, path, model.pipeline ? "a pipeline" : "not a program with functions");
  StringRef wanted = options.function;
  if (wanted.empty() && model.description && model.program->function(model.description->defaultFunctionName))
    wanted = model.description->defaultFunctionName;
  const Function *function = wanted.empty() ? model.program->functions().front() : model.program->function(wanted);
  if (!function)
    return diags.report({}, diag::ViewUnknownFunction, path, wanted, functionNames(*model.program));

  FunctionGraph graph = graphOf(*function);
  Picture picture;
  Drawing drawing(graph, picture);
  if (!options.around.empty()) {
    auto isIt = [&](const GraphNode &node) {
      return node.name() == options.around ||
             (node.op && (node.op->opName() == options.around ||
                          llvm::any_of(node.op->results(), [&](const Value &v) { return v.name() == StringRef(options.around); })));
    };
    auto node = llvm::find_if(graph.nodes, isIt);
    if (node == graph.nodes.end())
      return diags.report({}, diag::ViewUnknownName, function->name(), options.around);
    picture.title = shown(options.around, 80);
    if (!drawing.around(uint32_t(node - graph.nodes.begin()), options.depth, maxPictureItems))
      return diags.report({}, diag::ViewTooLarge, maxPictureItems, options.around);
    return picture;
  }
  uint32_t number = 0;
  if (!options.layer.empty()) {
    auto group = llvm::find_if(graph.groups, [&](const GraphGroup &group) { return group.name == options.layer; });
    if (group == graph.groups.end())
      return diags.report({}, diag::ViewUnknownName, function->name(), options.layer);
    number = uint32_t(group - graph.groups.begin());
  }
  picture.title = shown(graph.groups[number].name, 80);
  drawing.group(number);
  return picture;
}

} // namespace mil
