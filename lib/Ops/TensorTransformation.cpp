// Ops that rearrange the dimensions of a tensor: its elements in another shape or order.

#include "Definition.h"
#include "Families.h"
#include "mil/Ops/DiagnosticKinds.h"

namespace mil {

static constexpr DTypeSet typesUntilIOS16{fp16, fp32, int32, boolean};

/// x in the shape of the result.
static Folded toResultShape(const Args &a, Tensor x) {
  return a.resultType().elementCount() == x.count() ? Folded(std::move(x).withDims(a.resultType().dims())) : Folded();
}

// ---- Dimensions of 1 --------------------------------------------------------

static Inferred inferExpandDims(const Args &a) {
  std::optional<Dims> axes = a.integers("axes");
  if (!axes)
    return a.unknown();
  size_t rank = a["x"].rank() + axes->size();
  axes = a.axes("axes", rank);
  if (!axes)
    return a.failed();
  Dims dims(rank, shapes::unknown);
  for (int64_t axis : *axes)
    dims[size_t(axis)] = 1;
  llvm::SmallVector<bool, 8> added(rank, false);
  for (int64_t axis : *axes)
    added[size_t(axis)] = true;
  const int64_t *next = a["x"].dims().begin();
  for (size_t i = 0; i < rank; ++i)
    if (!added[i])
      dims[i] = *next++;
  return a.tensor(a["x"].dtype(), dims);
}

/// A named dimension that isn't 1 stays; the result is unknown if a named dimension is.
static Inferred inferSqueeze(const Args &a) {
  llvm::ArrayRef<int64_t> x = a["x"].dims();
  llvm::SmallVector<bool, 8> named(x.size(), true);
  if (a["axes"].present()) {
    std::optional<Dims> axes = a.axes("axes", x.size());
    if (!axes)
      return a.failedOn("axes");
    named.assign(x.size(), false);
    for (int64_t axis : *axes) {
      if (x[size_t(axis)] == shapes::unknown)
        return a.unknown();
      named[size_t(axis)] = true;
    }
  }
  Dims dims;
  for (size_t i = 0; i < x.size(); ++i)
    if (!named[i] || x[i] != 1)
      dims.push_back(x[i]);
  return a.tensor(a["x"].dtype(), dims);
}

/// Only if all the dimensions that are named go.
static Folded foldSqueeze(const Args &a, Tensor x) {
  std::optional<Dims> axes = a["axes"].present() ? a.axes("axes", x.rank()) : Dims();
  if (!axes || llvm::any_of(*axes, [&](int64_t axis) { return x.dim(int(axis)) != 1; }))
    return {};
  return toResultShape(a, std::move(x));
}

// ---- Reshape ----------------------------------------------------------------

static Inferred inferReshape(const Args &a) {
  std::optional<int64_t> rank = vectorLength(a, "shape");
  if (!rank)
    return a.failed();
  std::optional<Dims> shape = a.integers("shape");
  if (!shape && *rank > int64_t(shapes::maxRank))
    return a.failShape("shape", "at most " + std::to_string(shapes::maxRank) + " sizes");
  if (!shape)
    return *rank == shapes::unknown ? a.unknown() : Inferred(a.tensor(a["x"].dtype(), Dims(size_t(*rank), shapes::unknown)));
  shapes::ReshapeZero zero = a.opset() < iOS17 ? shapes::ReshapeZero::CopyLeft : shapes::ReshapeZero::CopyRight;
  std::optional<Dims> dims = shapes::reshape(a["x"].dims(), *shape, zero);
  if (!dims)
    return a.failValue("shape", "sizes that x has elements for, with at most one -1; x has the shape " + printDims(a["x"].dims()));
  return a.tensor(a["x"].dtype(), *dims);
}

/// dims[begin:end], as Python takes it.
static llvm::ArrayRef<int64_t> pythonSlice(llvm::ArrayRef<int64_t> dims, int64_t begin, std::optional<int64_t> end) {
  int64_t rank = int64_t(dims.size());
  auto position = [&](int64_t i) { return i < 0 ? std::max<int64_t>(0, i + rank) : std::min(i, rank); };
  int64_t from = position(begin), to = end ? position(*end) : rank;
  return to > from ? dims.slice(size_t(from), size_t(to - from)) : llvm::ArrayRef<int64_t>();
}

static Inferred inferReshapeLike(const Args &a) {
  Arg tensors = a["ref_tensors"], begins = a["begins"], ends = a["ends"], masks = a["end_masks"];
  for (const Arg &arg : {begins, ends, masks})
    if (arg.size() != tensors.size())
      return a.fail(diag::ArgumentCount, arg.name(), std::to_string(tensors.size()) + ", one for each of ref_tensors", arg.size());
  Dims dims;
  for (size_t i = 0; i < tensors.size(); ++i) {
    auto integer = [i](const Arg &arg) { return arg[i].integer(); };
    std::optional<int64_t> begin = integer(begins), end = integer(ends), mask = integer(masks);
    if (!begin || !end || !mask)
      return a.unknown();
    llvm::ArrayRef<int64_t> taken = pythonSlice(tensors[i].dims(), *begin, *mask ? std::nullopt : end);
    dims.append(taken.begin(), taken.end());
  }
  if (!shapes::allKnown(dims))
    return a.fail(diag::ArgumentShape, "ref_tensors", "sizes that are known", printDims(dims));
  std::optional<int64_t> count = shapes::product(a["x"].dims());
  if (count && !shapes::compatible(*count, shapes::product(dims).value_or(*count)))
    return a.failShape("x", "a tensor of as many elements as " + printDims(dims));
  return a.tensor(a["x"].dtype(), dims);
}

// ---- Order ------------------------------------------------------------------

static std::optional<Dims> permutation(const Args &a) { return a.axes("perm", a["x"].rank()); }

static Inferred inferTranspose(const Args &a) {
  size_t rank = a["x"].rank();
  std::optional<Dims> perm = permutation(a);
  if (!perm)
    return a.failedOn("perm");
  if (perm->size() != rank)
    return a.fail(diag::ArgumentCount, "perm", std::to_string(rank) + " axes, as x has", perm->size());
  Dims dims;
  for (int64_t axis : *perm)
    dims.push_back(a["x"].dim(int(axis)));
  return a.tensor(a["x"].dtype(), dims);
}

static Folded foldTranspose(const Args &, const Tensor &x, const Dims &perm) { return permute(x, perm); }

static Inferred inferReverse(const Args &a) { return axesOrAll(a) ? Inferred(a["x"].type()) : a.failedOn("axes"); }

static Folded foldReverse(const Args &, const Tensor &x, const Dims &axes) {
  Dims strides = rowMajorStrides(x.dims());
  int64_t last = 0;
  for (int64_t axis : axes) {
    last += (x.dim(int(axis)) - 1) * strides[size_t(axis)];
    strides[size_t(axis)] *= -1;
  }
  return strided(x, last, strides, x.dims());
}

static Inferred inferReverseSequence(const Args &a) {
  llvm::ArrayRef<int64_t> x = a["x"].dims();
  std::optional<int64_t> sequence = a.axis("seq_axis", x.size());
  if (!sequence)
    return a.failedOn("seq_axis");
  std::optional<int64_t> batch = a.axis("batch_axis", x.size());
  if (!batch)
    return a.failedOn("batch_axis");
  std::optional<int64_t> count = vectorLength(a, "lengths");
  if (!count)
    return a.failed();
  if (!shapes::compatible(*count, x[size_t(*batch)]))
    return a.failShape("lengths", "a length for each of the " + std::to_string(x[size_t(*batch)]) + " batches of x");
  if (std::optional<Dims> lengths = a.integers("lengths"); lengths && x[size_t(*sequence)] != shapes::unknown)
    if (llvm::any_of(*lengths, [&](int64_t length) { return length < 0 || length > x[size_t(*sequence)]; }))
      return a.failValue("lengths", "0 to " + std::to_string(x[size_t(*sequence)]) + ", the length of a sequence");
  return a["x"].type();
}

// ---- Definitions ------------------------------------------------------------

static void defineShapes(OpFamily &op) {
  op("expand_dims", iOS15)
      .summary("x with dimensions of size 1 inserted at axes of the result")
      .in("x", T)
      .in("axes", int32, constant)
      .where(T, typesUntilIOS16)
      .infer(inferExpandDims)
      .fold(toResultShape, tensorOf("x"))
      .from(iOS17)
      .where(T, typesFromIOS17);

  op("squeeze", iOS15)
      .summary("x without the dimensions of size 1 at axes; all of them by default")
      .in("x", T)
      .in("axes", int32, constant, optional)
      .where(T, typesUntilIOS16)
      .infer(inferSqueeze)
      .fold(foldSqueeze, tensorOf("x"))
      .from(iOS17)
      .where(T, typesFromIOS17);

  // iOS15: a 0 is the size of x at the same place from the left, where the ranks are equal; from iOS17 on, from the right.
  op("reshape", iOS15)
      .summary("x with another shape; one size may be -1, which is inferred; 0 keeps the size of x at that position")
      .in("x", T)
      .in("shape", int32)
      .where(T, typesUntilIOS16)
      .infer(inferReshape)
      .fold(toResultShape, tensorOf("x"))
      .from(iOS17)
      .in("shape", U)
      .where(T, typesFromIOS17)
      .where(U, {int8, int16, int32});

  op("reshape_like", iOS16)
      .summary("x with a shape that consists of the dimensions begins:ends of ref_tensors; an end mask means up to the last dimension")
      .in("x", T)
      .in("ref_tensors", anyTensor, variadic)
      .in("begins", int32, variadic, scalar)
      .in("ends", int32, variadic, scalar)
      .in("end_masks", boolean, variadic, scalar)
      .where(T, typesUntilIOS16)
      .infer(inferReshapeLike)
      .evaluate(toResultShape, tensorOf("x"))
      .movesElements()
      .from(iOS17)
      .where(T, typesFromIOS17);
}

static Folded evaluateReverseSequence(const Args &, const Tensor &x, int64_t sequence, int64_t batch, const Dims &lengths) {
  Dims strides = rowMajorStrides(x.dims()), part(x.dims());
  Tensor result = x;
  for (int64_t b = 0; b < x.dim(int(batch)); ++b) {
    part[size_t(batch)] = 1;
    part[size_t(sequence)] = lengths[size_t(b)];
    int64_t step = strides[size_t(sequence)], first = b * strides[size_t(batch)];
    if (part[size_t(sequence)] == 0)
      continue;
    Dims backwards = strides;
    backwards[size_t(sequence)] = -step;
    placeStrided(result, first, strides, strided(x, first + (part[size_t(sequence)] - 1) * step, backwards, part));
  }
  return result;
}

static void defineOrders(OpFamily &op) {
  op("transpose", iOS15)
      .summary("x with permuted dimensions: dimension i is dimension perm[i] of x")
      .in("x", T)
      .in("perm", int32, constant)
      .where(T, typesUntilIOS16)
      .infer(inferTranspose)
      .fold(foldTranspose, tensorOf("x"), permutation)
      .from(iOS17)
      .where(T, typesFromIOS17);

  op("reverse", iOS15)
      .summary("x with the order of its elements along axes reversed; all axes by default")
      .in("x", T)
      .in("axes", int32, constant, optional)
      .where(T, typesUntilIOS16)
      .infer(inferReverse)
      .fold(foldReverse, tensorOf("x"), axesOrAll)
      .from(iOS17)
      .where(T, typesFromIOS17);

  op("reverse_sequence", iOS15)
      .summary("x with the first lengths[b] elements along seq_axis reversed for every index b along batch_axis")
      .in("x", T)
      .in("lengths", int32)
      .in("seq_axis", int32, constant, dflt(0))
      .in("batch_axis", int32, constant, dflt(0))
      .where(T, typesUntilIOS16)
      .infer(inferReverseSequence)
      .evaluate(evaluateReverseSequence, tensorOf("x"), axisOf("seq_axis", "x"), axisOf("batch_axis", "x"), integersOf("lengths"))
      .movesElements()
      .from(iOS17)
      .in("lengths", U)
      .where(T, typesFromIOS17)
      .where(U, {int8, int16, int32});
}

void ops::defineTensorTransformation(Catalogue &catalogue) {
  OpFamily op(catalogue, "tensor_transformation");
  defineShapes(op);
  defineOrders(op);
}

} // namespace mil
