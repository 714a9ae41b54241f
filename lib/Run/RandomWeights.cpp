#include "mil/Run/RandomWeights.h"
#include "ValueRequirements.h"
#include "mil/Support/Random.h"
#include "mil/Tensor/Tensor.h"
#include "mil/Weights/Blob.h"
#include "llvm/ADT/DenseMap.h"
#include <cmath>

using namespace mil;

namespace {

/// The distribution of the elements of a placeholder.
struct Filling {
  std::optional<uint64_t> bits = {}; ///< of a mask: so many are set, the first ones
  std::optional<int64_t> every = {}; ///< all of them
  double least = 0, most = 0;        ///< of floats else; integers are random bits
  bool inPairs = false;              ///< floats whose mean is that of least and most, however few they are
};

/// How far from 0 the weights of a product are: their variance is 1 / inputs.
double reachOf(llvm::ArrayRef<int64_t> dims) {
  double inputs = 1;
  for (int64_t dim : dims.drop_front())
    inputs *= double(std::max<int64_t>(1, dim));
  return std::sqrt(3 / inputs);
}

Filling fillingOf(llvm::ArrayRef<int64_t> dims) {
  return dims.size() > 1 ? Filling{.least = -reachOf(dims), .most = reachOf(dims)} : Filling{.least = 0.1, .most = 1};
}

/// Whether the value is multiplied with another, by a product or elementwise, and the result mustn't be negative: the spectrum of a sound,
/// for one, that mel filters weigh before a logarithm.
bool scalesNonNegative(const Value *value) {
  return llvm::any_of(value->uses(), [](const Operand &use) {
    const Operation *op = use.user();
    return op && (op->is("matmul") || op->is("linear") || op->is("conv") || op->is("mul")) && mustNotBeNegative(op->result());
  });
}

Filling fillingOf(const Operation &constant) {
  Filling filling = fillingOf(constant.result()->type().dims());
  if (filling.least < 0 && scalesNonNegative(constant.result()))
    filling.least = 0;
  return filling;
}

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
        op.setAttribute(attribute.name, op.is("const") ? standIn(*attribute.value, fillingOf(op)) : standIn(*attribute.value));
  }

  /// What a compressed constant is made of: the weights that come out are as those of other constants.
  void fillParts(Operation &op) {
    if (!op.isConstexpr() && !(op.is("dequantize") && op.constant("input")))
      return;
    for (auto [mask, data] : {std::pair("mask", "nonzero_data"), {"indices_mask", "indices_nonzero_data"}, {"data_mask", "nonzero_data"}})
      if (const std::optional<Type> elements = typeOf(op, data); elements && elements->elementCount())
        fillPart(op, mask, {.bits = uint64_t(*elements->elementCount())});
    llvm::ArrayRef<int64_t> dims = denseDims(op);
    Filling weights = fillingOf(dims);
    fillPart(op, "nonzero_data", weights);
    weights.inPairs = true;
    fillPart(op, "lut", weights);
    for (const char *data : {"quantized_data", "data", "nonzero_data", "input"})
      if (std::optional<Type> type = typeOf(op, data))
        fillScale(op, type->dtype(), dims.size() > 1 ? weights.most : 1);
  }

private:
  /// Integers of `data`, from the middle of their range on, times the scale are up to `reach`.
  void fillScale(Operation &op, DType data, double reach) {
    int64_t middle = isFloat(data) ? 1 : int64_t(1) << std::min(bitWidth(data) - 1, 31u);
    fillPart(op, "scale", {.least = reach / 2 / double(middle), .most = reach / double(middle)});
    Filling zero{.every = isFloat(data) || isSignedInteger(data) ? 0 : middle};
    zero.least = zero.most = double(*zero.every);
    fillPart(op, "zero_point", zero);
    fillPart(op, "offset", zero);
  }

  void fillPart(Operation &op, llvm::StringRef parameter, const Filling &filling) {
    if (const Literal *value = op.attribute(parameter)) {
      if (isMissing(*value))
        op.setAttribute(context.intern(parameter), standIn(*value, filling));
      return;
    }
    const Operand *operand = op.operand(parameter);
    const Literal *literal = operand ? constantOf(*operand) : nullptr;
    if (literal && isMissing(*literal))
      op.setArgument(op.argument(parameter)->name, {standIn(*literal, filling)});
  }

  static std::optional<Type> typeOf(const Operation &op, llvm::StringRef parameter) {
    if (const Literal *value = op.attribute(parameter))
      return value->type();
    const Operand *operand = op.operand(parameter);
    return operand && operand->type().isTensor() ? std::optional(operand->type()) : std::nullopt;
  }

  /// The shape of the constant that comes out; of a sparse one that of its mask, the first result.
  static llvm::ArrayRef<int64_t> denseDims(const Operation &op) {
    Type type = op.result()->type();
    return type.isTensor() && type.hasStaticShape() ? type.dims() : llvm::ArrayRef<int64_t>();
  }

  static bool isMissing(const Literal &literal) { return literal.isBlob() && !literal.blob() && literal.type().hasStaticShape(); }

  const Literal *standIn(const Literal &missing) { return standIn(missing, fillingOf(missing.type().dims())); }
  const Literal *standIn(const Literal &missing, const Filling &filling) {
    Type type = missing.type();
    std::optional<BlobDType> stored = blobType(type.dtype());
    std::optional<int64_t> count = type.elementCount();
    if (!stored || !count || !packedSize(type.dtype(), uint64_t(*count)))
      return &missing;
    uint64_t start = mixBits(seed + seedStep * ++made);
    auto produce = [=, dtype = type.dtype()](uint64_t offset, llvm::MutableArrayRef<uint8_t> out) {
      produceBytes(offset, out, dtype, filling, start);
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

  static void produceBytes(uint64_t offset, llvm::MutableArrayRef<uint8_t> out, DType type, const Filling &filling, uint64_t start) {
    unsigned bits = bitWidth(type);
    if (filling.bits)
      return produceBits(offset, out, [&](uint64_t i) { return i < *filling.bits; });
    if (isFloat(type))
      return produceFloats(offset, out, type, filling, start);
    if (filling.every)
      return produceBits(offset, out, [&](uint64_t i) { return *filling.every >> (i % bits) & 1; });
    for (size_t i = 0; i < out.size(); ++i)
      out[i] = bits <= 8 ? uint8_t(mixBits(start + offset + i)) : 0;
  }

  template <typename F> static void produceBits(uint64_t offset, llvm::MutableArrayRef<uint8_t> out, F isSet) {
    for (size_t i = 0; i < out.size(); ++i) {
      out[i] = 0;
      for (unsigned b = 0; b < 8; ++b)
        out[i] |= uint8_t(isSet((offset + i) * 8 + b) << b);
    }
  }

  static void produceFloats(uint64_t offset, llvm::MutableArrayRef<uint8_t> out, DType type, const Filling &filling, uint64_t start) {
    size_t size = bitWidth(type) / 8, begin = size_t(offset / size), end = size_t((offset + out.size() + size - 1) / size);
    Tensor window(type, {int64_t(end - begin)});
    for (size_t i = begin; i < end; ++i) {
      bool mirrored = filling.inPairs && i % 2;
      double share = unitInterval(mixBits(start + i - mirrored)); // from 0 to below 1
      share = mirrored ? 1 - share : share;
      window.write(int64_t(i - begin), llvm::ArrayRef<double>(filling.least + share * (filling.most - filling.least)));
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
      function->body().walk([&](Operation &op) { weights.fillParts(op); });
      function->body().walk([&](Operation &op) { weights.fill(op); });
    }
  }
  if (model.pipeline)
    for (std::unique_ptr<Model> &stage : model.pipeline->models)
      giveRandomWeights(*stage, ++seed);
}
