#include "mil/View/Graph.h"
#include "Nesting.h"

using llvm::StringRef;

namespace mil {

StringRef GraphNode::name() const {
  if (value)
    return value->name();
  if (!op)
    return "";
  return op->resultCount() ? StringRef(op->result()->name()) : op->opName();
}

bool isConstant(const Value &value) {
  const Operation *op = value.definingOp();
  return op && (op->is("const") || op->isConstexpr());
}

namespace {

/// Numbers the nodes of a function and lays out its blocks as pieces for nesting.
class Numbering {
public:
  explicit Numbering(FunctionGraph &graph) : graph(graph) {}

  std::vector<Piece> block(const Block &block) {
    std::vector<Piece> pieces;
    for (const Value *input : block.inputs()) {
      pieces.push_back(leaf({GraphNode::Kind::Input, nullptr, input, 0}));
      graph.definers[input] = pieces.back().begin;
    }
    for (const Operation &op : block)
      if (isNode(op))
        pieces.push_back(operation(op));
    for (const Operand &output : block.outputs())
      pieces.push_back(leaf({GraphNode::Kind::Output, nullptr, output.value(), 0}));
    return pieces;
  }

private:
  /// Constants are drawn only where a block returns them.
  static bool isNode(const Operation &op) {
    return !op.resultCount() || !isConstant(*op.result()) || llvm::any_of(op.results(), [](const Value &v) { return v.isBlockOutput(); });
  }

  Piece leaf(GraphNode node) {
    graph.nodes.push_back(node);
    uint32_t number = uint32_t(graph.nodes.size() - 1);
    Piece piece;
    piece.begin = number;
    piece.end = number + 1;
    piece.isNode = true;
    piece.fingerprint = fingerprintOf(node);
    return piece;
  }

  Piece operation(const Operation &op) {
    Piece self = leaf({GraphNode::Kind::Operation, &op, nullptr, 0});
    for (const Value &result : op.results())
      graph.definers[&result] = self.begin;
    if (op.blocks().empty())
      return self;
    Piece call;
    call.kind = GraphGroup::Kind::Call;
    call.name = op.type().str().str();
    call.children.push_back(std::move(self));
    for (auto [i, inner] : llvm::enumerate(op.blocks())) { // as deep as the readers allow
      Piece piece;
      piece.kind = GraphGroup::Kind::Block;
      piece.name = blockName(op, i);
      piece.children = block(*inner);
      if (!piece.children.empty())
        call.children.push_back(close(std::move(piece)));
    }
    return close(std::move(call));
  }

  FunctionGraph &graph;
};

class Edges {
public:
  explicit Edges(FunctionGraph &graph) : graph(graph) {}

  void find() {
    for (uint32_t i = 0; i < graph.nodes.size(); ++i) {
      const GraphNode &node = graph.nodes[i];
      if (node.kind == GraphNode::Kind::Output && node.value)
        read(*node.value, i);
      if (!node.op)
        continue;
      node.op->forEachOperand([&](const Operand &operand) {
        if (operand.value())
          read(*operand.value(), i);
      });
      for (const Block *block : node.op->blocks())
        for (const Value *input : block->inputs())
          add(i, graph.definers.lookup(input), input);
    }
  }

private:
  void read(const Value &value, uint32_t reader) {
    auto definer = graph.definers.find(&value);
    if (definer != graph.definers.end())
      add(definer->second, reader, &value);
  }

  void add(uint32_t from, uint32_t to, const Value *value) {
    // What one node reads is added in one go; a concat of thousands is not searched whole.
    constexpr size_t searched = 64;
    llvm::ArrayRef<GraphEdge> recent = llvm::ArrayRef(graph.edges).take_back(searched);
    if (llvm::none_of(recent, [&](const GraphEdge &edge) { return edge.to == to && edge.value == value; }))
      graph.edges.push_back({from, to, value});
  }

  FunctionGraph &graph;
};

} // namespace

FunctionGraph graphOf(const Function &function) {
  FunctionGraph graph;
  graph.function = &function;
  std::vector<Piece> pieces = Numbering(graph).block(function.body());
  Edges(graph).find();
  nest(std::move(pieces), graph);
  return graph;
}

} // namespace mil
