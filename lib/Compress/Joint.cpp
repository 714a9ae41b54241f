#include "Joint.h"
#include "Parts.h"
#include "mil/IR/Context.h"
#include "mil/IR/WeightRule.h"
#include "mil/Pass/Rewriter.h"
#include "llvm/ADT/STLExtras.h"

using namespace mil;

namespace {

/// An argument as it is.
CompressedWeight::Argument same(llvm::StringRef as, const Operation &op, llvm::StringRef name) {
  const Operand *operand = op.operand(name);
  CompressedWeight::Argument argument{as};
  argument.value = operand->value();
  argument.literal = operand->value() ? nullptr : operand->literal();
  return argument;
}

bool isPlain(const Operation &op, llvm::StringRef name) { return op.constant(name) != nullptr; }

bool hasType(const Operation &op, llvm::StringRef name, std::initializer_list<DType> types) {
  const Literal *literal = op.constant(name);
  return literal && llvm::is_contained(types, literal->type().dtype());
}

/// The table of a palette with one scale.
std::optional<CompressedWeight> quantizeTable(const Operation &op, QuantizeScheme scheme, Opset opset, Context &context, WhyLeft &why) {
  scheme.granularity = QuantizeScheme::Granularity::Tensor;
  WeightView table;
  table.values = WeightValues::of(*op.constant("lut"));
  if (!table.values) {
    why = WhyLeft::Unreadable;
    return std::nullopt;
  }
  std::optional<CompressedWeight> form = compress(table, scheme, opset, context, why);
  if (!form)
    return std::nullopt;
  CompressedWeight::Operation &look = form->operations.emplace_back();
  look.type = op.type().str();
  for (const Argument &argument : op.arguments())
    if (argument.name.str() != "lut")
      look.arguments.push_back(same(argument.name.str(), op, argument.name.str()));
  look.arguments.push_back({"lut", nullptr, 0, 0});
  form->suffix = "";
  form->values = nullptr;
  return form;
}

/// Integers of 4 bits as those of 8: tables have none of 4.
class AsBytes : public WeightValues {
public:
  explicit AsBytes(std::shared_ptr<const WeightValues> codes)
      : WeightValues(isSignedInteger(codes->dtype()) ? DType::Int8 : DType::UInt8, codes->dims()), codes(std::move(codes)) {}
  bool read(int64_t from, llvm::MutableArrayRef<float> out) const override { return codes->read(from, out); }

private:
  std::shared_ptr<const WeightValues> codes;
};

/// The offset, of 8 bits if it has 4, as the data does; nullopt if it can't be read.
std::optional<CompressedWeight::Argument> offsetAsBytes(const Operation &op, Context &context) {
  const Literal *offset = op.constant("offset");
  if (!offset || !isInteger(offset->type().dtype()) || bitWidth(offset->type().dtype()) == 8)
    return same("offset", op, "offset");
  std::shared_ptr<const WeightValues> codes = WeightValues::of(*offset);
  std::vector<float> values(codes ? size_t(codes->count()) : 0);
  if (!codes || !codes->read(0, values))
    return std::nullopt;
  return CompressedWeight::Argument{"offset", constantOf(context, AsBytes(codes).dtype(), codes->dims(), std::move(values))};
}

/// The bytes of a palette of integers. Before iOS26 it needs a table for each block of scales, where these divide the indices.
uint64_t paletteBytes(const CompressedWeight::Operation &look, llvm::ArrayRef<int64_t> blocks, Opset opset) {
  uint64_t bytes = 0;
  llvm::ArrayRef<int64_t> indices;
  for (const CompressedWeight::Argument &argument : look.arguments) {
    Type type = argument.literal->type();
    uint64_t count = uint64_t(type.elementCount().value_or(0));
    bool divides = true;
    if (argument.name == "indices")
      indices = type.dims();
    for (size_t i = 0; i < blocks.size() && argument.name == "lut" && i < indices.size(); ++i)
      divides &= indices[i] % blocks[i] == 0;
    for (size_t i = 0; i < blocks.size() && argument.name == "lut" && opset < Opset::IOS26 && divides; ++i)
      count *= uint64_t(std::max<int64_t>(1, blocks[i] / std::max<int64_t>(1, type.dims()[i])));
    bytes += packedSize(type.dtype(), count).value_or(0);
  }
  return bytes;
}

/// The integers of a quantized weight as a palette of integers.
std::optional<CompressedWeight> palettizeIntegers(const Operation &op, const WeightView &weight, const PalettizeScheme &scheme, Opset opset,
                                                  Context &context, bool mustShrink, WhyLeft &why) {
  WeightView integers = weight;
  integers.values = WeightValues::of(*op.constant("data"));
  std::optional<CompressedWeight::Argument> offset;
  if (op.argument("offset"))
    offset = offsetAsBytes(op, context);
  if (!integers.values || bool(offset) != bool(op.argument("offset"))) {
    why = WhyLeft::Unreadable;
    return std::nullopt;
  }
  if (bitWidth(integers.values->dtype()) < 8)
    integers.values = std::make_shared<AsBytes>(integers.values);
  std::optional<CompressedWeight> form = compress(integers, scheme, opset, context, why);
  if (!form)
    return std::nullopt;
  Type data = op.constant("data")->type();
  const Operand *scales = op.operand("scale");
  llvm::ArrayRef<int64_t> blocks = scales && scales->type().hasStaticShape() ? scales->type().dims() : llvm::ArrayRef<int64_t>();
  if (mustShrink &&
      paletteBytes(form->operations[0], blocks, opset) >= packedSize(data.dtype(), uint64_t(*data.elementCount())).value_or(0)) {
    why = WhyLeft::LargeTables;
    return std::nullopt;
  }
  CompressedWeight::Operation &scale = form->operations.emplace_back();
  scale.type = "constexpr_blockwise_shift_scale";
  scale.arguments.push_back({"data", nullptr, form->operations.size() - 2, 0});
  scale.arguments.push_back(same("scale", op, "scale"));
  if (offset)
    scale.arguments.push_back(*offset);
  form->suffix = "";
  form->values = nullptr;
  return form;
}

/// The integers or indices of what pruning leaves of a weight.
std::optional<CompressedWeight> pruneStored(const Operation &op, const WeightView &weight, const PruneScheme &scheme, Opset opset,
                                            Context &context, WhyLeft &why) {
  std::optional<CompressedWeight> pruned = compress(weight, scheme, opset, context, why);
  if (!pruned)
    return std::nullopt;
  bool isTable = op.is("constexpr_lut_to_dense");
  const Literal *stored = op.constant(isTable ? "indices" : "data");
  std::shared_ptr<const WeightValues> codes = WeightValues::of(*stored);
  const Literal *mask = nullptr;
  for (const CompressedWeight::Argument &argument : pruned->operations[0].arguments)
    if (argument.name == "mask")
      mask = argument.literal;
  std::shared_ptr<const Kept> kept = codes && mask ? Kept::of(weight.values->count(), maskOf(*mask)) : nullptr;
  if (!kept) {
    why = WhyLeft::Unreadable;
    return std::nullopt;
  }
  CompressedWeight form;
  form.suffix = "_sparsified";
  form.values = pruned->values;
  const Literal *data = keptCodes(context, stored->type().dtype(), kept, [codes](int64_t from, llvm::MutableArrayRef<uint8_t> out) {
    std::vector<float> values(out.size());
    if (!codes->read(from, values))
      return false;
    for (size_t i = 0; i < out.size(); ++i)
      out[i] = uint8_t(int32_t(values[i]));
    return true;
  });
  CompressedWeight::Operation &inner = form.operations.emplace_back();
  if (isTable) {
    inner.type = "constexpr_lut_to_sparse";
    inner.arguments = {{"indices_mask", mask}, {"indices_nonzero_data", data}, same("lut", op, "lut")};
  } else {
    inner.type = "constexpr_sparse_blockwise_shift_scale";
    inner.arguments = {{"data_mask", mask}, {"nonzero_data", data}, same("scale", op, "scale")};
    if (op.argument("offset"))
      inner.arguments.push_back(same("offset", op, "offset"));
  }
  addSparseToDense(form, mask, true, kept);
  form.values = pruned->values;
  return form;
}

/// Whether each index of a palette represents a single value.
bool isOfNumbers(const Operation &op) {
  const Operand *lut = op.operand("lut");
  return lut && lut->type().hasStaticShape() && lut->type().rank() && lut->type().dim(-1) == 1;
}

/// Whether another compressed constant reads it: it is a table, or is scaled.
bool isPartOfAnother(const Operation &op) {
  return llvm::any_of(op.result(op.resultCount() - 1)->uses(), [](const Operand &use) { return use.user() && use.user()->isConstexpr(); });
}

WhyLeft whyNotPruned(const Operation &palette) {
  if (palette.is("constexpr_lut_to_sparse"))
    return WhyLeft::AlreadyPruned;
  if (!isOfNumbers(palette))
    return WhyLeft::TableOfVectors;
  return isPlain(palette, "indices") && !isPartOfAnother(palette) ? WhyLeft::None : WhyLeft::AlreadyCombined;
}

WhyLeft whyNotQuantized(const Operation &palette) {
  if (!hasType(palette, "lut", {DType::Float16, DType::Float32}))
    return WhyLeft::AlreadyCombined;
  return palette.constant("lut")->type().elementCount().value_or(0) < int64_t(leastWeightElements) ? WhyLeft::SmallTable : WhyLeft::None;
}

} // namespace

WhyLeft mil::whyNotAgain(const Operation &op, const Scheme &scheme) {
  bool prunes = std::holds_alternative<PruneScheme>(scheme), quantizes = std::holds_alternative<QuantizeScheme>(scheme);
  if (op.is("constexpr_affine_dequantize"))
    return WhyLeft::OldForm;
  if (op.is("constexpr_sparse_to_dense")) {
    bool isWhole = hasType(op, "nonzero_data", {DType::Float16, DType::Float32}) && isPlain(op, "mask");
    return prunes ? WhyLeft::AlreadyPruned : isWhole ? WhyLeft::None : WhyLeft::AlreadyCombined;
  }
  if (op.is("constexpr_lut_to_dense") || op.is("constexpr_lut_to_sparse"))
    return prunes ? whyNotPruned(op) : quantizes ? whyNotQuantized(op) : WhyLeft::AlreadyPalettized;
  if (quantizes)
    return WhyLeft::AlreadyQuantized;
  bool isWhole = hasType(op, "data", {DType::Int8, DType::UInt8, DType::Int4, DType::UInt4}) && !isPartOfAnother(op);
  return isWhole ? WhyLeft::None : WhyLeft::AlreadyCombined;
}

std::optional<CompressedWeight> mil::compressAgain(const Operation &op, WeightView weight, const Scheme &scheme, Opset opset,
                                                   Context &context, bool mustShrink, WhyLeft &why) {
  if (const auto *prune = std::get_if<PruneScheme>(&scheme))
    return pruneStored(op, weight, *prune, opset, context, why);
  if (op.is("constexpr_sparse_to_dense")) {
    weight.mask = op.constant("mask");
    std::optional<CompressedWeight> form = compress(weight, scheme, opset, context, why);
    if (form)
      form->suffix = "";
    return form;
  }
  if (const auto *palettize = std::get_if<PalettizeScheme>(&scheme))
    return palettizeIntegers(op, weight, *palettize, opset, context, mustShrink, why);
  return quantizeTable(op, std::get<QuantizeScheme>(scheme), opset, context, why);
}
