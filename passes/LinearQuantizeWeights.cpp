// linear_quantize_weights: weights of floats become integers with scales, an eighth to a half of their size.
//
//   w = const(val = W)   =>   w = constexpr_affine_dequantize()[quantized_data = Q, scale = s, zero_point = z, axis = a]     before iOS18
//                             w = constexpr_blockwise_shift_scale(data = Q, scale = s, offset = z)                         from iOS18 on
//
// With one scale for all, one for each output channel, or one for each block of `block_size` input channels of an output channel, or of
// other blocks. From the least and the greatest weight of a block, which count 0 in, and q0 … q1, the integers of `dtype`:
//
//   linear            s = (greatest - least) / (q1 - q0),   z = q0 - least / s,   Q = W / s + z, rounded and brought into q0 … q1
//   linear_symmetric  the same for ±the greatest magnitude and one integer less, so that z is in the middle: 0 for signed integers
//
// All weights are compressed: constants of fp16 and fp32 with two dimensions or more and more than `weight_threshold` elements. Left as
// they are: those with infinities or NaN, and those that don't divide into blocks or whose readers don't agree which channels are which,
// unless there is one scale. Before iOS16 there are no compressed constants; before iOS18 neither 4 bits nor blocks.
//
// A weight is read once here, and again when it is written, in windows; what is held in memory are its scales and offsets.
//
// Within half a step of Q. Every operation is rounded in the weight's element type, as numpy does it: the integers are coremltools'.
// Source: coremltools' compression::linear_quantize_weights.
#include "mil/Pass/StreamedConstants.h"
#include "patterns/Weights.h"
#include "llvm/ADT/STLExtras.h"
#include <cmath>

using namespace mil;

namespace {

/// Rounds to an element type; computing in double and rounding once gives what numpy's arithmetic in that type gives.
struct Rounding {
  DType type;
  double operator()(double value) const {
    roundTo(type, llvm::MutableArrayRef(&value, 1));
    return value;
  }
};

/// The integers that a weight becomes.
struct Integers {
  DType type;
  bool symmetric;
  double least, greatest; ///< of those that are used

  static Integers of(DType type, bool symmetric) {
    double count = double(1 << bitWidth(type));
    double least = isSignedInteger(type) ? -count / 2 : 0, greatest = least + count - 1;
    if (symmetric)
      isSignedInteger(type) ? least += 1 : greatest -= 1;
    return {type, symmetric, least, greatest};
  }
  bool hasOffset() const { return !symmetric || !isSignedInteger(type); }
};

struct ScaleAndOffset {
  double scale, offset;
};

ScaleAndOffset parametersFor(Range range, const Integers &integers, Rounding round) {
  range = {std::min(range.least, 0.0), std::max(range.greatest, 0.0)};
  if (integers.symmetric) {
    double most = std::max(-range.least, range.greatest);
    range = {-most, most};
  }
  double middle = integers.symmetric && !isSignedInteger(integers.type) ? std::floor(integers.greatest / 2) : 0;
  double width = round(range.greatest - range.least);
  if (width == 0)
    return {1, middle};
  // The width of a block may be more than the greatest fp16.
  double scale = round((std::isfinite(width) ? width : range.greatest - range.least) / (integers.greatest - integers.least));
  if (scale == 0) // which would make everything 0: the least step there is
    scale = round.type == DType::Float16 ? 0x1p-24 : 0x1p-149;
  if (integers.symmetric)
    return {scale, middle};
  double offset = round(round(round(integers.least * range.greatest) - round(integers.greatest * range.least)) / width);
  if (!std::isfinite(width) || !std::isfinite(offset)) // overflowed on the way
    offset = (integers.least * range.greatest - integers.greatest * range.least) / (range.greatest - range.least);
  return {scale, std::clamp(std::nearbyint(offset), integers.least, integers.greatest)};
}

/// A weight with the parameters of each of its blocks; makes its integers.
struct Quantized {
  std::shared_ptr<ElementReader> elements;
  BlockNumbers blocks;
  std::shared_ptr<const Tensor> scale, offset;
  Integers integers;

  bool operator()(int64_t from, llvm::MutableArrayRef<double> out) const {
    DiagnosticEngine silent; // who writes says that it failed
    if (!elements->read(from, out, silent))
      return false;
    blocks.forEachRun(from, int64_t(out.size()), [&](int64_t at, int64_t count, int64_t block) {
      double by = scale->number(block), zero = offset->number(block);
      llvm::MutableArrayRef<double> values = out.slice(size_t(at), size_t(count));
      for (double &value : values)
        value /= by;
      roundTo(elements->dtype(), values);
      for (double &value : values)
        value = std::clamp(std::nearbyint(value) + zero, integers.least, integers.greatest);
    });
    return true;
  }
};

struct LinearQuantizeWeights : PatternPass {
  LinearQuantizeWeights() : PatternPass({"const"}) {}
  ChoiceOption mode{*this, "mode", "Ranges around 0, or from the least to the greatest weight", {"linear_symmetric", "linear"}};
  ChoiceOption dtype{*this, "dtype", "The integers", {"int8", "uint8", "int4", "uint4"}};
  ChoiceOption granularity{*this, "granularity", "What has a scale of its own", {"per_channel", "per_tensor", "per_block"}};
  Option<std::string> blockSize{
      *this, "block_size", "For per_block: the input channels in a block, or its size in every dimension, 0 for all of it (16x32)", "32"};
  WeightOptions options{*this};

  bool wants(Function &) override { return options.start(), true; }

  bool rewrite(Operation &op, Rewriter &rewriter) override {
    std::optional<Weight> weight = Weight::of(op, options, false);
    if (!weight || options.isTooOld(rewriter, "linear_quantize_weights") || refuses(op, rewriter))
      return false;
    std::optional<Tensor::Dims> blocks = blocksOf(*weight);
    if (!blocks)
      return false;
    const Integers integers = Integers::of(dtypeFromName(*dtype), mode.is("linear_symmetric"));
    std::shared_ptr<ElementReader> elements = elementsOf(*weight->literal);
    BlockNumbers numbers(weight->dims(), *blocks);
    std::optional<std::vector<Range>> ranges = rangesOf(*elements, *blocks, rewriter.diags());
    if (!ranges)
      return false;
    auto scale = std::make_shared<Tensor>(weight->dtype(), *blocks), offset = std::make_shared<Tensor>(integers.type, *blocks);
    for (size_t i = 0; i < ranges->size(); ++i) {
      ScaleAndOffset parameters = parametersFor((*ranges)[i], integers, Rounding{weight->dtype()});
      scale->write(int64_t(i), llvm::ArrayRef<double>(parameters.scale));
      offset->write(int64_t(i), llvm::ArrayRef<double>(parameters.offset));
    }
    const Literal *data = streamedConstant(rewriter.context(), weight->type().withDType(rewriter.context(), integers.type),
                                           Quantized{elements, numbers, scale, offset, integers});
    bool blockwise = rewriter.opset() >= Opset::IOS18;
    llvm::SmallVector<In, 4> arguments{{blockwise ? "data" : "quantized_data", data}, parameter("scale", scale, blockwise, rewriter)};
    if (!blockwise || integers.hasOffset())
      arguments.push_back(parameter(blockwise ? "offset" : "zero_point", offset, blockwise, rewriter));
    if (!blockwise)
      arguments.push_back({"axis", rewriter.i32(axisOf(*blocks))});
    return rewriter.replace(op, rewriter.make(blockwise ? "constexpr_blockwise_shift_scale" : "constexpr_affine_dequantize", arguments));
  }

  /// The only dimension with several blocks, before iOS18.
  static int64_t axisOf(llvm::ArrayRef<int64_t> blocks) {
    auto several = llvm::find_if(blocks, [](int64_t count) { return count > 1; });
    return several == blocks.end() ? 0 : several - blocks.begin();
  }

  /// Scales or offsets as an argument: of the weight's rank, or, before iOS18, a scalar or vector.
  static In parameter(llvm::StringRef name, const std::shared_ptr<const Tensor> &values, bool blockwise, Rewriter &rewriter) {
    Tensor::Dims dims(values->dims());
    if (!blockwise)
      llvm::erase_if(dims, [](int64_t dim) { return dim == 1; });
    Type type = Type::tensor(rewriter.context(), values->dtype(), dims);
    return In(name, streamedConstant(rewriter.context(), type,
                                     [values](int64_t from, llvm::MutableArrayRef<double> out) { return values->read(from, out), true; }));
  }

  /// Complains, once, where the function's opset doesn't have what is asked for.
  bool refuses(const Operation &op, Rewriter &rewriter) const {
    bool needsBlocks = bitWidth(dtypeFromName(*dtype)) < 8 || granularity.is("per_block");
    const char *why = granularity.is("per_block") && !blockSizes()     ? "block_size must be a number, or numbers with x between"
                      : needsBlocks && rewriter.opset() < Opset::IOS18 ? "4 bits and blocks need iOS18"
                                                                       : nullptr;
    return refuse(op, rewriter, "linear_quantize_weights", why);
  }

  /// How many blocks there are along each dimension; nullopt where the weight doesn't divide into such.
  std::optional<Tensor::Dims> blocksOf(const Weight &weight) const {
    Tensor::Dims blocks(weight.dims().size(), 1);
    if (granularity.is("per_tensor"))
      return blocks;
    Tensor::Dims sizes(weight.dims().size(), 0);
    if (granularity.is("per_block"))
      if (Tensor::Dims given = *blockSizes(); given.size() > 1)
        return given.size() == sizes.size() ? blocksOfSize(weight.dims(), given) : std::nullopt;
    if (!weight.outputs)
      return std::nullopt;
    if (granularity.is("per_block"))
      sizes[*weight.inputs] = blockSizes()->front();
    sizes[*weight.outputs] = 1;
    return blocksOfSize(weight.dims(), sizes);
  }

  /// The option as numbers; nullopt when it is something else.
  std::optional<Tensor::Dims> blockSizes() const {
    llvm::SmallVector<llvm::StringRef, 4> parts;
    llvm::StringRef(*blockSize).split(parts, 'x');
    Tensor::Dims sizes;
    for (llvm::StringRef part : parts)
      if (uint32_t size; !part.getAsInteger(10, size))
        sizes.push_back(size);
    bool fits = sizes.size() == parts.size() && (sizes.size() > 1 || sizes.front() > 0);
    return fits ? std::optional(sizes) : std::nullopt;
  }
};
} // namespace

MIL_PASS(linear_quantize_weights, LinearQuantizeWeights)
