// Creates the groups of a graph: pieces, which are nodes or runs of pieces, are wrapped into larger pieces, then converted to groups. See
// mil/View/Graph.h for the order of the steps.
#pragma once

#include "mil/View/Graph.h"

namespace mil {

/// A node, or a group with its parts, which covers the nodes [begin, end).
struct Piece {
  GraphGroup::Kind kind = GraphGroup::Kind::Scope;
  bool isNode = false;
  std::string name;
  uint32_t begin = 0, end = 0;
  uint32_t copies = 1;
  uint64_t fingerprint = 0; ///< equal for equal structure: operations and types in the same order
  std::vector<Piece> children;
  uint32_t size() const { return end - begin; }
};

uint64_t fingerprintOf(const GraphNode &node);
/// Sets the range and the fingerprint from the children, of which there is at least one.
Piece close(Piece piece);
/// The name of the i-th block of an operation: "true", "body".
std::string blockName(const Operation &op, size_t i);

/// Wraps pieces with a common path of names (Scopes.cpp).
std::vector<Piece> nestByNames(std::vector<Piece> pieces, const FunctionGraph &graph);
/// Wraps runs of equal pieces.
std::vector<Piece> foldRepeats(std::vector<Piece> pieces);

/// Nests the pieces of the body of a function and creates the groups of `graph`, which already has nodes and edges.
void nest(std::vector<Piece> pieces, FunctionGraph &graph);

} // namespace mil
