// Ops that make tensors, or that say something about them.

#include "Definition.h"
#include "Families.h"
#include "mil/Ops/DiagnosticKinds.h"
#include <cmath>

namespace mil {

// ---- band_part, cumsum ------------------------------------------------------

static Inferred inferBandPart(const Args &a) {
  if (a["x"].rank() < 2)
    return a.failRank("x", "2 or more");
  return a["x"].type();
}

static Folded foldBandPart(const Args &, Tensor x, int64_t lower, int64_t upper) {
  int64_t rows = x.dim(-2), columns = x.dim(-1), size = x.elementSize();
  llvm::MutableArrayRef<uint8_t> bytes = x.bytes();
  uint8_t *row = bytes.data();
  for (int64_t i = 0; columns && i < x.count() / columns; ++i, row += columns * size) {
    int64_t m = i % rows;
    int64_t begin = lower < 0 ? 0 : std::clamp<int64_t>(m - lower, 0, columns);
    int64_t end = upper < 0 || upper >= columns ? columns : std::clamp<int64_t>(m + upper + 1, begin, columns);
    std::fill(row, row + begin * size, uint8_t(0));
    std::fill(row + end * size, row + columns * size, uint8_t(0));
  }
  return x;
}

/// Of the negative axes only -1 is allowed.
static std::optional<int64_t> cumsumAxis(const Args &a) {
  if (std::optional<int64_t> axis = a.integer("axis"); axis && *axis < -1)
    return a.fail(diag::AxisOutOfRange, "axis", "-1 or an axis of rank " + std::to_string(a["x"].rank()), *axis);
  return a.axis("axis", a["x"].rank());
}

static Inferred inferCumsum(const Args &a) { return cumsumAxis(a) ? Inferred(a["x"].type()) : a.failedOn("axis"); }

/// Integers wrap around.
static double plus(double x, double y) { return x + y; }
static int64_t plus(int64_t x, int64_t y) { return int64_t(uint64_t(x) + uint64_t(y)); }

static Folded foldCumsum(const Args &a, const Tensor &x, int64_t axis) {
  bool exclusive = a.flag("exclusive"), reverse = a.flag("reverse");
  return mapRows(x, axis, x.dtype(), [&](auto row) {
    auto sum = decltype(row[0] + row[0])(0);
    for (size_t i = 0; i < row.size(); ++i) {
      auto &element = row[reverse ? row.size() - 1 - i : i];
      auto next = plus(sum, element);
      element = exclusive ? sum : next;
      sum = next;
    }
  });
}

// ---- Making tensors ---------------------------------------------------------

static Inferred inferFill(const Args &a) { return tensorOfSizes(a, "shape", dtypeOrDefault(a, "value")); }
static Inferred inferFillLike(const Args &a) { return a.tensor(dtypeOrDefault(a, "value"), a["ref_tensor"].dims()); }

static Folded foldFill(const Args &a, double value) { return expandTo(Tensor::scalar(a.resultDType(), value), a.resultType().dims()); }

/// The number of elements of start, start + step, … before end; nullopt after a complaint.
static std::optional<int64_t> rangeLength(const Args &a, double start, double end, double step) {
  if (step == 0)
    return a.failValue("step", "a number other than 0");
  double length = std::ceil((end - start) / step);
  if (std::isnan(length))
    return a.failValue("end", "numbers, to make a range of");
  if (length >= 0x1p63)
    return a.failOverflow();
  return length < 0 ? 0 : int64_t(length);
}

static Inferred inferRange(const Args &a) {
  for (llvm::StringRef parameter : {"end", "start", "step"})
    if (!shapes::compatible(shapes::product(a[parameter].dims()).value_or(0), 1))
      return a.failShape(parameter, "a scalar");
  std::optional<double> end = a.number("end"), start = a.number("start"), step = a.number("step");
  if (step == 0.0 || (end && start && step)) {
    std::optional<int64_t> length = rangeLength(a, start.value_or(0), end.value_or(0), *step);
    return length ? Inferred(a.tensor(a["end"].dtype(), {*length})) : a.failed();
  }
  return a.tensor(a["end"].dtype(), {shapes::unknown});
}

static Folded foldRange(const Args &a, double start, double step) {
  Tensor result(a.resultDType(), a.resultType().dims());
  for (int64_t i = 0; i < result.count(); ++i) {
    double value = start + double(i) * step;
    result.write(i, llvm::ArrayRef(value));
  }
  return result;
}

static Inferred inferOneHot(const Args &a) {
  llvm::ArrayRef<int64_t> indices = a["indices"].dims();
  std::optional<int64_t> axis = a.axis("axis", indices.size() + 1);
  if (!axis)
    return a.failedOn("axis");
  std::optional<int64_t> size = a.integer("one_hot_vector_size");
  if (size && *size < 1)
    return a.failValue("one_hot_vector_size", "1 or more");
  Dims dims(indices);
  dims.insert(dims.begin() + *axis, size.value_or(shapes::unknown));
  return a.tensor(dtypeOrDefault(a, "on_value"), dims);
}

/// An index outside [0, size) chooses nothing.
static Folded evaluateOneHot(const Args &a, const Tensor &indices, double on, double off, int64_t axis) {
  llvm::ArrayRef<int64_t> dims = a.resultType().dims();
  Tensor result = expandTo(Tensor::scalar(a.resultDType(), off), dims);
  int64_t inner = 1, size = dims[size_t(axis)];
  for (int64_t dim : dims.drop_front(size_t(axis) + 1))
    inner *= dim;
  for (int64_t i = 0; i < indices.count(); ++i)
    if (int64_t chosen = indices.integer(i); chosen >= 0 && chosen < size)
      result.write((i / inner * size + chosen) * inner + i % inner, llvm::ArrayRef<double>(on));
  return result;
}

// ---- About tensors ----------------------------------------------------------

/// Python's slices of a shape: an axis may also be the rank.
static Inferred inferFlatten2d(const Args &a) {
  llvm::ArrayRef<int64_t> x = a["x"].dims();
  std::optional<int64_t> axis = a.integer("axis");
  if (axis && (*axis < -int64_t(x.size()) || *axis > int64_t(x.size())))
    return a.fail(diag::AxisOutOfRange, "axis", "an axis of rank " + std::to_string(x.size()) + ", or that rank", *axis);
  if (!axis)
    return a.tensor(a["x"].dtype(), {shapes::unknown, shapes::unknown});
  size_t at = size_t(*axis < 0 ? *axis + int64_t(x.size()) : *axis);
  std::optional<int64_t> before = shapes::product(x.take_front(at)), after = shapes::product(x.drop_front(at));
  return before && after ? Inferred(a.tensor(a["x"].dtype(), {*before, *after})) : a.failOverflow();
}

static Folded foldFlatten2d(const Args &a, Tensor x) { return std::move(x).withDims(a.resultType().dims()); }

static Folded foldNonZero(const Args &a, const Tensor &x) {
  size_t rank = x.rank();
  if (rank == 0)
    return {};
  std::vector<double> line(size_t(x.dim(-1)));
  uint64_t count = 0;
  for (int64_t at = 0; at < x.count(); at += int64_t(line.size())) {
    x.read(at, llvm::MutableArrayRef(line));
    count += uint64_t(llvm::count_if(line, [](double value) { return value != 0; }));
  }
  if (count * rank > a.maxElements())
    return {};
  Tensor result(DType::Int32, {int64_t(count), int64_t(rank)});
  auto *next = reinterpret_cast<int32_t *>(result.bytes().data());
  std::vector<int32_t> row(rank, 0);
  for (int64_t at = 0; at < x.count(); at += int64_t(line.size())) {
    x.read(at, llvm::MutableArrayRef(line));
    for (size_t i = 0; i < line.size(); ++i)
      if (line[i] != 0) {
        row[rank - 1] = int32_t(i);
        next = std::copy(row.begin(), row.end(), next);
      }
    for (size_t d = rank - 1; d-- > 0;) { // the next line
      if (++row[d] < x.dims()[d])
        break;
      row[d] = 0;
    }
  }
  return result;
}

/// The sizes are there without the values.
static Folded foldShape(const Args &a) {
  llvm::ArrayRef<int64_t> dims = a["x"].dims();
  if (llvm::any_of(dims, [](int64_t dim) { return dim == shapes::unknown || dim > INT32_MAX; }))
    return {};
  return Tensor::vector(DType::Int32, dims);
}

// ---- Definitions ------------------------------------------------------------

static void defineComputations(OpFamily &op) {
  op("band_part", iOS15)
      .summary("x with zeros outside the band from lower below to upper above the diagonal of its last two dimensions; -1 means no limit")
      .in("x", T)
      .in("lower", int32, constant, dflt(-1))
      .in("upper", int32, constant, dflt(-1))
      .where(T, basicTypes)
      .infer(inferBandPart)
      .fold(foldBandPart, tensorOf("x"), integerOf("lower"), integerOf("upper"));

  op("cumsum", iOS15)
      .summary("cumulative sums along axis; with exclusive, without the element itself; with reverse, from the end")
      .in("x", T)
      .in("axis", int32, constant, dflt(0))
      .in("exclusive", boolean, constant, dflt(false))
      .in("reverse", boolean, constant, dflt(false))
      .where(T, {fp16, fp32, int32})
      .infer(inferCumsum)
      .fold(foldCumsum, tensorOf("x"), cumsumAxis);

  op("flatten2d", iOS15)
      .summary("x as a matrix: the dimensions before axis are joined, and those from axis on")
      .in("x", T)
      .in("axis", int32, constant, dflt(1))
      .where(T, basicTypes)
      .infer(inferFlatten2d)
      .fold(foldFlatten2d, tensorOf("x"));

  op("identity", iOS15).summary("x").in("x", anything).infer(sameAs("x")).fold([](const Args &, Tensor x) { return x; }, tensorOf("x"));

  op("non_zero", iOS15)
      .summary("the indices of the nonzero elements, one per row")
      .in("x", T)
      .where(T, basicTypes)
      .infer([](const Args &a) -> Inferred { return a.tensor(DType::Int32, {shapes::unknown, int64_t(a["x"].rank())}); })
      .fold(foldNonZero, tensorOf("x"));

  op("shape", iOS15)
      .summary("the sizes of the dimensions of x")
      .in("x", T)
      .where(T, basicTypes)
      .infer([](const Args &a) -> Inferred { return a.tensor(DType::Int32, {int64_t(a["x"].rank())}); })
      .foldWithoutValues(foldShape);
}

static void defineMakers(OpFamily &op) {
  op("fill", iOS15)
      .summary("a tensor of the given shape, filled with value")
      .in("shape", int32)
      .in("value", T, constant, dflt(0.0))
      .where(T, basicTypes)
      .infer(inferFill)
      .fold(foldFill, numberOf("value"));

  op("fill_like", iOS16)
      .summary("a tensor with the shape of ref_tensor, filled with value")
      .in("ref_tensor", T)
      .in("value", U, constant, dflt(0.0))
      .where(T, basicTypes)
      .where(U, basicTypes)
      .infer(inferFillLike)
      .fold(foldFill, numberOf("value"));

  op("one_hot", iOS15)
      .summary("one-hot vectors along a new dimension axis: on_value at the index, off_value elsewhere")
      .in("indices", int32)
      .in("one_hot_vector_size", int32, scalar)
      .in("axis", int32, constant, dflt(-1))
      .in("on_value", T, constant, dflt(1))
      .in("off_value", T, constant, dflt(0))
      .where(T, basicTypes)
      .infer(inferOneHot)
      .evaluate(evaluateOneHot, tensorOf("indices"), numberOf("on_value"), numberOf("off_value"), axisOfResult("axis"));

  op("range_1d", iOS15)
      .summary("start, start + step, … up to but not including end")
      .in("end", T)
      .in("start", T)
      .in("step", T)
      .where(T, {fp16, fp32, int32})
      .infer(inferRange)
      .fold(foldRange, numberOf("start"), numberOf("step"));
}

void ops::defineTensorOperation(Catalogue &catalogue) {
  OpFamily op(catalogue, "tensor_operation");
  defineComputations(op);
  defineMakers(op);
}

} // namespace mil
