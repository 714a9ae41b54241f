// palettize_weights: weights become indices into tables of few values.
//
//   w = const(val = W)
//     =>   w = constexpr_lut_to_dense()[indices = packed I, lut = L, shape = …]     before iOS18
//          w = constexpr_lut_to_dense(indices = I, lut = L)                         from iOS18 on
//
//   unique    for weights of no more than 256 different values, as quantization leaves them: L is those values, sorted; the narrowest
//             indices that suffice. Other weights stay as they are.
//   uniform   L is 2^nbits values with equal steps from the least to the greatest weight, I the nearest of them.
//
// With one table for all, or one for each group of `group_size` channels, from iOS18 on. Compressed are constants with two dimensions or
// more and more than `weight_threshold` elements, of fp16 and fp32, and, by their different values, of int8 and uint8. Left as they are:
// those with infinities or NaN, whose channels are no multiple of `group_size`, or whose readers don't agree which channels are which,
// unless there is one table. Indices are of 1, 2, 3, 4, 6 or 8 bits; before iOS18 there are none of 3.
//
// A weight is read here once, and again when it is written, in windows.
//
// unique: exact. uniform: within half a step; the indices and tables are coremltools'.
// Source: coremltools' compression::palettize_weights.
#include "mil/Pass/StreamedConstants.h"
#include "patterns/Weights.h"
#include "llvm/ADT/STLExtras.h"
#include <bit>

using namespace mil;

namespace {

double rounded(DType type, double value) {
  roundTo(type, llvm::MutableArrayRef(&value, 1));
  return value;
}

/// The tables of a weight, one a block, and what makes an element an index.
struct Palette {
  unsigned bits = 0;
  std::vector<std::vector<double>> tables;
  std::function<void(llvm::MutableArrayRef<double> values, int64_t block)> toIndices;
};

// ---- uniform ----------------------------------------------------------------

std::optional<Palette> uniform(ElementReader &elements, llvm::ArrayRef<int64_t> blocks, unsigned bits, DiagnosticEngine &diags) {
  std::optional<std::vector<Range>> ranges = rangesOf(elements, blocks, diags);
  if (!ranges)
    return std::nullopt;
  DType type = elements.dtype();
  double last = std::ldexp(1.0, int(bits)) - 1;
  Palette palette{bits, {}, {}};
  for (const Range &range : *ranges) {
    double width = rounded(type, range.greatest - range.least);
    if (!std::isfinite(width)) // of more than the greatest fp16
      return std::nullopt;
    std::vector<double> &table = palette.tables.emplace_back();
    for (double i = 0; i <= last; ++i)
      table.push_back(rounded(type, i * (width / last) + range.least));
  }
  palette.toIndices = [type, last, ranges = std::move(*ranges)](llvm::MutableArrayRef<double> values, int64_t block) {
    const Range &range = ranges[size_t(block)];
    double width = rounded(type, range.greatest - range.least);
    for (double &value : values)
      value -= range.least;
    roundTo(type, values);
    for (double &value : values)
      value = width == 0 ? 0 : value / width;
    roundTo(type, values);
    for (double &value : values)
      value *= last;
    roundTo(type, values);
    for (double &value : values)
      value = std::nearbyint(value);
  };
  return palette;
}

// ---- unique -----------------------------------------------------------------

/// Numbers by value, then by sign, so that -0 is before 0 and another one.
bool isBefore(double a, double b) { return a != b ? a < b : std::signbit(a) && !std::signbit(b); }
bool isSame(double a, double b) { return std::bit_cast<uint64_t>(a) == std::bit_cast<uint64_t>(b); }

/// The different values of each block, sorted; nullopt when one has more than 256, or some that isn't finite.
std::optional<std::vector<std::vector<double>>> differentValues(ElementReader &elements, llvm::ArrayRef<int64_t> blocks,
                                                                DiagnosticEngine &diags) {
  size_t count = 1;
  for (int64_t each : blocks)
    count *= size_t(each);
  std::vector<std::vector<double>> found(count);
  BlockNumbers numbers(elements.dims(), blocks);
  bool fits = true;
  std::vector<double> window;
  for (int64_t at = 0; at < elements.count() && fits; at += int64_t(window.size())) {
    window.resize(size_t(std::min<int64_t>(4096, elements.count() - at)));
    if (!elements.read(at, window, diags))
      return std::nullopt;
    numbers.forEachRun(at, int64_t(window.size()), [&](int64_t offset, int64_t n, int64_t block) {
      std::vector<double> &values = found[size_t(block)];
      for (double value : llvm::ArrayRef(window).slice(size_t(offset), size_t(n))) {
        auto place = llvm::lower_bound(values, value, isBefore);
        if (place != values.end() && isSame(*place, value))
          continue;
        fits &= values.size() < 256 && std::isfinite(value);
        if (!fits)
          return;
        values.insert(place, value);
      }
    });
  }
  return fits ? std::optional(std::move(found)) : std::nullopt;
}

std::optional<Palette> unique(ElementReader &elements, llvm::ArrayRef<int64_t> blocks, bool threeBits, DiagnosticEngine &diags) {
  std::optional<std::vector<std::vector<double>>> values = differentValues(elements, blocks, diags);
  if (!values)
    return std::nullopt;
  size_t most = 0;
  for (const std::vector<double> &each : *values)
    most = std::max(most, each.size());
  Palette palette;
  for (unsigned bits : {8, 6, 4, 3, 2, 1})
    if (most <= size_t(1) << bits && (bits != 3 || threeBits))
      palette.bits = bits;
  palette.tables = *values;
  for (std::vector<double> &table : palette.tables)
    table.resize(size_t(1) << palette.bits);
  palette.toIndices = [values = std::move(*values)](llvm::MutableArrayRef<double> elements, int64_t block) {
    const std::vector<double> &table = values[size_t(block)];
    for (double &value : elements)
      value = double(llvm::lower_bound(table, value, isBefore) - table.begin());
  };
  return palette;
}

// ---- The pass ---------------------------------------------------------------

struct PalettizeWeights : PatternPass {
  PalettizeWeights() : PatternPass({"const"}) {}
  ChoiceOption mode{*this, "mode", "How the values of a table are found", {"unique", "uniform"}};
  ChoiceOption bits{*this, "nbits", "Bits of an index, for uniform", {"4", "1", "2", "3", "6", "8"}};
  ChoiceOption granularity{*this, "granularity", "What has a table of its own", {"per_tensor", "per_grouped_channel"}};
  Option<int64_t> groupSize{*this, "group_size", "Channels in a group, for per_grouped_channel", 32};
  Option<std::optional<int64_t>> channelAxis{*this, "channel_axis", "The dimension of the channels, instead of that of the outputs"};
  WeightOptions options{*this};

  bool wants(Function &) override { return options.start(), true; }

  bool rewrite(Operation &op, Rewriter &rewriter) override {
    std::optional<Weight> weight = Weight::of(op, options, mode.is("unique"));
    if (!weight || options.isTooOld(rewriter, "palettize_weights") || refuses(op, rewriter))
      return false;
    std::optional<Tensor::Dims> blocks = blocksOf(*weight);
    std::shared_ptr<ElementReader> elements = elementsOf(*weight->literal);
    if (!blocks || !elements)
      return false;
    bool packs = rewriter.opset() < Opset::IOS18;
    std::optional<Palette> palette =
        mode.is("unique") ? unique(*elements, *blocks, !packs, rewriter.diags()) : uniform(*elements, *blocks, nbits(), rewriter.diags());
    return palette && rewriter.replace(op, lookUp(*weight, elements, *blocks, *palette, rewriter));
  }

  unsigned nbits() const { return unsigned((*bits)[0] - '0'); }

  /// Complains, once, where the function's opset doesn't have what is asked for.
  bool refuses(const Operation &op, Rewriter &rewriter) const {
    bool groups = granularity.is("per_grouped_channel");
    const char *why = groups && groupSize < 1                                                               ? "group_size must be 1 or more"
                      : rewriter.opset() < Opset::IOS18 && (groups || (mode.is("uniform") && nbits() == 3)) ? "groups and 3 bits need iOS18"
                                                                                                            : nullptr;
    return refuse(op, rewriter, "palettize_weights", why);
  }

  /// How many tables there are along each dimension.
  std::optional<Tensor::Dims> blocksOf(const Weight &weight) const {
    Tensor::Dims sizes(weight.dims().size(), 0);
    if (granularity.is("per_tensor"))
      return blocksOfSize(weight.dims(), sizes);
    if (*channelAxis ? **channelAxis < 0 || size_t(**channelAxis) >= sizes.size() : !weight.outputs)
      return std::nullopt;
    sizes[*channelAxis ? size_t(**channelAxis) : *weight.outputs] = groupSize;
    return blocksOfSize(weight.dims(), sizes);
  }

  static Value *lookUp(const Weight &weight, const std::shared_ptr<ElementReader> &elements, llvm::ArrayRef<int64_t> blocks,
                       const Palette &palette, Rewriter &rewriter) {
    static constexpr DType types[] = {DType::Invalid, DType::UInt1, DType::UInt2,   DType::UInt3, DType::UInt4,
                                      DType::Invalid, DType::UInt6, DType::Invalid, DType::UInt8};
    Context &context = rewriter.context();
    bool packs = rewriter.opset() < Opset::IOS18;
    Tensor::Dims dims(blocks);
    dims.append({int64_t(1) << palette.bits, 1});
    Tensor lut(weight.dtype(), packs ? llvm::ArrayRef<int64_t>(int64_t(1) << palette.bits) : llvm::ArrayRef<int64_t>(dims));
    for (size_t i = 0; i < palette.tables.size(); ++i)
      lut.write(int64_t(i) << palette.bits, llvm::ArrayRef<double>(palette.tables[i]));
    auto make = [elements, numbers = BlockNumbers(weight.dims(), blocks),
                 toIndices = palette.toIndices](int64_t from, llvm::MutableArrayRef<double> out) {
      DiagnosticEngine silent; // who writes says that it failed
      if (!elements->read(from, out, silent))
        return false;
      numbers.forEachRun(from, int64_t(out.size()),
                         [&](int64_t at, int64_t count, int64_t block) { toIndices(out.slice(size_t(at), size_t(count)), block); });
      return true;
    };
    const Literal *indices = streamedConstant(context, weight.type().withDType(context, types[palette.bits]), make);
    if (!packs)
      return rewriter.make("constexpr_lut_to_dense", {{"indices", indices}, {"lut", rewriter.literal(lut)}});
    return rewriter.make(
        "constexpr_lut_to_dense",
        {{"indices", packedAsBytes(context, indices)}, {"lut", rewriter.literal(lut)}, {"shape", shapeAsUInt32(context, weight.dims())}});
  }
};
} // namespace

MIL_PASS(palettize_weights, PalettizeWeights)
