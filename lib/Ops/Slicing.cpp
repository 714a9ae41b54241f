// Parts of a tensor: cut out, replaced, and moved over.

#include "Definition.h"
#include "Families.h"
#include "mil/Ops/DiagnosticKinds.h"

namespace mil {

// ---- By begin, end and stride -----------------------------------------------

/// A slice as begin, end, stride and the masks describe it.
struct Region {
  Dims dims;                      ///< the sizes of the slice, of the dimensions that are kept
  llvm::SmallVector<size_t> kept; ///< those dimensions
  Dims first, step;               ///< where it begins and how it goes on, in every dimension of x
  bool foldable = true;           ///< its number of elements is known to be that of `dims`
};

/// Checks that each given argument is a vector with an element for each dimension of x.
static bool checkLengths(const Args &a, llvm::ArrayRef<llvm::StringRef> parameters) {
  int64_t rank = int64_t(a["x"].rank());
  for (llvm::StringRef parameter : parameters) {
    if (!a[parameter].present())
      continue;
    std::optional<int64_t> length = vectorLength(a, parameter);
    if (length && !shapes::compatible(*length, rank))
      a.failShape(parameter, "[" + std::to_string(rank) + "], one for each dimension of x");
    if (!length || !shapes::compatible(*length, rank))
      return false;
  }
  return true;
}

/// The one element of dimension `i` that is taken where the dimension is squeezed; false when it isn't there.
static bool addSqueezed(const Args &a, size_t i, const shapes::Slice &slice, Region &region) {
  int64_t size = a["x"].dim(int(i));
  std::optional<int64_t> index = slice.beginMask ? 0 : slice.begin;
  bool known = index && size != shapes::unknown;
  if (known && !shapes::normalizeAxis(*index, size_t(size))) {
    a.fail(diag::ArgumentValue, "begin", "an index into dimension " + std::to_string(i) + ", which has size " + std::to_string(size),
           *index);
    return false;
  }
  region.foldable &= known;
  region.first.push_back(known ? *shapes::normalizeAxis(*index, size_t(size)) : 0);
  region.step.push_back(1);
  return true;
}

/// The elements of dimension `i` that a slice takes; false when the slice isn't one.
static bool addKept(const Args &a, size_t i, const shapes::Slice &slice, Region &region) {
  std::optional<shapes::SliceResult> result = shapes::slice(a["x"].dim(int(i)), slice);
  if (!result) {
    a.fail(diag::ArgumentValue, "end", "no end before the begin of dimension " + std::to_string(i) + ", " + std::to_string(*slice.begin),
           *slice.end);
    return false;
  }
  region.dims.push_back(result->size);
  region.kept.push_back(i);
  region.first.push_back(result->first);
  region.step.push_back(slice.stride);
  region.foldable &= result->foldable;
  return true;
}

/// nullopt after a complaint.
static std::optional<Region> regionOf(const Args &a) {
  if (!checkLengths(a, {"begin", "end", "stride", "begin_mask", "end_mask", "squeeze_mask"}))
    return a.failed();
  std::optional<Dims> begin = a.integers("begin"), end = a.integers("end"), stride = a.integers("stride");
  llvm::SmallVector<bool, 6> beginMask = a.flags("begin_mask"), endMask = a.flags("end_mask"), squeezed = a.flags("squeeze_mask");
  if (stride && llvm::is_contained(*stride, 0))
    return a.failValue("stride", "strides other than 0");
  Region region;
  for (size_t i = 0; i < a["x"].rank(); ++i) {
    shapes::Slice slice;
    if (begin)
      slice.begin = (*begin)[i];
    if (end)
      slice.end = (*end)[i];
    if (stride)
      slice.stride = (*stride)[i];
    slice.beginMask = i < beginMask.size() && beginMask[i];
    slice.endMask = i < endMask.size() && endMask[i];
    if (!(i < squeezed.size() && squeezed[i] ? addSqueezed : addKept)(a, i, slice, region))
      return a.failed();
  }
  return region;
}

/// The first element of a region in x, and the strides from one of its elements to the next.
static int64_t placeOf(const Region &region, llvm::ArrayRef<int64_t> x, Dims &strides) {
  Dims own = rowMajorStrides(x);
  int64_t offset = 0;
  for (size_t i = 0; i < x.size(); ++i)
    offset += region.first[i] * own[i];
  for (size_t i : region.kept)
    strides.push_back(x[i] > 1 ? region.step[i] * own[i] : 0);
  return offset;
}

/// Whether strides and masks are there to look at.
static bool knowsSteps(const Args &a) {
  return llvm::all_of(std::array<llvm::StringRef, 4>{"stride", "begin_mask", "end_mask", "squeeze_mask"},
                      [&](llvm::StringRef parameter) { return !a[parameter].present() || a.integers(parameter); });
}

static Inferred inferSliceByIndex(const Args &a) {
  if (!knowsSteps(a))
    return a.unknown();
  std::optional<Region> region = regionOf(a);
  return region ? Inferred(a.tensor(a["x"].dtype(), region->dims)) : a.failed();
}

static Folded foldSliceByIndex(const Args &, const Tensor &x, const Region &region) {
  if (!region.foldable)
    return {};
  Dims strides;
  int64_t offset = placeOf(region, x.dims(), strides);
  return strided(x, offset, strides, region.dims);
}

static Inferred inferSliceUpdate(const Args &a) {
  if (a["update"].rank() == 0)
    return a.failRank("update", "1 or more");
  if (!knowsSteps(a))
    return a["x"].type();
  std::optional<Region> region = regionOf(a);
  if (!region)
    return a.failed();
  if (!shapes::compatible(a["update"].dims(), region->dims))
    return a.failShape("update", printDims(region->dims) + ", the shape of the slice");
  return a["x"].type();
}

static Folded foldSliceUpdate(const Args &a, Tensor x, const Tensor &update, const Region &region) {
  if (!region.foldable)
    return {};
  if (update.dims() != llvm::ArrayRef<int64_t>(region.dims)) { // begin and end may be known now alone
    a.failShape("update", printDims(region.dims) + ", the shape of the slice");
    return {};
  }
  Dims strides;
  int64_t offset = placeOf(region, x.dims(), strides);
  placeStrided(x, offset, strides, update);
  return x;
}

// ---- By begin and size ------------------------------------------------------

/// The index of the first element of a slice of a dimension: `begin` counted from the front. nullopt if it is out of range.
static std::optional<int64_t> firstOf(int64_t begin, int64_t size) {
  if (size == shapes::unknown)
    return begin < 0 ? shapes::unknown : begin;
  if (begin > size || begin < -size)
    return std::nullopt;
  return begin < 0 ? begin + size : begin;
}

/// The size of a slice of dimension `i`; nullopt after a complaint.
static std::optional<int64_t> sizeBySize(const Args &a, size_t i, std::optional<int64_t> begin, std::optional<int64_t> size) {
  int64_t dim = a["x"].dim(int(i));
  if (size && *size < -1)
    return a.failValue("size", "sizes of 0 or more, or -1 for all that is left");
  std::optional<int64_t> first = begin ? firstOf(*begin, dim) : shapes::unknown;
  std::string dimension = "dimension " + std::to_string(i) + ", which has size " + std::to_string(dim);
  if (!first)
    return a.fail(diag::ArgumentValue, "begin", "an index into " + dimension, *begin);
  bool known = *first != shapes::unknown && dim != shapes::unknown;
  if (!size)
    return shapes::unknown;
  if (*size >= 0 && dim != shapes::unknown && *size > (known ? dim - *first : dim))
    return a.fail(diag::ArgumentValue, "size", "no more than is left of " + dimension, *size);
  if (*size >= 0)
    return size;
  return known ? dim - *first : shapes::unknown;
}

static Inferred inferSliceBySize(const Args &a) {
  if (!checkLengths(a, {"begin", "size"}))
    return a.failed();
  std::optional<Dims> begin = a.integers("begin"), size = a.integers("size");
  Dims dims;
  for (size_t i = 0; i < a["x"].rank(); ++i) {
    auto at = [i](const std::optional<Dims> &values) { return values ? std::optional((*values)[i]) : std::nullopt; };
    std::optional<int64_t> taken = sizeBySize(a, i, at(begin), at(size));
    if (!taken)
      return a.failed();
    dims.push_back(*taken);
  }
  return a.tensor(a["x"].dtype(), dims);
}

static Folded foldSliceBySize(const Args &a, const Tensor &x, const Dims &begin) {
  Dims strides = rowMajorStrides(x.dims());
  int64_t offset = 0;
  for (size_t i = 0; i < x.rank(); ++i)
    offset += *firstOf(begin[i], x.dims()[i]) * strides[i];
  return strided(x, offset, strides, a.resultType().dims());
}

// ---- Windows ----------------------------------------------------------------

static Inferred inferSlidingWindows(const Args &a) {
  llvm::ArrayRef<int64_t> x = a["x"].dims();
  std::optional<int64_t> axis = a.axis("axis", x.size());
  if (!axis)
    return a.failedOn("axis");
  std::optional<int64_t> size = a.integer("size"), stride = a.integer("stride");
  if (size && *size < 1)
    return a.failValue("size", "1 or more");
  if (stride && *stride < 1)
    return a.failValue("stride", "1 or more");
  std::optional<int64_t> count = shapes::unknown;
  if (size && stride) {
    shapes::Window window;
    window.size = *size;
    window.stride = *stride;
    count = shapes::windowPositions(x[size_t(*axis)], window);
  }
  if (!count)
    return a.failValue("size", "at most " + std::to_string(x[size_t(*axis)]) + ", the size of the dimension");
  Dims dims(x);
  dims[size_t(*axis)] = *count;
  dims.insert(dims.begin() + *axis + 1, size.value_or(shapes::unknown));
  return a.tensor(a["x"].dtype(), dims);
}

static Folded evaluateSlidingWindows(const Args &a, const Tensor &x, int64_t axis, int64_t stride) {
  Dims strides = rowMajorStrides(x.dims());
  int64_t step = strides[size_t(axis)];
  strides[size_t(axis)] = step * stride;
  strides.insert(strides.begin() + axis + 1, step);
  return strided(x, 0, strides, a.resultType().dims());
}

// ---- Definitions ------------------------------------------------------------

void ops::defineSlicing(Catalogue &catalogue) {
  OpFamily op(catalogue, "tensor_transformation");

  // A begin or end below 0 counts from the end. Masks: begin and end at the edges; squeeze takes one element and drops the dimension. An
  // end before the begin is an error where both count from the front, not an empty slice.
  op("slice_by_index", iOS15)
      .summary("x[begin:end:stride] in every dimension")
      .in("x", T)
      .in("begin", int32)
      .in("end", int32)
      .in("stride", int32, constant, optional)
      .in("begin_mask", boolean, constant, optional)
      .in("end_mask", boolean, constant, optional)
      .in("squeeze_mask", boolean, constant, optional)
      .where(T, basicTypes)
      .infer(inferSliceByIndex)
      .fold(foldSliceByIndex, tensorOf("x"), regionOf)
      .from(iOS17)
      .in("begin", U)
      .in("end", U)
      .in("stride", U, constant, optional)
      .where(T, typesFromIOS17)
      .where(U, {int8, int16, int32});

  op("slice_update", iOS18)
      .summary("x with the slice of slice_by_index replaced by update")
      .in("x", T)
      .in("update", T)
      .in("begin", U)
      .in("end", U)
      .in("stride", U, constant, optional)
      .in("begin_mask", boolean, constant, optional)
      .in("end_mask", boolean, constant, optional)
      .in("squeeze_mask", boolean, constant, optional)
      .where(T, typesFromIOS17)
      .where(U, {int8, int16, int32})
      .infer(inferSliceUpdate)
      .fold(foldSliceUpdate, tensorOf("x"), tensorOf("update"), regionOf);

  op("slice_by_size", iOS15)
      .summary("size elements of x starting at begin, in every dimension; a size of -1 means up to the end")
      .in("x", T)
      .in("begin", int32)
      .in("size", int32)
      .where(T, basicTypes)
      .infer(inferSliceBySize)
      .fold(foldSliceBySize, tensorOf("x"), integersOf("begin"))
      .from(iOS17)
      .in("begin", U)
      .in("size", U)
      .where(T, typesFromIOS17)
      .where(U, {int8, int16, int32});

  op("sliding_windows", iOS15)
      .summary("windows of size elements with a stride along axis, in a new dimension after it")
      .in("x", T)
      .in("axis", int32, constant, scalar)
      .in("size", int32, constant, scalar)
      .in("stride", int32, constant, dflt(1))
      .where(T, {fp16, fp32, int32})
      .infer(inferSlidingWindows)
      .evaluate(evaluateSlidingWindows, tensorOf("x"), axisOf("axis", "x"), integerOf("stride"))
      .movesElements()
      .from(iOS17)
      .where(T, typesFromIOS17);
}

} // namespace mil
