#include "LayerVectors.h"
#include "mil/IR/Block.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSwitch.h"

using namespace mil;

namespace {

constexpr int64_t mostVectors = 2048;

bool flagOf(const Operation &op, llvm::StringRef name) {
  const Literal *flag = op.constant(name);
  return flag && flag->asBool() == true;
}

/// Whole numbers of an argument, one a spatial dimension; ones when it is absent.
std::optional<llvm::SmallVector<int64_t, 8>> numbersOf(const Operation &op, llvm::StringRef name, size_t count) {
  if (!op.argument(name))
    return llvm::SmallVector<int64_t, 8>(count, 1);
  const Literal *literal = op.constant(name);
  std::optional<llvm::SmallVector<int64_t, 8>> numbers = literal ? literal->asInts() : std::nullopt;
  return numbers && numbers->size() == count ? numbers : std::nullopt;
}

std::optional<LayerVectors> ofConv(const Operation &op, Type weight) {
  if (!op.argument("groups") || (op.constant("groups") && op.constant("groups")->asInt() == 1)) {
    LayerVectors vectors;
    vectors.kind = LayerVectors::Kind::Windows;
    size_t spatial = weight.rank() - 2;
    auto strides = numbersOf(op, "strides", spatial), dilations = numbersOf(op, "dilations", spatial);
    const Literal *type = op.constant("pad_type");
    std::optional<llvm::StringRef> name = type ? type->asString() : std::optional<llvm::StringRef>("valid");
    std::optional<shapes::Padding> padding = name ? shapes::paddingFromName(*name) : std::nullopt;
    if (!strides || !dilations || !padding)
      return std::nullopt;
    vectors.padding = *padding;
    if (*padding == shapes::Padding::Custom) {
      std::optional<llvm::SmallVector<int64_t, 8>> pads = numbersOf(op, "pad", 2 * spatial);
      if (!pads || !op.argument("pad"))
        return std::nullopt;
      vectors.pads.assign(pads->begin(), pads->end());
    }
    vectors.inputs = weight.dims()[1];
    for (size_t i = 0; i < spatial; ++i) {
      vectors.windows.push_back({weight.dims()[2 + i], (*strides)[i], (*dilations)[i], 0, 0});
      vectors.inputs *= weight.dims()[2 + i];
    }
    return vectors;
  }
  return std::nullopt;
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
  if (op.is("conv") && &use == op.operand("weight")) {
    input = op.input("x");
    return input ? ofConv(op, weight) : std::nullopt;
  }
  if (!op.is("matmul") || weight.rank() != 2)
    return std::nullopt;
  bool isRight = &use == op.operand("y");
  input = op.input(isRight ? "x" : "y");
  bool transposed = flagOf(op, isRight ? "transpose_y" : "transpose_x"),
       otherTransposed = flagOf(op, isRight ? "transpose_x" : "transpose_y");
  vectors.inputs = weight.dims()[isRight == transposed ? 1 : 0];
  vectors.kind = isRight == otherTransposed ? Kind::Columns : Kind::Rows;
  return input ? std::optional(vectors) : std::nullopt;
}

bool LayerVectors::operator==(const LayerVectors &other) const {
  auto same = [](const shapes::Window &a, const shapes::Window &b) {
    return a.size == b.size && a.stride == b.stride && a.dilation == b.dilation;
  };
  return kind == other.kind && inputs == other.inputs && padding == other.padding && pads == other.pads &&
         windows.size() == other.windows.size() &&
         llvm::all_of(llvm::zip(windows, other.windows), [&](const auto &pair) { return same(std::get<0>(pair), std::get<1>(pair)); });
}

// ---- Reading ----------------------------------------------------------------------------------------------------------------------------

namespace {

/// The number of the i-th of `taken` evenly spread among `count`.
int64_t spread(int64_t i, int64_t taken, int64_t count) { return taken == count ? i : i * count / taken; }

/// What the windows of a conv see.
class WindowReader {
public:
  static std::optional<WindowReader> of(const LayerVectors &vectors, const Tensor &value) {
    WindowReader reader;
    size_t spatial = vectors.windows.size();
    if (value.rank() != spatial + 2)
      return std::nullopt;
    reader.channels = value.dims()[1], reader.batch = value.dims()[0];
    for (size_t i = 0; i < spatial; ++i) {
      shapes::Window window = vectors.windows[i];
      int64_t in = value.dims()[2 + i];
      if (vectors.padding == shapes::Padding::Custom)
        window.padBefore = vectors.pads[2 * i], window.padAfter = vectors.pads[2 * i + 1];
      std::optional<shapes::Window> padded = shapes::padded(window, vectors.padding, in);
      std::optional<int64_t> positions = padded ? shapes::windowPositions(in, *padded) : std::nullopt;
      if (!positions)
        return std::nullopt;
      reader.windows.push_back(*padded), reader.in.push_back(in), reader.out.push_back(*positions);
      reader.positions *= *positions, reader.taps *= window.size, reader.inSize *= in;
    }
    return reader.channels * reader.taps == vectors.inputs ? std::optional(reader) : std::nullopt;
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
  /// Which element of a channel a tap lies on; -1 for padding.
  int64_t placeOf(int64_t position, int64_t tap) const {
    int64_t place = 0, stride = 1;
    for (size_t i = windows.size(); i-- > 0;) {
      int64_t at = position % out[i] * windows[i].stride + tap % windows[i].size * windows[i].dilation - windows[i].padBefore;
      if (at < 0 || at >= in[i])
        return -1;
      place += at * stride, stride *= in[i];
      position /= out[i], tap /= windows[i].size;
    }
    return place;
  }
  llvm::SmallVector<shapes::Window, 3> windows;
  llvm::SmallVector<int64_t, 3> in, out;
  int64_t batch = 0, channels = 0, positions = 1, taps = 1, inSize = 1;
};

std::vector<float> floatsOf(const Tensor &value, int64_t from, int64_t count) {
  std::vector<double> wide(static_cast<size_t>(count));
  value.read(from, llvm::MutableArrayRef<double>(wide));
  return std::vector<float>(wide.begin(), wide.end());
}

} // namespace

std::vector<float> LayerVectors::in(const Tensor &value) const {
  std::vector<float> all;
  if (value.rank() == 0 || value.count() == 0)
    return all;
  if (kind == Kind::Windows) {
    std::optional<WindowReader> reader = WindowReader::of(*this, value);
    if (!reader)
      return all;
    std::vector<float> x = floatsOf(value, 0, value.count());
    int64_t taken = std::min(mostVectors, reader->count());
    all.resize(size_t(taken * inputs));
    for (int64_t i = 0; i < taken; ++i)
      reader->read(x, spread(i, taken, reader->count()), llvm::MutableArrayRef(all).slice(size_t(i * inputs), size_t(inputs)));
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
