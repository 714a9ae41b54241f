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
    std::optional<int64_t> size = shape[i].constant() ? shape[i].constant()->asInt() : std::nullopt;
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
  a.fail(diag::ArgumentShape, "value", element.str(), value.str());
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

void ops::defineLists(Catalogue &catalogue) {
  OpFamily op(catalogue, "control_flow");

  op("make_list", iOS15)
      .says("a list of init_length elements of a shape; sizes that are not known are given as names")
      .in("init_length", int32, dflt(1))
      .in("dynamic_length", boolean, constant, dflt(true))
      .in("elem_shape", anyTensor, variadic)
      .in("dtype", string, constant, dflt("fp32"))
      .infer(inferMakeList);

  op("list_length", iOS15)
      .says("the number of elements of a list")
      .in("ls", aList)
      .infer([](const Args &a) -> Inferred { return a.scalar(DType::Int32); })
      .foldWithoutValues([](const Args &a) -> Folded {
        int64_t length = a["ls"].type().length();
        // A list that was made to grow carries the length that it began with: only its maker knows.
        const Value *list = a["ls"].value();
        const Operation *maker = list ? list->definingOp() : nullptr;
        if (length < 0 || !maker || !maker->is("make_list"))
          return {};
        const Literal *dynamic = maker->constant("dynamic_length");
        if (!dynamic || dynamic->asBool().value_or(true))
          return {};
        return Tensor::scalar(DType::Int32, double(length));
      });

  op("list_read", iOS15).says("the element at index").in("ls", aList).in("index", int32).infer([](const Args &a) -> Inferred {
    return checkScalar(a, "index") ? Inferred(a["ls"].type().element()) : a.failed();
  });

  op("list_write", iOS15)
      .says("the list with value at index; one that may grow does so as needed")
      .in("ls", aList)
      .in("index", int32)
      .in("value", T)
      .where(T, {fp16, fp32, boolean, int32})
      .infer(inferListWrite);

  op("list_gather", iOS15)
      .says("the elements at indices, stacked along a new first dimension")
      .in("ls", aList)
      .in("indices", int32)
      .infer(inferListGather);

  op("list_scatter", iOS15)
      .says("the list with the slices of value along its first dimension at indices")
      .in("ls", aList)
      .in("indices", int32)
      .in("value", T)
      .where(T, {fp16, fp32, boolean, int32})
      .infer(inferListScatter);
}

} // namespace mil
