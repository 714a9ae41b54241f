// Products of matrices.

#include "Definition.h"
#include "Families.h"
#include "mil/Ops/DiagnosticKinds.h"

namespace mil {

/// What sums of products of two operands are made in.
static DType accumulator(const Tensor &x, const Tensor &y) { return x.isFloat() || y.isFloat() ? DType::Float64 : DType::Int64; }

// ---- linear -----------------------------------------------------------------

static Inferred inferLinear(const Args &a) {
  Arg x = a["x"], weight = a["weight"], bias = a["bias"];
  if (x.rank() == 0)
    return a.failRank("x", "1 or more");
  if (weight.rank() != 2)
    return a.failRank("weight", 2);
  if (!shapes::compatible(x.dim(-1), weight.dim(1)))
    return a.failShape("weight", "[D, " + std::to_string(x.dim(-1)) + "], as the last dimension of x");
  if (bias && (bias.rank() != 1 || !shapes::compatible(bias.dim(0), weight.dim(0))))
    return a.failShape("bias", printDims(weight.dims().take_front()) + ", the first dimension of weight");
  Dims dims(x.dims());
  dims.back() = weight.dim(0);
  return a.tensor(x.dtype(), dims);
}

static Folded foldLinear(const Args &a, const Tensor &x, const Tensor &weight, const std::optional<Tensor> &bias) {
  Tensor rows = x.rank() == 1 ? x.withDims({1, x.count()}) : x;
  Dims dims(rows.dims());
  dims.back() = weight.dim(0);
  Tensor product = matmul(rows, permute(weight, {1, 0}), dims, accumulator(x, weight)).withDims(a.resultType().dims());
  if (!bias)
    return convert(product, x.dtype());
  // Added before the one rounding.
  return mapPairs(product, *bias, product.dims(), x.dtype(), [](auto sum, auto b) -> decltype(sum) {
    if constexpr (std::is_floating_point_v<decltype(sum)>)
      return sum + b;
    else
      return decltype(sum)(uint64_t(sum) + uint64_t(b)); // wraps around
  });
}

// ---- matmul -----------------------------------------------------------------

/// The operands' shapes as matrices: a vector x is a row, a vector y a column.
struct MatmulShapes {
  Dims x, y;
};

static std::optional<MatmulShapes> matrixShapes(const Args &a) {
  MatmulShapes s{Dims(a["x"].dims()), Dims(a["y"].dims())};
  for (auto [name, transpose, dims] : {std::tuple("x", "transpose_x", &s.x), std::tuple("y", "transpose_y", &s.y)}) {
    if (dims->empty())
      return a.failRank(name, "1 or more");
    if (dims->size() == 1 && a.flag(transpose))
      return a.failValue(transpose, std::string("false for the vector ") + name);
    if (a.flag(transpose))
      std::swap(dims->end()[-1], dims->end()[-2]);
  }
  if (s.x.size() == 1)
    s.x.insert(s.x.begin(), 1);
  if (s.y.size() == 1)
    s.y.push_back(1);
  return s;
}

/// From iOS17 on, the types may differ when one operand is a constant: the other one's is the result's. Constants that are computed, from
/// compressed ones, don't count.
static std::optional<DType> matmulType(const Args &a) {
  Arg x = a["x"], y = a["y"];
  if (x.dtype() == y.dtype())
    return x.dtype();
  if (!x.constant() == !y.constant())
    return a.fail(diag::DTypesDiffer, "y", name(x.dtype()).str() + ", the element type of x, as not just one of them is a constant",
                  name(y.dtype()).str());
  return x.constant() ? y.dtype() : x.dtype();
}

static Inferred inferMatmul(const Args &a) {
  std::optional<MatmulShapes> s = matrixShapes(a);
  std::optional<DType> type = matmulType(a);
  if (!s || !type)
    return a.failed();
  if (!shapes::compatible(s->x.back(), s->y.end()[-2]))
    return a.failShape("y", "matrices of " + std::to_string(s->x.back()) + " rows, the columns of x");
  std::optional<Dims> dims = shapes::broadcast(llvm::ArrayRef(s->x).drop_back(2), llvm::ArrayRef(s->y).drop_back(2));
  if (!dims)
    return a.failBroadcast("x", "y");
  if (a["x"].rank() > 1)
    dims->push_back(s->x.end()[-2]);
  if (a["y"].rank() > 1)
    dims->push_back(s->y.back());
  return a.tensor(*type, *dims);
}

static Tensor transposed(const Tensor &x) {
  Dims perm;
  for (size_t i = 0; i < x.rank(); ++i)
    perm.push_back(int64_t(i));
  std::swap(perm.end()[-1], perm.end()[-2]);
  return permute(x, perm);
}

static Folded foldMatmul(const Args &a, const Tensor &x, const Tensor &y, const MatmulShapes &s) {
  Tensor left = (a.flag("transpose_x") ? transposed(x) : x).withDims(s.x);
  Tensor right = (a.flag("transpose_y") ? transposed(y) : y).withDims(s.y);
  Dims dims = *shapes::broadcast(llvm::ArrayRef(s.x).drop_back(2), llvm::ArrayRef(s.y).drop_back(2));
  dims.append({s.x.end()[-2], s.y.back()});
  return matmul(left, right, dims, a.resultDType()).withDims(a.resultType().dims());
}

// ---- einsum -----------------------------------------------------------------

/// The letters of an equation numbered as they occur: "bij,bjk->bik" is 012,023->013.
static std::string canonicalEquation(llvm::StringRef equation) {
  std::string canonical, letters;
  for (char c : equation) {
    if (c == ',' || c == '-' || c == '>') {
      canonical += c;
      continue;
    }
    size_t at = letters.find(c);
    if (at == std::string::npos) {
      at = letters.size();
      letters += c;
    }
    canonical += char('0' + at);
  }
  return canonical;
}

/// The rank of an equation's operands: 4 for "nchw,nwhr->nchr", 3 for "chw,whr->chr". Core ML has no other equations.
static std::optional<size_t> einsumRank(const Args &a) {
  std::string equation = canonicalEquation(*a.string("equation"));
  if (equation == "0123,0324->0124")
    return 4;
  if (equation == "012,213->013")
    return 3;
  return a.failValue("equation", "\"nchw,nwhr->nchr\" or \"chw,whr->chr\", or one with other letters");
}

static Inferred inferEinsum(const Args &a) {
  Arg values = a["values"];
  if (!a.string("equation"))
    return a.unknown();
  std::optional<size_t> rank = einsumRank(a);
  if (!rank)
    return a.failed();
  if (values.size() != 2)
    return a.fail(diag::ArgumentCount, "values", "two values", values.size());
  Arg x = values[0], y = values[1];
  if (x.rank() != *rank || y.rank() != *rank)
    return a.fail(diag::ArgumentRank, "values", "rank " + std::to_string(*rank) + " both",
                  "ranks " + std::to_string(x.rank()) + " and " + std::to_string(y.rank()));
  if (x.dtype() != y.dtype())
    return a.fail(diag::DTypesDiffer, "values", name(x.dtype()).str() + ", the element type of the first", name(y.dtype()).str());
  // x[n, c, h, w] · y[n, w, h, r], where n and h broadcast.
  Dims dims(x.dims());
  dims.back() = y.dim(-1);
  for (int i : {-2, -4}) {
    if (-i > int(*rank))
      continue;
    std::optional<Dims> one = shapes::broadcast({x.dim(i)}, {y.dim(i)});
    if (!one)
      return a.fail(diag::BroadcastMismatch, "values", "a second value whose shape goes with " + printDims(x.dims()), printDims(y.dims()));
    dims.end()[i] = one->front();
  }
  if (!shapes::compatible(x.dim(-1), y.dim(-3)))
    return a.fail(diag::ArgumentShape, "values", "a second value with dimension -3 of " + std::to_string(x.dim(-1)), printDims(y.dims()));
  return a.tensor(x.dtype(), dims);
}

static Folded foldEinsum(const Args &a) {
  std::optional<Tensor> x = a.tensor(a["values"][0]), y = a.tensor(a["values"][1]);
  if (!x || !y)
    return {};
  // A product of matrices once h leads: [n, h, c, w] · [n, h, w, r]. Swapping dimensions -3 and -2 is its own inverse.
  Dims perm = x->rank() == 4 ? Dims{0, 2, 1, 3} : Dims{1, 0, 2}, dims;
  for (int64_t axis : perm)
    dims.push_back(a.resultType().dims()[size_t(axis)]);
  return permute(matmul(permute(*x, perm), permute(*y, perm), dims, x->dtype()), perm);
}

void ops::defineLinear(Catalogue &catalogue) {
  OpFamily op(catalogue, "linear");

  op("linear", iOS15)
      .summary("x · weightᵀ + bias, over the last dimension of x; the default bias is 0")
      .in("x", T)
      .in("weight", T, constant)
      .in("bias", T, constant, optional)
      .where(T, {fp16, fp32, int32})
      .infer(inferLinear)
      .fold(foldLinear, tensorOf("x"), tensorOf("weight"), tensorIfGiven("bias"))
      .from(iOS17)
      .in("weight", U, constant)
      .in("bias", U, constant, optional)
      .where(U, {fp16, fp32, int32});

  op("matmul", iOS15)
      .summary("the matrix products over the last two dimensions of x and y; the other dimensions are broadcast")
      .in("x", T)
      .in("y", T)
      .in("transpose_x", boolean, constant, dflt(false))
      .in("transpose_y", boolean, constant, dflt(false))
      .where(T, {fp16, fp32, int32})
      .infer(inferMatmul)
      .fold(foldMatmul, tensorOf("x"), tensorOf("y"), matrixShapes)
      .from(iOS17)
      .in("y", U)
      .where(U, {fp16, fp32, int32});

  op("einsum", iOS15)
      .summary("Σ over w of x[n, c, h, w] · y[n, w, h, r] for values = (x, y); n may be missing, n and h broadcast")
      .in("values", anyTensor, variadic)
      .in("equation", string, constant, scalar)
      .infer(inferEinsum)
      .fold(foldEinsum);
}

} // namespace mil
