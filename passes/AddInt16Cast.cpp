// add_int16_cast: indices, and what is gathered by them, are 16 bits wide.
//
//   y = gather(x, indices = i)                  =>   s = cast(i, dtype = "int16");  y = gather(x, indices = s)
//   v, i = topk(x, output_indices_dtype = "int32")   =>   v, u = topk(x, output_indices_dtype = "uint16");  i = cast(u, dtype = "int32")
//
// Of gather, gather_along_axis, gather_nd, squeeze and topk: int32 arguments that the operation takes as int16 or uint16 too. A constant is
// cast to the one that holds all of its elements, uint16 before int16, or not at all; what was uint16 becomes that again, anything else
// int16. Results come back as int32. Not indices into a dimension of more than 32767 elements, or of a size that isn't known, and no data
// that is computed, unless it comes from a type of 16 bits or fewer: identifiers of words need more.
//
// Exact, for indices in range.
// Source: coremltools' common::add_int16_cast.
#include "mil/Ops/Catalogue.h"
#include "mil/Ops/Infer.h"
#include "mil/Pass/Rewriter.h"
#include "llvm/ADT/STLExtras.h"

using namespace mil;

namespace {
struct AddInt16Cast : PatternPass {
  Option<std::vector<std::string>> skipped{*this, "skip_ops_by_type", "Skip operations of these types"};
  AddInt16Cast() : PatternPass({"gather", "gather_along_axis", "gather_nd", "squeeze", "topk"}) {}

  bool rewrite(Operation &op, Rewriter &rewriter) override {
    const OpVersion *version = versionOf(op);
    if (!version || !op.hasUses() || llvm::is_contained(*skipped, op.type().str().str()))
      return false;
    llvm::SmallVector<ArgumentSpec, 4> arguments;
    for (const Argument &argument : op.arguments()) {
      const Parameter *parameter = version->parameter(argument.name);
      if (!parameter || parameter->constant || argument.count != 1 || (*argument).type().dtype() != DType::Int32)
        continue;
      if (Value *narrow = narrowed(op, *argument, *parameter, version->typesOf(*parameter), rewriter))
        arguments.push_back(ArgumentSpec(argument.name, narrow));
    }
    if (op.is("topk") && version->parameter("output_indices_dtype") && placesFit(op))
      arguments.push_back(ArgumentSpec("output_indices_dtype", rewriter.string("uint16")));
    Operation *narrow = arguments.empty() ? nullptr : rewriter.createLike(op, arguments);
    if (!narrow)
      return false;
    llvm::SmallVector<Value *, 2> results;
    for (auto [old, now] : llvm::zip(op.results(), narrow->results()))
      results.push_back(old.type().dtype() == now.type().dtype()
                            ? &now
                            : rewriter.make("cast", {{"x", &now}, {"dtype", rewriter.string(name(old.type().dtype()))}}));
    return rewriter.replace(op, results);
  }

  static Value *narrowed(Operation &op, const Operand &operand, const Parameter &parameter, DTypeSet types, Rewriter &rewriter) {
    std::optional<DType> type = typeFor(operand, types, rewriter);
    if (!type || !types.contains(*type))
      return nullptr;
    if (!constantOf(operand) && !(parameter.name == "indices" ? indexesFit(op) : isWidened(operand)))
      return nullptr;
    return rewriter.make("cast", {ArgumentSpec("x", &operand), {"dtype", rewriter.string(name(*type))}});
  }

  /// Whether numbers come from a type of 16 bits or fewer.
  static bool isWidened(const Operand &operand) {
    Operation *maker = operand.value()->definingOp();
    Value *source = maker && maker->is("cast") ? maker->input("x") : nullptr;
    return source && !isFloat(source->type().dtype()) && bitWidth(source->type().dtype()) <= 16;
  }

  static std::optional<DType> typeFor(const Operand &operand, DTypeSet types, Rewriter &rewriter) {
    if (!constantOf(operand)) {
      Operation *maker = operand.value()->definingOp();
      Value *source = maker && maker->is("cast") ? maker->input("x") : nullptr;
      return source && source->type().dtype() == DType::UInt16 ? DType::UInt16 : DType::Int16;
    }
    std::optional<Tensor> tensor = rewriter.tensor(&operand);
    if (!tensor)
      return std::nullopt;
    int64_t low = 0, high = 0;
    for (int64_t i = 0; i < tensor->count(); ++i) {
      int64_t value = tensor->integer(i);
      low = std::min(low, value), high = std::max(high, value);
    }
    if (low >= 0 && high <= UINT16_MAX && types.contains(DType::UInt16))
      return DType::UInt16;
    return low >= INT16_MIN && high <= INT16_MAX ? std::optional(DType::Int16) : std::nullopt;
  }

  static std::optional<int64_t> axisOf(const Operation &op, size_t rank) {
    const Literal *literal = op.constant("axis");
    std::optional<int64_t> axis = literal ? literal->asInt() : std::nullopt;
    if (axis && *axis < 0)
      *axis += int64_t(rank);
    return axis && *axis >= 0 && *axis < int64_t(rank) ? axis : std::nullopt;
  }

  /// Whether all dimensions that are indexed have at most 32767 elements.
  static bool indexesFit(const Operation &op) {
    const Operand *x = op.operand("x");
    if (!x || !x->type().isTensor() || !x->type().hasRank())
      return false;
    auto fits = [](int64_t size) { return size >= 0 && size <= INT16_MAX; };
    if (op.is("gather_nd"))
      return llvm::all_of(x->type().dims(), fits);
    std::optional<int64_t> axis = axisOf(op, x->type().rank());
    return axis && fits(x->type().dim(int(*axis)));
  }

  /// Whether topk's indices are int32 and fit into uint16.
  static bool placesFit(const Operation &op) {
    const Operand *x = op.operand("x");
    const Literal *type = op.constant("output_indices_dtype");
    if (!x || !x->type().isTensor() || !x->type().hasRank() ||
        (type ? type->asString() != "int32" : op.argument("output_indices_dtype") != nullptr))
      return false;
    std::optional<int64_t> axis = axisOf(op, x->type().rank());
    return axis && x->type().dim(int(*axis)) >= 0 && x->type().dim(int(*axis)) <= UINT16_MAX + 1;
  }
};
} // namespace

MIL_PASS(add_int16_cast, AddInt16Cast,
         "Computed indices stay int32 if the size of the dimension is unknown, also for gather_nd and gather_along_axis. "
         "So does computed data, unless it was cast from a narrower type; coremltools wraps values that need more than "
         "16 bits, for example token ids that pass through squeeze.")
