#include "Sizes.h"
#include "PoolForms.h"
#include "Prefixes.h"
#include "ResizeForms.h"
#include "SizeDescriptions.h"
#include "SizedStates.h"
#include "mil/Link/DiagnosticKinds.h"
#include "mil/Ops/Infer.h"

namespace mil {
namespace {

class SizeSolver {
public:
  SizeSolver(UnifiedFunction &unified, const UnifiedSources &sources, const UnifyOptions &options, UnifiedModel &result)
      : unified(unified), sources(sources), alignment(sources.alignment), options(options), result(result),
        sizes(unified, functionCount()) {}

  Status solve(std::vector<DifferingConstant> &constants) {
    findSizes();
    retype();
    std::vector<DifferingConstant> weights;
    for (const DifferingConstant &constant : constants) {
      Result<bool> solved = solveConstant(constant);
      if (!solved)
        return failure();
      if (!*solved)
        weights.push_back(constant);
    }
    constants = std::move(weights);
    if (!enlargeStates(unified, alignment, first(), sizes) || !describeSizes(unified, sources, distinctFunctions(), options, result))
      return failure();
    return !options.range || inferFunction(unified.function(), unified.diags(), /*keepPrecise=*/false) ? success() : failure();
  }

private:
  Function &first() const { return const_cast<Function &>(*sources.functions[0].function); }
  size_t functionCount() const { return alignment.functionCount(); }

  // ---- Sizes and types

  PerFunction dims(Value &value, unsigned axis) const { return dimsOf(value, axis, alignment); }

  void findSizes() {
    for (Value *input : first().inputs())
      if (input->type().isTensor() && input->type().hasRank())
        for (unsigned axis = 0; axis < input->type().rank(); ++axis)
          if (PerFunction values = dims(*input, axis); !llvm::all_equal(values) && !llvm::is_contained(values, Type::unknown))
            sizes.add(*unified.copyOf(input), axis, std::move(values));
  }

  /// Values have the sizes that they have in all functions, and unknown ones where they differ.
  void retype() {
    auto retypeOne = [&](Value &value) {
      Type type = value.type();
      if (!type.isTensor() || !type.hasRank())
        return;
      llvm::SmallVector<int64_t, 6> common(type.dims());
      for (unsigned axis = 0; axis < common.size(); ++axis)
        if (!llvm::all_equal(dims(value, axis)))
          common[axis] = Type::unknown;
      unified.copyOf(&value)->setType(type.withDims(unified.context(), common));
    };
    for (Value *input : first().inputs())
      retypeOne(*input);
    for (Operation *op : alignment.operations()) {
      for (Value &value : op->results())
        retypeOne(value);
      for (Block *block : op->blocks())
        for (Value *input : block->inputs())
          retypeOne(*input);
    }
  }

  // ---- Constants

  DiagnosticEngine::InFlight refuse(const DifferingConstant &constant, const ConstantPlace &place, const std::string &why) {
    return reportOn(*place.op, unified.diags(), diag::UnifyConstant, constant.name, place.name, place.op->type(),
                    sources.functions[std::max<size_t>(constant.firstOther(sources.identity), 1)].name, why);
  }

  /// Whether a constant that doesn't follow from sizes is a weight: another one in functions of the same sizes, or a tensor of floats.
  bool isWeight(const DifferingConstant &constant) const {
    if (!constant.hasOneType() || llvm::any_of(constant.places, [](const ConstantPlace &place) { return place.isAttribute; }))
      return false;
    if (isFloat(constant.type().dtype()) && constant.type().elementCount().value_or(0) > 1)
      return true;
    for (size_t i = 1; i < functionCount(); ++i)
      for (size_t k = 0; k < i; ++k)
        if (sources.identity.representative(constant.values[i]) != sources.identity.representative(constant.values[k]) && sameSizes(i, k))
          return true;
    return false;
  }

  bool sameSizes(size_t i, size_t k) const {
    return llvm::all_of(first().inputs(),
                        [&](Value *input) { return alignment.value(input, i)->type() == alignment.value(input, k)->type(); });
  }

  /// False for a weight, which is left as it is.
  Result<bool> solveConstant(const DifferingConstant &constant) {
    const char *unsolved =
        constant.hasOneType() ? "it can't be derived from the sizes of the inputs" : "the smaller ones are not prefixes of the largest";
    std::optional<Value *> value; // computed once
    for (const ConstantPlace &place : constant.places) {
      bool isFixed = place.isAttribute || place.op->isConstexpr();
      if (isFixed && isWeight(constant))
        return false;
      if (isFixed)
        return refuse(constant, place, "parts of compressed constants and attributes can't depend on sizes");
      if ((isResizedSize(*place.op, place.name) && resized(*place.op)) || reducePool(place, alignment, unified))
        continue;
      if (constant.hasOneType() && solveInPlace(constant, place))
        continue;
      if (!value)
        value = constant.hasOneType() ? computed(constant) : cutFromLargest(constant);
      if (!*value && isWeight(constant))
        return false;
      if (!*value)
        return refuse(constant, place, unsolved);
      const OpVersion *version = versionOf(*place.op);
      const Parameter *parameter = version ? version->parameter(place.name) : nullptr;
      if (parameter && parameter->constant)
        return refuse(constant, place, whyFixed(*place.op, place.name));
      unified.copyOf(place.op)->argument(place.name)->operands[place.binding].set(*value);
    }
    return true;
  }

  /// Lets an operation resize images to computed sizes; true if it does already.
  bool resized(Operation &op) {
    if (unified.copyOf(&op)->is("resize"))
      return true;
    Value *x = op.input("x"), *result = op.result();
    unsigned rank = x && x->type().hasRank() && result->type().hasRank() ? unsigned(result->type().rank()) : 0;
    bool multiples = rank >= 2 && !options.range && areMultiples(dims(*result, rank - 1), dims(*x, rank - 1)) &&
                     areMultiples(dims(*result, rank - 2), dims(*x, rank - 2));
    auto size = [&](size_t i, unsigned axis) { return dims(*result, axis + rank - 2)[i]; };
    auto ends = rank < 2 || (isNearest(op) && !multiples) ? std::nullopt : sizes.solve(size, 2);
    Operation *resize = ends ? writeResize(*unified.copyOf(&op), (*ends)[0], (*ends)[1], sizes, unified.rewriter()) : nullptr;
    if (resize)
      unified.setCopy(op, *resize), unified.setCopy(*result, *resize->result());
    return resize;
  }

  /// The values of a small constant of integers, one vector a function.
  std::optional<llvm::SmallVector<PerFunction, 8>> integers(const DifferingConstant &constant) {
    constexpr uint64_t most = 64;
    if (!isInteger(constant.type().dtype()) || constant.type().elementCount().value_or(most + 1) > int64_t(most))
      return std::nullopt;
    llvm::SmallVector<PerFunction, 8> elements(size_t(*constant.type().elementCount()));
    for (const Literal *literal : constant.values) {
      std::optional<Tensor> tensor = Tensor::fromLiteral(*literal, most, &unified.diags());
      if (!tensor)
        return std::nullopt;
      for (size_t i = 0; i < elements.size(); ++i)
        elements[i].push_back(tensor->integer(int64_t(i)));
    }
    return elements;
  }

  /// Constants that stay some: the one size of a reshape that follows from the others is -1, and the end of a slice that is that of the
  /// whole is masked. Devices run these without computing shapes.
  bool solveInPlace(const DifferingConstant &constant, const ConstantPlace &place) {
    Operation *op = unified.copyOf(place.op);
    bool isReshape = op->is("reshape") && place.name == "shape", isSlice = op->is("slice_by_index") && place.name == "end";
    auto elements = isReshape || isSlice ? integers(constant) : std::nullopt;
    if (!elements)
      return false;
    size_t differing = size_t(llvm::count_if(*elements, [](const PerFunction &values) { return !llvm::all_equal(values); }));
    llvm::SmallVector<int64_t, 6> values;
    for (const PerFunction &element : *elements)
      values.push_back(llvm::all_equal(element) ? element[0] : isReshape ? -1 : 0);
    Context &context = unified.context();
    if (isReshape) {
      if (differing != 1 || llvm::count(values, -1) != 1 || llvm::is_contained(values, 0))
        return false;
    } else if (!maskEnds(*place.op, *op, *elements)) {
      return false;
    }
    bindConstant(*op, place.name, Literal::int32s(context, llvm::SmallVector<int32_t, 6>(values.begin(), values.end())), constant.type());
    return true;
  }

  bool maskEnds(Operation &source, Operation &op, llvm::ArrayRef<PerFunction> ends) {
    Value *x = source.input("x");
    if (!x || !x->type().hasRank() || x->type().rank() != ends.size() || constantOf(x))
      return false;
    const Literal *given = op.constant("end_mask"), *stride = op.constant("stride");
    auto steps = stride ? stride->asInts() : std::nullopt;
    if (op.argument("stride") && (!steps || llvm::any_of(*steps, [](int64_t step) { return step < 1; })))
      return false;
    llvm::SmallVector<uint8_t, 6> masks(ends.size(), 0);
    if (given && (!given->isTensor() || given->bytes().size() != masks.size()))
      return false;
    if (given)
      llvm::copy(given->bytes(), masks.begin());
    for (unsigned axis = 0; axis < ends.size(); ++axis)
      if (!llvm::all_equal(ends[axis])) {
        if (!masks[axis] && ends[axis] != dims(*x, axis))
          return false;
        masks[axis] = 1;
      }
    Context &context = unified.context();
    bindConstant(op, "end_mask", Literal::tensor(context, Type::tensor(context, DType::Bool, int64_t(masks.size())), masks), {});
    return true;
  }

  /// Binds a new constant to an argument, converted to the integer type of another.
  void bindConstant(Operation &op, llvm::StringRef argument, const Literal *literal, Type like) {
    if (like && like.dtype() != literal->type().dtype())
      literal = Tensor::fromLiteral(*literal, 64, nullptr)->toLiteral(unified.context(), like);
    unified.rewriter().setInsertionPoint(&op);
    std::string owner = op.resultCount() ? op.result()->name().str().str() : "op";
    op.setArgument(unified.context().intern(argument), Binding(unified.rewriter().constant(literal, owner + "_" + argument.str())));
  }

  /// A small constant as expressions over sizes; null when it isn't one.
  Value *computed(const DifferingConstant &constant) {
    Type type = constant.type();
    if (isFloat(type.dtype()))
      return computedNumber(constant);
    auto elements = integers(constant);
    if (!elements || type.rank() > 1)
      return nullptr;
    llvm::SmallVector<SizeExpression, 6> expressions;
    for (const PerFunction &values : *elements) {
      std::optional<SizeExpression> expression = sizes.solve(values);
      if (!expression)
        return nullptr;
      expressions.push_back(*expression);
    }
    Value *value = type.rank() == 0 ? sizes.scalar(expressions[0]) : sizes.vector(expressions);
    if (value && value->type().dtype() != type.dtype()) {
      Rewriter &rewriter = unified.rewriter();
      unified.insertAtStart();
      value = rewriter.make("cast", {{"x", value}, {"dtype", rewriter.string(name(type.dtype()))}});
    }
    return value && value->type() == type ? value : nullptr;
  }

  Value *computedNumber(const DifferingConstant &constant) {
    if (constant.type().elementCount() != 1)
      return nullptr;
    llvm::SmallVector<double, 4> values;
    for (const Literal *literal : constant.values) {
      std::optional<Tensor> tensor = Tensor::fromLiteral(*literal, 1, &unified.diags());
      if (!tensor)
        return nullptr;
      values.push_back(tensor->number(0));
    }
    Value *value = sizes.number(values, constant.type().dtype());
    if (value && constant.type().rank()) {
      unified.insertAtStart();
      value = unified.rewriter().make("reshape", {{"x", value}, {"shape", unified.rewriter().ints(constant.type().dims())}});
    }
    return value;
  }

  // ---- Tables

  /// The beginning, in every dimension, of the largest of the constants; null when the others are none.
  Value *cutFromLargest(const DifferingConstant &constant) {
    const Literal *largest = constant.values[0];
    for (const Literal *each : constant.values)
      if (each->type().elementCount().value_or(-1) > largest->type().elementCount().value_or(-1))
        largest = each;
    for (const Literal *each : constant.values)
      if (each != largest && !isPrefix(*each, *largest))
        return nullptr;
    auto ends =
        sizes.solve([&](size_t i, unsigned axis) { return constant.values[i]->type().dims()[axis]; }, unsigned(largest->type().rank()));
    if (!ends)
      return nullptr;
    unified.insertAtStart();
    Value *whole = unified.rewriter().constant(largest, constant.name);
    unified.claim(*whole, constant.name);
    return sizes.beginning(*whole, *ends);
  }

  // ---- Description

  /// The first of the functions of each combination of sizes.
  std::vector<size_t> distinctFunctions() const {
    std::vector<size_t> distinct;
    for (size_t i = 0; i < functionCount(); ++i)
      if (llvm::none_of(distinct, [&](size_t other) { return sameSizes(i, other); }))
        distinct.push_back(i);
    return distinct;
  }

  UnifiedFunction &unified;
  const UnifiedSources &sources;
  const Alignment &alignment;
  const UnifyOptions &options;
  UnifiedModel &result;
  Sizes sizes;
};

} // namespace

Status solveSizes(UnifiedFunction &unified, const UnifiedSources &sources, std::vector<DifferingConstant> &constants,
                  const UnifyOptions &options, UnifiedModel &result) {
  return SizeSolver(unified, sources, options, result).solve(constants);
}

} // namespace mil
