#include "CompressedCall.h"
#include "mil/IR/Block.h"
#include "mil/Ops/Catalogue.h"

namespace mil {

/// How deep such operations may be chained.
static constexpr unsigned maxChain = 16;
/// What is held in memory: scales, offsets, tables.
static constexpr uint64_t mostParameters = uint64_t(1) << 28;

Reader CompressedCall::value(const Value &value, unsigned depth) {
  if (const Literal *literal = constantOf(&value))
    return elementsOf(*literal);
  const Operation *op = value.definingOp();
  const OpDefinition *definition = op && depth < maxChain ? Catalogue::get().find(op->type()) : nullptr;
  return definition && definition->elements ? definition->elements(CompressedCall(*op, depth + 1), value.index()) : nullptr;
}

Reader CompressedCall::argument(llvm::StringRef name) const {
  if (const Operand *operand = op.operand(name))
    return operand->value() ? value(*operand->value(), depth) : elementsOf(*operand->literal());
  const Literal *attribute = op.attribute(name);
  return attribute ? elementsOf(*attribute) : nullptr;
}

std::optional<std::vector<double>> CompressedCall::values(ElementReader *elements) const {
  if (!elements || uint64_t(elements->count()) > mostParameters)
    return std::nullopt;
  std::vector<double> all(static_cast<size_t>(elements->count()));
  DiagnosticEngine silent;
  return elements->read(0, all, silent) ? std::optional(std::move(all)) : std::nullopt;
}

std::optional<int64_t> CompressedCall::integer(llvm::StringRef name) const {
  const Literal *literal = op.constant(name);
  literal = literal ? literal : op.attribute(name);
  return literal ? literal->asInt() : std::nullopt;
}

std::optional<CompressedCall::Scales> CompressedCall::scales(llvm::ArrayRef<int64_t> dims, llvm::StringRef offset) const {
  Reader scale = argument("scale"), zero = has(offset) ? argument(offset) : nullptr;
  std::optional<std::vector<double>> factors = values(scale.get()), zeros = values(zero.get());
  if (!factors || (has(offset) && !zeros))
    return std::nullopt;
  Scales scales{{std::move(*factors), zeros ? std::move(*zeros) : std::vector<double>(), false}, {}, scale->dtype()};
  bool blockwise = offset == "offset";
  scales.by.affine = !blockwise;
  if (blockwise) {
    scales.blocks.assign(scale->dims().begin(), scale->dims().end());
  } else {
    scales.blocks.assign(dims.size(), 1);
    if (scales.by.offset.size() > scales.by.scale.size()) // one scale, but several zero points
      scales.by.scale.resize(scales.by.offset.size(), scales.by.scale.front());
    if (scales.by.scale.size() != 1) {
      std::optional<int64_t> axis = integer("axis");
      axis = axis && *axis < 0 ? *axis + int64_t(dims.size()) : axis;
      if (!axis || *axis < 0 || *axis >= int64_t(dims.size()))
        return std::nullopt;
      scales.blocks[size_t(*axis)] = int64_t(scales.by.scale.size());
    }
    if (scales.by.offset.size() == 1)
      scales.by.offset.resize(scales.by.scale.size(), scales.by.offset.front());
  }
  if (scales.blocks.size() != dims.size() || int64_t(scales.by.scale.size()) != countOf(scales.blocks) ||
      (!scales.by.offset.empty() && scales.by.offset.size() != scales.by.scale.size()))
    return std::nullopt;
  return scales;
}

Reader CompressedCall::scaled(llvm::StringRef data, llvm::StringRef offset) const {
  Reader elements = argument(data);
  std::optional<Scales> by = elements ? scales(elements->dims(), offset) : std::nullopt;
  if (!by)
    return nullptr;
  return std::make_unique<ScaledElements>(by->type, std::move(elements), by->blocks, std::move(by->by));
}

std::optional<LookupTable> CompressedCall::table(llvm::ArrayRef<int64_t> dims, DType &type) const {
  Reader lut = argument("lut");
  std::optional<std::vector<double>> entries = values(lut.get());
  if (!entries)
    return std::nullopt;
  type = lut->dtype();
  llvm::ArrayRef<int64_t> shape = lut->dims();
  if (shape.size() == 1) // of iOS16
    return LookupTable{std::move(*entries), BlockNumbers(dims, Tensor::Dims(dims.size(), 1)), shape[0], 1};
  if (shape.size() != dims.size() + 2)
    return std::nullopt;
  return LookupTable{std::move(*entries), BlockNumbers(dims, shape.drop_back(2)), shape[shape.size() - 2], shape.back()};
}

Reader CompressedCall::lookedUpDense() const {
  Reader indices = argument("indices");
  DType type;
  std::optional<LookupTable> entries = indices ? table(indices->dims(), type) : std::nullopt;
  if (!entries || entries->entries != int64_t(1) << bitWidth(indices->dtype()))
    return nullptr;
  Tensor::Dims dims(indices->dims());
  int64_t inner = 1;
  if (entries->vector != 1) {
    std::optional<int64_t> axis = integer("vector_axis");
    axis = axis && *axis < 0 ? *axis + int64_t(dims.size()) : axis;
    if (!axis || *axis < 0 || *axis >= int64_t(dims.size()))
      return nullptr;
    dims[size_t(*axis)] *= entries->vector;
    inner = countOf(llvm::ArrayRef(dims).drop_front(size_t(*axis) + 1));
  }
  return std::make_unique<TableElements>(type, dims, std::move(indices), std::move(*entries), inner);
}

Reader CompressedCall::packed(llvm::StringRef name, DType type) const {
  const Literal *bytes = op.attribute(name);
  bytes = bytes ? bytes : op.constant(name);
  Type result = op.result()->type();
  return bytes && result.hasStaticShape() ? elementsAs(*bytes, type, result.dims()) : nullptr;
}

Reader CompressedCall::lookedUpPacked() const {
  Reader lut = argument("lut");
  if (!lut)
    return nullptr;
  static constexpr std::pair<int64_t, DType> types[] = {
      {2, DType::UInt1}, {4, DType::UInt2}, {16, DType::UInt4}, {64, DType::UInt6}, {256, DType::UInt8}};
  for (auto [entries, type] : types)
    if (lut->count() == entries) {
      Reader indices = packed("indices", type);
      DType result;
      std::optional<LookupTable> found = indices ? table(indices->dims(), result) : std::nullopt;
      if (!found)
        return nullptr;
      Tensor::Dims dims(indices->dims());
      return std::make_unique<TableElements>(result, dims, std::move(indices), std::move(*found), 1);
    }
  return nullptr;
}

Reader CompressedCall::sparse() const {
  Reader mask = op.attribute("shape") || op.argument("shape") ? packed("mask", DType::UInt1) : argument("mask");
  Reader data = argument("nonzero_data");
  if (!mask || !data)
    return nullptr;
  return std::make_unique<SparseElements>(KeptPlaces(std::move(mask)), std::move(data));
}

Reader CompressedCall::sparseScaled() const {
  Reader mask = argument("data_mask"), data = argument("nonzero_data");
  std::optional<Scales> by = mask && data ? scales(mask->dims(), "offset") : std::nullopt;
  if (!by)
    return nullptr;
  auto compute = [by = std::move(by->by), type = by->type, blocks = BlockNumbers(mask->dims(), by->blocks)](int64_t place, double &value) {
    by.apply(type, blocks.of(place), Window(&value, 1));
  };
  return std::make_unique<KeptElements<decltype(compute)>>(by->type, KeptPlaces(std::move(mask)), std::move(data), std::move(compute));
}

std::optional<Spread> CompressedCall::spread(llvm::ArrayRef<int64_t> dims, int64_t vector) const {
  std::optional<int64_t> axis = integer("vector_axis");
  axis = axis && *axis < 0 ? *axis + int64_t(dims.size()) : axis;
  if (!axis || *axis < 0 || *axis >= int64_t(dims.size()))
    return std::nullopt;
  return Spread{dims[size_t(*axis)], vector, countOf(dims.drop_front(size_t(*axis) + 1))};
}

Reader CompressedCall::maskOfLookedUp() const {
  Reader mask = argument("indices_mask"), lut = argument("lut");
  if (!mask || !lut || lut->dims().empty() || lut->dims().back() == 1)
    return mask && lut ? std::move(mask) : nullptr;
  std::optional<Spread> vectors = spread(mask->dims(), lut->dims().back());
  if (!vectors)
    return nullptr;
  int64_t axis = *integer("vector_axis");
  axis = axis < 0 ? axis + int64_t(mask->dims().size()) : axis;
  return std::make_unique<SpreadMask>(std::move(mask), size_t(axis), *vectors);
}

Reader CompressedCall::sparseLookedUp() const {
  Reader mask = argument("indices_mask"), indices = argument("indices_nonzero_data");
  DType type;
  std::optional<LookupTable> entries = mask && indices ? table(mask->dims(), type) : std::nullopt;
  if (!entries || entries->entries != int64_t(1) << bitWidth(indices->dtype()))
    return nullptr;
  if (entries->vector != 1) {
    std::optional<Spread> vectors = spread(mask->dims(), entries->vector);
    if (!vectors)
      return nullptr;
    return std::make_unique<SpreadVectors>(type, std::move(mask), std::move(indices), std::move(*entries), *vectors);
  }
  auto compute = [entries = std::move(*entries)](int64_t place, double &value) { value = entries.at(place, value, 0); };
  return std::make_unique<KeptElements<decltype(compute)>>(type, KeptPlaces(std::move(mask)), std::move(indices), std::move(compute));
}

} // namespace mil
