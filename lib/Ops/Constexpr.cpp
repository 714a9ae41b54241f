// Compressed constants: operations whose results are known before run time, and which are never folded, as that would undo the compression.
//
// Those of iOS16 have attributes for parameters, and pack sub-byte elements in bytes themselves, the lowest bits first. Those of iOS18 have
// arguments, of sub-byte element types, which may be results of one another. Sparse results come in two parts: a mask of the dense shape
// and the elements where it is 1, row-major.

#include "CompressedCall.h"
#include "Definition.h"
#include "Families.h"
#include "RankCheck.h"
#include "mil/Ops/DiagnosticKinds.h"
#include "llvm/ADT/bit.h"

namespace mil {

static constexpr TypeVariable Stored{"SrcT"}, Decompressed{"DstT"}, Offset{"OffsetT"}, ZeroPoint{"ZeroPointT"}, Indices{"IndicesT"};
static constexpr DTypeSet indexTypes{uint1, uint2, uint3, uint4, uint6, uint8};
static constexpr DTypeSet shiftedTypes{int4, uint4, int8, uint8, fp16, fp32};

// ---- iOS16 ------------------------------------------------------------------

static Inferred inferAffineDequantize(const Args &a) {
  Arg data = a["quantized_data"];
  if (!a.integer("axis"))
    return a.unknown();
  std::optional<int64_t> axis = a.axis("axis", data.rank());
  if (!axis)
    return a.failed();
  int64_t length = data.dims()[size_t(*axis)];
  for (llvm::StringRef parameter : {"zero_point", "scale"})
    if (a[parameter].rank() > 1 || (a[parameter].rank() == 1 && !shapes::compatible(a[parameter].dim(0), length)))
      return a.failShape(parameter, "a scalar or " + printDims({length}) + ", as the dimension of quantized_data that axis names");
  return a.tensor(a["scale"].dtype(), data.dims());
}

/// The dense shape given by the parameter `shape`; nullopt if it is not known, or, with `failed`, after an error.
static std::optional<Dims> statedShape(const Args &a, bool &failed) {
  failed = !checkRank(a, "shape", 1);
  std::optional<Dims> dims = failed ? std::nullopt : a.integers("shape");
  if (!dims)
    return std::nullopt;
  failed = true;
  if (llvm::any_of(*dims, [](int64_t size) { return size < 0; }))
    return a.failValue("shape", "sizes that are not negative");
  if (!shapes::product(*dims))
    return a.failOverflow();
  failed = false;
  return dims;
}

/// Whether a vector of bytes has as many as `bits` a dense element take; complains otherwise.
static bool checkPackedSize(const Args &a, llvm::StringRef parameter, llvm::ArrayRef<int64_t> dims, unsigned bits) {
  std::optional<int64_t> total = shapes::multiply(*shapes::product(dims), bits);
  if (!checkRank(a, parameter, 1))
    return false;
  if (!total) {
    a.failOverflow();
    return false;
  }
  int64_t expected = shapes::ceilDiv(*total, 8);
  if (shapes::compatible(a[parameter].dim(0), expected))
    return true;
  a.failShape(parameter, printDims({expected}) + ", the bytes of " + std::to_string(bits) + " bits for each element of " + printDims(dims));
  return false;
}

static Inferred inferPackedLutToDense(const Args &a) {
  bool failed;
  std::optional<Dims> dims = statedShape(a, failed);
  if (failed || !checkRank(a, "lut", 1))
    return a.failed();
  int64_t entries = a["lut"].dim(0);
  if (!llvm::is_contained({2, 4, 16, 64, 256}, entries))
    return a.failShape("lut", "2, 4, 16, 64 or 256 elements");
  if (!dims)
    return a.unknown();
  if (!checkPackedSize(a, "indices", *dims, unsigned(llvm::countr_zero(uint64_t(entries)))))
    return a.failed();
  return a.tensor(a["lut"].dtype(), *dims);
}

// ---- Sparse -----------------------------------------------------------------

/// Whether there are as many elements as bits set among the first `count` of a mask, and none after them. Looks only at masks that are
/// written in the program: those in weight files are as long as weights, and types are inferred often.
static bool checkMask(const Args &a, llvm::StringRef mask, llvm::StringRef data, int64_t count) {
  if (!checkRank(a, data, 1))
    return false;
  int64_t elements = a[data].dim(0);
  if (shapes::isKnown(count) && elements > count) {
    a.failShape(data, "at most the " + std::to_string(count) + " elements of the dense shape");
    return false;
  }
  const Literal *literal = a[mask].constant();
  if (!literal || !literal->isTensor() || !shapes::isKnown(count) || !shapes::isKnown(elements))
    return true;
  int64_t set = 0;
  llvm::ArrayRef<uint8_t> bytes = literal->bytes();
  for (uint8_t byte : bytes)
    set += llvm::popcount(byte);
  if (set != elements) {
    a.failShape(data, printDims({set}) + ", the bits that are set in " + mask.str());
    return false;
  }
  if (count % 8 && !bytes.empty() && bytes.back() >> (count % 8)) {
    a.fail(diag::ArgumentValue, mask, "no bits set after the " + std::to_string(count) + " of the shape", "some");
    return false;
  }
  return true;
}

static Inferred inferPackedSparseToDense(const Args &a) {
  bool failed;
  std::optional<Dims> dims = statedShape(a, failed);
  if (failed)
    return a.failed();
  if (!dims)
    return a.unknown();
  if (!checkPackedSize(a, "mask", *dims, 1) || !checkMask(a, "mask", "nonzero_data", *shapes::product(*dims)))
    return a.failed();
  return a.tensor(a["nonzero_data"].dtype(), *dims);
}

static Inferred inferSparseToDense(const Args &a) {
  std::optional<int64_t> count = shapes::product(a["mask"].dims());
  if (!count)
    return a.failOverflow();
  if (!checkMask(a, "mask", "nonzero_data", *count))
    return a.failed();
  return a.tensor(a["nonzero_data"].dtype(), a["mask"].dims());
}

// ---- Tables of values -------------------------------------------------------

/// The layout of a table of shape [groups…, entries, V], with V elements for each index. nullopt after an error if it doesn't go with
/// indices of a shape and type.
struct Table {
  int64_t vector = 1;
  std::optional<int64_t> axis; ///< along which vectors lie, when there are any
};

static std::optional<Table> checkTable(const Args &a, llvm::ArrayRef<int64_t> dims, DType indices) {
  Arg lut = a["lut"];
  if (lut.rank() != dims.size() + 2)
    return a.failRank("lut", std::to_string(dims.size() + 2) + ", the groups in each dimension, then entries and their size");
  for (size_t i = 0; i < dims.size(); ++i) {
    int64_t groups = lut.dims()[i];
    if (shapes::isKnown(groups) && shapes::isKnown(dims[i]) && (groups < 1 || dims[i] % groups != 0))
      return a.failShape("lut", "a dimension " + std::to_string(i) + " that divides the " + std::to_string(dims[i]) + " of the indices");
  }
  int64_t entries = int64_t(1) << bitWidth(indices);
  if (!shapes::compatible(lut.dim(-2), entries))
    return a.failShape("lut", "a dimension -2 of " + std::to_string(entries) + ", as the indices are " + name(indices).str());
  Table table{lut.dim(-1), std::nullopt};
  if (table.vector == 0)
    return a.failShape("lut", "a last dimension of 1 or more");
  if (a["vector_axis"] && a.integer("vector_axis")) {
    table.axis = a.axis("vector_axis", dims.size());
    if (!table.axis)
      return std::nullopt;
  } else if (table.vector != 1 && !a["vector_axis"]) {
    return a.failShape("lut", "a last dimension of 1, as there is no vector_axis");
  }
  return table;
}

/// The shape of `dims` after each index has become a vector; nullopt after an error if that overflows.
static std::optional<Dims> decodedDims(const Args &a, llvm::ArrayRef<int64_t> dims, const Table &table) {
  Dims result(dims);
  if (!table.axis)
    return result;
  std::optional<int64_t> length = shapes::multiply(dims[size_t(*table.axis)], table.vector);
  if (!length)
    return a.failOverflow();
  result[size_t(*table.axis)] = *length;
  return result;
}

static Inferred inferLutToDense(const Args &a) {
  Arg indices = a["indices"];
  std::optional<Table> table = checkTable(a, indices.dims(), indices.dtype());
  std::optional<Dims> dims = table ? decodedDims(a, indices.dims(), *table) : std::nullopt;
  if (!dims)
    return a.failed();
  if (table->vector != 1 && !table->axis)
    return a.unknown();
  return a.tensor(a["lut"].dtype(), *dims);
}

static Inferred inferLutToSparse(const Args &a) {
  Arg mask = a["indices_mask"], indices = a["indices_nonzero_data"];
  std::optional<int64_t> count = shapes::product(mask.dims());
  if (!count)
    return a.failOverflow();
  if (!checkMask(a, "indices_mask", "indices_nonzero_data", *count))
    return a.failed();
  std::optional<Table> table = checkTable(a, mask.dims(), indices.dtype());
  std::optional<Dims> dims = table ? decodedDims(a, mask.dims(), *table) : std::nullopt;
  std::optional<int64_t> elements = table ? shapes::multiply(indices.dim(0), table->vector) : std::nullopt;
  if (!dims)
    return a.failed();
  if (!elements)
    return a.failOverflow();
  if (table->vector != 1 && !table->axis)
    return a.unknown();
  return {a.tensor(DType::UInt1, *dims), a.tensor(a["lut"].dtype(), {*elements})};
}

// ---- Scales and offsets of blocks -------------------------------------------

/// Whether scale, and offset if there is one, cut `dims` in whole blocks; complains otherwise.
static bool checkBlocks(const Args &a, llvm::ArrayRef<int64_t> dims, DType data) {
  Arg scale = a["scale"], offset = a["offset"];
  if (dims.empty()) {
    a.failRank("scale", "1 or more, as the data");
    return false;
  }
  bool fits = scale.rank() == dims.size();
  for (size_t i = 0; fits && i < dims.size(); ++i) {
    int64_t blocks = scale.dims()[i];
    fits = !shapes::isKnown(blocks) || !shapes::isKnown(dims[i]) || (blocks > 0 && dims[i] % blocks == 0);
  }
  if (!fits)
    a.failShape("scale", "dimensions that divide " + printDims(dims) + ", the shape of the data");
  else if (offset && !shapes::compatible(offset.dims(), scale.dims()))
    a.failShape("offset", printDims(scale.dims()) + ", as scale");
  else if (offset && !isFloat(offset.dtype()) && offset.dtype() != data)
    a.fail(diag::DTypesDiffer, "offset", name(data).str() + ", the element type of the data", name(offset.dtype()));
  else
    return true;
  return false;
}

static Inferred inferBlockwise(const Args &a) {
  Arg data = a["data"];
  if (!checkBlocks(a, data.dims(), data.dtype()))
    return a.failed();
  return a.tensor(a["scale"].dtype(), data.dims());
}

static Inferred inferSparseBlockwise(const Args &a) {
  Arg mask = a["data_mask"], data = a["nonzero_data"];
  std::optional<int64_t> count = shapes::product(mask.dims());
  if (!count)
    return a.failOverflow();
  if (!checkMask(a, "data_mask", "nonzero_data", *count) || !checkBlocks(a, mask.dims(), data.dtype()))
    return a.failed();
  return {mask.type(), a.tensor(a["scale"].dtype(), data.dims())};
}

// ---- Definitions ------------------------------------------------------------

static void definePacked(OpFamily &op) {
  op("constexpr_affine_dequantize", iOS16)
      .summary("scale · (quantized_data - zero_point), with one scale and zero point for all data, or one per index along axis")
      .in("quantized_data", Stored, constant)
      .in("zero_point", ZeroPoint, constant)
      .in("scale", Decompressed, constant)
      .in("axis", int32, constant, scalar)
      .where(Stored, {uint8, int8})
      .where(ZeroPoint, {uint8, int8, fp32})
      .where(Decompressed, {fp16, fp32})
      .parametersAreAttributes()
      .infer(inferAffineDequantize)
      .elements([](const CompressedCall &call, size_t) { return call.scaled("quantized_data", "zero_point"); });

  op("constexpr_cast", iOS16)
      .summary("source_val converted to another float type")
      .in("source_val", fp16, constant)
      .in("output_dtype", string, constant, oneOf("fp32"))
      .parametersAreAttributes()
      .infer([](const Args &a) -> Inferred { return a.tensor(DType::Float32, a["source_val"].dims()); })
      .elements([](const CompressedCall &call, size_t) { return call.argument("source_val"); }) // exact
      .from(iOS18)
      .parametersAreAttributes(false);
}

static void defineSparseAndTables(OpFamily &op) {
  // Some writers other than Apple's have shapes of int32.
  op("constexpr_lut_to_dense", iOS16)
      .summary("the elements of lut at indices; from iOS18 on also with one table per group, and with vectors as elements")
      .in("indices", uint8, constant)
      .in("lut", T, constant)
      .in("shape", {uint32, int32}, constant)
      .where(T, {int8, uint8, fp16, fp32})
      .parametersAreAttributes()
      .infer(inferPackedLutToDense)
      .elements([](const CompressedCall &call, size_t) { return call.lookedUp(); })
      .from(iOS18)
      .parametersAreAttributes(false)
      .dropAll()
      .in("indices", Indices, constant)
      .in("lut", T, constant)
      .in("vector_axis", int32, constant, optional, scalar)
      .where(Indices, indexTypes)
      .where(T, {int8, uint8, fp16, fp32})
      .infer(inferLutToDense);

  op("constexpr_sparse_to_dense", iOS16)
      .summary("nonzero_data where mask is 1, in row-major order, and 0 elsewhere")
      .in("nonzero_data", T, constant)
      .in("mask", uint8, constant)
      .in("shape", {uint32, int32}, constant)
      .where(T, {int8, uint8, fp16, fp32})
      .parametersAreAttributes()
      .infer(inferPackedSparseToDense)
      .elements([](const CompressedCall &call, size_t) { return call.sparse(); })
      .from(iOS18)
      .parametersAreAttributes(false)
      .drop("shape")
      .in("mask", uint1, constant)
      .where(T, {int4, uint4, int8, uint8, fp16, fp32})
      .infer(inferSparseToDense);

  op("constexpr_lut_to_sparse", iOS18)
      .summary("the elements or vectors of lut at indices, for the nonzero elements of a sparse tensor")
      .in("indices_mask", uint1, constant)
      .in("indices_nonzero_data", Indices, constant)
      .in("lut", T, constant)
      .in("vector_axis", int32, constant, optional, scalar)
      .where(Indices, indexTypes)
      .where(T, {int8, uint8, fp16, fp32})
      .results({"mask", "nonzero_data"})
      .infer(inferLutToSparse)
      .elements([](const CompressedCall &call, size_t result) { return result == 0 ? call.maskOfLookedUp() : call.sparseLookedUp(); });
}

void ops::defineConstexpr(Catalogue &catalogue) {
  OpFamily op(catalogue, "constexpr");
  definePacked(op);
  defineSparseAndTables(op);

  // A block has a scale and an offset for as many elements as the data's dimensions are times those of scale. An offset is of the data's
  // type, or a float.
  op("constexpr_blockwise_shift_scale", iOS18)
      .summary("scale · (data - offset), with one scale and offset per block of data")
      .in("data", Stored, constant)
      .in("scale", Decompressed, constant)
      .in("offset", Offset, constant, optional)
      .where(Stored, shiftedTypes)
      .where(Decompressed, {fp16, fp32})
      .where(Offset, shiftedTypes)
      .infer(inferBlockwise)
      .elements([](const CompressedCall &call, size_t) { return call.scaled("data", "offset"); });

  op("constexpr_sparse_blockwise_shift_scale", iOS18)
      .summary("scale · (nonzero_data - offset) for a sparse tensor, with one scale and offset per block of the dense shape")
      .in("data_mask", uint1, constant)
      .in("nonzero_data", Stored, constant)
      .in("scale", Decompressed, constant)
      .in("offset", Offset, constant, optional)
      .where(Stored, shiftedTypes)
      .where(Decompressed, {fp16, fp32})
      .where(Offset, shiftedTypes)
      .results({"mask", "nonzero_data"})
      .infer(inferSparseBlockwise)
      .elements([](const CompressedCall &call, size_t result) { return result == 0 ? call.argument("data_mask") : call.sparseScaled(); });
}

} // namespace mil
