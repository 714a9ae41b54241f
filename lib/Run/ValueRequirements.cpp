#include "ValueRequirements.h"

using namespace mil;

static constexpr unsigned mostSteps = 8; ///< that are followed from a value on

/// Whether an operation only moves or converts the elements of a value.
static bool moves(const Operation &op, const Value *value) {
  static constexpr llvm::StringRef types[] = {"cast", "reshape", "expand_dims", "squeeze", "transpose", "identity"};
  return op.resultCount() == 1 && op.input("x") == value &&
         (op.type().str().starts_with("slice") || llvm::is_contained(types, op.type().str()));
}

/// Whether the elements of a value are among those of the result: one of the cases of a select, or a part of a concat or stack.
static bool isPartOfResult(const Operation &op, const Operand &use) {
  if (op.is("select"))
    return op.operand("a") == &use || op.operand("b") == &use;
  return op.is("concat") || op.is("stack");
}

// ---- Indices ----------------------------------------------------------------

/// The smaller of two limits, where 0 is none.
static int64_t stricter(int64_t a, int64_t b) { return a == 0 || b == 0 ? std::max(a, b) : std::min(a, b); }

/// The least of the known sizes among `count` dimensions from `first` on.
static int64_t leastSize(llvm::ArrayRef<int64_t> dims, size_t first, size_t count) {
  int64_t least = 0;
  for (size_t i = first; i < std::min(dims.size(), first + count); ++i)
    least = stricter(least, std::max<int64_t>(dims[i], 0));
  return least;
}

static llvm::ArrayRef<int64_t> dimsOf(const Operand *operand) {
  Type type = operand ? operand->type() : Type();
  return type.isTensor() && type.hasRank() ? type.dims() : llvm::ArrayRef<int64_t>();
}

static int64_t constantInt(const Operation &op, llvm::StringRef argument) {
  const Literal *literal = op.constant(argument);
  return literal ? literal->asInt().value_or(0) : 0;
}

/// The sizes that the indices of gather_nd and scatter_nd select from: as many as an index has numbers.
static int64_t limitOfTuples(const Operation &op, llvm::ArrayRef<int64_t> table) {
  llvm::ArrayRef<int64_t> indices = dimsOf(op.operand("indices"));
  int64_t batch = std::max<int64_t>(0, constantInt(op, "batch_dims"));
  return indices.empty() ? 0 : leastSize(table, size_t(batch), size_t(std::max<int64_t>(0, indices.back())));
}

/// The limit that an operation sets on its argument `indices`.
static int64_t limitOfIndices(const Operation &op) {
  llvm::StringRef type = op.type().str();
  if (op.is("one_hot"))
    return std::max<int64_t>(0, constantInt(op, "one_hot_vector_size"));
  if (!type.starts_with("gather") && !type.starts_with("scatter"))
    return 0;
  llvm::ArrayRef<int64_t> table = dimsOf(op.operand(type.starts_with("gather") ? "x" : "data"));
  if (type.ends_with("_nd"))
    return limitOfTuples(op, table);
  int64_t axis = constantInt(op, "axis");
  axis = axis < 0 ? axis + int64_t(table.size()) : axis;
  return axis < 0 ? 0 : leastSize(table, size_t(axis), 1);
}

/// What is added to a value: the largest element of a constant that is small enough to look at.
static std::optional<int64_t> addedConstant(const Operation &op, const Value *value) {
  const Literal *added = op.constant(op.input("x") == value ? "y" : "x");
  return op.is("add") && added ? added->asInt() : std::nullopt;
}

static int64_t limitOfValue(const Value *value, unsigned depth) {
  int64_t limit = 0;
  for (const Operand &use : value->uses()) {
    const Operation *op = use.user();
    if (!op)
      continue;
    if (op->operand("indices") == &use)
      limit = stricter(limit, limitOfIndices(*op));
    if (depth == mostSteps || op->resultCount() != 1)
      continue;
    if (moves(*op, value) || isPartOfResult(*op, use))
      limit = stricter(limit, limitOfValue(op->result(), depth + 1));
    else if (std::optional<int64_t> added = addedConstant(*op, value); added && *added >= 0)
      limit = stricter(limit, std::max<int64_t>(0, limitOfValue(op->result(), depth + 1) - *added));
  }
  return limit;
}

int64_t mil::indexLimit(const Value *value) { return limitOfValue(value, 0); }

// ---- Signs ------------------------------------------------------------------

static bool mustNotBeNegative(const Value *value, unsigned depth) {
  return llvm::any_of(value->uses(), [&](const Operand &use) {
    const Operation *op = use.user();
    if (!op || depth == mostSteps)
      return false;
    if (op->is("log") || op->is("sqrt") || op->is("rsqrt"))
      return op->operand("x") == &use;
    bool shifts = op->is("add") && (op->constant("x") || op->constant("y"));
    return (shifts || moves(*op, value)) && mustNotBeNegative(op->result(), depth + 1);
  });
}

bool mil::mustNotBeNegative(const Value *value) { return ::mustNotBeNegative(value, 0); }
