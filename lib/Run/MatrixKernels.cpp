// linear, matmul and einsum as products of matrices.

#include "Chain.h"
#include "FastKernels.h"
#include "ProductShapes.h"

namespace mil::fast {

namespace {

class MatrixProducts : public Kernel {
public:
  MatrixProducts(ProductShape shape, size_t left, size_t right, Chain chain)
      : shape(std::move(shape)), left(left), right(right), chain(std::move(chain)) {}

  bool run(const Run &run) override {
    Products products = shape.products;
    products.each = shape.places;
    products.left.floats = floatsOf(*run.inputs[left]);
    products.right.floats = floatsOf(*run.inputs[right]);
    if (!run.files.empty())
      products.rightFile = run.files[right];
    products.results = floatsOf(run.results[0]);
    auto apply = [&](int64_t at, llvm::MutableArrayRef<float> values) { chain.apply(run, at, values); };
    Finish finish = apply;
    if (!chain.empty())
      products.finish = &finish;
    multiply(products, run.threads);
    return true;
  }

private:
  ProductShape shape;
  size_t left, right; ///< among the inputs
  Chain chain;
};

} // namespace

/// A product of one column is one of one row, transposed: then the matrix is read in order, once.
static void preferRows(ProductShape &shape, size_t &left, size_t &right) {
  Products &p = shape.products;
  if (p.columns != 1 || p.rows == 1)
    return;
  std::swap(p.left, p.right);
  std::swap(p.left.rowStride, p.left.columnStride);
  std::swap(p.right.rowStride, p.right.columnStride);
  std::swap(p.rows, p.columns);
  std::swap(left, right);
  for (Products::Place &place : shape.places)
    std::swap(place.left, place.right);
}

/// The kernel of a shape whose left and right matrix are these arguments.
static KernelChoice choiceOf(const KernelQuery &query, ProductShape shape, llvm::ArrayRef<KernelChoice::Input> matrices, bool hasBias) {
  KernelChoice choice;
  choice.inputs.assign(matrices.begin(), matrices.end());
  const KernelCall &call = query.chain[0];
  llvm::ArrayRef<int64_t> dims = call.results[0].dims();
  Chain chain(dims);
  if (hasBias)
    chain.add({.kind = StepKind::Add}, {0, "bias"}, Broadcast((*call.args)["bias"].dims(), dims));
  chain.follow(query, choice);
  size_t left = 0, right = 1;
  preferRows(shape, left, right);
  choice.kernel = std::make_unique<MatrixProducts>(std::move(shape), left, right, std::move(chain));
  return choice;
}

KernelChoice chooseLinear(const KernelQuery &query) {
  const KernelCall &call = query.chain[0];
  bool hasBias = (*call.args)["bias"].present();
  if (!formatOf(call.held("x")) || !formatOf(call.held("weight")) || !formatOf(call.heldResult()) ||
      (hasBias && !formatOf(call.held("bias"))))
    return {};
  return choiceOf(query, linearShape(call), {{0, "x"}, {0, "weight"}}, hasBias);
}

ProductShape linearShape(const KernelCall &call) {
  Arg weight = (*call.args)["weight"];
  ProductShape shape;
  int64_t depth = weight.dim(1);
  shape.products.columns = weight.dim(0);
  shape.products.rows = productOf(call.results[0].dims().drop_back());
  shape.products.depth = depth;
  shape.products.left = {{}, depth, 1};
  shape.products.right = {{}, 1, depth};
  shape.products.rowStride = weight.dim(0);
  shape.places = {{}};
  return shape;
}

/// The shape and strides of an operand of matmul as matrices.
struct MatmulOperand {
  Dims batch;
  int64_t rows, columns, rowStride, columnStride;

  MatmulOperand(llvm::ArrayRef<int64_t> dims, bool transposed, bool vectorIsRow) {
    if (dims.size() == 1) {
      rows = vectorIsRow ? 1 : dims[0];
      columns = vectorIsRow ? dims[0] : 1;
      rowStride = columns;
      columnStride = 1;
      return;
    }
    batch = Dims(dims.drop_back(2));
    rows = dims[dims.size() - 2];
    columns = rowStride = dims.back();
    columnStride = 1;
    if (transposed) {
      std::swap(rows, columns);
      std::swap(rowStride, columnStride);
    }
  }
  int64_t size() const { return rows * columns; }
  /// The first element of the matrix that a product number of a batch of shape `all` takes.
  int64_t placeOf(int64_t number, llvm::ArrayRef<int64_t> all) const {
    int64_t place = 0, stride = size();
    for (size_t i = 0; i < batch.size(); ++i) {
      int64_t own = batch[batch.size() - 1 - i], size = all[all.size() - 1 - i];
      if (own != 1)
        place += number % size * stride;
      stride *= own;
      number /= size;
    }
    return place;
  }
};

KernelChoice chooseMatmul(const KernelQuery &query) {
  const KernelCall &call = query.chain[0];
  if (!formatOf(call.held("x")) || !formatOf(call.held("y")) || !formatOf(call.heldResult()))
    return {};
  return choiceOf(query, matmulShape(call), {{0, "x"}, {0, "y"}}, false);
}

ProductShape matmulShape(const KernelCall &call) {
  llvm::ArrayRef<int64_t> xDims = (*call.args)["x"].dims(), yDims = (*call.args)["y"].dims();
  MatmulOperand x(xDims, call.args->flag("transpose_x"), true), y(yDims, call.args->flag("transpose_y"), false);
  ProductShape shape;
  Products &products = shape.products;
  products.rows = x.rows;
  products.columns = y.columns;
  products.depth = x.columns;
  products.left = {{}, x.rowStride, x.columnStride};
  products.right = {{}, y.rowStride, y.columnStride};
  products.rowStride = y.columns;
  llvm::ArrayRef<int64_t> dims = call.results[0].dims();
  Dims batch(dims.drop_back((xDims.size() > 1) + (yDims.size() > 1)));
  int64_t count = productOf(batch);
  if (productOf(y.batch) == 1 && x.columnStride == 1 && x.rowStride == x.columns) { // rows of all of x with the one matrix
    products.rows *= count;
    count = std::min<int64_t>(count, 1);
  }
  for (int64_t i = 0; i < count; ++i)
    shape.places.push_back({x.placeOf(i, batch), y.placeOf(i, batch), i * x.rows * y.columns});
  return shape;
}

KernelChoice chooseEinsum(const KernelQuery &query) {
  const KernelCall &call = query.chain[0];
  if (!formatOf(call.held("values", 0)) || !formatOf(call.held("values", 1)) || !formatOf(call.heldResult()))
    return {};
  ProductShape shape = einsumShape(call);
  if (shape.products.columns == 1 && shape.products.rows != 1) // the transposed result would have no neighbours
    return {};
  return choiceOf(query, std::move(shape), {{0, "values", 0}, {0, "values", 1}}, false);
}

ProductShape einsumShape(const KernelCall &call) {
  Arg values = (*call.args)["values"];
  // x[n, c, h, w] · y[n, w, h, r] for each n and h, which broadcast; n may be missing.
  auto withBatch = [](llvm::ArrayRef<int64_t> dims) {
    Dims all(dims);
    if (all.size() == 3)
      all.insert(all.begin(), 1);
    return all;
  };
  Dims x = withBatch(values[0].dims()), y = withBatch(values[1].dims()), out = withBatch(call.results[0].dims());
  ProductShape shape;
  Products &products = shape.products;
  products.rows = x[1];
  products.depth = x[3];
  products.columns = y[3];
  products.left = {{}, x[2] * x[3], 1};
  products.right = {{}, y[2] * y[3], 1};
  products.rowStride = out[2] * out[3];
  for (int64_t n = 0; n < out[0]; ++n)
    for (int64_t h = 0; h < out[2]; ++h)
      shape.places.push_back({(x[0] == 1 ? 0 : n) * x[1] * x[2] * x[3] + (x[2] == 1 ? 0 : h) * x[3],
                              (y[0] == 1 ? 0 : n) * y[1] * y[2] * y[3] + (y[2] == 1 ? 0 : h) * y[3],
                              n * out[1] * out[2] * out[3] + h * out[3]});
  return shape;
}

} // namespace mil::fast
