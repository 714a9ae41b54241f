#include "mil/Run/RandomWeights.h"
#include "mil/Support/Random.h"
#include "mil/Tensor/Tensor.h"
#include "mil/Weights/Blob.h"
#include "llvm/ADT/DenseMap.h"
#include <cmath>

using namespace mil;

namespace {

class RandomWeights {
public:
  RandomWeights(Program &program, uint64_t seed) : context(program.context()), seed(seed) {}

  void fill(Operation &op) {
    op.forEachOperand([&](Operand &operand) {
      if (operand.literal() && isMissing(*operand.literal()))
        operand.set(standIn(*operand.literal()));
    });
    for (const Attribute &attribute : op.attributes())
      if (isMissing(*attribute.value))
        op.setAttribute(attribute.name, standIn(*attribute.value, maskedBits(op, attribute.name)));
  }
  /// Masks say where the elements of another constant go.
  void fillMasks(Operation &op) {
    for (auto [mask, data] : {std::pair("mask", "nonzero_data"), {"indices_mask", "indices_nonzero_data"}, {"data_mask", "nonzero_data"}}) {
      const Operand *operand = op.operand(mask), *elements = op.operand(data);
      const Literal *literal = operand ? constantOf(*operand) : nullptr;
      if (literal && elements && isMissing(*literal))
        op.setArgument(op.argument(mask)->name, {standIn(*literal, elements->type().elementCount())});
    }
  }

private:
  static bool isMissing(const Literal &literal) { return literal.isBlob() && !literal.blob() && literal.type().hasStaticShape(); }
  static std::optional<int64_t> maskedBits(const Operation &op, llvm::StringRef attribute) {
    const Literal *data = attribute == "mask" ? op.attribute("nonzero_data") : nullptr;
    return data ? data->type().elementCount() : std::nullopt;
  }

  /// `bits`: the number of bits to set, of a mask.
  const Literal *standIn(const Literal &missing, std::optional<int64_t> bits = std::nullopt) {
    Type type = missing.type();
    std::optional<BlobDType> stored = blobType(type.dtype());
    std::optional<int64_t> count = type.elementCount();
    std::optional<uint64_t> size = count ? packedSize(type.dtype(), uint64_t(*count)) : std::nullopt;
    if (!stored || !size)
      return &missing;
    uint64_t start = mixBits(seed + seedStep * ++made);
    auto produce = [=, dims = Tensor::Dims(type.dims()), dtype = type.dtype()](uint64_t offset, llvm::MutableArrayRef<uint8_t> out) {
      bits ? fillBits(offset, out, uint64_t(*size) * 8, uint64_t(*bits)) : fillNumbers(offset, out, dtype, dims, start);
      return true;
    };
    std::shared_ptr<const Blob> blob = streamedBlob(*stored, uint64_t(*count), std::move(produce));
    const Literal *literal = Literal::blob(context, type, blob.get(), missing.blobPath(), missing.blobOffset());
    context.keepAlive(std::move(blob));
    return literal;
  }

  static std::optional<BlobDType> blobType(DType type) {
    for (unsigned code = 1; code <= unsigned(BlobDType::Float8E5M2); ++code)
      if (mil::name(BlobDType(code)) == mil::name(type))
        return BlobDType(code);
    return std::nullopt;
  }

  /// The first bits of the mask.
  static void fillBits(uint64_t offset, llvm::MutableArrayRef<uint8_t> out, uint64_t, uint64_t bits) {
    for (size_t i = 0; i < out.size(); ++i) {
      uint64_t first = (offset + i) * 8;
      out[i] = first >= bits ? 0 : bits - first >= 8 ? 0xff : uint8_t((1u << (bits - first)) - 1);
    }
  }

  static void fillNumbers(uint64_t offset, llvm::MutableArrayRef<uint8_t> out, DType type, llvm::ArrayRef<int64_t> dims, uint64_t start) {
    unsigned bits = bitWidth(type);
    if (!isFloat(type) && bits <= 8) {
      for (size_t i = 0; i < out.size(); ++i)
        out[i] = uint8_t(mixBits(start + offset + i));
      return;
    }
    if (!isFloat(type)) {
      std::fill(out.begin(), out.end(), 0);
      return;
    }
    double inputs = 1;
    for (int64_t dim : dims.size() > 1 ? dims.drop_front() : llvm::ArrayRef<int64_t>())
      inputs *= double(std::max<int64_t>(1, dim));
    double reach = std::sqrt(3 / inputs);
    size_t size = bits / 8, begin = size_t(offset / size), end = size_t((offset + out.size() + size - 1) / size);
    Tensor window(type, {int64_t(end - begin)});
    for (size_t i = begin; i < end; ++i) {
      double share = unitInterval(mixBits(start + i)); // from 0 to below 1
      window.write(int64_t(i - begin), llvm::ArrayRef<double>(dims.size() > 1 ? (2 * share - 1) * reach : 0.1 + 0.9 * share));
    }
    std::copy_n(window.bytes().begin() + (offset - begin * size), out.size(), out.begin());
  }

  Context &context;
  uint64_t seed, made = 0;
};

} // namespace

void mil::giveRandomWeights(Model &model, uint64_t seed) {
  if (model.program) {
    RandomWeights weights(*model.program, seed);
    for (Function *function : model.program->functions()) {
      function->body().walk([&](Operation &op) { weights.fillMasks(op); });
      function->body().walk([&](Operation &op) { weights.fill(op); });
    }
  }
  if (model.pipeline)
    for (std::unique_ptr<Model> &stage : model.pipeline->models)
      giveRandomWeights(*stage, ++seed);
}
