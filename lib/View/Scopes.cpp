// Scopes: the paths of modules that converters leave in names.
//
// coremltools calls a weight `layers_3_attention_q_proj_weight_to_fp16`, and the operation that reads it `linear_17_cast_fp16` or
// `var_412`: the path of a node is that of its weights. Models without such weights may have it in the names of results. A word followed by
// a number is one part of a path ("layers.3"); words that describe a constant ("weight", "to_fp16") aren't parts.
#include "Nesting.h"
#include "llvm/ADT/StringExtras.h"

using llvm::ArrayRef;
using llvm::StringRef;

namespace mil {

namespace {

constexpr size_t maxDepth = 12; ///< parts of a path that are looked at
constexpr uint32_t leastSize = 3;

struct Part {
  StringRef word, number;
  bool operator==(const Part &) const = default;
  std::string str() const { return number.empty() ? word.str() : (word + "." + number).str(); }
};
using Path = llvm::SmallVector<Part, 4>;

bool saysRole(StringRef word) {
  static constexpr StringRef words[] = {"weight", "weights", "bias",      "gamma",      "beta",       "kernel",      "scale",
                                        "to",     "cast",    "fp16",      "fp32",       "int8",       "uint8",       "int4",
                                        "uint4",  "int32",   "quantized", "palettized", "sparsified", "dequantized", "affine",
                                        "const",  "mean",    "variance",  "running",    "lut",        "indices",     "data"};
  return llvm::is_contained(words, word);
}

bool isNumber(StringRef word) { return !word.empty() && llvm::all_of(word, llvm::isDigit); }

Path pathOf(StringRef name, StringRef op) {
  llvm::SmallVector<StringRef, 16> words;
  constexpr size_t longest = 512;
  for (StringRef rest = name.take_front(longest); !rest.empty();) {
    size_t end = rest.find_first_of("_./");
    if (StringRef word = rest.take_front(end); !word.empty())
      words.push_back(word);
    rest = end == StringRef::npos ? "" : rest.drop_front(end + 1);
  }
  while (!words.empty() && (saysRole(words.back()) || (words.size() > 1 && isNumber(words.back()) && saysRole(words[words.size() - 2]))))
    words.pop_back();
  Path path;
  for (StringRef word : words)
    if (path.size() < maxDepth) {
      if (isNumber(word) && !path.empty() && path.back().number.empty())
        path.back().number = word;
      else
        path.push_back({word, ""});
    }
  // `linear_3`, `var_12`, `op_7`: made up by a converter.
  if (path.empty() || path.front().word == op ||
      llvm::is_contained(ArrayRef<StringRef>{"var", "op", "x", "input", "const", "tensor"}, path.front().word))
    return {};
  return path;
}

/// The name of the weight that a constant comes from: through decompressions, their data.
StringRef weightName(const Value &value) {
  std::optional<int64_t> count = value.type().isTensor() ? value.type().elementCount() : std::nullopt;
  return count && *count >= 10 && isConstant(value) ? StringRef(value.name()) : StringRef();
}

Path pathByWeights(const Operation &op) {
  for (StringRef argument : {"weight", "gamma", "weight_ih", "kernel"})
    if (const Value *value = op.input(argument))
      if (StringRef name = weightName(*value); !name.empty())
        return pathOf(name, op.type());
  Path path;
  op.forEachOperand([&](const Operand &operand) {
    if (path.empty() && operand.value())
      if (StringRef name = weightName(*operand.value()); !name.empty())
        path = pathOf(name, op.type());
  });
  return path.size() > 1 ? path : Path();
}

Path pathByName(const GraphNode &node) {
  Path path = pathOf(node.name(), node.op->type());
  return path.size() > 1 ? path : Path();
}

std::vector<Path> pathsOf(ArrayRef<Piece> pieces, const FunctionGraph &graph) {
  std::vector<Path> byWeights(pieces.size()), byName(pieces.size());
  size_t weights = 0;
  for (size_t i = 0; i < pieces.size(); ++i)
    if (const GraphNode &node = graph.nodes[pieces[i].begin]; node.op) {
      byWeights[i] = pathByWeights(*node.op);
      byName[i] = pathByName(node);
      weights += byWeights[i].size() > 1;
    }
  constexpr size_t enough = 4;
  return weights >= enough ? byWeights : byName;
}

/// The path that two neighbours share. Between two items of a list (layers.3, layers.4) it is that of the first.
Path between(const Path &before, const Path &after) {
  size_t common = 0;
  while (common < std::min(before.size(), after.size()) && before[common] == after[common])
    ++common;
  bool items = common < std::min(before.size(), after.size()) && before[common].word == after[common].word &&
               !before[common].number.empty() && !after[common].number.empty();
  return Path(before.begin(), before.begin() + common + items);
}

/// Gives nodes without a path that of their neighbours. What ends the items of a list (the addition behind a layer) ends the last one, too,
/// although the next part isn't the number of an item.
class Gaps {
public:
  explicit Gaps(std::vector<Path> &paths) : paths(paths) {}

  void fill() {
    const Path *before = nullptr;
    for (size_t i = 0; i < paths.size();) {
      if (!paths[i].empty()) {
        before = &paths[i++];
        continue;
      }
      size_t end = i;
      while (end < paths.size() && paths[end].empty())
        ++end;
      if (before)
        fill(*before, i, end);
      i = end;
    }
  }

private:
  void fill(const Path &before, size_t from, size_t to) {
    static const Path none;
    Path shared = between(before, to < paths.size() ? paths[to] : none);
    bool isItem = !shared.empty() && !shared.back().number.empty() && to < paths.size() && paths[to].size() >= shared.size() &&
                  paths[to][shared.size() - 1] != shared.back();
    if (isItem) {
      tail = to - from;
      list.assign(shared.begin(), shared.end());
    } else if (size_t depth = list.size(); tail && shared.size() < depth && before.size() >= depth && isNextItem(before)) {
      size_t end = std::min(to, from + tail);
      std::fill(paths.begin() + from, paths.begin() + end, Path(before.begin(), before.begin() + depth));
      from = end;
    }
    std::fill(paths.begin() + from, paths.begin() + to, shared);
  }

  /// Whether a path is in the list whose items had a tail.
  bool isNextItem(const Path &path) const {
    return std::equal(list.begin(), list.end() - 1, path.begin()) && path[list.size() - 1].word == list.back().word;
  }

  std::vector<Path> &paths;
  Path list;       ///< the last item that had a tail
  size_t tail = 0; ///< nodes without a path at its end
};

class NameNesting {
public:
  NameNesting(std::vector<Piece> &pieces, ArrayRef<Path> paths) : pieces(pieces), paths(paths) {}

  std::vector<Piece> nest(size_t from, size_t to, size_t depth) {
    std::vector<Piece> level;
    while (from < to) {
      size_t end = from + 1;
      if (paths[from].size() > depth)
        while (end < to && paths[end].size() > depth && paths[end][depth] == paths[from][depth])
          ++end;
      uint32_t size = pieces[end - 1].end - pieces[from].begin;
      if (paths[from].size() <= depth || size < leastSize || end - from < 2)
        std::move(pieces.begin() + from, pieces.begin() + end, std::back_inserter(level));
      else
        level.push_back(scope(from, end, depth));
      from = end;
    }
    return level;
  }

private:
  Piece scope(size_t from, size_t to, size_t depth) {
    std::string name = paths[from][depth].str();
    bool numbered = !paths[from][depth].number.empty();
    std::vector<Piece> inner = nest(from, to, depth + 1);
    if (inner.size() == 1 && inner.front().kind == GraphGroup::Kind::Scope && !inner.front().isNode) {
      inner.front().name = name + (numbered ? " / " : "_") + inner.front().name;
      return std::move(inner.front());
    }
    Piece piece;
    piece.name = std::move(name);
    piece.children = std::move(inner);
    return close(std::move(piece));
  }

  std::vector<Piece> &pieces;
  ArrayRef<Path> paths;
};

} // namespace

/// A scope that contains all operations has no information: its content replaces it.
static std::vector<Piece> withoutWhole(std::vector<Piece> level, const FunctionGraph &graph) {
  auto isScope = [](const Piece &piece) { return piece.kind == GraphGroup::Kind::Scope && !piece.isNode; };
  auto whole = llvm::find_if(level, isScope);
  for (const Piece &piece : level)
    if (whole == level.end() || (&piece != &*whole && (!piece.isNode || graph.nodes[piece.begin].op)))
      return level;
  std::vector<Piece> unwrapped;
  for (Piece &piece : level)
    if (&piece == &*whole)
      std::move(piece.children.begin(), piece.children.end(), std::back_inserter(unwrapped));
    else
      unwrapped.push_back(std::move(piece));
  return withoutWhole(std::move(unwrapped), graph);
}

std::vector<Piece> nestByNames(std::vector<Piece> pieces, const FunctionGraph &graph) {
  std::vector<Path> paths = pathsOf(pieces, graph);
  Gaps(paths).fill();
  return withoutWhole(NameNesting(pieces, paths).nest(0, pieces.size(), 0), graph);
}

} // namespace mil
