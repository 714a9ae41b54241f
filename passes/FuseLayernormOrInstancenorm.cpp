// fuse_layernorm_or_instancenorm: normalisation that is written out with means.
//
// Where m = reduce_mean(x), d = sub(x, m), v = reduce_mean(square(d)), all along the same axes, which are kept, and r = rsqrt(add(v, ε)):
//
//   y = mul(d, r)                                              y = real_div(d, sqrt(add(v, ε)))
//   z = add(mul(y, gamma), beta)                               z = mul(add(y, beta), gamma)
//   z = add(mul(x, g), sub(beta, mul(m, g))), g = mul(r, gamma)
//   z = add(mul(x, r), mul(mul(m, r), -1))
//     =>   layer_norm(x, axes, gamma, beta, epsilon = ε)   or   instance_norm(x, gamma, beta, epsilon = ε)
//
// Also with square as mul(d, d) or pow(d, 2), sqrt as pow(…, 0.5), a mean as reduce_sum times 1 / n, and v as the mean of x² less m². gamma
// and beta are plain constants; after y, either may be absent.
//
// It becomes a layer_norm when the axes are the last ones, or the channels of x [N, C, H, W], and gamma and beta differ along them only; an
// instance_norm when the axes are H and W, and gamma and beta differ along the channels only, also of x [N, H, W, C], which is transposed.
// Where gamma or beta are otherwise, y alone is replaced. Not when anything between is read elsewhere or returned.
//
// Within the roundings of the operations that it replaces.
// Source: coremltools' common::fuse_layernorm_or_instancenorm.
#include "mil/Pass/Matchers.h"
#include "mil/Pass/Rewriter.h"
#include "mil/Tensor/Kernels.h"
#include "patterns/ChannelVectors.h"
#include "patterns/ConstantArguments.h"
#include "patterns/Reductions.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallPtrSet.h"

using namespace mil;
using namespace mil::match;

namespace {

/// What is written out: (x - mean) / √(variance + epsilon).
struct Moments {
  Value *x = nullptr, *mean = nullptr;
  Operation *rsqrt = nullptr; ///< null where a square root is divided by
  double epsilon = 0;
  Integers axes; ///< sorted, from the front
};

/// The affine part that follows: normal · gamma + beta, either null where it is absent, or (normal + beta) · gamma.
struct Affine {
  Operation *last; ///< the operation that it ends at
  const Literal *gamma = nullptr, *beta = nullptr;
  bool addsFirst = false;
};

/// The reduction that a mean is: reduce_mean, or a reduce_sum times the inverse of the count; null when it is none.
Operation *reductionOf(Operation *op) {
  if (op && op->is("reduce_mean"))
    return op;
  Operation *sum = nullptr;
  double factor = 0;
  bool scaled = op && matches(*op, m_op("mul", m_op("reduce_sum").as(sum), m_scalar(factor)).commutative());
  return scaled && isNearly(factor, 1 / reducedCount(*sum), sum->result()->type().dtype()) ? sum : nullptr;
}

/// The axes of a reduction that keeps them; nullopt otherwise.
std::optional<Integers> keptAxes(const Operation &reduction) {
  const Literal *kept = reduction.constant("keep_dims");
  Type type = reduction.operand("x")->type();
  std::optional<Integers> axes = type.hasRank() ? axesOf(reduction, "axes", type.rank()) : std::nullopt;
  if (!axes || axes->empty() || !kept || kept->asBool() != true)
    return std::nullopt;
  llvm::sort(*axes);
  return axes;
}

/// Matches operands that are √(variance + epsilon), or its inverse, of an x and a mean that have been captured.
class DeviationMatcher {
public:
  explicit DeviationMatcher(Moments &moments) : m(moments) {}

  bool isDeviation(const Operand &operand) const {
    auto sum = m_if([this](const Operand &each) { return isSum(each); });
    return m_either(m_op("sqrt", sum), m_op("pow", sum, m_exactly(0.5))).match(operand);
  }
  bool isInverse(const Operand &operand) const {
    return m_op("rsqrt", m_if([this](const Operand &each) { return isSum(each); })).as(m.rsqrt).match(operand);
  }

private:
  bool isSum(const Operand &operand) const {
    auto isVariance = m_if([this](const Operand &each) {
      Operation *op = each.value() ? each.value()->definingOp() : nullptr;
      return op && (isMeanOfSquares(*op) || isMeanOfSquaresLess(*op));
    });
    return m_op("add", isVariance, m_scalar(m.epsilon)).commutative().match(operand);
  }
  /// The mean of (x - mean)².
  bool isMeanOfSquares(Operation &op) const {
    Operation *reduction = reductionOf(&op);
    Value *d = nullptr;
    auto centered = m_op("sub", m_same(m.x), m_same(m.mean));
    auto square =
        m_either(m_op("square", centered), m_op("pow", centered, m_exactly(2)), m_op("mul", m_all(m_value(d), centered), m_same(d)));
    return reduction && matches(*reduction, "x", square) && keptAxes(*reduction) == m.axes;
  }
  /// The mean of x² less mean².
  bool isMeanOfSquaresLess(Operation &op) const {
    auto squareOf = [](Value *const &value) { return m_either(m_op("square", m_same(value)), m_op("mul", m_same(value), m_same(value))); };
    auto isMean = m_if([&](const Operand &operand) {
      Operation *reduction = reductionOf(operand.value() ? operand.value()->definingOp() : nullptr);
      return reduction && matches(*reduction, "x", squareOf(m.x)) && keptAxes(*reduction) == m.axes;
    });
    return matches(op, m_op("sub", isMean, squareOf(m.mean)));
  }

  Moments &m;
};

struct FuseLayernormOrInstancenorm : PatternPass {
  FuseLayernormOrInstancenorm() : PatternPass({"mul", "real_div", "add"}) {}

  bool rewrite(Operation &op, Rewriter &rewriter) override {
    Moments moments;
    if (op.is("add")) {
      Affine affine{&op};
      return matchExpanded(op, moments, affine) && replace(moments, affine, rewriter);
    }
    if (!matchNormal(op, moments))
      return false;
    return llvm::any_of(affineForms(op), [&](const Affine &affine) { return replace(moments, affine, rewriter); });
  }

  // ---- Matching -------------------------------------------------------------

  /// Whether the captured mean is one of x.
  static bool isMean(Moments &m) {
    Operation *reduction = reductionOf(m.mean->definingOp());
    std::optional<Integers> axes = reduction && reduction->input("x") == m.x ? keptAxes(*reduction) : std::nullopt;
    if (axes)
      m.axes = *axes;
    return axes.has_value();
  }

  /// (x - mean) / √(variance + epsilon)
  static bool matchNormal(Operation &op, Moments &m) {
    DeviationMatcher deviation(m);
    auto centered = m_all(m_op("sub", m_value(m.x), m_value(m.mean)), m_if([&](const Operand &) { return isMean(m); }));
    if (op.is("mul"))
      return matches(op, m_op("mul", centered, m_if([&](const Operand &by) { return deviation.isInverse(by); })).commutative());
    return matches(op, m_op("real_div", centered, m_if([&](const Operand &by) { return deviation.isDeviation(by); })));
  }

  /// x · g + (beta - mean · g), where g is gamma / √(variance + epsilon).
  static bool matchExpanded(Operation &op, Moments &m, Affine &affine) {
    for (auto [product, rest] : {std::pair("x", "y"), {"y", "x"}})
      for (auto [first, second] : {std::pair("x", "y"), {"y", "x"}}) {
        Operation *mul = op.input(product) ? op.input(product)->definingOp() : nullptr;
        if (!mul || !mul->is("mul"))
          continue;
        m.x = mul->input(first);
        Value *scale = mul->input(second);
        auto shift = m_op("mul", m_value(m.mean), m_same(scale)).commutative();
        auto negated = m_op("mul", shift, m_exactly(-1)).commutative();
        affine.gamma = affine.beta = nullptr;
        if (m.x && scale && matches(op, rest, m_either(m_op("sub", m_const(affine.beta), shift), negated)) && isMean(m) &&
            isScale(*mul->operand(second), m, affine))
          return true;
      }
    return false;
  }
  static bool isScale(const Operand &scale, Moments &m, Affine &affine) {
    DeviationMatcher deviation(m);
    auto inverse = m_if([&](const Operand &operand) { return deviation.isInverse(operand); });
    return inverse.match(scale) || m_op("mul", inverse, m_const(affine.gamma)).commutative().match(scale);
  }

  /// The affine forms that follow the normalisation, the longest first, the one with neither factor nor summand last.
  static llvm::SmallVector<Affine, 3> affineForms(Operation &normal) {
    llvm::SmallVector<Affine, 3> forms{{&normal}};
    while (Operation *next = onlyReader(*forms.front().last)) {
      Affine longer = forms.front();
      longer.last = next;
      const Literal *&constant = next->is("mul") ? longer.gamma : longer.beta;
      if ((!next->is("mul") && !next->is("add")) || constant || next->result()->type() != normal.result()->type())
        break;
      constant = next->constant(next->input("x") == forms.front().last->result() ? "y" : "x");
      if (!constant)
        break;
      longer.addsFirst = next->is("mul") && longer.beta;
      forms.insert(forms.begin(), longer);
    }
    return forms;
  }
  static Operation *onlyReader(const Operation &op) { return usedOnce(op.result()) ? op.result()->firstUse()->user() : nullptr; }

  /// Whether nothing that is computed between x and the last operation is read elsewhere or returned.
  static bool isClosed(Operation &last, const Moments &m) {
    llvm::SmallPtrSet<Operation *, 16> inside{&last};
    llvm::SmallVector<Operation *, 16> pending{&last};
    while (!pending.empty())
      pending.pop_back_val()->forEachOperand([&](const Operand &operand) {
        Operation *op = operand.value() && operand.value() != m.x && !constantOf(operand) ? operand.value()->definingOp() : nullptr;
        if (op && inside.insert(op).second)
          pending.push_back(op);
      });
    return llvm::all_of(inside, [&](Operation *op) {
      return op == &last || llvm::all_of(op->result()->uses(), [&](Operand &use) { return use.user() && inside.contains(use.user()); });
    });
  }

  // ---- Rewriting ------------------------------------------------------------

  static bool replace(const Moments &m, const Affine &affine, Rewriter &rewriter) {
    Type type = m.x->type();
    if (affine.last->result()->type() != type)
      return false;
    size_t rank = type.rank();
    auto fits = [&](llvm::ArrayRef<int64_t> along) {
      return (!affine.gamma || variesAlong(affine.gamma->type(), type, along)) &&
             (!affine.beta || variesAlong(affine.beta->type(), type, along));
    };
    auto areAxes = [&](std::initializer_list<int64_t> axes) { return rank == 4 && llvm::ArrayRef(m.axes) == llvm::ArrayRef(axes); };
    bool areLast = m.axes.front() == int64_t(rank - m.axes.size());
    bool isInstance = areAxes({2, 3}) && fits(1), isChannelsLast = areAxes({1, 2}) && fits(3);
    bool isLayer = (areLast || areAxes({1})) && fits(m.axes);
    if ((!isInstance && !isChannelsLast && !isLayer) || !isClosed(*affine.last, m))
      return false;
    rewriter.setInsertionPoint(affine.last);
    Integers along = isInstance ? Integers{1} : isChannelsLast ? Integers{3} : m.axes;
    std::optional<llvm::SmallVector<ArgumentSpec, 2>> parameters = parametersOf(affine, type, along, isLayer && !isInstance, rewriter);
    if (!parameters)
      return false;
    if (isInstance)
      return rewriter.replace(*affine.last, make("instance_norm", m.x, m, *parameters, rewriter));
    if (isLayer) {
      parameters->push_back(ArgumentSpec("axes", reductionOf(m.mean->definingOp())->operand("axes")));
      return rewriter.replace(*affine.last, make("layer_norm", m.x, m, *parameters, rewriter));
    }
    Value *image = rewriter.make("transpose", {{"x", m.x}, {"perm", rewriter.ints({0, 3, 1, 2})}});
    Value *normal = make("instance_norm", image, m, *parameters, rewriter);
    return rewriter.replace(*affine.last, rewriter.make("transpose", {{"x", normal}, {"perm", rewriter.ints({0, 2, 3, 1})}}));
  }

  static Value *make(llvm::StringRef type, Value *x, const Moments &m, llvm::ArrayRef<ArgumentSpec> parameters, Rewriter &rewriter) {
    llvm::SmallVector<ArgumentSpec, 5> arguments{ArgumentSpec("x", x),
                                                 ArgumentSpec("epsilon", rewriter.number(m.x->type().dtype(), epsilonOf(m)))};
    arguments.append(parameters.begin(), parameters.end());
    return rewriter.make(type, arguments);
  }

  /// rsqrt adds an epsilon of its own, which is so small mostly that it makes no difference.
  static double epsilonOf(const Moments &m) {
    const Literal *literal = m.rsqrt ? m.rsqrt->constant("epsilon") : nullptr;
    double own = literal ? literal->asDouble().value_or(0) : 0;
    return own > m.epsilon * 0x1p-16 ? m.epsilon + own : m.epsilon;
  }

  /// gamma and beta along some dimensions; ones and zeros where they are absent and `optional` doesn't say that they may be. nullopt when
  /// they can't be read.
  static std::optional<llvm::SmallVector<ArgumentSpec, 2>> parametersOf(const Affine &affine, Type type, llvm::ArrayRef<int64_t> along,
                                                                        bool optional, Rewriter &rewriter) {
    const Literal *gamma = affine.gamma, *beta = affine.beta;
    optional |= llvm::any_of(along, [&](int64_t axis) { return type.dim(int(axis)) < 1; });
    for (auto [parameter, absent] : {std::pair(&gamma, 1), {&beta, 0}}) {
      if (*parameter && !(*parameter = expanded(**parameter, type, along, rewriter)))
        return std::nullopt;
      if (!*parameter && !optional)
        *parameter = rewriter.literal(expandedAlong(Tensor::scalar(type.dtype(), absent), type, along));
    }
    if (affine.addsFirst) {
      std::optional<Tensor> factors = rewriter.tensor(gamma), summands = factors ? rewriter.tensor(beta) : std::nullopt;
      if (!summands)
        return std::nullopt;
      beta = rewriter.literal(mapPairs(*summands, *factors, summands->dims(), summands->dtype(), [](auto b, auto g) { return b * g; }));
    }
    llvm::SmallVector<ArgumentSpec, 2> parameters;
    if (gamma)
      parameters.push_back(ArgumentSpec("gamma", gamma));
    if (beta)
      parameters.push_back(ArgumentSpec("beta", beta));
    return parameters;
  }

  /// A constant in the shape of some dimensions; one that has it but for dimensions of 1 is not read. Null when it can't be read.
  static const Literal *expanded(const Literal &literal, Type type, llvm::ArrayRef<int64_t> along, Rewriter &rewriter) {
    llvm::SmallVector<int64_t, 4> dims;
    for (int64_t axis : along)
      dims.push_back(type.dim(int(axis)));
    Type wanted = literal.type().withDims(rewriter.context(), dims);
    if (literal.type().elementCount() == wanted.elementCount())
      return literal.withType(rewriter.context(), wanted);
    std::optional<Tensor> values = rewriter.tensor(&literal);
    return values ? rewriter.literal(expandedAlong(*values, type, along)) : nullptr;
  }
};
} // namespace

MIL_PASS(fuse_layernorm_or_instancenorm, FuseLayernormOrInstancenorm,
         "Checks the axes of both means and the factors that turn sums into means, and determines gamma and beta by the "
         "shapes that they broadcast to; coremltools uses their sizes. Allows other users of x, and of the normalized "
         "value if there are no gamma and beta; accepts all forms of square roots and squares, and gamma or beta alone.")
