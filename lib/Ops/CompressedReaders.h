// Readers that compute the elements of compressed constants from other readers: data that is scaled by blocks, indices into tables, the
// kept elements of sparse tensors. The definitions of operations (Constexpr.cpp, Quantization.cpp) select the reader.
#pragma once

#include "mil/Ops/Blocks.h"
#include "mil/Ops/Elements.h"
#include "mil/Tensor/Shapes.h"

namespace mil {

/// The number of elements of a shape; 0 on overflow.
inline int64_t countOf(llvm::ArrayRef<int64_t> dims) { return shapes::product(dims).value_or(0); }

/// The number of elements that are processed at a time.
inline constexpr int64_t elementWindow = 4096;
using Window = llvm::MutableArrayRef<double>;
using Reader = std::unique_ptr<ElementReader>;

// ---- Scales and offsets -----------------------------------------------------

struct ScaleAndOffset {
  std::vector<double> scale, offset; ///< one per block; an empty offset means 0
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

/// A lookup table [groups…, entries, V] for indices of a shape; each index is replaced by V elements along `axis`.
struct LookupTable {
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
  TableElements(DType type, llvm::ArrayRef<int64_t> dims, Reader indices, LookupTable table, int64_t inner)
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
  LookupTable table;
  int64_t inner;
};

// ---- Sparse -----------------------------------------------------------------

/// The indices of the elements that a mask keeps, in order, and the number of kept elements before an index.
class KeptPlaces {
public:
  explicit KeptPlaces(Reader mask) : mask(std::move(mask)) {}

  llvm::ArrayRef<int64_t> dims() const { return mask->dims(); }
  /// Calls visit(place, number among the kept elements) for each kept element in a range of indices.
  template <typename F> bool forPlaces(int64_t from, int64_t to, DiagnosticEngine &diags, F visit) {
    if (!seek(from, diags))
      return false;
    while (at < to) {
      if (!load(std::min(elementWindow, to - at), diags))
        return false;
      for (double bit : bits) {
        if (bit != 0)
          visit(at, kept++);
        ++at;
      }
    }
    return true;
  }
  /// Calls visit(place) for the kept elements with these numbers.
  template <typename F> bool forKept(int64_t from, int64_t count, DiagnosticEngine &diags, F visit) {
    if (kept > from)
      at = kept = 0;
    while (kept < from + count && at < mask->count()) {
      if (!load(std::min(elementWindow, mask->count() - at), diags))
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
      if (!load(std::min(elementWindow, place - at), diags))
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

/// Kept elements whose values depend on their index: scaled by blocks, or looked up.
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

/// A dense shape in which each element is replaced by a vector along an axis.
struct Spread {
  int64_t size, vector, inner; ///< of the axis before; of a vector; elements behind the axis
  /// The original element to which an index of the larger shape belongs.
  int64_t from(int64_t place) const {
    int64_t row = place / inner, large = size * vector;
    return (row / large * size + row % large / vector) * inner + place % inner;
  }
  /// The component of the vector at an index of the larger shape.
  int64_t part(int64_t place) const { return place / inner % vector; }
  Tensor::Dims dims(llvm::ArrayRef<int64_t> before, size_t axis) const {
    Tensor::Dims result(before);
    result[axis] *= vector;
    return result;
  }
};

/// A mask in which each element is repeated along an axis.
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

/// The vectors that indices select where a mask is 1, in row-major order of the larger shape. They are kept in memory after they are read.
class SpreadVectors : public ElementReader {
public:
  SpreadVectors(DType type, Reader mask, Reader indices, LookupTable table, Spread spread)
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
  LookupTable table;
  Spread spread;
  std::vector<double> values;
};

} // namespace mil
