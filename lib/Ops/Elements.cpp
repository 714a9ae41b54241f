#include "mil/Ops/Elements.h"
#include "mil/IR/Block.h"
#include "mil/Ops/Blocks.h"
#include "mil/Support/Half.h"
#include "mil/Weights/Packing.h"
#include "llvm/ADT/bit.h"
#include <cmath>

using namespace mil;

/// How many elements are treated at a time, and how deep constexpr ops may be chained.
static constexpr int64_t window = 4096;
static constexpr unsigned maxChain = 16;
/// What is held in memory: scales, offsets, tables.
static constexpr uint64_t mostParameters = uint64_t(1) << 28;

using Window = llvm::MutableArrayRef<double>;
using Reader = std::unique_ptr<ElementReader>;

static int64_t product(llvm::ArrayRef<int64_t> dims) {
  int64_t count = 1;
  for (int64_t dim : dims)
    count *= dim;
  return count;
}

ElementReader::ElementReader(DType type, llvm::ArrayRef<int64_t> dims) : type(type), shape(dims), elements(product(dims)) {}

void mil::roundTo(DType type, Window values) {
  if (type == DType::Float32)
    for (double &value : values)
      value = double(float(value));
  else if (type == DType::Float16)
    for (double &value : values)
      value = roundToHalf(value);
  else
    for (double &value : values)
      value = toDouble(floatFormat(type), fromDouble(floatFormat(type), value));
}

// ---- Literals ---------------------------------------------------------------

namespace {

/// Elements of a type in bytes, as weight files hold them.
class LiteralElements : public ElementReader {
public:
  LiteralElements(const Literal &literal, DType type, llvm::ArrayRef<int64_t> dims) : ElementReader(type, dims), literal(literal) {}

  bool read(int64_t from, Window out, DiagnosticEngine &diags) override {
    for (int64_t done = 0; done < int64_t(out.size());) {
      // A window starts at a whole byte.
      int64_t skipped = (from + done) % 8;
      int64_t n = std::min(window, int64_t(out.size()) - done + skipped);
      if (!load(from + done - skipped, n, diags))
        return false;
      elements->read(skipped, out.slice(size_t(done), size_t(n - skipped)));
      done += n - skipped;
    }
    return true;
  }

private:
  bool load(int64_t from, int64_t n, DiagnosticEngine &diags) {
    if (!elements || elements->count() != n)
      elements.emplace(dtype(), n);
    unsigned bits = bitWidth(dtype());
    llvm::MutableArrayRef<uint8_t> target = elements->bytes();
    if (isSubByte(dtype())) {
      packed.resize(size_t(n * bits + 7) / 8);
      target = packed;
    }
    uint64_t offset = uint64_t(from) * bits / 8;
    if (literal.isBlob()) {
      if (!literal.blob()->read(offset, target, diags))
        return false;
    } else {
      llvm::ArrayRef<uint8_t> part = literal.bytes().slice(offset, target.size());
      std::copy(part.begin(), part.end(), target.begin());
    }
    if (isSubByte(dtype()))
      unpackElements(*toBlobDType(dtype()), packed, elements->bytes());
    return true;
  }

  const Literal &literal;
  std::optional<Tensor> elements;
  std::vector<uint8_t> packed;
};

// ---- Scales and offsets -----------------------------------------------------

struct ScaleAndOffset {
  std::vector<double> scale, offset; ///< one a block; no offset is 0
  bool affine = false;               ///< in single precision, rounded once

  void apply(DType type, int64_t block, Window values) const {
    double by = scale[size_t(block)], zero = offset.empty() ? 0 : offset[size_t(block)];
    if (affine) {
      for (double &value : values)
        value = double(float(float(value - zero) * float(by)));
    } else {
      if (zero != 0) {
        for (double &value : values)
          value -= zero;
        roundTo(type, values);
      }
      for (double &value : values)
        value *= by;
    }
    roundTo(type, values);
  }
};

class ScaledElements : public ElementReader {
public:
  ScaledElements(DType type, Reader data, llvm::ArrayRef<int64_t> blocks, ScaleAndOffset scale)
      : ElementReader(type, data->dims()), data(std::move(data)), blocks(dims(), blocks), scale(std::move(scale)) {}

  bool read(int64_t from, Window out, DiagnosticEngine &diags) override {
    if (!data->read(from, out, diags))
      return false;
    if (!scale.affine && isFloat(data->dtype()) && data->dtype() != dtype())
      roundTo(dtype(), out);
    blocks.forEachRun(from, int64_t(out.size()),
                      [&](int64_t at, int64_t count, int64_t block) { scale.apply(dtype(), block, out.slice(size_t(at), size_t(count))); });
    return true;
  }

private:
  Reader data;
  BlockNumbers blocks;
  ScaleAndOffset scale;
};

// ---- Tables -----------------------------------------------------------------

/// A table [groups…, entries, V] for indices of a shape; what an index stands for, as V elements along `axis`.
struct Table {
  std::vector<double> values;
  BlockNumbers groups;
  int64_t entries, vector = 1;

  double at(int64_t position, double index, int64_t part) const { return entry(groups.of(position), index, part); }
  double entry(int64_t group, double index, int64_t part) const {
    return values[size_t((group * entries + int64_t(index)) * vector + part)];
  }
};

class TableElements : public ElementReader {
public:
  TableElements(DType type, llvm::ArrayRef<int64_t> dims, Reader indices, Table table, int64_t inner)
      : ElementReader(type, dims), indices(std::move(indices)), table(std::move(table)), inner(inner) {}

  bool read(int64_t from, Window out, DiagnosticEngine &diags) override {
    if (table.vector == 1) {
      if (!indices->read(from, out, diags))
        return false;
      table.groups.forEachRun(from, int64_t(out.size()), [&](int64_t at, int64_t count, int64_t group) {
        for (double &value : out.slice(size_t(at), size_t(count)))
          value = table.entry(group, value, 0);
      });
      return true;
    }
    // Element (…, j · V + k, …) is part k of the vector at (…, j, …): runs of `inner` elements share j and k.
    for (int64_t done = 0, n; done < int64_t(out.size()); done += n) {
      int64_t at = from + done, row = at / inner, offset = at % inner;
      n = std::min(inner - offset, int64_t(out.size()) - done);
      int64_t position = row / table.vector * inner + offset;
      Window part = out.slice(size_t(done), size_t(n));
      if (!indices->read(position, part, diags))
        return false;
      for (size_t i = 0; i < part.size(); ++i)
        part[i] = table.at(position + int64_t(i), part[i], row % table.vector);
    }
    return true;
  }

private:
  Reader indices;
  Table table;
  int64_t inner;
};

// ---- Sparse -----------------------------------------------------------------

/// The places of the elements that a mask keeps, in order, and how many are before a place.
class KeptPlaces {
public:
  explicit KeptPlaces(Reader mask) : mask(std::move(mask)) {}

  llvm::ArrayRef<int64_t> dims() const { return mask->dims(); }
  /// Calls visit(place, its number among those kept) for those in a range of places.
  template <typename F> bool forPlaces(int64_t from, int64_t to, DiagnosticEngine &diags, F visit) {
    if (!seek(from, diags))
      return false;
    while (at < to) {
      if (!load(std::min(window, to - at), diags))
        return false;
      for (double bit : bits) {
        if (bit != 0)
          visit(at, kept++);
        ++at;
      }
    }
    return true;
  }
  /// Calls visit(place) for the kept ones of these numbers.
  template <typename F> bool forKept(int64_t from, int64_t count, DiagnosticEngine &diags, F visit) {
    if (kept > from)
      at = kept = 0;
    while (kept < from + count && at < mask->count()) {
      if (!load(std::min(window, mask->count() - at), diags))
        return false;
      for (double bit : bits) {
        if (kept == from + count)
          return true;
        if (bit != 0 && kept++ >= from)
          visit(at);
        ++at;
      }
    }
    return kept == from + count;
  }

private:
  bool seek(int64_t place, DiagnosticEngine &diags) {
    if (at > place)
      at = kept = 0;
    while (at < place) {
      if (!load(std::min(window, place - at), diags))
        return false;
      for (double bit : bits)
        kept += bit != 0;
      at += int64_t(bits.size());
    }
    return true;
  }
  bool load(int64_t n, DiagnosticEngine &diags) {
    bits.resize(size_t(n));
    return mask->read(at, bits, diags);
  }

  Reader mask;
  int64_t at = 0, kept = 0; ///< kept: how many are before `at`
  std::vector<double> bits;
};

class SparseElements : public ElementReader {
public:
  SparseElements(KeptPlaces places, Reader data)
      : ElementReader(data->dtype(), places.dims()), places(std::move(places)), data(std::move(data)) {}

  bool read(int64_t from, Window out, DiagnosticEngine &diags) override {
    std::fill(out.begin(), out.end(), 0.0);
    std::vector<int64_t> targets;
    int64_t first = 0;
    auto keep = [&](int64_t place, int64_t number) {
      if (targets.empty())
        first = number;
      targets.push_back(place - from);
    };
    if (!places.forPlaces(from, from + int64_t(out.size()), diags, keep))
      return false;
    std::vector<double> values(targets.size());
    if (first + int64_t(values.size()) > data->count() || (!values.empty() && !data->read(first, values, diags)))
      return false;
    for (size_t i = 0; i < targets.size(); ++i)
      out[size_t(targets[i])] = values[i];
    return true;
  }

private:
  KeptPlaces places;
  Reader data;
};

/// Kept elements that are computed from where they are: scaled by blocks, or looked up.
template <typename Compute> class KeptElements : public ElementReader {
public:
  KeptElements(DType type, KeptPlaces places, Reader data, Compute compute)
      : ElementReader(type, data->dims()), places(std::move(places)), data(std::move(data)), compute(std::move(compute)) {}

  bool read(int64_t from, Window out, DiagnosticEngine &diags) override {
    if (!data->read(from, out, diags))
      return false;
    size_t i = 0;
    return places.forKept(from, int64_t(out.size()), diags, [&](int64_t place) { compute(place, out[i]), ++i; });
  }

private:
  KeptPlaces places;
  Reader data;
  Compute compute;
};

/// How a dense shape grows along an axis when each of its elements becomes a vector there.
struct Spread {
  int64_t size, vector, inner; ///< of the axis before; of a vector; elements behind the axis
  /// The element that a place of the larger shape belongs to.
  int64_t from(int64_t place) const {
    int64_t row = place / inner, large = size * vector;
    return (row / large * size + row % large / vector) * inner + place % inner;
  }
  /// Which part of its vector it is.
  int64_t part(int64_t place) const { return place / inner % vector; }
  Tensor::Dims dims(llvm::ArrayRef<int64_t> before, size_t axis) const {
    Tensor::Dims result(before);
    result[axis] *= vector;
    return result;
  }
};

/// A mask each of whose elements is repeated along an axis.
class SpreadMask : public ElementReader {
public:
  SpreadMask(Reader mask, size_t axis, Spread spread)
      : ElementReader(mask->dtype(), spread.dims(mask->dims(), axis)), mask(std::move(mask)), spread(spread) {}
  bool read(int64_t from, Window out, DiagnosticEngine &diags) override {
    for (size_t i = 0; i < out.size(); ++i)
      if (!mask->read(spread.from(from + int64_t(i)), Window(&out[i], 1), diags))
        return false;
    return true;
  }

private:
  Reader mask;
  Spread spread;
};

/// The vectors that indices choose, where a mask is 1: row-major in the shape in which they are spread. Held in memory once read.
class SpreadVectors : public ElementReader {
public:
  SpreadVectors(DType type, Reader mask, Reader indices, Table table, Spread spread)
      : ElementReader(type, {indices->count() * table.vector}), mask(std::move(mask)), indices(std::move(indices)), table(std::move(table)),
        spread(spread) {}
  bool read(int64_t from, Window out, DiagnosticEngine &diags) override {
    if (values.empty() && count() && !decode(diags))
      return false;
    for (size_t i = 0; i < out.size(); ++i)
      out[i] = size_t(from) + i < values.size() ? values[size_t(from) + i] : 0;
    return true;
  }

private:
  bool decode(DiagnosticEngine &diags) {
    std::vector<double> kept(size_t(mask->count())), chosen(size_t(indices -> count()));
    if (!mask->read(0, kept, diags) || !indices->read(0, chosen, diags))
      return false;
    std::vector<int64_t> number(kept.size());
    int64_t next = 0;
    for (size_t i = 0; i < kept.size(); ++i)
      number[i] = kept[i] != 0 ? next++ : -1;
    for (int64_t place = 0; place < mask->count() * spread.vector; ++place)
      if (int64_t source = spread.from(place), n = number[size_t(source)]; n >= 0 && n < int64_t(chosen.size()))
        values.push_back(table.at(source, chosen[size_t(n)], spread.part(place)));
    return true;
  }

  Reader mask, indices;
  Table table;
  Spread spread;
  std::vector<double> values;
};

} // namespace

// ---- Operations -------------------------------------------------------------

namespace {

/// Makes readers for the results of an operation.
class Opener {
public:
  Opener(const Operation &op, unsigned depth) : op(op), depth(depth) {}
  Reader result(size_t number) const;

  static Reader value(const Value &value, unsigned depth) {
    if (const Literal *literal = constantOf(&value))
      return elementsOf(*literal);
    const Operation *op = value.definingOp();
    return op && depth < maxChain ? Opener(*op, depth + 1).result(size_t(&value - op->result())) : nullptr;
  }

private:
  /// The elements of an argument, which the older operations have as an attribute.
  Reader argument(llvm::StringRef name) const {
    if (const Operand *operand = op.operand(name))
      return operand->value() ? value(*operand->value(), depth) : elementsOf(*operand->literal());
    const Literal *attribute = op.attribute(name);
    return attribute ? elementsOf(*attribute) : nullptr;
  }
  bool has(llvm::StringRef name) const { return op.argument(name) || op.attribute(name); }
  std::optional<std::vector<double>> values(ElementReader *elements) const {
    if (!elements || uint64_t(elements->count()) > mostParameters)
      return std::nullopt;
    std::vector<double> all(static_cast<size_t>(elements->count()));
    DiagnosticEngine silent;
    return elements->read(0, all, silent) ? std::optional(std::move(all)) : std::nullopt;
  }
  std::optional<int64_t> integer(llvm::StringRef name) const {
    const Literal *literal = op.constant(name);
    literal = literal ? literal : op.attribute(name);
    return literal ? literal->asInt() : std::nullopt;
  }
  /// Scale and offset of blocks of a dense shape, and how many blocks each dimension has.
  struct Scales {
    ScaleAndOffset by;
    Tensor::Dims blocks;
    DType type;
  };
  std::optional<Scales> scales(llvm::ArrayRef<int64_t> dims, llvm::StringRef offset) const;
  std::optional<Table> table(llvm::ArrayRef<int64_t> dims, DType &type) const;
  Reader scaled(llvm::StringRef data, llvm::StringRef offset) const;
  Reader looked() const;
  Reader lookedPacked() const;
  Reader sparsePacked() const;
  Reader sparseScaled() const;
  Reader sparseLooked() const;
  Reader sparseLookedMask() const;
  /// Of lut_to_sparse: how its vectors lie; nullopt without a legal vector_axis.
  std::optional<Spread> spread(llvm::ArrayRef<int64_t> dims, int64_t vector) const;
  /// Bytes read as elements of a sub-byte type in another shape.
  Reader packed(llvm::StringRef name, DType type) const;

  const Operation &op;
  unsigned depth;
};

std::optional<Opener::Scales> Opener::scales(llvm::ArrayRef<int64_t> dims, llvm::StringRef offset) const {
  Reader scale = argument("scale"), zero = has(offset) ? argument(offset) : nullptr;
  std::optional<std::vector<double>> factors = values(scale.get()), zeros = values(zero.get());
  if (!factors || (has(offset) && !zeros))
    return std::nullopt;
  Scales scales{{std::move(*factors), zeros ? std::move(*zeros) : std::vector<double>(), false}, {}, scale->dtype()};
  bool blockwise = offset == "offset";
  scales.by.affine = !blockwise;
  if (blockwise) {
    scales.blocks.assign(scale->dims().begin(), scale->dims().end());
  } else {
    scales.blocks.assign(dims.size(), 1);
    if (scales.by.offset.size() > scales.by.scale.size()) // one scale, but several zero points
      scales.by.scale.resize(scales.by.offset.size(), scales.by.scale.front());
    if (scales.by.scale.size() != 1) {
      std::optional<int64_t> axis = integer("axis");
      axis = axis && *axis < 0 ? *axis + int64_t(dims.size()) : axis;
      if (!axis || *axis < 0 || *axis >= int64_t(dims.size()))
        return std::nullopt;
      scales.blocks[size_t(*axis)] = int64_t(scales.by.scale.size());
    }
    if (scales.by.offset.size() == 1)
      scales.by.offset.resize(scales.by.scale.size(), scales.by.offset.front());
  }
  if (scales.blocks.size() != dims.size() || int64_t(scales.by.scale.size()) != product(scales.blocks) ||
      (!scales.by.offset.empty() && scales.by.offset.size() != scales.by.scale.size()))
    return std::nullopt;
  return scales;
}

Reader Opener::scaled(llvm::StringRef data, llvm::StringRef offset) const {
  Reader elements = argument(data);
  std::optional<Scales> by = elements ? scales(elements->dims(), offset) : std::nullopt;
  if (!by)
    return nullptr;
  return std::make_unique<ScaledElements>(by->type, std::move(elements), by->blocks, std::move(by->by));
}

std::optional<Table> Opener::table(llvm::ArrayRef<int64_t> dims, DType &type) const {
  Reader lut = argument("lut");
  std::optional<std::vector<double>> entries = values(lut.get());
  if (!entries)
    return std::nullopt;
  type = lut->dtype();
  llvm::ArrayRef<int64_t> shape = lut->dims();
  if (shape.size() == 1) // of iOS16
    return Table{std::move(*entries), BlockNumbers(dims, Tensor::Dims(dims.size(), 1)), shape[0], 1};
  if (shape.size() != dims.size() + 2)
    return std::nullopt;
  return Table{std::move(*entries), BlockNumbers(dims, shape.drop_back(2)), shape[shape.size() - 2], shape.back()};
}

Reader Opener::looked() const {
  Reader indices = argument("indices");
  DType type;
  std::optional<Table> entries = indices ? table(indices->dims(), type) : std::nullopt;
  if (!entries || entries->entries != int64_t(1) << bitWidth(indices->dtype()))
    return nullptr;
  Tensor::Dims dims(indices->dims());
  int64_t inner = 1;
  if (entries->vector != 1) {
    std::optional<int64_t> axis = integer("vector_axis");
    axis = axis && *axis < 0 ? *axis + int64_t(dims.size()) : axis;
    if (!axis || *axis < 0 || *axis >= int64_t(dims.size()))
      return nullptr;
    dims[size_t(*axis)] *= entries->vector;
    inner = product(llvm::ArrayRef(dims).drop_front(size_t(*axis) + 1));
  }
  return std::make_unique<TableElements>(type, dims, std::move(indices), std::move(*entries), inner);
}

Reader Opener::packed(llvm::StringRef name, DType type) const {
  const Literal *bytes = op.attribute(name);
  bytes = bytes ? bytes : op.constant(name);
  Type result = op.result()->type();
  if (!bytes || (!bytes->isTensor() && !(bytes->isBlob() && bytes->blob())) || !result.hasStaticShape())
    return nullptr;
  uint64_t size = bytes->isTensor() ? bytes->bytes().size() : bytes->blob()->size();
  std::optional<int64_t> count = result.elementCount();
  if (!count || packedSize(type, uint64_t(*count)) != size)
    return nullptr;
  return std::make_unique<LiteralElements>(*bytes, type, result.dims());
}

Reader Opener::lookedPacked() const {
  Reader lut = argument("lut");
  if (!lut)
    return nullptr;
  static constexpr std::pair<int64_t, DType> types[] = {
      {2, DType::UInt1}, {4, DType::UInt2}, {16, DType::UInt4}, {64, DType::UInt6}, {256, DType::UInt8}};
  for (auto [entries, type] : types)
    if (lut->count() == entries) {
      Reader indices = packed("indices", type);
      DType result;
      std::optional<Table> found = indices ? table(indices->dims(), result) : std::nullopt;
      if (!found)
        return nullptr;
      Tensor::Dims dims(indices->dims());
      return std::make_unique<TableElements>(result, dims, std::move(indices), std::move(*found), 1);
    }
  return nullptr;
}

Reader Opener::sparsePacked() const {
  Reader mask = op.attribute("shape") || op.argument("shape") ? packed("mask", DType::UInt1) : argument("mask");
  Reader data = argument("nonzero_data");
  if (!mask || !data)
    return nullptr;
  return std::make_unique<SparseElements>(KeptPlaces(std::move(mask)), std::move(data));
}

Reader Opener::sparseScaled() const {
  Reader mask = argument("data_mask"), data = argument("nonzero_data");
  std::optional<Scales> by = mask && data ? scales(mask->dims(), "offset") : std::nullopt;
  if (!by)
    return nullptr;
  auto compute = [by = std::move(by->by), type = by->type, blocks = BlockNumbers(mask->dims(), by->blocks)](int64_t place, double &value) {
    by.apply(type, blocks.of(place), Window(&value, 1));
  };
  return std::make_unique<KeptElements<decltype(compute)>>(by->type, KeptPlaces(std::move(mask)), std::move(data), std::move(compute));
}

std::optional<Spread> Opener::spread(llvm::ArrayRef<int64_t> dims, int64_t vector) const {
  std::optional<int64_t> axis = integer("vector_axis");
  axis = axis && *axis < 0 ? *axis + int64_t(dims.size()) : axis;
  if (!axis || *axis < 0 || *axis >= int64_t(dims.size()))
    return std::nullopt;
  return Spread{dims[size_t(*axis)], vector, product(dims.drop_front(size_t(*axis) + 1))};
}

Reader Opener::sparseLookedMask() const {
  Reader mask = argument("indices_mask"), lut = argument("lut");
  if (!mask || !lut || lut->dims().empty() || lut->dims().back() == 1)
    return mask && lut ? std::move(mask) : nullptr;
  std::optional<Spread> vectors = spread(mask->dims(), lut->dims().back());
  if (!vectors)
    return nullptr;
  int64_t axis = *integer("vector_axis");
  axis = axis < 0 ? axis + int64_t(mask->dims().size()) : axis;
  return std::make_unique<SpreadMask>(std::move(mask), size_t(axis), *vectors);
}

Reader Opener::sparseLooked() const {
  Reader mask = argument("indices_mask"), indices = argument("indices_nonzero_data");
  DType type;
  std::optional<Table> entries = mask && indices ? table(mask->dims(), type) : std::nullopt;
  if (!entries || entries->entries != int64_t(1) << bitWidth(indices->dtype()))
    return nullptr;
  if (entries->vector != 1) {
    std::optional<Spread> vectors = spread(mask->dims(), entries->vector);
    if (!vectors)
      return nullptr;
    return std::make_unique<SpreadVectors>(type, std::move(mask), std::move(indices), std::move(*entries), *vectors);
  }
  auto compute = [entries = std::move(*entries)](int64_t place, double &value) { value = entries.at(place, value, 0); };
  return std::make_unique<KeptElements<decltype(compute)>>(type, KeptPlaces(std::move(mask)), std::move(indices), std::move(compute));
}

Reader Opener::result(size_t number) const {
  if (op.is("constexpr_affine_dequantize"))
    return scaled("quantized_data", "zero_point");
  if (op.is("dequantize"))
    return scaled("input", "zero_point");
  if (op.is("constexpr_blockwise_shift_scale"))
    return scaled("data", "offset");
  if (op.is("constexpr_cast"))
    return argument("source_val"); // fp16 to fp32, exact
  if (op.is("constexpr_lut_to_dense"))
    return has("shape") ? lookedPacked() : looked();
  if (op.is("constexpr_sparse_to_dense"))
    return sparsePacked();
  if (op.is("constexpr_sparse_blockwise_shift_scale"))
    return number == 0 ? argument("data_mask") : sparseScaled();
  if (op.is("constexpr_lut_to_sparse"))
    return number == 1 ? sparseLooked() : sparseLookedMask();
  return nullptr;
}

} // namespace

// ---- Public -----------------------------------------------------------------

std::unique_ptr<ElementReader> mil::elementsOf(const Literal &literal) {
  Type type = literal.type();
  std::optional<int64_t> count = type.isTensor() && type.hasStaticShape() ? type.elementCount() : std::nullopt;
  unsigned bits = count ? bitWidth(type.dtype()) : 0;
  if (bits == 0 || bits > 32)
    return nullptr;
  std::optional<uint64_t> size = packedSize(type.dtype(), uint64_t(*count));
  bool inMemory = literal.isTensor() && literal.bytes().size() == size;
  bool inFile = literal.isBlob() && literal.blob() && literal.blob()->size() == size;
  return inMemory || inFile ? std::make_unique<LiteralElements>(literal, type.dtype(), type.dims()) : nullptr;
}

std::unique_ptr<ElementReader> mil::elementsOf(const Value &value) { return Opener::value(value, 0); }

std::unique_ptr<ElementReader> mil::elementsOf(const Operand &operand) {
  return operand.value() ? elementsOf(*operand.value()) : elementsOf(*operand.literal());
}

std::optional<Tensor> mil::readAll(ElementReader &elements, uint64_t maxElements, DiagnosticEngine &diags) {
  if (uint64_t(elements.count()) > maxElements)
    return std::nullopt;
  Tensor all(elements.dtype(), elements.dims());
  std::vector<double> part;
  for (int64_t at = 0; at < all.count(); at += int64_t(part.size())) {
    part.resize(size_t(std::min(window, all.count() - at)));
    if (!elements.read(at, part, diags))
      return std::nullopt;
    all.write(at, llvm::ArrayRef<double>(part));
  }
  return all;
}
