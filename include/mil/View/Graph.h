// The graph of a function for display: nodes, edges, and groups that can be folded.
//
//   FunctionGraph graph = graphOf(*program.function("main"));
//   for (const GraphEdge &edge : graph.edges)
//     connect(graph.nodes[edge.from], graph.nodes[edge.to]);
//
// Nodes are operations, except for constants (`const`, and the constexpr_* that decompress them), which belong to the operations that use
// them; and the inputs and outputs of the function and of nested blocks. They are numbered in program order, depth first, so that every
// edge except those of loops goes from a lower to a higher number.
//
// Groups can be nested, and each contains consecutive nodes; so the graph has no cycles, whichever groups are folded. They are created in
// this order:
//  1. blocks: an operation with nested blocks is a group, with one group per block in it;
//  2. names: names of weights, else of results, usually contain the path of a module (`layers_3_attention_q_proj_weight`). Nodes with a
//     common path are a group. A node without a path belongs to the path that its neighbours share;
//  3. repeats: equal consecutive groups (the same operations with the same types) become one group of `copies` parts;
//  4. width: groups that are still wider than `maxWidth` are divided where the fewest values cross.
//
// Cost: near linear in the operations.
#pragma once

#include "mil/IR/Program.h"
#include "llvm/ADT/DenseMap.h"

namespace mil {

/// A node: an operation, or an input or output of a block.
struct GraphNode {
  enum class Kind : uint8_t { Operation, Input, Output } kind = Kind::Operation;
  const Operation *op = nullptr; ///< of an operation
  const Value *value = nullptr;  ///< of an input or output; null for an output that is a literal
  uint32_t group = 0;            ///< the innermost group that contains it
  /// The displayed name: that of its first result, or of the value.
  llvm::StringRef name() const;
};

/// A node that uses a value which another one defines. Several uses of one value by one node are one edge.
struct GraphEdge {
  uint32_t from, to;
  const Value *value;
};

/// A group of consecutive nodes that can be folded.
struct GraphGroup {
  enum class Kind : uint8_t {
    Function,
    Scope,  ///< a common path of names
    Repeat, ///< `copies` equal parts
    Copy,   ///< one of these parts, if it isn't already a group
    Part,   ///< a part of a group that is too wide
    Call,   ///< an operation with nested blocks
    Block,  ///< one of its blocks
  } kind = Kind::Scope;
  std::string name;
  uint32_t parent = 0;         ///< a lower number; of the function, 0
  uint32_t begin = 0, end = 0; ///< its nodes
  uint32_t copies = 1;
};

/// The nodes, edges and groups of a function.
struct FunctionGraph {
  static constexpr size_t maxWidth = 64;

  const Function *function = nullptr;
  std::vector<GraphNode> nodes;
  std::vector<GraphEdge> edges;
  std::vector<GraphGroup> groups; ///< outer ones first; the first is the function
  /// The node that defines a value. Constants have none, unless a block returns them.
  llvm::DenseMap<const Value *, uint32_t> definers;
};

/// The graph of a function.
FunctionGraph graphOf(const Function &function);

/// Whether a value is a constant that belongs to its users: the result of const or constexpr_*.
bool isConstant(const Value &value);

} // namespace mil
