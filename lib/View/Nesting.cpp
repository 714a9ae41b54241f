#include "Nesting.h"
#include "mil/Ops/Catalogue.h"
#include "llvm/ADT/Hashing.h"

namespace mil {

using Kind = GraphGroup::Kind;

uint64_t fingerprintOf(const GraphNode &node) {
  if (!node.op)
    return llvm::hash_combine(unsigned(node.kind), node.value ? node.value->type().pointer() : nullptr);
  uint64_t hash = llvm::hash_combine(node.op->type().pointer(), node.op->arguments().size());
  for (const Value &result : node.op->results())
    hash = llvm::hash_combine(hash, result.type().pointer());
  return hash;
}

Piece close(Piece piece) {
  piece.begin = piece.children.front().begin;
  piece.end = piece.children.back().end;
  piece.fingerprint = unsigned(piece.kind);
  for (const Piece &child : piece.children)
    piece.fingerprint = llvm::hash_combine(piece.fingerprint, child.fingerprint);
  return piece;
}

std::string blockName(const Operation &op, size_t i) {
  const OpVersion *version = versionOf(op);
  return version && i < version->blocks.size() ? version->blocks[i].str() : "block " + std::to_string(i + 1);
}

namespace {

/// Cuts levels that are too wide into parts.
class Width {
public:
  explicit Width(const FunctionGraph &graph) : graph(graph), crossing(graph.nodes.size() + 1) {
    std::vector<uint32_t> lastUse(graph.nodes.size());
    for (const GraphEdge &edge : graph.edges)
      lastUse[edge.from] = std::max(lastUse[edge.from], edge.to);
    std::vector<int> change(graph.nodes.size() + 2);
    for (uint32_t i = 0; i < lastUse.size(); ++i)
      if (lastUse[i] > i) {
        ++change[i + 1];
        --change[lastUse[i] + 1];
      }
    int live = 0;
    for (uint32_t i = 0; i <= graph.nodes.size(); ++i)
      crossing[i] = live += change[i];
  }

  std::vector<Piece> limit(std::vector<Piece> pieces) {
    for (Piece &piece : pieces)
      if (!piece.isNode)
        piece.children = limit(std::move(piece.children));
    while (pieces.size() > FunctionGraph::maxWidth)
      pieces = cut(std::move(pieces));
    return pieces;
  }

private:
  /// Cuts into parts of about equal length, each within a quarter of that where the fewest values cross. Some inputs and outputs stay
  /// outside.
  std::vector<Piece> cut(std::vector<Piece> pieces) {
    constexpr size_t longest = FunctionGraph::maxWidth * 3 / 4, mostOutside = FunctionGraph::maxWidth / 4;
    auto isInput = [&](const Piece &piece) { return piece.isNode && graph.nodes[piece.begin].kind == GraphNode::Kind::Input; };
    auto isOutput = [&](const Piece &piece) { return piece.isNode && graph.nodes[piece.begin].kind == GraphNode::Kind::Output; };
    size_t begin = size_t(std::find_if_not(pieces.begin(), pieces.end(), isInput) - pieces.begin());
    size_t end = size_t(std::find_if_not(pieces.rbegin(), pieces.rend(), isOutput).base() - pieces.begin());
    begin = begin > mostOutside ? 0 : begin;
    end = pieces.size() - end > mostOutside ? pieces.size() : end;

    std::vector<Piece> level(std::make_move_iterator(pieces.begin()), std::make_move_iterator(pieces.begin() + begin));
    size_t count = (end - begin + longest - 1) / longest;
    for (size_t i = 0, from = begin; from < end; ++i) {
      // What is left in parts of about `longest`, a quarter more at most: one that was cut short may make it one part more.
      size_t rest = end - from, left = (rest + longest - 1) / longest;
      size_t length = (rest + left - 1) / left, slack = left > 1 ? length / 4 : 0, middle = from + length, to = middle;
      count = i + left;
      for (size_t at = middle - slack; at <= middle + slack && slack; ++at)
        if (crossing[pieces[at].begin] < crossing[pieces[to].begin])
          to = at;
      Piece part;
      part.kind = Kind::Part;
      part.name = "part " + std::to_string(i + 1) + " of " + std::to_string(count);
      part.children.assign(std::make_move_iterator(pieces.begin() + from), std::make_move_iterator(pieces.begin() + to));
      level.push_back(close(std::move(part)));
      from = to;
    }
    std::move(pieces.begin() + end, pieces.end(), std::back_inserter(level));
    return level;
  }

  const FunctionGraph &graph;
  std::vector<int> crossing; ///< values made before a node and read from it on
};

void writeDown(const Piece &piece, uint32_t parent, FunctionGraph &graph) {
  if (piece.isNode) {
    graph.nodes[piece.begin].group = parent;
    return;
  }
  uint32_t number = uint32_t(graph.groups.size());
  graph.groups.push_back({piece.kind, piece.name, parent, piece.begin, piece.end, piece.copies});
  for (const Piece &child : piece.children)
    writeDown(child, number, graph);
}

/// Nests what is inside blocks, then a body itself.
std::vector<Piece> nestBody(std::vector<Piece> pieces, const FunctionGraph &graph) {
  for (Piece &piece : pieces)
    if (piece.kind == Kind::Call)
      for (Piece &block : piece.children)
        if (block.kind == Kind::Block)
          block.children = nestBody(std::move(block.children), graph);
  return foldRepeats(nestByNames(std::move(pieces), graph));
}

} // namespace

void nest(std::vector<Piece> pieces, FunctionGraph &graph) {
  pieces = Width(graph).limit(nestBody(std::move(pieces), graph));
  graph.groups.push_back({Kind::Function, graph.function->name().str().str(), 0, 0, uint32_t(graph.nodes.size()), 1});
  for (const Piece &piece : pieces)
    writeDown(piece, 0, graph);
}

} // namespace mil
