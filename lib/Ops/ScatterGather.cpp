// Reading and writing elements at indices.
//
// A negative index counts from the end in iOS15 and iOS16. From iOS17 on it is out of bounds, like one beyond the end: what is then read
// or written is not defined, so such calls don't fold.

#include "Definition.h"
#include "Families.h"
#include "mil/Ops/DiagnosticKinds.h"
#include "mil/Tensor/Scatter.h"
#include "llvm/ADT/StringSwitch.h"

namespace mil {

/// The argument batch_dims; 0 in versions without it.
static std::optional<int64_t> batchDimsOf(const Args &a) { return a.version().parameter("batch_dims") ? a.integer("batch_dims") : 0; }

/// The indices counted from 0; nullopt after an error if one is out of range for a dimension of `size`.
static std::optional<std::vector<int64_t>> indicesInto(const Args &a, const Tensor &indices, int64_t size, bool wraps = false) {
  std::vector<int64_t> values(size_t(indices.count()));
  indices.read(0, llvm::MutableArrayRef(values));
  for (int64_t &index : values) {
    int64_t given = index;
    if (index < 0 && (wraps || a.opset() < iOS17))
      index += size;
    if (index < 0 || index >= size)
      return a.fail(diag::IndexOutOfRange, "indices", "an index into a dimension of " + std::to_string(size), given);
  }
  return values;
}

/// The concatenation of some shapes.
static Dims joined(std::initializer_list<llvm::ArrayRef<int64_t>> parts) {
  Dims dims;
  for (llvm::ArrayRef<int64_t> part : parts)
    dims.append(part.begin(), part.end());
  return dims;
}

/// The number of leading dimensions that x and indices share, less than either rank allows; complains otherwise.
static std::optional<size_t> checkedBatchDims(const Args &a, size_t limit) {
  std::optional<int64_t> count = batchDimsOf(a);
  if (!count)
    return std::nullopt;
  if (*count < 0 || size_t(*count) > limit)
    return a.failValue("batch_dims", "0 to " + std::to_string(limit) + " batch dimensions");
  for (size_t i = 0; i < size_t(*count); ++i)
    if (!shapes::compatible(a["x"].dims()[i], a["indices"].dims()[i]))
      return a.failShape("indices", "the batch dimensions of x, " + printDims(a["x"].dims().take_front(size_t(*count))));
  return size_t(*count);
}

// ---- Gathers ----------------------------------------------------------------

static Inferred inferGather(const Args &a) {
  llvm::ArrayRef<int64_t> x = a["x"].dims(), indices = a["indices"].dims();
  std::optional<int64_t> axis = a.axis("axis", x.size());
  if (!axis)
    return a.failedOn("axis");
  std::optional<size_t> batch = checkedBatchDims(a, std::min(x.size() - 1, indices.size()));
  if (!batch)
    return a.version().parameter("batch_dims") ? a.failedOn("batch_dims") : Inferred(a.failed());
  return a.tensor(a["x"].dtype(), joined({x.take_front(size_t(*axis)), indices.drop_front(*batch), x.drop_front(size_t(*axis) + 1)}));
}

static Folded foldGather(const Args &a, const Tensor &x, const Tensor &indices, int64_t axis, int64_t batch) {
  // More batch dimensions than before the axis: a type can be inferred, but the values aren't defined.
  if (batch > axis)
    return {};
  std::optional<std::vector<int64_t>> at = indicesInto(a, indices, x.dim(int(axis)));
  return at ? Folded(gather(x, *at, size_t(axis), size_t(batch), a.resultType().dims())) : Folded();
}

/// Checks that two arguments have the same rank, and the same sizes in all dimensions but `axis`.
static bool checkSameBut(const Args &a, llvm::StringRef first, llvm::StringRef second, size_t axis) {
  llvm::ArrayRef<int64_t> one = a[first].dims(), other = a[second].dims();
  for (size_t i = 0; i < one.size(); ++i)
    if (i != axis && !shapes::compatible(one[i], other[i])) {
      a.failShape(second, "the shape of " + first.str() + ", " + printDims(one) + ", but for dimension " + std::to_string(axis));
      return false;
    }
  return true;
}

static Inferred inferGatherAlongAxis(const Args &a) {
  llvm::ArrayRef<int64_t> x = a["x"].dims();
  std::optional<int64_t> axis = a.axis("axis", x.size());
  if (!axis)
    return a.failedOn("axis");
  if (a["indices"].rank() != x.size())
    return a.failRank("indices", std::to_string(x.size()) + ", as x");
  if (!checkSameBut(a, "x", "indices", size_t(*axis)))
    return a.failed();
  Dims dims(a["indices"].dims());
  for (size_t i = 0; i < dims.size(); ++i)
    if (int64_t(i) != *axis)
      dims[i] = shapes::merge(dims[i], x[i]);
  return a.tensor(a["x"].dtype(), dims);
}

static Folded foldGatherAlongAxis(const Args &a, const Tensor &x, const Tensor &indices, int64_t axis) {
  std::optional<std::vector<int64_t>> at = indicesInto(a, indices, x.dim(int(axis)));
  return at ? Folded(gatherAlong(x, *at, size_t(axis), indices.dims())) : Folded();
}

static Inferred inferGatherNd(const Args &a) {
  llvm::ArrayRef<int64_t> x = a["x"].dims(), indices = a["indices"].dims();
  if (indices.empty())
    return a.failRank("indices", "1 or more");
  std::optional<size_t> batch = checkedBatchDims(a, std::min(x.size(), indices.size() - 1));
  if (!batch)
    return a.version().parameter("batch_dims") ? a.failedOn("batch_dims") : Inferred(a.failed());
  int64_t depth = indices.back();
  if (depth == shapes::unknown)
    return a.unknown(); // the rank isn't known either
  if (depth < 0 || size_t(depth) > x.size() - *batch)
    return a.failShape("indices", "a last dimension of at most " + std::to_string(x.size() - *batch) + ", the rank of what is indexed");
  return a.tensor(a["x"].dtype(), joined({indices.drop_back(), x.drop_front(*batch + size_t(depth))}));
}

/// The numbers of the slices, one a row of `indices` and each of all dimensions behind the ones indexed, that the rows choose of a tensor
/// of shape `dims`. nullopt after an error if an index is out of range.
static std::optional<std::vector<int64_t>> slicesAt(const Args &a, const Tensor &indices, llvm::ArrayRef<int64_t> dims) {
  size_t depth = size_t(indices.dim(-1));
  std::vector<int64_t> slices(depth ? size_t(indices.count()) / depth : size_t(*shapes::product(indices.dims().drop_back())));
  std::vector<int64_t> all(size_t(indices.count()));
  indices.read(0, llvm::MutableArrayRef(all));
  for (size_t row = 0; row < slices.size(); ++row)
    for (size_t i = 0; i < depth; ++i) {
      int64_t given = all[row * depth + i], index = given;
      if (index < 0 && a.opset() < iOS17)
        index += dims[i];
      if (index < 0 || index >= dims[i])
        return a.fail(diag::IndexOutOfRange, "indices", "an index into a dimension of " + std::to_string(dims[i]), given);
      slices[row] = slices[row] * dims[i] + index;
    }
  return slices;
}

/// Every batch is read at its own rows: as if the batch's number were the first index.
static Folded evaluateGatherNd(const Args &a, const Tensor &x, const Tensor &indices, int64_t batch) {
  llvm::ArrayRef<int64_t> rest = x.dims().drop_front(size_t(batch));
  size_t depth = size_t(indices.dim(-1));
  std::optional<std::vector<int64_t>> slices = slicesAt(a, indices, rest);
  if (!slices)
    return {};
  int64_t batches = *shapes::product(x.dims().take_front(size_t(batch))), each = *shapes::product(rest.take_front(depth)),
          size = *shapes::product(rest.drop_front(depth));
  size_t batchSlices = slices->empty() ? 1 : slices->size() / size_t(batches);
  for (size_t i = 0; i < slices->size(); i += batchSlices)
    for (size_t k = 0; k < batchSlices; ++k)
      (*slices)[i + k] += int64_t(i / batchSlices) * each;
  Tensor flat = x.withDims({batches * each, size});
  return gather(flat, *slices, 0, 0, {int64_t(slices->size()), size}).withDims(a.resultType().dims());
}

// ---- Scatters ---------------------------------------------------------------

/// data, if the updates have the shape `expected`.
static Inferred dataUpdatedBy(const Args &a, llvm::ArrayRef<int64_t> expected) {
  if (!shapes::compatible(a["updates"].dims(), expected))
    return a.failShape("updates", printDims(expected));
  return a["data"].type();
}

static Inferred inferScatter(const Args &a) {
  llvm::ArrayRef<int64_t> data = a["data"].dims();
  std::optional<int64_t> axis = a.axis("axis", data.size());
  if (!axis)
    return a.failedOn("axis");
  return dataUpdatedBy(a, joined({data.take_front(size_t(*axis)), a["indices"].dims(), data.drop_front(size_t(*axis) + 1)}));
}

static Inferred inferScatterNd(const Args &a) {
  llvm::ArrayRef<int64_t> data = a["data"].dims(), indices = a["indices"].dims();
  if (indices.empty())
    return a.failRank("indices", "1 or more");
  int64_t depth = indices.back();
  if (depth == shapes::unknown)
    return a["data"].type();
  if (size_t(depth) > data.size())
    return a.failShape("indices", "a last dimension of at most " + std::to_string(data.size()) + ", the rank of data");
  return dataUpdatedBy(a, joined({indices.drop_back(), data.drop_front(size_t(depth))}));
}

static Inferred inferScatterAlongAxis(const Args &a) {
  std::optional<int64_t> axis = a.axis("axis", a["data"].rank());
  if (!axis)
    return a.failedOn("axis");
  if (a["indices"].rank() != a["data"].rank())
    return a.failRank("indices", std::to_string(a["data"].rank()) + ", as data");
  if (!checkSameBut(a, "data", "indices", size_t(*axis)))
    return a.failed();
  return dataUpdatedBy(a, a["indices"].dims());
}

static ScatterMode scatterMode(llvm::StringRef name) {
  return llvm::StringSwitch<ScatterMode>(name)
      .Case("add", ScatterMode::Add)
      .Case("sub", ScatterMode::Sub)
      .Case("mul", ScatterMode::Mul)
      .Case("div", ScatterMode::Div)
      .Case("max", ScatterMode::Max)
      .Case("min", ScatterMode::Min)
      .Default(ScatterMode::Update);
}

static bool hasIntegerZero(const Tensor &x) {
  if (x.isFloat())
    return false;
  std::vector<int64_t> values(size_t(x.count()));
  x.read(0, llvm::MutableArrayRef(values));
  return llvm::is_contained(values, 0);
}

static Folded foldScatterAlongAxis(const Args &a, Tensor data, const Tensor &indices, const Tensor &updates, int64_t axis,
                                   llvm::StringRef name) {
  ScatterMode mode = scatterMode(name);
  std::optional<std::vector<int64_t>> at = indicesInto(a, indices, data.dim(int(axis)));
  if (!at || (mode == ScatterMode::Div && hasIntegerZero(updates)))
    return {};
  return scatterAlong(std::move(data), *at, updates, size_t(axis), mode);
}

/// data with its slices, of all dimensions behind the first `outer` ones, changed at the numbers `slices`.
static Folded scatterSlices(const Args &a, Tensor data, llvm::ArrayRef<int64_t> slices, int64_t count, const Tensor &updates) {
  std::optional<llvm::StringRef> name = a.string("mode");
  if (!name)
    return {};
  ScatterMode mode = scatterMode(*name);
  if (mode == ScatterMode::Div && hasIntegerZero(updates))
    return a.fail(diag::ArgumentValue, "updates", "elements to divide by other than 0", "0");
  Dims dims(data.dims());
  if (data.count() == 0 || updates.count() == 0)
    return data;
  int64_t length = data.count() / count;
  return mil::scatterSlices(std::move(data).withDims({count, length}), slices, updates, mode).withDims(dims);
}

static Folded evaluateScatterNd(const Args &a, Tensor data, const Tensor &indices, const Tensor &updates) {
  std::optional<std::vector<int64_t>> slices = slicesAt(a, indices, data.dims());
  int64_t count = *shapes::product(data.dims().take_front(size_t(indices.dim(-1))));
  return slices ? scatterSlices(a, std::move(data), *slices, count, updates) : Folded();
}

/// The axis is moved to the front, and in the updates the dimensions of the indices, which replace it there.
static Folded evaluateScatter(const Args &a, const Tensor &data, const Tensor &indices, const Tensor &updates, int64_t axis) {
  std::optional<std::vector<int64_t>> at = indicesInto(a, indices, data.dim(int(axis)), true);
  if (!at)
    return {};
  Dims first{axis}, back(data.rank()), updatesFirst;
  for (int64_t i = 0; i < int64_t(data.rank()); ++i)
    if (i != axis)
      first.push_back(i);
  for (size_t i = 0; i < first.size(); ++i)
    back[size_t(first[i])] = int64_t(i);
  int64_t spread = int64_t(indices.rank());
  for (int64_t i = 0; i < spread; ++i)
    updatesFirst.push_back(axis + i);
  for (int64_t i = 0; i < int64_t(updates.rank()); ++i)
    if (i < axis || i >= axis + spread)
      updatesFirst.push_back(i);
  Folded changed = scatterSlices(a, permute(data, first), *at, data.dim(int(axis)), permute(updates, updatesFirst));
  return changed ? Folded(permute(*changed.values[0].tensor(), back)) : Folded();
}

// ---- Definitions ------------------------------------------------------------

static void defineGathers(OpFamily &op) {
  op("gather", iOS15)
      .summary("the slices of x along axis at indices; the first batch_dims dimensions are shared by both")
      .in("x", T)
      .in("indices", int32)
      .in("axis", int32, constant, dflt(0))
      .where(T, {fp16, fp32, int32})
      .infer(inferGather)
      .fold(foldGather, tensorOf("x"), tensorOf("indices"), axisOf("axis", "x"), batchDimsOf)
      .movesElements()
      .from(iOS16)
      .in("indices", I)
      .in("batch_dims", int32, constant, dflt(0))
      .where(I, {int32, uint16, int16})
      .from(iOS17)
      .in("validate_indices", boolean, constant, dflt(false))
      .where(T, {fp16, fp32, int32, int16, uint16, int8, uint8})
      .where(I, {int32, int16, uint16, int8, uint8});

  op("gather_along_axis", iOS15)
      .summary("for every element of indices, the element of x at the same position, with the position along axis replaced by the index")
      .in("x", T)
      .in("indices", int32)
      .in("axis", int32, constant, dflt(0))
      .where(T, {fp16, fp32, int32})
      .infer(inferGatherAlongAxis)
      .fold(foldGatherAlongAxis, tensorOf("x"), tensorOf("indices"), axisOf("axis", "x"))
      .from(iOS16)
      .in("indices", I)
      .where(I, {int32, uint16, int16})
      .from(iOS17)
      .in("validate_indices", boolean, constant, dflt(false))
      .where(T, {fp16, fp32, int32, int16, uint16, int8, uint8})
      .where(I, {int32, int16, uint16, int8, uint8});

  op("gather_nd", iOS15)
      .summary("the slices of x at the positions given by the last dimension of indices")
      .in("x", T)
      .in("indices", int32)
      .where(T, {fp16, fp32, int32})
      .infer(inferGatherNd)
      .evaluate(evaluateGatherNd, tensorOf("x"), tensorOf("indices"), batchDimsOf)
      .movesElements()
      .from(iOS16)
      .in("indices", I)
      .in("batch_dims", int32, constant, dflt(0))
      .where(I, {int32, uint16, int16})
      .from(iOS17)
      .in("validate_indices", boolean, constant, dflt(false))
      .where(T, {fp16, fp32, int32, int16, uint16, int8, uint8})
      .where(I, {int32, int16, uint16, int8, uint8});
}

static void defineScatters(OpFamily &op) {
  auto mode = oneOf("add", "sub", "mul", "div", "max", "min", "update");

  op("scatter", iOS15)
      .summary("data with its slices along axis at indices combined with updates by mode")
      .in("data", T)
      .in("indices", int32)
      .in("updates", T)
      .in("axis", int32, constant, dflt(0))
      .in("mode", string, constant, dflt("add"), mode)
      .where(T, {fp16, fp32, int32})
      .infer(inferScatter)
      .evaluate(evaluateScatter, tensorOf("data"), tensorOf("indices"), tensorOf("updates"), axisOf("axis", "data"))
      .from(iOS17)
      .in("validate_indices", boolean, constant, dflt(false));

  op("scatter_nd", iOS15)
      .summary("data with the slices at the positions given by the last dimension of indices combined with updates by mode")
      .in("data", T)
      .in("indices", int32)
      .in("updates", T)
      .in("mode", string, constant, dflt("add"), mode)
      .where(T, {fp16, fp32, int32})
      .infer(inferScatterNd)
      .evaluate(evaluateScatterNd, tensorOf("data"), tensorOf("indices"), tensorOf("updates"))
      .from(iOS17)
      .in("validate_indices", boolean, constant, dflt(false));

  op("scatter_along_axis", iOS15)
      .summary("data, where for every index the element at the same position, with the position along axis replaced by the index, is "
               "combined with the update by mode")
      .in("data", T)
      .in("indices", int32)
      .in("updates", T)
      .in("axis", int32, constant, dflt(0))
      .in("mode", string, constant, dflt("add"), mode)
      .where(T, {fp16, fp32, int32})
      .infer(inferScatterAlongAxis)
      .fold(foldScatterAlongAxis, tensorOf("data"), tensorOf("indices"), tensorOf("updates"), axisOf("axis", "data"), stringOf("mode"))
      .from(iOS17)
      .in("validate_indices", boolean, constant, dflt(false));
}

void ops::defineScatterGather(Catalogue &catalogue) {
  OpFamily op(catalogue, "scatter_gather");
  defineGathers(op);
  defineScatters(op);
}

} // namespace mil
