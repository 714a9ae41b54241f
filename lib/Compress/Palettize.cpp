// Palettes as operations: a table and indices into it, dense, packed as before iOS18, or of the elements that a mask keeps.
#include "Kept.h"
#include "Palette.h"
#include "Parts.h"
#include "Rounding.h"
#include "mil/IR/Context.h"

using namespace mil;

namespace {

/// A weight with its palette; computes indices, and the numbers that they represent. Positions count indices: with vectors, one per vector.
struct Palettized {
  std::shared_ptr<const WeightValues> weight;
  Groups groups;
  Palette palette;
  std::optional<BlockNumbers> blocks;
  std::shared_ptr<const std::vector<uint8_t>> known = nullptr; ///< the indices, where they were made before

  bool codes(int64_t from, llvm::MutableArrayRef<uint8_t> out) const {
    if (known) {
      std::copy_n(known->begin() + from, out.size(), out.begin());
      return true;
    }
    if (groups.vector == 1)
      return codesOfNumbers(from, out);
    // Runs at the same channel: vectors of which each component is a run of the weight.
    size_t dimension = size_t(groups.vector);
    std::vector<float> values;
    for (int64_t done = 0, n; done < int64_t(out.size()); done += n) {
      int64_t at = from + done, row = at / groups.inner, offset = at % groups.inner;
      n = std::min(groups.inner - offset, int64_t(out.size()) - done);
      values.resize(size_t(n) * dimension);
      for (size_t d = 0; d < dimension; ++d)
        if (!weight->read((row * groups.vector + int64_t(d)) * groups.inner + offset,
                          llvm::MutableArrayRef(values).slice(d * size_t(n), size_t(n))))
          return false;
      int64_t channel = row * groups.vector % groups.channels;
      palette.indices(values, channel / groups.size, out.slice(size_t(done), size_t(n)));
    }
    return true;
  }
  bool codesOfNumbers(int64_t from, llvm::MutableArrayRef<uint8_t> out) const {
    std::vector<float> values(out.size());
    if (!weight->read(from, values))
      return false;
    blocks->forEachRun(from, int64_t(out.size()), [&](int64_t at, int64_t count, int64_t group) {
      palette.indices(llvm::ArrayRef(values).slice(size_t(at), size_t(count)), group, out.slice(size_t(at), size_t(count)));
    });
    return true;
  }
  bool decoded(int64_t from, llvm::MutableArrayRef<float> out) const {
    size_t entries = size_t(1) << palette.bits, dimension = size_t(groups.vector);
    std::vector<uint8_t> indices;
    for (int64_t done = 0, n; done < int64_t(out.size()); done += n) {
      int64_t at = from + done, row = at / groups.inner, offset = at % groups.inner;
      n = std::min(groups.inner - offset, int64_t(out.size()) - done);
      indices.resize(size_t(n));
      if (!codes(row / groups.vector * groups.inner + offset, indices))
        return false;
      const float *table = palette.tables.data() + size_t(row % groups.channels / groups.size) * entries * dimension;
      for (size_t i = 0; i < indices.size(); ++i)
        out[size_t(done) + i] = table[indices[i] * dimension + size_t(row % groups.vector)];
    }
    return true;
  }
};

DType indexType(unsigned bits) {
  static constexpr DType types[] = {DType::Invalid, DType::UInt1, DType::UInt2,   DType::UInt3, DType::UInt4,
                                    DType::Invalid, DType::UInt6, DType::Invalid, DType::UInt8};
  return types[bits];
}

/// A weight divided by the greatest magnitude of each output channel.
class ScaledValues : public WeightValues {
public:
  ScaledValues(std::shared_ptr<const WeightValues> weight, const Tensor::Dims &blocks, std::vector<float> scales)
      : WeightValues(weight->dtype(), weight->dims()), weight(std::move(weight)), blocks(dims(), blocks), scales(std::move(scales)) {}
  bool read(int64_t from, llvm::MutableArrayRef<float> out) const override {
    if (!weight->read(from, out))
      return false;
    blocks.forEachRun(from, int64_t(out.size()), [&](int64_t at, int64_t count, int64_t block) {
      for (float &value : out.slice(size_t(at), size_t(count)))
        value = isHalf() ? roundedToHalf(value / scales[size_t(block)]) : value / scales[size_t(block)];
    });
    return true;
  }

private:
  std::shared_ptr<const WeightValues> weight;
  BlockNumbers blocks;
  std::vector<float> scales;
};

/// Short runs, far apart, are read from memory.
class LoadedValues : public WeightValues {
public:
  static std::shared_ptr<const WeightValues> of(const WeightValues &weight) {
    auto loaded = std::make_shared<LoadedValues>(weight);
    return weight.read(0, loaded->values) ? loaded : nullptr;
  }
  explicit LoadedValues(const WeightValues &weight)
      : WeightValues(weight.dtype(), weight.dims()), values(static_cast<size_t>(weight.count())) {}
  bool read(int64_t from, llvm::MutableArrayRef<float> out) const override {
    std::copy_n(values.begin() + from, out.size(), out.begin());
    return true;
  }

private:
  std::vector<float> values;
};

/// Which vectors of a weight a mask keeps, if it keeps or drops all elements of each.
Kept::Mask maskOfVectors(Kept::Mask mask, const Groups &groups) {
  return [mask = std::move(mask), groups](int64_t from, llvm::MutableArrayRef<uint8_t> out) {
    for (int64_t done = 0, n; done < int64_t(out.size()); done += n) {
      int64_t row = (from + done) / groups.inner, offset = (from + done) % groups.inner;
      n = std::min(groups.inner - offset, int64_t(out.size()) - done);
      if (!mask(row * groups.vector * groups.inner + offset, out.slice(size_t(done), size_t(n))))
        return false;
    }
    return true;
  };
}

std::optional<Palette> paletteOf(const WeightView &weight, const Groups &groups, const PalettizeScheme &scheme, Opset opset, WhyLeft &why) {
  switch (scheme.mode) {
  case PalettizeScheme::Mode::Uniform:
    return uniformPalette(weight, groups, scheme.bits, why);
  case PalettizeScheme::Mode::Unique:
    return uniquePalette(weight, groups, opset >= Opset::IOS18, why);
  case PalettizeScheme::Mode::KMeans:
    return kmeansPalette(weight, groups, scheme, why);
  }
  return std::nullopt;
}

} // namespace

std::optional<CompressedWeight> mil::compress(const WeightView &given, const PalettizeScheme &scheme, Opset opset, Context &context,
                                              WhyLeft &why) {
  std::optional<Groups> groups = groupsOf(given, scheme, opset, why);
  if (!groups)
    return std::nullopt;
  WeightView weight = given;
  llvm::ArrayRef<int64_t> dims = weight.values->dims();
  DType type = weight.values->dtype();
  std::vector<float> scales;
  Tensor::Dims scaleDims(dims.size(), 1);
  if (scheme.perChannelScale && !scalesTables(weight, opset)) {
    if (!weight.outputs) {
      why = WhyLeft::NoChannels;
      return std::nullopt;
    }
    scaleDims[*weight.outputs] = dims[*weight.outputs];
    std::optional<std::vector<Range>> ranges = rangesOf(*weight.values, scaleDims, why);
    if (!ranges)
      return std::nullopt;
    for (const Range &range : *ranges)
      scales.push_back(std::max(-range.least, range.greatest) > 0 ? std::max(-range.least, range.greatest) : 1);
    weight.values = std::make_shared<ScaledValues>(weight.values, scaleDims, scales);
  }

  WeightView read = weight;
  if (!read.importance && scheme.mode == PalettizeScheme::Mode::KMeans && scheme.vector == 1 && !read.mask)
    read.importance = importanceByHessian(read);
  constexpr int64_t longRun = 2048, mostLoaded = int64_t(1) << 25;
  int64_t run = groups->vector > 1 ? groups->inner : groups->size * groups->inner;
  bool isCut = groups->vector > 1 || groups->outer > 1;
  if (isCut && run < longRun && weight.values->count() <= mostLoaded)
    read.values = LoadedValues::of(*weight.values);
  std::optional<Palette> palette;
  if (read.values)
    palette = paletteOf(read, *groups, scheme, opset, why);
  else
    why = WhyLeft::Unreadable;
  if (!palette)
    return std::nullopt;

  Tensor::Dims blocks(dims.size(), 1), indexDims(dims), tableDims;
  blocks[groups->axis] = groups->count();
  indexDims[groups->axis] /= groups->vector;
  auto palettized = std::make_shared<Palettized>(Palettized{weight.values, *groups, std::move(*palette), BlockNumbers(dims, blocks)});
  unsigned bits = palettized->palette.bits;
  if (groups->vector == 1 && scheme.mode != PalettizeScheme::Mode::Unique)
    palettized->known = codesByHessian(weight, [&](int64_t element, float value, uint8_t &code) {
      int64_t group = palettized->blocks->of(element);
      palettized->palette.indices(value, group, code);
      return palettized->palette.tables[(size_t(group) << palettized->palette.bits) + code];
    });
  auto codes = [palettized](int64_t from, llvm::MutableArrayRef<uint8_t> out) { return palettized->codes(from, out); };
  tableDims = blocks;
  tableDims.append({int64_t(1) << bits, groups->vector});
  bool packs = opset < Opset::IOS18;
  if (packs)
    tableDims = {int64_t(1) << bits};
  CompressedWeight form;
  form.suffix = "_palettized";
  form.values = [palettized](int64_t from, llvm::MutableArrayRef<float> out) { return palettized->decoded(from, out); };
  const Literal *lut = constantOf(context, type, tableDims, palettized->palette.tables);
  CompressedWeight::Operation &op = form.operations.emplace_back();

  if (weight.mask) {
    Kept::Mask mask = maskOf(*weight.mask);
    std::shared_ptr<const Kept> elements = Kept::of(weight.values->count(), mask), kept = elements;
    if (groups->vector > 1)
      kept = Kept::of(Type::tensor(context, DType::UInt1, indexDims).elementCount().value_or(0), maskOfVectors(std::move(mask), *groups));
    if (!kept || !elements) {
      why = WhyLeft::Unreadable;
      return std::nullopt;
    }
    op.type = "constexpr_lut_to_sparse";
    const Literal *indicesMask = groups->vector > 1 ? maskConstant(context, indexDims, kept->mask()) : weight.mask;
    op.arguments = {
        {"indices_mask", indicesMask}, {"indices_nonzero_data", keptCodes(context, indexType(bits), kept, codes)}, {"lut", lut}};
    if (groups->vector > 1)
      op.arguments.push_back({"vector_axis", Literal::int32(context, int32_t(groups->axis))});
    addSparseToDense(form, weight.mask, true, elements);
    return form;
  }
  const Literal *indices = codesConstant(context, Type::tensor(context, indexType(bits), indexDims), codes);
  op.type = "constexpr_lut_to_dense";
  op.arguments = {{"indices", packs ? packedAsBytes(context, indices) : indices}, {"lut", lut}};
  if (packs)
    op.arguments.push_back({"shape", shapeAsUInt32(context, dims)});
  if (groups->vector > 1)
    op.arguments.push_back({"vector_axis", Literal::int32(context, int32_t(groups->axis))});
  if (!scales.empty()) {
    CompressedWeight::Operation &scale = form.operations.emplace_back();
    scale.type = "constexpr_blockwise_shift_scale";
    scale.arguments.push_back({"data", nullptr, 0, 0});
    scale.arguments.push_back({"scale", constantOf(context, type, scaleDims, scales)});
    form.suffix = "_palettized_pcs";
    form.values = [unscaled = form.values, numbers = BlockNumbers(dims, scaleDims), scales, type](int64_t from,
                                                                                                  llvm::MutableArrayRef<float> out) {
      if (!unscaled(from, out))
        return false;
      numbers.forEachRun(from, int64_t(out.size()), [&](int64_t at, int64_t count, int64_t block) {
        for (float &value : out.slice(size_t(at), size_t(count)))
          value = type == DType::Float16 ? roundedToHalf(value * scales[size_t(block)]) : value * scales[size_t(block)];
      });
      return true;
    };
  }
  return form;
}
