// Lists of tensors. Writing gives a new list.

#include "Definition.h"
#include "Families.h"
#include "mil/Ops/DiagnosticKinds.h"
#include "mil/Ops/Infer.h"

namespace mil {

static constexpr size_t maxElementRank = 4;

static Inferred inferMakeList(const Args &a) {
  std::optional<llvm::StringRef> dtype = a.string("dtype");
  if (!dtype)
    return a.unknown();
  DType element = dtypeFromName(*dtype);
  if (!DTypeSet{fp16, fp32, int32, boolean}.contains(element))
    return a.fail(diag::ArgumentChoice, "dtype", "\"fp16\" or \"fp32\" or \"int32\" or \"bool\"", "\"" + dtype->str() + "\"");
  Arg shape = a["elem_shape"];
  Dims dims;
  for (size_t i = 0; i < shape.size(); ++i) {
    std::optional<int64_t> size = shape[i].integer();
    if (size && *size < 0)
      return a.fail(diag::ArgumentValue, "elem_shape", "sizes that are not negative", *size);
    dims.push_back(size.value_or(Type::unknown)); // a string names a size that is not known
  }
  if (dims.size() > maxElementRank)
    return a.fail(diag::ArgumentCount, "elem_shape", "at most 4 sizes", dims.size());
  std::optional<int64_t> length = a.flag("dynamic_length") ? std::nullopt : a.integer("init_length");
  if (length && *length < 0)
    return a.failValue("init_length", "a length that is not negative");
  return Type::list(a.context(), a.tensor(element, dims), length.value_or(Type::unknown));
}

/// Whether `value` can be an element of the list, complained about otherwise.
static bool checkElement(const Args &a, Type element, Type value) {
  if (agrees(element, value))
    return true;
  a.fail(diag::ArgumentKind, "value", element.str(), value.str());
  return false;
}

static bool checkScalar(const Args &a, llvm::StringRef parameter) {
  if (a[parameter].rank() != 0)
    a.failShape(parameter, "a scalar");
  return a[parameter].rank() == 0;
}

static Inferred inferListWrite(const Args &a) {
  if (!checkScalar(a, "index") || !checkElement(a, a["ls"].type().element(), a["value"].type()))
    return a.failed();
  return a["ls"].type();
}

/// `count` elements of the list, stacked.
static Inferred stacked(const Args &a, int64_t count) {
  Type element = a["ls"].type().element();
  if (!element.isTensor() || !element.hasRank())
    return a.unknown();
  Dims dims{count};
  dims.append(element.dims().begin(), element.dims().end());
  return a.tensor(element.dtype(), dims);
}

static Inferred inferListGather(const Args &a) {
  if (a["indices"].rank() != 1)
    return a.failRank("indices", 1);
  return stacked(a, a["indices"].dim(0));
}

static Inferred inferListScatter(const Args &a) {
  if (a["indices"].rank() != 1)
    return a.failRank("indices", 1);
  Inferred expected = stacked(a, a["indices"].dim(0));
  if (expected.outcome == Inferred::Outcome::Known && !checkElement(a, expected.types[0], a["value"].type()))
    return a.failed();
  return a["ls"].type();
}

// ---- Values -----------------------------------------------------------------

/// Limits the memory that a program can request.
static constexpr int64_t mostElements = 1 << 24;

/// An index into a list, negative ones counted from the end; nullopt after an error if it is out of range. A list that grows accepts
/// larger ones when it is written.
static std::optional<size_t> place(const Args &a, llvm::StringRef parameter, const TensorList &list, int64_t index, bool writes) {
  int64_t length = int64_t(list.elements.size()), limit = writes && list.grows ? mostElements : length;
  int64_t at = index < 0 ? index + length : index;
  if (at < 0 || at >= limit)
    return a.fail(diag::IndexOutOfRange, parameter, "an index into a list of " + std::to_string(length) + " elements", index);
  return size_t(at);
}

/// All zeros, where the shape is known.
static std::optional<Tensor> emptyElement(const Args &a, Type element, DType held) {
  std::optional<int64_t> count = element.hasStaticShape() ? element.elementCount() : std::nullopt;
  if (!count || uint64_t(*count) > std::min<uint64_t>(a.maxElements(), uint64_t(1) << 32))
    return std::nullopt;
  return Tensor(held, element.dims());
}

static Folded evaluateMakeList(const Args &a, int64_t length) {
  Type type = a.resultType();
  if (!type.isList())
    return {};
  if (length < 0 || length > mostElements)
    return a.failValue("init_length", "0 to " + std::to_string(mostElements));
  TensorList list;
  list.dtype = a.widened(type.element().dtype());
  list.grows = a.flag("dynamic_length");
  list.elements.resize(size_t(length), emptyElement(a, type.element(), list.dtype));
  return RuntimeValue(std::move(list));
}

/// Elements in one shape, one behind the other; nullopt when they have no values or differ in shape.
static std::optional<Tensor> stack(const TensorList &list, llvm::ArrayRef<size_t> places, Type element) {
  Dims dims{int64_t(places.size())};
  if (places.empty()) {
    if (!element.hasStaticShape())
      return std::nullopt;
    dims.append(element.dims().begin(), element.dims().end());
    return Tensor(list.dtype, dims);
  }
  const std::optional<Tensor> &first = list.elements[places[0]];
  if (!first)
    return std::nullopt;
  dims.append(first->dims().begin(), first->dims().end());
  Tensor result(first->dtype(), dims);
  uint8_t *to = result.bytes().data();
  for (size_t at : places) {
    const std::optional<Tensor> &from = list.elements[at];
    if (!from || from->dims() != first->dims() || from->dtype() != first->dtype())
      return std::nullopt;
    to = std::copy(from->bytes().begin(), from->bytes().end(), to);
  }
  return result;
}

static Folded evaluateListRead(const Args &a, const TensorList &list, int64_t index) {
  std::optional<size_t> at = place(a, "index", list, index, false);
  return at ? Folded(list.elements[*at]) : Folded();
}

static void writeTo(TensorList &list, size_t at, Tensor value) {
  if (at >= list.elements.size())
    list.elements.resize(at + 1, Tensor(value.dtype(), value.dims())); // between: zeros
  list.elements[at] = std::move(value);
}

static Folded evaluateListWrite(const Args &a, const TensorList &list, int64_t index, Tensor value) {
  std::optional<size_t> at = place(a, "index", list, index, true);
  if (!at)
    return {};
  TensorList changed = list;
  writeTo(changed, *at, std::move(value));
  return RuntimeValue(std::move(changed));
}

static Folded evaluateListGather(const Args &a, const TensorList &list, const Tensor &indices) {
  llvm::SmallVector<size_t, 8> places;
  for (int64_t i = 0; i < indices.count(); ++i) {
    std::optional<size_t> at = place(a, "indices", list, indices.integer(i), false);
    if (!at)
      return {};
    places.push_back(*at);
  }
  return stack(list, places, a["ls"].type().element());
}

static Folded evaluateListScatter(const Args &a, const TensorList &list, const Tensor &indices, const Tensor &value) {
  TensorList changed = list;
  Dims strides = rowMajorStrides(value.dims());
  for (int64_t i = 0; i < indices.count(); ++i) {
    std::optional<size_t> at = place(a, "indices", changed, indices.integer(i), true);
    if (!at)
      return {};
    writeTo(changed, *at, strided(value, i * strides[0], llvm::ArrayRef(strides).drop_front(), value.dims().drop_front()));
  }
  return RuntimeValue(std::move(changed));
}

void ops::defineLists(Catalogue &catalogue) {
  OpFamily op(catalogue, "control_flow");

  op("make_list", iOS15)
      .summary("a list of init_length elements of the given shape; unknown sizes are given as names")
      .in("init_length", int32, dflt(1))
      .in("dynamic_length", boolean, constant, dflt(true))
      .in("elem_shape", anyTensor, variadic)
      .in("dtype", string, constant, dflt("fp32"))
      .infer(inferMakeList)
      .evaluate(evaluateMakeList, integerOf("init_length"));

  op("list_length", iOS15)
      .summary("the number of elements of a list")
      .in("ls", aList)
      .infer([](const Args &a) -> Inferred { return a.scalar(DType::Int32); })
      .foldWithoutValues([](const Args &a) -> Folded {
        if (const TensorList *list = a.list("ls"))
          return Tensor::scalar(DType::Int32, double(list->elements.size()));
        int64_t length = a["ls"].type().length();
        // The type of a list that grows contains its first length: only make_list tells whether it grows.
        const Value *list = a["ls"].value();
        const Operation *maker = list ? list->definingOp() : nullptr;
        if (length < 0 || !maker || !maker->is("make_list"))
          return {};
        const Literal *dynamic = maker->constant("dynamic_length");
        if (!dynamic || dynamic->asBool().value_or(true))
          return {};
        return Tensor::scalar(DType::Int32, double(length));
      });

  op("list_read", iOS15)
      .summary("the element at index")
      .in("ls", aList)
      .in("index", int32)
      .infer([](const Args &a) -> Inferred { return checkScalar(a, "index") ? Inferred(a["ls"].type().element()) : a.failed(); })
      .evaluate(evaluateListRead, listOf("ls"), integerOf("index"));

  op("list_write", iOS15)
      .summary("the list with the element at index replaced by value; a dynamic list grows if necessary")
      .in("ls", aList)
      .in("index", int32)
      .in("value", T)
      .where(T, {fp16, fp32, boolean, int32})
      .infer(inferListWrite)
      .evaluate(evaluateListWrite, listOf("ls"), integerOf("index"), tensorOf("value"));

  op("list_gather", iOS15)
      .summary("the elements at indices, stacked along a new first dimension")
      .in("ls", aList)
      .in("indices", int32)
      .infer(inferListGather)
      .evaluate(evaluateListGather, listOf("ls"), tensorOf("indices"));

  op("list_scatter", iOS15)
      .summary("the list with the elements at indices replaced by the slices of value along its first dimension")
      .in("ls", aList)
      .in("indices", int32)
      .in("value", T)
      .where(T, {fp16, fp32, boolean, int32})
      .infer(inferListScatter)
      .evaluate(evaluateListScatter, listOf("ls"), tensorOf("indices"), tensorOf("value"));
}

} // namespace mil
