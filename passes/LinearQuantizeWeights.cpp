// linear_quantize_weights: weights of floats become integers with scales, an eighth to a half of their size.
//
//   w = const(val = W)   =>   w_quantized = constexpr_affine_dequantize()[quantized_data = Q, scale = s, zero_point = z, axis = a]
//                                                                                                                  before iOS18
//                             w_quantized = constexpr_blockwise_shift_scale(data = Q, scale = s, offset = z)       from iOS18 on
//
// With one scale for all, one for each output channel, or one for each block of `block_size` input channels of an output channel, or of
// other blocks. lib/Compress/Quantize.cpp has the formulas. With calibrate=mse a block's range is the part of its own that gives the least
// squared error, of twenty parts from all to 43 %.
//
// All weights are compressed: constants of fp16 and fp32 with two dimensions or more and more than `weight_threshold` elements. Left as
// they are, and counted by --stats: those with infinities or NaN, and those that don't divide into blocks or whose readers don't agree
// which channels are which, unless there is one scale. Before iOS16 there are no compressed constants; before iOS18 neither 4 bits nor
// blocks. With joint_compression also what pruning left, and the tables of palettes.
//
// A weight is read once here, and again when it is written, in windows; what is held in memory are its scales and offsets.
//
// Within half a step of Q. Every operation is rounded in the weight's element type, as numpy does it: the integers are coremltools'.
// Source: coremltools' compression::linear_quantize_weights.
#include "patterns/Weights.h"

using namespace mil;

namespace {
struct LinearQuantizeWeights : WeightPass {
  LinearQuantizeWeights() : WeightPass("linear_quantize_weights") {}
  ChoiceOption mode{
      *this, "mode", "Use a range that is symmetric around 0, or from the least to the greatest weight", {"linear_symmetric", "linear"}};
  ChoiceOption dtype{*this, "dtype", "The integer type", {"int8", "uint8", "int4", "uint4"}};
  ChoiceOption granularity{*this, "granularity", "The unit that gets its own scale", {"per_channel", "per_tensor", "per_block"}};
  Option<std::string> blockSize{
      *this, "block_size",
      "For per_block: the number of input channels in a block, or its size in every dimension, 0 for the whole dimension (16x32)", "32"};
  ChoiceOption calibrate{*this, "calibrate", "Choose scales for the full range, or for the least error", {"range", "mse"}};

  const char *makeScheme(Scheme &scheme) const override {
    using Granularity = QuantizeScheme::Granularity;
    QuantizeScheme quantize;
    quantize.dtype = dtypeFromName(*dtype);
    quantize.symmetric = mode.is("linear_symmetric");
    quantize.granularity = granularity.is("per_channel")  ? Granularity::Channel
                           : granularity.is("per_tensor") ? Granularity::Tensor
                                                          : Granularity::Block;
    quantize.leastError = calibrate.is("mse");
    if (quantize.granularity == Granularity::Block) {
      llvm::SmallVector<llvm::StringRef, 4> parts;
      llvm::StringRef(*blockSize).split(parts, 'x');
      quantize.blockSize.clear();
      for (llvm::StringRef part : parts) {
        uint32_t size = 0;
        if (part.getAsInteger(10, size))
          return "block_size must be a number, or numbers separated by x";
        quantize.blockSize.push_back(size);
      }
    }
    scheme = quantize;
    return nullptr;
  }
};
} // namespace

MIL_PASS(linear_quantize_weights, LinearQuantizeWeights,
         "Options instead of a configuration object (see milc compress). The scale of a block of zeros is 1, not 0; a "
         "scale that is too small for the element type is replaced by its smallest value, so that weights don't become "
         "0. Ranges and offsets that are too large for fp16 are computed in double. Weights with NaN are not quantized. "
         "A weight whose users have different channel dimensions is only quantized if there is one scale for all.")
