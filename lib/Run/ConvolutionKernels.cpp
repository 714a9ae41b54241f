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
#include "WindowRows.h"

namespace mil::fast {

namespace {

/// The matrix of what windows see.
class ImageColumns : public Columns {
public:
  ImageColumns(ConstFloats x, const Geometry &geometry) : x(x), rows(geometry) {}

  void row(int64_t start, int64_t row, int64_t column, int64_t count, float *out) const override {
    rows.read(start, row, column, count, out, [this](int64_t at, int64_t stride, int64_t n, float *to) {
      if (stride == 1 && x.format == Format::Single)
        return copyRun(static_cast<const float *>(x.data) + at, n, to);
      if (stride == 1)
        return widenRun(x.from(at), size_t(n), to);
      visit(x, [&](auto *floats) {
        for (int64_t i = 0; i < n; ++i)
          to[i] = toFloat(floats[at + i * stride]);
      });
    });
  }

private:
  ConstFloats x;
  WindowRows rows;
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
