// Linear quantization: from the least and the greatest weight of a block, which count 0 in, and q0 … q1, the integers of the type:
//
//   asymmetric  s = (greatest - least) / (q1 - q0),   z = q0 - least / s,   Q = W / s + z, rounded and brought into q0 … q1
//   symmetric   the same for ±the greatest magnitude and one integer less, so that z is in the middle: 0 for signed integers
//
// Every operation is rounded in the weight's element type, as numpy does it: the integers are coremltools'.
#include "Parts.h"
#include "QuantizedRuns.h"
#include "mil/IR/Context.h"
#include "llvm/ADT/STLExtras.h"

using namespace mil;

namespace {

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
  float scale, offset;
};

ScaleAndOffset parametersFor(double least, double greatest, const Integers &integers, DType type) {
  least = std::min(least, 0.0), greatest = std::max(greatest, 0.0);
  if (integers.symmetric) {
    greatest = std::max(-least, greatest);
    least = -greatest;
  }
  double middle = integers.symmetric && !isSignedInteger(integers.type) ? std::floor(integers.greatest / 2) : 0;
  double width = roundedTo(type, greatest - least);
  if (width == 0)
    return {1, float(middle)};
  // The width of a block may be more than the greatest fp16.
  double scale = roundedTo(type, (std::isfinite(width) ? width : greatest - least) / (integers.greatest - integers.least));
  if (scale == 0) // which would make everything 0: the least step there is
    scale = type == DType::Float16 ? 0x1p-24 : 0x1p-149;
  if (integers.symmetric)
    return {float(scale), float(middle)};
  double offset =
      roundedTo(type, roundedTo(type, roundedTo(type, integers.least * greatest) - roundedTo(type, integers.greatest * least)) / width);
  if (!std::isfinite(width) || !std::isfinite(offset)) // overflowed on the way
    offset = (integers.least * greatest - integers.greatest * least) / (greatest - least);
  return {float(scale), float(std::clamp(std::nearbyint(offset), integers.least, integers.greatest))};
}

/// A weight with the parameters of each of its blocks; makes its integers.
struct Quantized {
  std::shared_ptr<const WeightValues> weight;
  BlockNumbers blocks;
  std::vector<ScaleAndOffset> parameters;
  float least, greatest;
  std::shared_ptr<const std::vector<uint8_t>> known = nullptr; ///< the integers, where they were made before

  QuantizationStep stepOf(ScaleAndOffset by) const { return {by.scale, by.offset, least, greatest, weight->isHalf()}; }
  QuantizationStep stepOf(int64_t block) const { return stepOf(parameters[size_t(block)]); }
  bool codes(int64_t from, llvm::MutableArrayRef<uint8_t> out) const {
    if (known) {
      std::copy_n(known->begin() + from, out.size(), out.begin());
      return true;
    }
    std::vector<float> values(out.size());
    if (!weight->read(from, values))
      return false;
    blocks.forEachRun(from, int64_t(out.size()), [&](int64_t at, int64_t count, int64_t block) {
      quantizeRun(llvm::MutableArrayRef(values).slice(size_t(at), size_t(count)), stepOf(block));
    });
    for (size_t i = 0; i < out.size(); ++i)
      out[i] = uint8_t(int32_t(values[i]));
    return true;
  }
  bool decoded(int64_t from, llvm::MutableArrayRef<float> out) const {
    if (!known && !weight->read(from, out))
      return false;
    for (size_t i = 0; i < out.size() && known; ++i) {
      uint8_t code = (*known)[size_t(from) + i];
      out[i] = least < 0 ? float(int8_t(code)) : float(code);
    }
    blocks.forEachRun(from, int64_t(out.size()), [&](int64_t at, int64_t count, int64_t block) {
      llvm::MutableArrayRef<float> values = out.slice(size_t(at), size_t(count));
      if (!known)
        quantizeRun(values, stepOf(block));
      dequantizeRun(values, stepOf(block));
    });
    return true;
  }
};

// ---- Least error

constexpr size_t trials = 20;
/// The part of the range that a trial covers: all of it first.
double partOf(size_t trial) { return 1 - 0.03 * double(trial); }

/// The part of each block's range that gives the least squared error.
std::optional<std::vector<uint8_t>> bestParts(const Quantized &weight, llvm::ArrayRef<Range> ranges, llvm::ArrayRef<int64_t> blocks,
                                              const Integers &integers) {
  using Errors = std::array<double, trials>;
  struct State {
    Errors errors{};
  };
  int64_t inBlock = weight.weight->count() / std::max<int64_t>(1, int64_t(ranges.size()));
  auto visit = [&](State &state, llvm::ArrayRef<float> values, int64_t block) {
    const Range &range = ranges[size_t(block)];
    bool isWhole = int64_t(values.size()) == inBlock;
    double best = HUGE_VAL; // a trial of a whole block can end once it is worse
    for (size_t trial = 0; trial < trials; ++trial) {
      ScaleAndOffset by =
          parametersFor(double(range.least) * partOf(trial), double(range.greatest) * partOf(trial), integers, weight.weight->dtype());
      double error = errorOfRun(values, weight.stepOf(by), isWhole ? best : HUGE_VAL);
      best = std::min(best, error);
      state.errors[trial] += error;
    }
  };
  auto merge = [](State &all, const State &part) {
    for (size_t i = 0; i < trials; ++i)
      all.errors[i] += part.errors[i];
  };
  std::optional<std::vector<State>> states = overBlocks<State>(*weight.weight, blocks, visit, merge);
  if (!states)
    return std::nullopt;
  std::vector<uint8_t> best;
  for (const State &state : *states)
    best.push_back(uint8_t(std::min_element(state.errors.begin(), state.errors.end()) - state.errors.begin()));
  return best;
}

// ---- The form

/// How many blocks there are along each dimension; nullopt where the weight doesn't divide into such.
std::optional<Tensor::Dims> blocksFor(const WeightView &weight, const QuantizeScheme &scheme, WhyLeft &why) {
  using Granularity = QuantizeScheme::Granularity;
  llvm::ArrayRef<int64_t> dims = weight.values->dims();
  Tensor::Dims sizes(dims.size(), 0);
  bool inBlocks = scheme.granularity == Granularity::Block;
  if (inBlocks && scheme.blockSize.size() > 1) {
    sizes.assign(scheme.blockSize.begin(), scheme.blockSize.end());
  } else if (scheme.granularity != Granularity::Tensor) {
    if (!weight.outputs) {
      why = WhyLeft::NoChannels;
      return std::nullopt;
    }
    if (inBlocks && *weight.inputs < dims.size())
      sizes[*weight.inputs] = scheme.blockSize.front();
    sizes[*weight.outputs] = 1;
  }
  if (sizes.size() != dims.size()) {
    why = WhyLeft::OtherRank;
    return std::nullopt;
  }
  std::optional<Tensor::Dims> blocks = blocksOfSize(dims, sizes);
  why = blocks ? why : WhyLeft::Indivisible;
  return blocks;
}

/// Scales or offsets as an argument: of the weight's rank, or, before iOS18, a scalar or vector.
const Literal *parameter(Context &context, DType type, Tensor::Dims dims, bool blockwise, llvm::ArrayRef<ScaleAndOffset> parameters,
                         float ScaleAndOffset::*which) {
  if (!blockwise)
    llvm::erase_if(dims, [](int64_t dim) { return dim == 1; });
  std::vector<float> values;
  for (const ScaleAndOffset &each : parameters)
    values.push_back(each.*which);
  return constantOf(context, type, dims, std::move(values));
}

/// The only dimension with several blocks, before iOS18.
int64_t axisOf(llvm::ArrayRef<int64_t> blocks) {
  auto several = llvm::find_if(blocks, [](int64_t count) { return count > 1; });
  return several == blocks.end() ? 0 : several - blocks.begin();
}

} // namespace

std::optional<CompressedWeight> mil::compress(const WeightView &weight, const QuantizeScheme &scheme, Opset opset, Context &context,
                                              WhyLeft &why) {
  std::optional<Tensor::Dims> blocks = blocksFor(weight, scheme, why);
  std::optional<std::vector<Range>> ranges = blocks ? rangesOf(*weight.values, *blocks, why) : std::nullopt;
  if (!ranges)
    return std::nullopt;
  const Integers integers = Integers::of(scheme.dtype, scheme.symmetric);
  DType type = weight.values->dtype();
  auto quantized = std::make_shared<Quantized>(
      Quantized{weight.values, BlockNumbers(weight.values->dims(), *blocks), {}, float(integers.least), float(integers.greatest)});
  std::optional<std::vector<uint8_t>> parts;
  if (scheme.leastError && !(parts = bestParts(*quantized, *ranges, *blocks, integers))) {
    why = WhyLeft::Unreadable;
    return std::nullopt;
  }
  quantized->parameters.resize(ranges->size());
  constexpr size_t blocksATask = 1 << 12;
  inParallel((ranges->size() + blocksATask - 1) / blocksATask, [&](size_t task) {
    for (size_t i = task * blocksATask; i < std::min((task + 1) * blocksATask, ranges->size()); ++i) {
      double part = parts ? partOf((*parts)[i]) : 1;
      quantized->parameters[i] = parametersFor(double((*ranges)[i].least) * part, double((*ranges)[i].greatest) * part, integers, type);
    }
  });

  quantized->known = codesByHessian(weight, [&](int64_t element, float value, uint8_t &code) {
    QuantizationStep step = quantized->stepOf(quantized->blocks.of(element));
    quantizeRun(value, step);
    code = uint8_t(int32_t(value));
    dequantizeRun(value, step);
    return value;
  });

  bool blockwise = opset >= Opset::IOS18;
  const std::vector<ScaleAndOffset> &parameters = quantized->parameters;
  CompressedWeight form;
  form.suffix = "_quantized";
  form.values = [quantized](int64_t from, llvm::MutableArrayRef<float> out) { return quantized->decoded(from, out); };
  auto codes = [quantized](int64_t from, llvm::MutableArrayRef<uint8_t> out) { return quantized->codes(from, out); };
  const Literal *scale = parameter(context, type, *blocks, blockwise, parameters, &ScaleAndOffset::scale);
  const Literal *offset = parameter(context, integers.type, *blocks, blockwise, parameters, &ScaleAndOffset::offset);
  CompressedWeight::Operation &op = form.operations.emplace_back();
  if (weight.mask) {
    std::shared_ptr<const Kept> kept = Kept::of(weight.values->count(), maskOf(*weight.mask));
    if (!kept) {
      why = WhyLeft::Unreadable;
      return std::nullopt;
    }
    op.type = "constexpr_sparse_blockwise_shift_scale";
    const Literal *stored = keptCodes(context, integers.type, kept, codes);
    op.arguments = {{"data_mask", weight.mask}, {"nonzero_data", stored}, {"scale", scale}};
    if (integers.hasOffset())
      op.arguments.push_back({"offset", offset});
    addSparseToDense(form, weight.mask, false, kept);
    return form;
  }
  const Literal *data = codesConstant(context, Type::tensor(context, integers.type, weight.values->dims()), codes);
  op.type = blockwise ? "constexpr_blockwise_shift_scale" : "constexpr_affine_dequantize";
  op.arguments.push_back({blockwise ? "data" : "quantized_data", data});
  op.arguments.push_back({"scale", scale});
  if (!blockwise || integers.hasOffset())
    op.arguments.push_back({blockwise ? "offset" : "zero_point", offset});
  if (!blockwise)
    op.arguments.push_back({"axis", Literal::int32(context, int32_t(axisOf(*blocks)))});
  return form;
}
