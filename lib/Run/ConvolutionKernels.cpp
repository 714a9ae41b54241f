// Convolutions as products of matrices.
//
// conv: the weight [Cout, Cin · taps] by what the window sees at each position [Cin · taps, positions]; the latter is made from the image a
// block at a time and never is in memory as a whole. conv_transpose: the weight, transposed, by the image; then what each position makes is
// added at the position of its window.
#include "Chain.h"
#include "FastKernels.h"
#include "ProductShapes.h"
#include "Rows.h"
#include "TransposedWindows.h"
#include <algorithm>
#include <cstring>

namespace mil::fast {

namespace {

/// Copies a run that is mostly short, by pieces that overlap at its end.
void copyRun(const float *from, int64_t count, float *to) {
  if (count >= 8) {
    for (int64_t i = 0; i + 8 < count; i += 8)
      std::memcpy(to + i, from + i, 8 * sizeof(float));
    std::memcpy(to + count - 8, from + count - 8, 8 * sizeof(float));
  } else if (count >= 4) {
    std::memcpy(to, from, 4 * sizeof(float));
    std::memcpy(to + count - 4, from + count - 4, 4 * sizeof(float));
  } else {
    for (int64_t i = 0; i < count; ++i)
      to[i] = from[i];
  }
}

/// The matrix of what windows see.
class ImageColumns : public Columns {
public:
  ImageColumns(ConstFloats x, const Geometry &geometry) : x(x), g(geometry) {}

  void row(int64_t start, int64_t row, int64_t column, int64_t count, float *out) const override {
    const shapes::Window *w = g.windows;
    int64_t tap = row % g.taps(), a = tap / (w[1].size * w[2].size), b = tap / w[2].size % w[1].size, c = tap % w[2].size;
    ConstFloats plane = x.from(start + row / g.taps() * g.inSize());
    int64_t along = column % g.out[2], line = column / g.out[2];
    int64_t q = line % g.out[1]; // of the lines of a plane
    int64_t i = line / g.out[1] * w[0].stride + a * w[0].dilation - w[0].padBefore,
            j = q * w[1].stride + b * w[1].dilation - w[1].padBefore;
    Span inside = spanOf(c * w[2].dilation - w[2].padBefore);
    for (int64_t run; count > 0; count -= run, out += run, along = 0) {
      run = std::min(count, g.out[2] - along);
      if (i < 0 || i >= g.in[0] || j < 0 || j >= g.in[1])
        std::fill_n(out, run, 0.f);
      else
        copyLine(plane.from((i * g.in[1] + j) * g.in[2]), inside, along, run, out);
      j += w[1].stride;
      if (++q == g.out[1]) {
        q = 0, j = b * w[1].dilation - w[1].padBefore;
        i += w[0].stride;
      }
    }
  }

private:
  /// The positions of a line at which an element of the window is inside the image, and its place at position 0.
  struct Span {
    int64_t begin, end, first;
  };
  Span spanOf(int64_t first) const {
    int64_t stride = g.windows[2].stride, size = g.in[2];
    int64_t begin = first < 0 ? (-first + stride - 1) / stride : 0, end = first >= size ? 0 : (size - 1 - first) / stride + 1;
    return {begin, std::max(begin, std::min(end, g.out[2])), first};
  }

  /// What that element sees of a line at positions [along, along + count); 0 beside the image.
  void copyLine(ConstFloats line, const Span &inside, int64_t along, int64_t count, float *out) const {
    int64_t stride = g.windows[2].stride;
    int64_t begin = std::clamp<int64_t>(inside.begin - along, 0, count), end = std::clamp<int64_t>(inside.end - along, begin, count);
    for (int64_t i = 0; i < begin; ++i)
      out[i] = 0;
    for (int64_t i = end; i < count; ++i)
      out[i] = 0;
    int64_t first = inside.first + (along + begin) * stride;
    if (begin == end)
      return;
    if (stride == 1 && line.format == Format::Single)
      return copyRun(static_cast<const float *>(line.data) + first, end - begin, out + begin);
    if (stride == 1)
      return widenRun(line.from(first), size_t(end - begin), out + begin);
    visit(line, [&](auto *floats) {
      for (int64_t i = begin; i < end; ++i)
        out[i] = toFloat(floats[first + (i - begin) * stride]);
    });
  }

  ConstFloats x;
  const Geometry &g;
};

class Convolution : public Kernel {
public:
  Convolution(Geometry geometry, Products products, std::vector<Products::Place> places, Chain chain)
      : geometry(geometry), products(products), places(std::move(places)), chain(std::move(chain)) {}

  bool run(const Run &run) override {
    ConstFloats x = floatsOf(*run.inputs[0]);
    ImageColumns columns(x, geometry);
    Products p = products;
    p.each = places;
    p.left.floats = floatsOf(*run.inputs[1]);
    p.right.floats = x;
    if (!geometry.isPointwise())
      p.made = &columns;
    p.results = floatsOf(run.results[0]);
    p.panels = run.scratch.empty() ? nullptr : reinterpret_cast<float *>(run.scratch.data());
    auto apply = [&](int64_t at, llvm::MutableArrayRef<float> values) { chain.apply(run, at, values); };
    Finish finish = apply;
    if (!chain.empty())
      p.finish = &finish;
    multiply(p, run.threads);
    return true;
  }
  /// The scratch memory that it needs.
  uint64_t scratchBytes() const {
    Products p = products;
    p.each = places;
    return panelBytes(p);
  }

private:
  Geometry geometry;
  Products products;
  std::vector<Products::Place> places;
  Chain chain;
};

class TransposedConvolution : public Kernel {
public:
  TransposedConvolution(Geometry geometry, Products products, std::vector<Products::Place> places, Chain chain)
      : geometry(geometry), products(products), places(std::move(places)), chain(std::move(chain)) {}

  bool run(const Run &run) override {
    auto *made = reinterpret_cast<float *>(run.scratch.data());
    Products p = products;
    p.left.floats = floatsOf(*run.inputs[1]);
    p.right.floats = floatsOf(*run.inputs[0]);
    p.results = {made, Format::Single};
    for (const Products::Place &place : places) {
      Products::Place one = place;
      one.result = 0;
      p.each = one;
      multiply(p, run.threads);
      run.threads.parallel(size_t(p.rows / geometry.taps()), [&](size_t channel) {
        addUp(run, made + int64_t(channel) * geometry.taps() * p.columns, place.result + int64_t(channel) * geometry.outSize());
      });
    }
    return true;
  }

private:
  /// One channel of the result: `made` has what each tap makes at each position.
  void addUp(const Run &run, const float *made, int64_t at) const {
    static thread_local std::vector<float> plane;
    size_t size = size_t(geometry.outSize());
    plane.assign(padded(size), 0.f);
    addTransposedWindows(geometry, made, plane.data());
    chain.apply(run, at, llvm::MutableArrayRef(plane.data(), size));
    narrowRun(plane.data(), size, floatsOf(run.results[0]).from(at));
  }

  Geometry geometry;
  Products products;
  std::vector<Products::Place> places;
  Chain chain;
};

} // namespace

/// The windows of a call, as wide as its weight; nullopt when a parameter isn't known.
static std::optional<Geometry> geometryOf(const KernelCall &call, bool transposed) {
  const Args &a = *call.args;
  llvm::ArrayRef<int64_t> in = a["x"].dims().drop_front(2), out = call.results[0].dims().drop_front(2);
  std::optional<Dims> strides = a.integers("strides"), dilations = a.integers("dilations");
  std::optional<llvm::StringRef> name = a.string("pad_type");
  std::optional<shapes::Padding> padding = name ? shapes::paddingFromName(*name) : std::nullopt;
  if (!strides || !dilations || !padding || in.size() > 3)
    return std::nullopt;
  Dims pads(2 * in.size(), 0);
  if (*padding == shapes::Padding::Custom) {
    std::optional<Dims> given = a.integers("pad");
    if (!given)
      return std::nullopt;
    pads = *given;
  }
  Geometry geometry;
  for (size_t i = 0; i < in.size(); ++i) {
    size_t at = 3 - in.size() + i;
    shapes::Window window{a["weight"].dims()[2 + i], (*strides)[i], (*dilations)[i], pads[2 * i], pads[2 * i + 1]};
    if (!transposed) {
      std::optional<shapes::Window> over = shapes::padded(window, *padding, in[i]);
      if (!over)
        return std::nullopt;
      window = *over;
    } else if (*padding == shapes::Padding::SameLower) {
      return std::nullopt;
    } else if (*padding == shapes::Padding::Same) { // the pads are those of the convolution that this one transposes
      std::optional<int64_t> covered = shapes::transposedWindowSize(in[i], window);
      if (!covered)
        return std::nullopt;
      window.padBefore = std::max<int64_t>(0, *covered - out[i]) / 2;
    }
    geometry.in[at] = in[i];
    geometry.out[at] = out[i];
    geometry.windows[at] = window;
  }
  return geometry;
}

static bool hasFloats(const KernelCall &call) {
  return formatOf(call.held("x")) && formatOf(call.held("weight")) && formatOf(call.heldResult()) &&
         (!(*call.args)["bias"] || formatOf(call.held("bias")));
}

/// What follows the sums: the bias, and the operations that come after.
static Chain chainAfter(const KernelQuery &query, KernelChoice &choice) {
  const KernelCall &call = query.chain[0];
  Chain chain(call.results[0].dims());
  if ((*call.args)["bias"])
    chain.add({.kind = StepKind::Add}, {0, "bias"}, Broadcast::alongAxis(1, call.results[0].dims()));
  chain.follow(query, choice);
  return chain;
}

std::optional<ConvolutionShape> convolutionShape(const KernelCall &call) {
  std::optional<Geometry> geometry = geometryOf(call, false);
  if (!geometry)
    return std::nullopt;
  ConvolutionShape shape;
  shape.geometry = *geometry;
  llvm::ArrayRef<int64_t> x = (*call.args)["x"].dims(), weight = (*call.args)["weight"].dims();
  int64_t groups = call.args->integer("groups").value_or(1);
  Products &products = shape.products;
  products.rows = weight[0] / groups;
  products.depth = weight[1] * geometry->taps();
  products.columns = geometry->outSize();
  products.left = {{}, products.depth, 1};
  products.right = {{}, geometry->inSize(), 1};
  products.rowStride = geometry->outSize();
  for (int64_t n = 0; n < x[0]; ++n)
    for (int64_t g = 0; g < groups; ++g)
      shape.places.push_back({g * products.rows * products.depth, (n * x[1] + g * weight[1]) * geometry->inSize(),
                              (n * weight[0] + g * products.rows) * geometry->outSize()});
  return shape;
}

KernelChoice chooseConvolution(const KernelQuery &query) {
  const KernelCall &call = query.chain[0];
  std::optional<ConvolutionShape> shape = hasFloats(call) ? convolutionShape(call) : std::nullopt;
  if (!shape)
    return {};
  KernelChoice choice;
  choice.inputs = {{0, "x"}, {0, "weight"}};
  Chain chain = chainAfter(query, choice);
  auto kernel = std::make_unique<Convolution>(shape->geometry, shape->products, std::move(shape->places), std::move(chain));
  choice.scratchBytes = kernel->scratchBytes();
  choice.kernel = std::move(kernel);
  return choice;
}

std::optional<ConvolutionShape> transposedConvolutionShape(const KernelCall &call) {
  std::optional<Geometry> geometry = geometryOf(call, true);
  if (!geometry)
    return std::nullopt;
  ConvolutionShape shape;
  shape.geometry = *geometry;
  llvm::ArrayRef<int64_t> x = (*call.args)["x"].dims(), weight = (*call.args)["weight"].dims();
  int64_t groups = call.args->integer("groups").value_or(1);
  Products &products = shape.products;
  products.rows = weight[1] * geometry->taps();
  products.depth = x[1] / groups;
  products.columns = geometry->inSize();
  products.left = {{}, 1, products.rows};
  products.right = {{}, geometry->inSize(), 1};
  products.rowStride = products.columns;
  for (int64_t n = 0; n < x[0]; ++n)
    for (int64_t g = 0; g < groups; ++g)
      shape.places.push_back({g * products.depth * products.rows, (n * x[1] + g * products.depth) * geometry->inSize(),
                              (n * groups + g) * weight[1] * geometry->outSize()});
  return shape;
}

KernelChoice chooseTransposedConvolution(const KernelQuery &query) {
  const KernelCall &call = query.chain[0];
  std::optional<ConvolutionShape> shape = hasFloats(call) ? transposedConvolutionShape(call) : std::nullopt;
  if (!shape)
    return {};
  KernelChoice choice;
  choice.inputs = {{0, "x"}, {0, "weight"}};
  choice.scratchBytes = uint64_t(shape->products.rows) * uint64_t(shape->products.columns) * sizeof(float);
  Chain chain = chainAfter(query, choice);
  choice.kernel = std::make_unique<TransposedConvolution>(shape->geometry, shape->products, std::move(shape->places), std::move(chain));
  return choice;
}

} // namespace mil::fast
