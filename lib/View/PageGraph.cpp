// The columns of a function's graph.
#include "PageData.h"
#include "mil/Ops/Costs.h"

using llvm::ArrayRef;
using llvm::StringRef;

namespace mil {

namespace {

/// What a reference of an argument is to. Nodes are numbered by how far they are before the one that reads them: small numbers, which
/// compress well.
enum Reference : unsigned { toNode = 0, toConstant = 1, toText = 2 };

} // namespace

void PageData::writeGraph(Out &out, const FunctionGraph &graph, Constants &constants) {
  using Raw = llvm::raw_ostream;
  pageColumn(out, "op", graph.nodes, [&](Raw &raw, const GraphNode &node) {
    raw << (node.kind == GraphNode::Kind::Input ? -1 : node.kind == GraphNode::Kind::Output ? -2 : int(ops(node.op->type())));
  });
  pageColumn(out, "nodeNames", graph.nodes, [&](Raw &raw, const GraphNode &node) { raw << strings(node.name()); });
  pageColumn(out, "parent", graph.nodes, [&](Raw &raw, const GraphNode &node) { raw << node.group; });
  auto lists = [&](StringRef name, StringRef countName, llvm::function_ref<void(Numbers &, const GraphNode &)> add) {
    Numbers numbers, counts;
    for (const GraphNode &node : graph.nodes) {
      size_t before = numbers.size();
      add(numbers, node);
      counts.push_back(int64_t(numbers.size() - before));
    }
    auto write = [](Raw &raw, int64_t number) { raw << number; };
    pageColumn(out, name, numbers, write);
    pageColumn(out, countName, counts, write);
  };
  lists("results", "resultCounts", [&](Numbers &numbers, const GraphNode &node) {
    auto result = [&](const Value &value) {
      numbers.insert(numbers.end(), {int64_t(strings(value.name())), int64_t(types(value.type().str()))});
    };
    if (node.value)
      result(*node.value);
    if (node.op)
      llvm::for_each(node.op->results(), result);
  });
  lists("args", "argCounts", [&](Numbers &numbers, const GraphNode &node) { addArguments(numbers, node, graph, constants); });
  pageColumn(out, "flops", graph.nodes, [&](Raw &raw, const GraphNode &node) { raw << (node.op ? uint64_t(costOf(*node.op).flops) : 0); });
  writeGroups(out, graph);
}

void PageData::addArguments(Numbers &numbers, const GraphNode &node, const FunctionGraph &graph, Constants &constants) {
  auto reference = [&](StringRef name, Reference kind, int64_t number) {
    numbers.insert(numbers.end(), {int64_t(strings(name)), int64_t(kind), number});
  };
  auto toNodeOf = [&](StringRef name, uint32_t definer) { reference(name, toNode, int64_t(&node - graph.nodes.data()) - definer); };
  auto bound = [&](StringRef name, const Value *value, const Literal *literal) {
    if (literal)
      return reference(name, toText, strings(shownText(*literal)));
    if (!value)
      return;
    if (auto definer = graph.definers.find(value); definer != graph.definers.end())
      return toNodeOf(name, definer->second);
    if (isConstant(*value))
      reference(name, toConstant, constants.numbers.try_emplace(value, unsigned(constants.numbers.size())).first->second);
  };
  if (node.op)
    for (const Argument &argument : node.op->arguments())
      for (const Operand &operand : argument.bindings())
        bound(argument.name, operand.value(), operand.literal());
  if (node.kind == GraphNode::Kind::Output)
    bound("", node.value, nullptr);
  // A block's input comes from the operation around.
  if (node.kind == GraphNode::Kind::Input)
    if (const Operation *around = node.value->inputOf()->parentOp()) {
      auto definer = around->resultCount() ? graph.definers.find(around->result()) : graph.definers.end();
      if (definer != graph.definers.end())
        toNodeOf("", definer->second);
    }
}

void PageData::writeGroups(Out &out, const FunctionGraph &graph) {
  pageColumn(out, "groups", graph.groups, [&](llvm::raw_ostream &raw, const GraphGroup &group) {
    raw << strings(group.name) << "," << unsigned(group.kind) << "," << group.parent << "," << group.begin << "," << group.end << ","
        << group.copies;
  });
}

void PageData::addTexts(const FunctionGraph &graph, size_t function) {
  constexpr size_t perChunk = 256;
  for (size_t from = 0; from < graph.nodes.size(); from += perChunk) {
    std::string chunk;
    for (const GraphNode &node : ArrayRef(graph.nodes).slice(from, std::min(perChunk, graph.nodes.size() - from))) {
      chunk += node.op ? shownText(*node.op) : "";
      chunk += '\0';
    }
    addChunk(std::to_string(function) + "-" + std::to_string(from / perChunk), chunk);
  }
}

} // namespace mil
