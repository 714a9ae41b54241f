// Kernels of Precision::Exact: for operations with millions of products (linear, matmul, einsum, convolutions and attention) in double, and
// for operations that move elements of any type. All other operations are evaluated by their definition.
#include "Chain.h"
#include "ExactProducts.h"
#include "FastKernels.h"
#include "Lines.h"
#include "ProductShapes.h"
#include "Rows.h"
#include "TransposedWindows.h"
#include "WindowRows.h"
#include <cmath>

namespace mil::fast {

namespace {

double *doublesOf(Tensor &tensor) { return reinterpret_cast<double *>(tensor.bytes().data()); }
std::vector<double> readAll(const Tensor &tensor) {
  std::vector<double> values(size_t(tensor.count()));
  tensor.read(0, values);
  return values;
}

ExactProducts::Place exactly(const Products::Place &place, int64_t bias = 0) { return {place.left, place.right, place.result, bias}; }

/// A product of two arguments.
class ExactProduct : public Kernel {
public:
  explicit ExactProduct(const ProductShape &shape) : shape(shape.products) {
    for (const Products::Place &place : shape.places)
      places.push_back(exactly(place));
  }
  bool run(const Run &run) override {
    TensorMatrix left(*run.inputs[0], shape.left.rowStride, shape.left.columnStride);
    TensorMatrix right(*run.inputs[1], shape.right.rowStride, shape.right.columnStride);
    std::vector<double> bias = run.inputs.size() > 2 ? readAll(*run.inputs[2]) : std::vector<double>();
    ExactProducts p;
    p.rows = shape.rows, p.columns = shape.columns, p.depth = shape.depth, p.rowStride = shape.rowStride, p.each = places;
    p.left = &left, p.right = &right, p.results = doublesOf(run.results[0]);
    p.columnBias = bias.empty() ? nullptr : bias.data();
    multiplyExactly(p, run.threads);
    return true;
  }

private:
  Products shape;
  std::vector<ExactProducts::Place> places;
};

/// What windows see of an image [channels, …].
class ExactImage : public ExactMatrix {
public:
  ExactImage(const Tensor &x, const Geometry &geometry) : x(x), rows(geometry) {}
  void read(int64_t start, int64_t row, int64_t column, int64_t count, double *out) const override {
    rows.read(start, row, column, count, out, [this](int64_t at, int64_t stride, int64_t n, double *to) {
      if (x.dtype() != DType::Float64) {
        for (int64_t i = 0; i < n; ++i)
          to[i] = x.number(at + i * stride);
        return;
      }
      auto *elements = reinterpret_cast<const double *>(x.bytes().data()) + at;
      if (stride == 1)
        return copyRun(elements, n, to);
      for (int64_t i = 0; i < n; ++i)
        to[i] = elements[i * stride];
    });
  }

private:
  const Tensor &x;
  WindowRows rows;
};

class ExactConvolution : public Kernel {
public:
  ExactConvolution(const ConvolutionShape &shape, int64_t groups) : geometry(shape.geometry), shape(shape.products) {
    for (size_t i = 0; i < shape.places.size(); ++i)
      places.push_back(exactly(shape.places[i], int64_t(i) % groups * shape.products.rows));
  }
  bool run(const Run &run) override {
    TensorMatrix weight(*run.inputs[1], shape.depth, 1), pixels(*run.inputs[0], geometry.inSize(), 1);
    ExactImage windows(*run.inputs[0], geometry);
    const ExactMatrix &image = geometry.isPointwise() ? static_cast<const ExactMatrix &>(pixels) : windows;
    std::vector<double> bias = run.inputs.size() > 2 ? readAll(*run.inputs[2]) : std::vector<double>();
    ExactProducts p;
    p.rows = shape.rows, p.columns = shape.columns, p.depth = shape.depth, p.rowStride = shape.rowStride, p.each = places;
    p.left = &weight, p.right = &image, p.results = doublesOf(run.results[0]);
    p.rowBias = bias.empty() ? nullptr : bias.data();
    multiplyExactly(p, run.threads);
    return true;
  }

private:
  Geometry geometry;
  Products shape;
  std::vector<ExactProducts::Place> places;
};

class ExactTransposedConvolution : public Kernel {
public:
  explicit ExactTransposedConvolution(const ConvolutionShape &shape)
      : geometry(shape.geometry), shape(shape.products), places(shape.places), channels(shape.products.rows / shape.geometry.taps()) {}
  bool run(const Run &run) override {
    auto *made = reinterpret_cast<double *>(run.scratch.data());
    TensorMatrix weight(*run.inputs[1], 1, shape.rows), image(*run.inputs[0], shape.columns, 1);
    std::vector<double> bias = run.inputs.size() > 2 ? readAll(*run.inputs[2]) : std::vector<double>();
    ExactProducts p;
    p.rows = shape.rows, p.columns = shape.columns, p.depth = shape.depth, p.rowStride = shape.columns;
    p.left = &weight, p.right = &image, p.results = made;
    for (const Products::Place &place : places) {
      ExactProducts::Place one{place.left, place.right, 0, 0};
      p.each = one;
      multiplyExactly(p, run.threads);
      run.threads.parallel(size_t(channels), [&](size_t channel) {
        double *plane = doublesOf(run.results[0]) + place.result + int64_t(channel) * geometry.outSize();
        int64_t number = place.result / geometry.outSize() + int64_t(channel); // in all images
        std::fill_n(plane, geometry.outSize(), bias.empty() ? 0 : bias[size_t(number) % bias.size()]);
        addTransposedWindows(geometry, made + int64_t(channel) * geometry.taps() * shape.columns, plane);
      });
    }
    return true;
  }

private:
  Geometry geometry;
  Products shape;
  std::vector<Products::Place> places;
  int64_t channels; ///< of the result, a group
};

/// Attention with all scores in memory, as the reference has them.
class ExactAttention : public Kernel {
public:
  struct Sizes {
    int64_t heads, queries, keys, width, valueWidth;
  };
  ExactAttention(const Sizes &sizes, std::optional<Lines<1>> mask) : s(sizes), mask(std::move(mask)) {}

  bool run(const Run &run) override {
    TensorMatrix query(*run.inputs[0], s.width, 1), key(*run.inputs[1], 1, s.width), value(*run.inputs[2], s.valueWidth, 1);
    auto *numbers = reinterpret_cast<double *>(run.scratch.data());
    Tensor scores = Tensor::over(DType::Float64, {s.heads, s.queries, s.keys}, run.scratch.data(), nullptr);
    TensorMatrix weights(scores, s.keys, 1);
    std::vector<ExactProducts::Place> first, second;
    for (int64_t head = 0; head < s.heads; ++head) {
      first.push_back({head * s.queries * s.width, head * s.keys * s.width, head * s.queries * s.keys, 0});
      second.push_back({head * s.queries * s.keys, head * s.keys * s.valueWidth, head * s.queries * s.valueWidth, 0});
    }
    ExactProducts p;
    p.rows = s.queries, p.columns = s.keys, p.depth = s.width, p.left = &query, p.right = &key;
    p.results = numbers, p.rowStride = s.keys, p.scale = 1 / std::sqrt(double(s.width)), p.each = first;
    multiplyExactly(p, run.threads);
    if (mask)
      addMask(*run.inputs[3], numbers, run.threads);
    int64_t rows = s.heads * s.queries, together = std::max<int64_t>(1, 16384 / std::max<int64_t>(1, s.keys));
    run.threads.parallel(size_t((rows + together - 1) / together), [&](size_t part) {
      for (int64_t row = int64_t(part) * together; row < std::min(rows, (int64_t(part) + 1) * together); ++row)
        softmaxExactly(numbers + row * s.keys, size_t(s.keys));
    });
    ExactProducts q;
    q.rows = s.queries, q.columns = s.valueWidth, q.depth = s.keys, q.left = &weights, q.right = &value;
    q.results = doublesOf(run.results[0]), q.rowStride = s.valueWidth, q.each = second;
    multiplyExactly(q, run.threads);
    return true;
  }

private:
  void addMask(const Tensor &tensor, double *scores, ThreadPool &threads) const {
    std::vector<double> added = readAll(tensor);
    if (tensor.dtype() == DType::Bool)
      for (double &each : added)
        each = each != 0 ? 0 : -INFINITY;
    mask->forEach(threads, [&](const Lines<1>::Line &line) {
      for (int64_t i = 0; i < line.count; ++i)
        scores[line.at + i] += added[size_t(line.from[0] + i * line.step[0])];
    });
  }
  Sizes s;
  std::optional<Lines<1>> mask;
};

/// Whether a call's result and these arguments are floats, so that all is computed in double.
bool inDouble(const KernelCall &call, std::initializer_list<llvm::StringRef> parameters) {
  if (call.heldResult() != DType::Float64)
    return false;
  return llvm::all_of(parameters, [&](llvm::StringRef name) {
    Arg arg = (*call.args)[name];
    for (size_t i = 0; arg && i < arg.size(); ++i)
      if (!isFloat(call.held(name, i)))
        return false;
    return true;
  });
}

KernelChoice exactProduct(const KernelCall &call, const ProductShape &shape, std::initializer_list<KernelChoice::Input> inputs) {
  KernelChoice choice;
  choice.inputs.assign(inputs.begin(), inputs.end());
  if (call.op->is("linear") && (*call.args)["bias"])
    choice.inputs.push_back({0, "bias"});
  choice.kernel = std::make_unique<ExactProduct>(shape);
  return choice;
}

KernelChoice exactConvolution(const KernelCall &call) {
  bool transposed = call.op->is("conv_transpose");
  std::optional<ConvolutionShape> shape = transposed ? transposedConvolutionShape(call) : convolutionShape(call);
  KernelChoice choice;
  if (!shape)
    return choice;
  choice.inputs = {{0, "x"}, {0, "weight"}};
  if ((*call.args)["bias"])
    choice.inputs.push_back({0, "bias"});
  if (!transposed) {
    choice.kernel = std::make_unique<ExactConvolution>(*shape, call.args->integer("groups").value_or(1));
  } else {
    choice.kernel = std::make_unique<ExactTransposedConvolution>(*shape);
    choice.scratchBytes = uint64_t(shape->products.rows) * uint64_t(shape->products.columns) * sizeof(double);
  }
  return choice;
}

KernelChoice exactAttention(const KernelCall &call) {
  const Args &a = *call.args;
  llvm::ArrayRef<int64_t> query = a["query"].dims(), key = a["key"].dims();
  ExactAttention::Sizes sizes{productOf(query.drop_back(2)), a["query"].dim(-2), a["key"].dim(-2), query.back(), a["value"].dim(-1)};
  KernelChoice choice;
  choice.inputs = {{0, "query"}, {0, "key"}, {0, "value"}};
  std::optional<Lines<1>> mask;
  if (Arg given = a["attn_mask"]) {
    Dims scores(query);
    scores.back() = key[key.size() - 2];
    mask.emplace(scores, std::array<llvm::ArrayRef<int64_t>, 1>{given.dims()});
    choice.inputs.push_back({0, "attn_mask"});
  }
  choice.scratchBytes = uint64_t(sizes.heads * sizes.queries * sizes.keys) * sizeof(double);
  choice.kernel = std::make_unique<ExactAttention>(sizes, std::move(mask));
  return choice;
}

} // namespace

KernelChoice chooseExact(const KernelQuery &query) {
  const KernelCall &call = query.chain[0];
  if (llvm::any_of(call.results, [](Type type) { return type.elementCount() == 0u; }))
    return {};
  const Operation &op = *call.op;
  if (op.is("linear") && inDouble(call, {"x", "weight", "bias"}))
    return exactProduct(call, linearShape(call), {{0, "x"}, {0, "weight"}});
  if (op.is("matmul") && inDouble(call, {"x", "y"}))
    return exactProduct(call, matmulShape(call), {{0, "x"}, {0, "y"}});
  if (op.is("einsum") && inDouble(call, {"values"}))
    return exactProduct(call, einsumShape(call), {{0, "values", 0}, {0, "values", 1}});
  if ((op.is("conv") || op.is("conv_transpose")) && inDouble(call, {"x", "weight", "bias"}))
    return exactConvolution(call);
  if (op.is("scaled_dot_product_attention") && inDouble(call, {"query", "key", "value"}))
    return exactAttention(call);
  // Those that move elements of any type.
  for (auto [name, choose] : {std::pair<llvm::StringLiteral, KernelSource>{"concat", chooseConcat},
                              {"gather", chooseGather},
                              {"select", chooseSelect},
                              {"slice_update", chooseSliceUpdate},
                              {"transpose", chooseTranspose}})
    if (op.is(name))
      return choose(query);
  return {};
}

} // namespace mil::fast
