// Ops that put tensors together, take them apart, repeat them, or put something around them.

#include "Definition.h"
#include "Families.h"
#include "mil/Ops/DiagnosticKinds.h"

namespace mil {

// ---- concat, stack ----------------------------------------------------------

/// Checks that there are values, all of one element type and one rank.
static bool checkAlike(const Args &a) {
  Arg values = a["values"];
  if (values.size() == 0)
    a.fail(diag::ArgumentCount, "values", "one value or more", 0);
  for (size_t i = 1; i < values.size(); ++i) {
    if (values[i].dtype() != values[0].dtype())
      a.fail(diag::DTypesDiffer, "values", name(values[0].dtype()).str() + ", the element type of the first", name(values[i].dtype()));
    else if (values[i].rank() != values[0].rank())
      a.fail(diag::ArgumentRank, "values", "rank " + std::to_string(values[0].rank()) + ", that of the first",
             "rank " + std::to_string(values[i].rank()));
    else
      continue;
    return false;
  }
  return values.size() != 0;
}

/// The shape of all values, but for the sizes along `axis`, if any: those of the first there. nullopt after a complaint.
static std::optional<Dims> commonDims(const Args &a, std::optional<int64_t> axis) {
  Arg values = a["values"];
  Dims dims(values[0].dims());
  for (size_t i = 1; i < values.size(); ++i)
    for (size_t d = 0; d < dims.size(); ++d) {
      if (axis == int64_t(d))
        continue;
      if (!shapes::compatible(dims[d], values[i].dim(int(d))))
        return a.fail(diag::ArgumentShape, "values",
                      printDims(dims) + ", the shape of those before" + (axis ? ", but for dimension " + std::to_string(*axis) : ""),
                      printDims(values[i].dims()));
      dims[d] = shapes::merge(dims[d], values[i].dim(int(d)));
    }
  return dims;
}

/// Scalars make a vector.
static Inferred inferConcat(const Args &a) {
  if (!checkAlike(a))
    return a.failed();
  Arg values = a["values"];
  std::optional<int64_t> axis = a.axis("axis", std::max<size_t>(1, values[0].rank()));
  if (!axis)
    return a.failedOn("axis");
  if (values[0].rank() == 0)
    return a.tensor(values[0].dtype(), {int64_t(values.size())});
  std::optional<Dims> dims = commonDims(a, a.flag("interleave") ? std::nullopt : axis);
  if (!dims)
    return a.failed();
  int64_t total = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    std::optional<int64_t> sum = shapes::add(total, values[i].dim(int(*axis)));
    if (!sum)
      return a.failOverflow();
    total = *sum;
  }
  (*dims)[size_t(*axis)] = total;
  return a.tensor(values[0].dtype(), *dims);
}

static Folded foldConcat(const Args &a, int64_t axis) {
  Arg values = a["values"];
  Dims dims(a.resultType().dims()), strides = rowMajorStrides(dims);
  Tensor result(a.resultDType(), dims);
  // Interleaved, each value takes every n-th place along the axis.
  int64_t stride = strides[size_t(axis)], offset = 0;
  if (a.flag("interleave"))
    strides[size_t(axis)] *= int64_t(values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    std::optional<Tensor> value = a.tensor(values[i]);
    if (!value)
      return {};
    bool isScalar = value->rank() == 0;
    int64_t size = isScalar ? 1 : value->dim(int(axis));
    placeStrided(result, offset, strides, isScalar ? std::move(*value).withDims({1}) : std::move(*value));
    offset += stride * (a.flag("interleave") ? 1 : size);
  }
  return result;
}

static Inferred inferStack(const Args &a) {
  if (!checkAlike(a))
    return a.failed();
  Arg values = a["values"];
  std::optional<int64_t> axis = a.axis("axis", values[0].rank() + 1);
  if (!axis)
    return a.failedOn("axis");
  std::optional<Dims> dims = commonDims(a, std::nullopt);
  if (!dims)
    return a.failed();
  dims->insert(dims->begin() + *axis, int64_t(values.size()));
  return a.tensor(values[0].dtype(), *dims);
}

static Folded foldStack(const Args &a, int64_t axis) {
  Arg values = a["values"];
  Dims strides = rowMajorStrides(a.resultType().dims());
  Tensor result(a.resultDType(), a.resultType().dims());
  int64_t stride = strides[size_t(axis)];
  strides.erase(strides.begin() + axis);
  for (size_t i = 0; i < values.size(); ++i) {
    std::optional<Tensor> value = a.tensor(values[i]);
    if (!value)
      return {};
    placeStrided(result, int64_t(i) * stride, strides, *value);
  }
  return result;
}

// ---- split ------------------------------------------------------------------

/// No real program has nearly as many results.
static constexpr int64_t maxSplits = 1 << 16;

/// The sizes of the parts that split_sizes names; nullopt after complaining that they don't make up `size`.
static std::optional<Dims> checkedSizes(const Args &a, Dims sizes, int64_t size) {
  std::optional<int64_t> count = a.integer("num_splits");
  if (count && *count != int64_t(sizes.size()))
    return a.fail(diag::ArgumentCount, "split_sizes", std::to_string(*count) + " sizes, as num_splits says", sizes.size());
  if (sizes.empty() || llvm::any_of(sizes, [](int64_t part) { return part < 0; }))
    return a.failValue("split_sizes", "one or more sizes that are not negative");
  std::optional<int64_t> total = 0;
  for (size_t i = 0; i < sizes.size() && total; ++i)
    total = shapes::add(*total, sizes[i]);
  if (!total || !shapes::compatible(*total, size))
    return a.failValue("split_sizes", "sizes that add up to " + std::to_string(size));
  return sizes;
}

/// `count` equal parts of `size`; nullopt after a complaint.
static std::optional<Dims> equalSizes(const Args &a, int64_t count, int64_t size) {
  if (count < 1 || count > maxSplits)
    return a.failValue("num_splits", "1 to " + std::to_string(maxSplits));
  if (size != shapes::unknown && size % count != 0)
    return a.failValue("num_splits", "a divisor of " + std::to_string(size) + ", the size of the dimension");
  return Dims(size_t(count), size == shapes::unknown ? size : size / count);
}

static Inferred inferSplit(const Args &a) {
  llvm::ArrayRef<int64_t> x = a["x"].dims();
  std::optional<int64_t> axis = a.axis("axis", x.size());
  if (!axis)
    return a.failedOn("axis");
  if (!a["num_splits"].present() && !a["split_sizes"].present())
    return a.fail(diag::MissingArgument, "num_splits", "a number of parts, unless split_sizes is given", "");
  std::optional<Dims> sizes;
  if (a["split_sizes"].present()) {
    std::optional<Dims> given = a.integers("split_sizes");
    if (!given)
      return a.unknown();
    sizes = checkedSizes(a, *given, x[size_t(*axis)]);
  } else {
    std::optional<int64_t> count = a.integer("num_splits");
    if (!count)
      return a.unknown();
    sizes = equalSizes(a, *count, x[size_t(*axis)]);
  }
  if (!sizes)
    return a.failed();
  llvm::SmallVector<Type, 1> types;
  Dims dims(x);
  for (int64_t size : *sizes) {
    dims[size_t(*axis)] = size;
    types.push_back(a.tensor(a["x"].dtype(), dims));
  }
  return types;
}

static Folded foldSplit(const Args &a, const Tensor &x, int64_t axis) {
  Dims strides = rowMajorStrides(x.dims());
  llvm::SmallVector<Tensor, 1> parts;
  int64_t before = 0;
  for (size_t i = 0; i < a.resultCount(); ++i) {
    llvm::ArrayRef<int64_t> dims = a.resultType(i).dims();
    parts.push_back(strided(x, before * strides[size_t(axis)], strides, dims));
    before += dims[size_t(axis)];
  }
  return parts;
}

// ---- tile, pad --------------------------------------------------------------

static Inferred inferTile(const Args &a) {
  int64_t rank = int64_t(a["x"].rank());
  std::optional<int64_t> count = vectorLength(a, "reps");
  if (!count)
    return a.failed();
  if (!shapes::compatible(*count, rank))
    return a.failShape("reps", "[" + std::to_string(rank) + "], one for each dimension of x");
  std::optional<Dims> reps = a.integers("reps");
  Dims dims(a["x"].dims());
  for (size_t i = 0; i < dims.size(); ++i) {
    if (reps && (*reps)[i] < 1)
      return a.failValue("reps", "1 or more in each dimension");
    std::optional<int64_t> size = !reps ? shapes::unknown : shapes::multiply(dims[i], (*reps)[i]);
    if (!size)
      return a.failOverflow();
    dims[i] = *size;
  }
  return a.tensor(a["x"].dtype(), dims);
}

/// Each dimension d becomes [rep, d], the first of which repeats the same elements.
static Folded foldTile(const Args &a, const Tensor &x, const Dims &reps) {
  Dims own = rowMajorStrides(x.dims()), dims, strides;
  for (size_t i = 0; i < x.rank(); ++i) {
    dims.append({reps[i], x.dims()[i]});
    strides.append({0, own[i]});
  }
  return strided(x, 0, strides, dims).withDims(a.resultType().dims());
}

/// The sizes before and after each of the last dimensions; nullopt after a complaint.
static std::optional<Dims> checkedPads(const Args &a, Dims pads) {
  llvm::ArrayRef<int64_t> x = a["x"].dims();
  if (pads.size() % 2 != 0 || pads.size() > 2 * x.size())
    return a.fail(diag::ArgumentCount, "pad", "a pair for each of at most " + std::to_string(x.size()) + " dimensions", pads.size());
  bool constantMode = a.string("mode") == "constant";
  llvm::ArrayRef<int64_t> padded = x.take_back(pads.size() / 2);
  for (size_t i = 0; i < pads.size(); ++i) {
    if (pads[i] < 0)
      return a.failValue("pad", "sizes that are not negative");
    if (!constantMode && padded[i / 2] == 0 && pads[i] > 0)
      return a.failValue("pad", "no padding where x has no element to repeat");
  }
  return pads;
}

static Inferred inferPad(const Args &a) {
  int64_t rank = int64_t(a["x"].rank());
  std::optional<int64_t> count = vectorLength(a, "pad");
  if (!count)
    return a.failed();
  std::optional<Dims> pads = a.integers("pad");
  if (!pads && !shapes::compatible(*count, 2 * rank))
    return a.failShape("pad", "[" + std::to_string(2 * rank) + "], a pair for each dimension of x, where it isn't constant");
  if (!pads)
    return a.tensor(a["x"].dtype(), Dims(size_t(rank), shapes::unknown));
  pads = checkedPads(a, *pads);
  if (!pads)
    return a.failed();
  Dims dims(a["x"].dims());
  size_t first = dims.size() - pads->size() / 2;
  for (size_t i = first; i < dims.size(); ++i) {
    std::optional<int64_t> size = shapes::add(dims[i], (*pads)[2 * (i - first)] + (*pads)[2 * (i - first) + 1]);
    if (!size)
      return a.failOverflow();
    dims[i] = *size;
  }
  return a.tensor(a["x"].dtype(), dims);
}

static Tensor paddedByConstant(const Tensor &x, llvm::ArrayRef<int64_t> pads, double value, llvm::ArrayRef<int64_t> dims) {
  Tensor result = expandTo(Tensor::scalar(x.dtype(), value), dims);
  Dims strides = rowMajorStrides(dims);
  size_t first = dims.size() - pads.size() / 2;
  int64_t offset = 0;
  for (size_t i = first; i < dims.size(); ++i)
    offset += pads[2 * (i - first)] * strides[i];
  placeStrided(result, offset, strides, x);
  return result;
}

/// The element of `size` that a place before or after them takes. Reflection goes back and forth as often as it must.
static int64_t repeated(int64_t place, int64_t size, bool reflect) {
  if (!reflect || size == 1)
    return std::clamp<int64_t>(place, 0, size - 1);
  int64_t period = 2 * (size - 1), at = (place % period + period) % period;
  return at < size ? at : period - at;
}

/// Dimension by dimension: each place takes an element that is there.
static Tensor paddedByItself(Tensor x, llvm::ArrayRef<int64_t> pads, bool reflect) {
  size_t first = x.rank() - pads.size() / 2;
  for (size_t i = first; i < x.rank(); ++i) {
    int64_t before = pads[2 * (i - first)], after = pads[2 * (i - first) + 1], size = x.dims()[i];
    if (before + after == 0)
      continue;
    std::vector<int64_t> from(size_t(before + size + after));
    for (size_t k = 0; k < from.size(); ++k)
      from[k] = repeated(int64_t(k) - before, size, reflect);
    x = take(x, i, from);
  }
  return x;
}

static Folded foldPad(const Args &a, Tensor x, const Dims &pads, llvm::StringRef mode, double value) {
  if (mode == "constant")
    return paddedByConstant(x, pads, value, a.resultType().dims());
  // Without elements nothing is copied, although other sizes may be very large.
  if (a.resultType().elementCount() == 0)
    return Tensor(x.dtype(), a.resultType().dims());
  return paddedByItself(std::move(x), pads, mode == "reflect");
}

// ---- Definitions ------------------------------------------------------------

void ops::defineJoining(Catalogue &catalogue) {
  OpFamily op(catalogue, "tensor_operation");

  op("concat", iOS15)
      .summary("values joined along axis; with interleave, the first slices of all values, then the second ones, …")
      .in("values", anyTensor, variadic)
      .in("axis", int32, constant, scalar)
      .in("interleave", boolean, constant, dflt(false))
      .infer(inferConcat)
      .fold(foldConcat, axisOfResult("axis"));

  op("stack", iOS15)
      .summary("values joined along a new dimension axis")
      .in("values", anyTensor, variadic)
      .in("axis", int32, constant, scalar)
      .infer(inferStack)
      .fold(foldStack, axisOfResult("axis"));

  op("split", iOS15)
      .summary("x divided along axis into num_splits equal parts, or into parts of split_sizes")
      .in("x", T)
      .in("num_splits", int32, constant, optional, scalar)
      .in("split_sizes", int32, constant, optional)
      .in("axis", int32, constant, scalar)
      .where(T, {fp16, fp32, int32, boolean})
      .resultsVary("the parts")
      .infer(inferSplit)
      .fold(foldSplit, tensorOf("x"), axisOf("axis", "x"));

  op("tile", iOS15)
      .summary("x repeated reps times in each dimension")
      .in("x", T)
      .in("reps", int32)
      .where(T, {fp16, fp32, int32, boolean})
      .infer(inferTile)
      .fold(foldTile, tensorOf("x"), integersOf("reps"));

  op("pad", iOS15)
      .summary("x padded before and after in its last dimensions with constant_val, with x mirrored without its edge, or with its edge")
      .in("x", T)
      .in("pad", int32)
      .in("mode", string, constant, dflt("constant"), oneOf("constant", "reflect", "replicate"))
      .in("constant_val", T, constant, dflt(0.0))
      .where(T, {fp16, fp32})
      .infer(inferPad)
      .fold(foldPad, tensorOf("x"), integersOf("pad"), stringOf("mode"), numberOf("constant_val"));
}

} // namespace mil
