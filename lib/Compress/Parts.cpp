#include "Parts.h"
#include "mil/IR/Context.h"
#include "mil/Pass/StreamedConstants.h"
#include "llvm/ADT/STLExtras.h"

using namespace mil;

std::optional<std::vector<Range>> mil::rangesOf(const WeightValues &weight, llvm::ArrayRef<int64_t> blocks, WhyLeft &why) {
  auto visit = [](Range &range, llvm::ArrayRef<float> values, int64_t) { extend(range, values); };
  auto merge = [](Range &all, const Range &part) {
    all.least = std::min(all.least, part.least);
    all.greatest = std::max(all.greatest, part.greatest);
    all.finite &= part.finite;
  };
  std::optional<std::vector<Range>> ranges = overBlocks<Range>(weight, blocks, visit, merge);
  why = !ranges ? WhyLeft::Unreadable : llvm::all_of(*ranges, [](const Range &range) { return range.finite; }) ? why : WhyLeft::NotFinite;
  return why == WhyLeft::None ? std::move(ranges) : std::nullopt;
}

std::optional<Tensor::Dims> mil::blocksOfSize(llvm::ArrayRef<int64_t> dims, llvm::ArrayRef<int64_t> sizes) {
  Tensor::Dims blocks;
  for (auto [dim, size] : llvm::zip(dims, sizes)) {
    if (size && dim % size != 0)
      return std::nullopt;
    blocks.push_back(size ? dim / size : 1);
  }
  return blocks;
}

float mil::roundedTo(DType type, double value) {
  if (isInteger(type))
    return float(std::nearbyint(value));
  roundTo(type, llvm::MutableArrayRef(&value, 1));
  return float(value);
}

const Literal *mil::packedAsBytes(Context &context, const Literal *constant) {
  if (!constant)
    return nullptr;
  Type type = constant->type();
  std::optional<uint64_t> size = packedSize(type.dtype(), uint64_t(*type.elementCount()));
  return streamedBytes(context, Type::tensor(context, DType::UInt8, int64_t(*size)),
                       [constant](uint64_t offset, llvm::MutableArrayRef<uint8_t> out) { return readBytes(*constant, offset, out); });
}

const Literal *mil::shapeAsUInt32(Context &context, llvm::ArrayRef<int64_t> dims) {
  return Tensor::vector(DType::UInt32, dims).toLiteral(context, Type::tensor(context, DType::UInt32, int64_t(dims.size())));
}

const Literal *mil::constantOf(Context &context, DType type, llvm::ArrayRef<int64_t> dims, std::vector<float> values) {
  auto held = std::make_shared<const std::vector<float>>(std::move(values));
  return streamedConstant(context, Type::tensor(context, type, dims), [held](int64_t from, llvm::MutableArrayRef<double> out) {
    for (size_t i = 0; i < out.size(); ++i)
      out[i] = double((*held)[size_t(from) + i]);
    return true;
  });
}

// ---- Sparse

Kept::Mask mil::maskOf(const Literal &mask) {
  std::shared_ptr<const WeightValues> bits = WeightValues::of(mask);
  return [bits](int64_t from, llvm::MutableArrayRef<uint8_t> out) {
    std::vector<float> values(out.size());
    if (!bits || !bits->read(from, values))
      return false;
    for (size_t i = 0; i < out.size(); ++i)
      out[i] = values[i] != 0;
    return true;
  };
}

const Literal *mil::maskConstant(Context &context, llvm::ArrayRef<int64_t> dims, const Kept::Mask &mask) {
  return codesConstant(context, Type::tensor(context, DType::UInt1, dims), mask);
}

const Literal *mil::keptCodes(Context &context, DType type, std::shared_ptr<const Kept> kept, MakeCodes codes) {
  int64_t count = kept->count();
  return codesConstant(context, Type::tensor(context, type, count),
                       [kept = std::move(kept), codes = std::move(codes)](int64_t from, llvm::MutableArrayRef<uint8_t> out) {
                         return kept->gather<uint8_t>(from, out, codes);
                       });
}

/// What stays of a weight, as bytes of its elements.
template <typename T, typename F>
static const Literal *keptElements(Context &context, DType type, const std::shared_ptr<const Kept> &kept, F read) {
  auto bytes = [kept, read](uint64_t offset, llvm::MutableArrayRef<uint8_t> out) {
    uint64_t first = offset / sizeof(T), end = (offset + out.size() + sizeof(T) - 1) / sizeof(T);
    std::vector<T> elements(end - first);
    size_t tasks = (elements.size() + size_t(elementsATask) - 1) / size_t(elementsATask);
    std::atomic<bool> made = true;
    inParallel(tasks, [&](size_t task) {
      size_t from = task * size_t(elementsATask), n = std::min(size_t(elementsATask), elements.size() - from);
      made = kept->template gather<T>(int64_t(first + from), llvm::MutableArrayRef(elements).slice(from, n), read) && made;
    });
    std::copy_n(reinterpret_cast<const uint8_t *>(elements.data()) + offset % sizeof(T), out.size(), out.begin());
    return bool(made);
  };
  return streamedBytes(context, Type::tensor(context, type, kept->count()), bytes);
}

const Literal *mil::keptValues(Context &context, std::shared_ptr<const Kept> kept, std::shared_ptr<const WeightValues> weight) {
  DType type = weight->dtype();
  if (type == DType::Float16)
    return keptElements<uint16_t>(context, type, kept,
                                  [weight](int64_t from, llvm::MutableArrayRef<uint16_t> out) { return weight->readHalfs(from, out); });
  if (type == DType::Float32)
    return keptElements<float>(context, type, kept,
                               [weight](int64_t from, llvm::MutableArrayRef<float> out) { return weight->read(from, out); });
  return keptCodes(context, type, std::move(kept), [weight](int64_t from, llvm::MutableArrayRef<uint8_t> out) {
    std::vector<float> values(out.size());
    if (!weight->read(from, values))
      return false;
    for (size_t i = 0; i < out.size(); ++i)
      out[i] = uint8_t(int32_t(values[i]));
    return true;
  });
}

void mil::addSparseToDense(CompressedWeight &form, const Literal *mask, bool isResult, std::shared_ptr<const Kept> kept) {
  CompressedWeight::Operation &op = form.operations.emplace_back();
  op.type = "constexpr_sparse_to_dense";
  op.arguments.push_back({"nonzero_data", nullptr, form.operations.size() - 2, 1});
  op.arguments.push_back(isResult ? CompressedWeight::Argument{"mask", nullptr, form.operations.size() - 2, 0}
                                  : CompressedWeight::Argument{"mask", mask});
  form.values = [all = std::move(form.values), kept = std::move(kept)](int64_t from, llvm::MutableArrayRef<float> out) {
    std::vector<uint8_t> bits(out.size());
    if (!all(from, out) || !kept->mask()(from, bits))
      return false;
    for (size_t i = 0; i < out.size(); ++i)
      out[i] = bits[i] ? out[i] : 0;
    return true;
  };
}
