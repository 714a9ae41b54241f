#include "LayerVectors.h"
#include "mil/IR/Block.h"
#include "mil/IR/ConstantQueries.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSwitch.h"

using namespace mil;

namespace {

constexpr int64_t mostVectors = 2048, mostNumbers = 1 << 25; // of one value

/// Whole numbers of an argument, one a spatial dimension; ones when it is absent.
std::optional<llvm::SmallVector<int64_t, 8>> numbersOf(const Operation &op, llvm::StringRef name, size_t count) {
  if (!op.argument(name))
    return llvm::SmallVector<int64_t, 8>(count, 1);
  const Literal *literal = op.constant(name);
  std::optional<llvm::SmallVector<int64_t, 8>> numbers = literal ? literal->asInts() : std::nullopt;
  return numbers && numbers->size() == count ? numbers : std::nullopt;
}

/// The pads of a conv, by their kind or as numbers; false when they are computed.
bool readPads(const Operation &op, LayerVectors &vectors) {
  const Literal *type = op.constant("pad_type");
  std::optional<llvm::StringRef> name = type ? type->asString() : std::nullopt;
  std::optional<shapes::Padding> padding =
      op.argument("pad_type") ? name ? shapes::paddingFromName(*name) : std::nullopt : std::optional(shapes::Padding::Valid);
  if (!padding)
    return false;
  vectors.padding = *padding;
  if (*padding != shapes::Padding::Custom)
    return true;
  std::optional<llvm::SmallVector<int64_t, 8>> pads = numbersOf(op, "pad", 2 * vectors.windows.size());
  if (!pads || !op.argument("pad"))
    return false;
  vectors.pads.assign(pads->begin(), pads->end());
  return true;
}

/// Of conv, whose weight is [outputs, inputs of a group, …], and conv_transpose, whose weight is [inputs, outputs of a group, …].
std::optional<LayerVectors> ofConv(const Operation &op, Type weight) {
  bool isTransposed = op.is("conv_transpose");
  size_t spatial = weight.rank() - 2;
  auto groups = numbersOf(op, "groups", 1), strides = numbersOf(op, "strides", spatial), dilations = numbersOf(op, "dilations", spatial);
  if (!groups || !strides || !dilations || (*groups)[0] < 1)
    return std::nullopt;
  LayerVectors vectors;
  vectors.kind = isTransposed ? LayerVectors::Kind::TransposedWindows : LayerVectors::Kind::Windows;
  vectors.groups = (*groups)[0];
  vectors.inputs = isTransposed ? weight.dims()[0] / vectors.groups : weight.dims()[1];
  for (size_t i = 0; i < spatial; ++i) {
    vectors.windows.push_back({weight.dims()[2 + i], (*strides)[i], (*dilations)[i], 0, 0});
    vectors.inputs *= weight.dims()[2 + i];
  }
  if (op.argument("output_shape")) {
    auto stated = numbersOf(op, "output_shape", spatial + 2);
    if (!stated)
      return std::nullopt;
    vectors.outputSizes.assign(stated->begin() + 2, stated->end());
  }
  return readPads(op, vectors) ? std::optional(vectors) : std::nullopt;
}

} // namespace

std::optional<LayerVectors> LayerVectors::of(const Operation &op, const Operand &use, const Value *&input) {
  Type weight = use.type();
  LayerVectors vectors;
  if (op.is("linear") && &use == op.operand("weight")) {
    input = op.input("x");
    vectors.inputs = weight.dims()[1];
    return input ? std::optional(vectors) : std::nullopt;
  }
  if ((op.is("conv") || op.is("conv_transpose")) && &use == op.operand("weight")) {
    input = op.input("x");
    return input ? ofConv(op, weight) : std::nullopt;
  }
  if (!op.is("matmul") || weight.rank() != 2)
    return std::nullopt;
  bool isRight = &use == op.operand("y");
  input = op.input(isRight ? "x" : "y");
  bool transposed = isTrue(op, isRight ? "transpose_y" : "transpose_x"),
       otherTransposed = isTrue(op, isRight ? "transpose_x" : "transpose_y");
  vectors.inputs = weight.dims()[isRight == transposed ? 1 : 0];
  vectors.kind = isRight == otherTransposed ? Kind::Columns : Kind::Rows;
  return input ? std::optional(vectors) : std::nullopt;
}

bool LayerVectors::operator==(const LayerVectors &other) const {
  auto same = [](const shapes::Window &a, const shapes::Window &b) {
    return a.size == b.size && a.stride == b.stride && a.dilation == b.dilation;
  };
  return kind == other.kind && inputs == other.inputs && groups == other.groups && outputSizes == other.outputSizes &&
         padding == other.padding && pads == other.pads && windows.size() == other.windows.size() &&
         llvm::all_of(llvm::zip(windows, other.windows), [&](const auto &pair) { return same(std::get<0>(pair), std::get<1>(pair)); });
}

// ---- Reading ----------------------------------------------------------------

namespace {

/// The number of the i-th of `taken` evenly spread among `count`; not always at the same place between two, as positions whose numbers have
/// a common factor, such as a stride, may be alike.
int64_t spread(int64_t i, int64_t taken, int64_t count) {
  constexpr int64_t prime = 7919;
  return taken == count ? i : i * count / taken + i * prime % std::max<int64_t>(count / taken, 1);
}

/// What positions of a conv's result come from.
class WindowReader {
public:
  static std::optional<WindowReader> of(const LayerVectors &vectors, const Tensor &value) {
    WindowReader reader;
    size_t spatial = vectors.windows.size();
    if (value.rank() != spatial + 2)
      return std::nullopt;
    reader.isTransposed = vectors.kind == LayerVectors::Kind::TransposedWindows;
    reader.channels = value.dims()[1], reader.batch = value.dims()[0];
    for (size_t i = 0; i < spatial; ++i)
      if (!reader.addDimension(vectors, i, value.dims()[2 + i]))
        return std::nullopt;
    return reader.channels * reader.taps == vectors.inputs * vectors.groups ? std::optional(reader) : std::nullopt;
  }
  int64_t count() const { return batch * positions; }
  void read(llvm::ArrayRef<float> x, int64_t number, llvm::MutableArrayRef<float> out) const {
    int64_t image = number / positions, position = number % positions;
    for (int64_t tap = 0; tap < taps; ++tap) {
      int64_t place = placeOf(position, tap);
      for (int64_t channel = 0; channel < channels; ++channel)
        out[size_t(channel * taps + tap)] = place < 0 ? 0 : x[size_t((image * channels + channel) * inSize + place)];
    }
  }

private:
  bool addDimension(const LayerVectors &vectors, size_t i, int64_t size) {
    shapes::Window window = vectors.windows[i];
    if (vectors.padding == shapes::Padding::Custom)
      window.padBefore = vectors.pads[2 * i], window.padAfter = vectors.pads[2 * i + 1];
    std::optional<int64_t> result = isTransposed ? transposedSize(vectors, i, size, window) : std::nullopt;
    if (!isTransposed) {
      std::optional<shapes::Window> padded = shapes::padded(window, vectors.padding, size);
      result = padded ? shapes::windowPositions(size, *padded) : std::nullopt;
      window = padded.value_or(window);
    }
    if (!result)
      return false;
    windows.push_back(window), in.push_back(size), out.push_back(*result);
    positions *= *result, taps *= window.size, inSize *= size;
    return true;
  }
  /// The size of a conv_transpose's result, and what is cut off before it: as mil/Ops defines it.
  static std::optional<int64_t> transposedSize(const LayerVectors &vectors, size_t i, int64_t size, shapes::Window &window) {
    bool isSame = vectors.padding == shapes::Padding::Same;
    std::optional<int64_t> covered = shapes::transposedWindowSize(size, window), result = covered;
    if (isSame)
      result = shapes::multiply(size, window.stride);
    if (!vectors.outputSizes.empty())
      result = vectors.outputSizes[i];
    if (isSame && covered && result)
      window.padBefore = std::max<int64_t>(0, *covered - *result) / 2;
    return result;
  }
  /// Which element of a channel comes by a tap to a position; -1 for none.
  int64_t placeOf(int64_t position, int64_t tap) const {
    int64_t place = 0, stride = 1;
    for (size_t i = windows.size(); i-- > 0;) {
      const shapes::Window &window = windows[i];
      int64_t here = position % out[i], step = tap % window.size * window.dilation;
      int64_t at = isTransposed ? here + window.padBefore - step : here * window.stride + step - window.padBefore;
      if (isTransposed && (at < 0 || at % window.stride != 0))
        return -1;
      at = isTransposed ? at / window.stride : at;
      if (at < 0 || at >= in[i])
        return -1;
      place += at * stride, stride *= in[i];
      position /= out[i], tap /= window.size;
    }
    return place;
  }
  llvm::SmallVector<shapes::Window, 3> windows;
  llvm::SmallVector<int64_t, 3> in, out;
  int64_t batch = 0, channels = 0, positions = 1, taps = 1, inSize = 1;
  bool isTransposed = false;
};

std::vector<float> floatsOf(const Tensor &value, int64_t from, int64_t count) {
  std::vector<double> wide(static_cast<size_t>(count));
  value.read(from, llvm::MutableArrayRef<double>(wide));
  return std::vector<float>(wide.begin(), wide.end());
}

} // namespace

std::vector<float> LayerVectors::in(const Tensor &value) const {
  std::vector<float> all;
  if (value.rank() == 0 || value.count() == 0 || inputs == 0)
    return all;
  if (kind == Kind::Windows || kind == Kind::TransposedWindows) {
    std::optional<WindowReader> reader = WindowReader::of(*this, value);
    if (!reader)
      return all;
    std::vector<float> x = floatsOf(value, 0, value.count());
    int64_t width = inputs * groups;
    int64_t taken = std::min({mostVectors, reader->count(), std::max<int64_t>(mostNumbers / width, 1)});
    all.resize(size_t(taken * width));
    for (int64_t i = 0; i < taken; ++i)
      reader->read(x, spread(i, taken, reader->count()), llvm::MutableArrayRef(all).slice(size_t(i * width), size_t(width)));
    return all;
  }
  bool areRows = kind == Kind::Rows;
  if (value.rank() < (areRows ? 1 : 2) || value.dim(areRows ? -1 : -2) != inputs)
    return all;
  int64_t count = value.count() / inputs, taken = std::min(mostVectors, count);
  for (int64_t i = 0; i < taken; ++i) {
    int64_t number = spread(i, taken, count);
    if (areRows) {
      std::vector<float> row = floatsOf(value, number * inputs, inputs);
      all.insert(all.end(), row.begin(), row.end());
      continue;
    }
    int64_t width = value.dim(-1), first = number / width * inputs * width + number % width;
    for (int64_t k = 0; k < inputs; ++k)
      all.push_back(float(value.number(first + k * width)));
  }
  return all;
}
