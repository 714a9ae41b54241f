#include "Joint.h"
#include "Parts.h"
#include "mil/IR/Context.h"
#include "mil/Pass/Rewriter.h"

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

/// The integers of a quantized weight as a palette of integers.
std::optional<CompressedWeight> palettizeIntegers(const Operation &op, const WeightView &weight, const PalettizeScheme &scheme, Opset opset,
                                                  Context &context, WhyLeft &why) {
  WeightView integers = weight;
  integers.values = WeightValues::of(*op.constant("data"));
  std::optional<CompressedWeight> form;
  if (integers.values)
    form = compress(integers, scheme, opset, context, why);
  else
    why = WhyLeft::Unreadable;
  if (!form)
    return std::nullopt;
  CompressedWeight::Operation &scale = form->operations.emplace_back();
  scale.type = "constexpr_blockwise_shift_scale";
  scale.arguments.push_back({"data", nullptr, form->operations.size() - 2, 0});
  scale.arguments.push_back(same("scale", op, "scale"));
  if (op.argument("offset"))
    scale.arguments.push_back(same("offset", op, "offset"));
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

/// Whether what a palette's indices stand for are single values.
bool isOfNumbers(const Operation &op) {
  const Operand *lut = op.operand("lut");
  return lut && lut->type().hasStaticShape() && lut->type().rank() && lut->type().dim(-1) == 1;
}

} // namespace

bool mil::canFollow(const Operation &op, const Scheme &scheme) {
  bool prunes = std::holds_alternative<PruneScheme>(scheme), quantizes = std::holds_alternative<QuantizeScheme>(scheme);
  if (op.is("constexpr_sparse_to_dense"))
    return !prunes && hasType(op, "nonzero_data", {DType::Float16, DType::Float32}) && isPlain(op, "mask");
  if (op.is("constexpr_lut_to_dense") && prunes)
    return isPlain(op, "indices") && isOfNumbers(op);
  if (op.is("constexpr_lut_to_dense") || op.is("constexpr_lut_to_sparse"))
    return quantizes && hasType(op, "lut", {DType::Float16, DType::Float32}) && *op.constant("lut")->type().elementCount() >= 10;
  if (op.is("constexpr_blockwise_shift_scale") && prunes)
    return isPlain(op, "data");
  return op.is("constexpr_blockwise_shift_scale") && !quantizes && hasType(op, "data", {DType::Int8, DType::UInt8});
}

std::optional<CompressedWeight> mil::compressAgain(const Operation &op, WeightView weight, const Scheme &scheme, Opset opset,
                                                   Context &context, WhyLeft &why) {
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
    return palettizeIntegers(op, weight, *palettize, opset, context, why);
  return quantizeTable(op, std::get<QuantizeScheme>(scheme), opset, context, why);
}
