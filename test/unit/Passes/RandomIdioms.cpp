// What converters write, with liberties: numbers that are a bit off, operands swapped, other axes.
#include "RandomBody.h"
#include "llvm/ADT/STLExtras.h"
#include <cmath>
#include <numeric>

namespace mil::test {

// ---- Chains -----------------------------------------------------------------

void RandomBody::castChain() {
  Value *x = floating();
  const char *names[] = {"fp16", "fp32", "int32", "bool", "fp16", "fp32"};
  Value *y = call("cast", {{"x", x}, {"dtype", names[dice.below(6)]}});
  if (isFloat(typeOf(y)) && dice.oneIn(2))
    y = unary(y);
  y = call("cast", {{"x", y}, {"dtype", names[dice.below(6)]}});
  if (dice.oneIn(2))
    call("cast", {{"x", y}, {"dtype", names[dice.below(6)]}});
  if (dice.oneIn(2))
    call("cast", {{"x", x}, {"dtype", names[dice.below(6)]}});
}

/// Transposes around what commutes with them, and what doesn't.
void RandomBody::transposeIslands() {
  Value *x = floating(2, 4);
  auto perm = randomPerm(rankOf(x));
  Dims back(perm.size());
  for (size_t i = 0; i < perm.size(); ++i)
    back[size_t(perm[i])] = int64_t(i);
  Value *y = transposed(x, perm), *other = nullptr;
  Dims axes{axisOf(rankOf(x))};
  for (size_t i = 0, n = 1 + dice.below(3); i < n && rankOf(y) == perm.size(); ++i)
    switch (dice.below(9)) {
    case 0:
      y = call(dice.pick({"reduce_sum", "reduce_max", "reduce_mean"}),
               {{"x", y}, {"axes", llvm::ArrayRef<int64_t>(axes)}, {"keep_dims", !dice.oneIn(4)}});
      break;
    case 1:
      y = call("softmax", {{"x", y}, {"axis", axes[0]}});
      break;
    case 2:
      other = find([&](Value *v) { return v->type() == y->type(); });
      if (Value *again = dice.oneIn(2) ? other : transposed(x, perm); again->type() == y->type())
        other = again;
      y = call("concat", {{"values", {y, other}}, {"axis", axes[0]}});
      break;
    case 3:
      other = dice.oneIn(2) ? transposed(unary(x), perm) : summand(y);
      if (typeOf(other) == typeOf(y) && (other->type() == y->type() || other->definingOp()->is("const")))
        y = either(dice.pick({"add", "mul", "sub"}), y, other);
      break;
    case 4: {
      auto parts = f->results("split", {{"x", y}, {"num_splits", y->type().dim(int(axes[0]))}, {"axis", axes[0]}});
      refused |= parts.empty();
      for (Value *each : parts)
        y = keep(each);
      break;
    }
    case 5:
      if (rankOf(y) == 4 && dice.oneIn(2))
        y = call("pad", {{"x", y}, {"pad", {0, 0, 0, 0, 1, 0, 0, 1}}, {"mode", "constant"}, {"constant_val", 0.5}});
      break;
    case 6:
      y = call(
          "slice_by_size",
          {{"x", y}, {"begin", llvm::ArrayRef<int64_t>(Dims(perm.size(), 0))}, {"size", llvm::ArrayRef<int64_t>(Dims(perm.size(), -1))}});
      break;
    default:
      y = dice.oneIn(2) ? unary(y) : call(dice.pick({"relu", "sigmoid"}), {{"x", y}});
    }
  if (rankOf(y) == perm.size() && !dice.oneIn(5))
    transposed(y, back);
  if (rankOf(y) == perm.size() && dice.oneIn(4))
    transposed(y, randomPerm(perm.size()));
}

/// The same computed twice.
void RandomBody::twice() {
  Value *x = floating();
  const char *op = dice.pick({"relu", "exp", "tanh", "abs"});
  Value *a = call(op, {{"x", x}}), *b = call(op, {{"x", x}});
  Value *c = number(typeOf(x), someNumber()), *d = dice.oneIn(2) ? c : number(typeOf(x), someNumber());
  Value *e = either("add", a, c), *g = either("add", b, d);
  call(dice.pick({"mul", "maximum", "sub"}), {{"x", e}, {"y", g}});
}

// ---- Activations ------------------------------------------------------------

void RandomBody::gelu() {
  Value *x = floating();
  DType type = typeOf(x);
  auto near = [&](double value) { return number(type, dice.oneIn(12) ? value * 1.1 : value); };
  if (dice.oneIn(3)) {
    either("mul", x, call("sigmoid", {{"x", either("mul", x, near(dice.oneIn(2) ? 1.702 : 1.0))}}));
    return;
  }
  if (dice.oneIn(2)) {
    Value *e = call(
        "erf", {{"x", dice.oneIn(2) ? call("real_div", {{"x", x}, {"y", near(std::sqrt(2.0))}}) : either("mul", x, near(std::sqrt(0.5)))}});
    Value *plus = either("add", e, near(1));
    if (dice.oneIn(2))
      either("mul", either("mul", x, near(0.5)), plus);
    else
      either("mul", either("mul", x, plus), near(0.5));
    return;
  }
  Value *cube = call("pow", {{"x", x}, {"y", near(3)}});
  Value *sum = either("add", x, either("mul", cube, near(0.044715)));
  Value *plus = either("add", call("tanh", {{"x", either("mul", sum, near(std::sqrt(2 / M_PI)))}}), near(1));
  if (dice.oneIn(2))
    either("mul", either("mul", x, plus), near(0.5));
  else
    either("mul", either("mul", x, near(0.5)), plus);
}

void RandomBody::activations() {
  Value *x = floating();
  DType type = typeOf(x);
  switch (dice.below(6)) {
  case 0:
    either("mul", x, call("sigmoid", {{"x", dice.oneIn(5) ? find([&](Value *v) { return v->type() == x->type(); }) : x}}));
    break;
  case 1:
    either("maximum", x, either("mul", x, number(type, dice.pick({0.1, 0.0, 1.0, 1.5, -0.5}))));
    break;
  case 2: {
    x = image();
    if (rankOf(x) != 4)
      break;
    int64_t channels = x->type().dim(1);
    Dims slopes = dice.oneIn(3) ? Dims{1, 1, channels} : Dims{channels, 1, 1};
    if (dice.oneIn(3))
      slopes.insert(slopes.begin(), 1);
    Value *negative = call("relu", {{"x", either("mul", x, number(typeOf(x), -1))}});
    Value *slope =
        dice.oneIn(4) ? number(typeOf(x), 0.25) : tensor(typeOf(x), {slopes[slopes.size() - 3], slopes[slopes.size() - 2], slopes.back()});
    if (slope->type().rank() == 0 || slopes[slopes.size() - 3] == channels || channels == x->type().dim(3))
      call("add", {{"x", call("relu", {{"x", x}})}, {"y", either("mul", negative, slope)}});
    break;
  }
  case 3:
    x = image();
    if (rankOf(x) == 4)
      call("prelu", {{"x", x}, {"alpha", tensor(typeOf(x), {x->type().dim(1)})}});
    break;
  case 4:
    if (dice.oneIn(2))
      call("sqrt", {{"x", call("pow", {{"x", x}, {"y", number(type, 2)}})}});
    else
      call("pow", {{"x", call("sqrt", {{"x", dice.oneIn(2) ? call("abs", {{"x", x}}) : x}})}, {"y", number(type, 2)}});
    break;
  default:
    if (dice.oneIn(2))
      call("pow", {{"x", number(type, dice.pick({2.0, 2.0, 3.0}))}, {"y", x}});
    else
      call(dice.pick({"relu", "relu6"}), {{"x", call(dice.pick({"relu", "relu6"}), {{"x", x}})}});
  }
}

void RandomBody::relus() {
  Value *x = floating();
  for (size_t i = 0, n = 2 + dice.below(2); i < n; ++i)
    x = call(dice.pick({"relu", "relu", "relu6"}), {{"x", x}});
}

// ---- Normalisation ----------------------------------------------------------

void RandomBody::writtenOutNorm() {
  Value *x = dice.oneIn(2) ? image() : floating(2, 4);
  DType type = typeOf(x);
  Dims axes{-1};
  if (rankOf(x) == 4 && dice.oneIn(2))
    axes = {2, 3};
  if (dice.oneIn(8))
    axes = {int64_t(dice.below(rankOf(x)))};
  Dims others = dice.oneIn(10) ? Dims{0} : axes;
  auto mean = [&](Value *of, const Dims &over) {
    return call("reduce_mean", {{"x", of}, {"axes", llvm::ArrayRef<int64_t>(over)}, {"keep_dims", true}});
  };
  Value *m = mean(x, axes), *centred = call("sub", {{"x", x}, {"y", m}});
  Value *squares = dice.oneIn(2)   ? call("square", {{"x", centred}})
                   : dice.oneIn(2) ? call("pow", {{"x", centred}, {"y", number(type, 2)}})
                                   : call("mul", {{"x", centred}, {"y", centred}});
  Value *variance = either("add", mean(squares, others), number(type, 0.01));
  Value *y = nullptr;
  switch (dice.below(3)) {
  case 0:
    y = call("real_div", {{"x", centred}, {"y", call("sqrt", {{"x", variance}})}});
    break;
  case 1:
    y = either("mul", centred, call("rsqrt", {{"x", variance}, {"epsilon", 1e-12}}));
    break;
  default:
    y = call("real_div", {{"x", centred}, {"y", call("pow", {{"x", variance}, {"y", number(type, 0.5)}})}});
  }
  Dims gamma = axes.size() == 2 ? Dims{x->type().dim(1), 1, 1} : Dims{x->type().dim(-1)};
  if (dice.oneIn(2))
    y = either("mul", y, tensor(type, gamma));
  if (dice.oneIn(2))
    either("add", y, tensor(type, gamma));
}

void RandomBody::means() {
  Value *x = floating(1, 4);
  int64_t axis = axisOf(rankOf(x));
  Value *sum = call("reduce_sum", {{"x", x}, {"axes", {int(axis)}}, {"keep_dims", dice.oneIn(2)}});
  double count = double(x->type().dim(int(axis)));
  if (dice.oneIn(2))
    either("mul", sum, number(typeOf(x), 1 / count));
  else
    call("real_div", {{"x", sum}, {"y", number(typeOf(x), dice.oneIn(8) ? 2 : count)}});
}

void RandomBody::scaledBias() {
  Value *x = image();
  if (rankOf(x) != 4)
    return;
  Dims dims = dice.oneIn(4) ? Dims{1, 1, x->type().dim(3)} : Dims{x->type().dim(1), 1, 1};
  either("add", either("mul", x, tensor(typeOf(x), dims)), tensor(typeOf(x), dims));
}

// ---- Attention --------------------------------------------------------------

void RandomBody::attention() {
  Value *q = floating(2, 4);
  if (countOf(q) > 200)
    return;
  Value *k = find([&](Value *v) { return v->type() == q->type(); }), *v = find([&](Value *v) { return v->type() == q->type(); });
  DType type = typeOf(q);
  Value *factor = number(type, dice.oneIn(2) ? 1 / std::sqrt(double(q->type().dim(-1))) : dice.pick({0.5, 1.0, 0.25}));
  if (dice.oneIn(3))
    q = either("mul", q, factor);
  Value *scores = nullptr;
  if (dice.oneIn(2)) {
    scores = call("matmul", {{"x", q}, {"y", k}, {"transpose_y", true}});
  } else {
    Dims perm(rankOf(k));
    std::iota(perm.begin(), perm.end(), 0);
    std::swap(perm[perm.size() - 1], perm[perm.size() - 2]);
    scores = call("matmul", {{"x", q}, {"y", transposed(k, perm)}});
  }
  if (dice.oneIn(2))
    scores = dice.oneIn(2) ? either("mul", scores, factor) : call("real_div", {{"x", scores}, {"y", number(type, 2)}});
  if (dice.oneIn(3))
    scores = either("add", scores, summand(scores));
  else if (dice.oneIn(4))
    scores = call("select", {{"cond", tensor(DType::Bool, {scores->type().dim(-2), scores->type().dim(-1)})},
                             {"a", scores},
                             {"b", number(type, dice.pick({-1e4, double(-INFINITY)}))}});
  Value *weights = call("softmax", {{"x", scores}, {"axis", dice.oneIn(8) ? -2 : -1}});
  if (weights->type().dim(-1) == v->type().dim(-2))
    call("matmul", {{"x", weights}, {"y", v}});
}

/// The operation that attention() writes out.
void RandomBody::readyMade() {
  Value *x = floating(3, 4);
  if (opset < Opset::IOS18 || countOf(x) > 200)
    return;
  auto like = [&] { return find([&](Value *v) { return v->type() == x->type(); }); };
  Value *k = like(), *v = like();
  if (dice.oneIn(2))
    call("scaled_dot_product_attention", {{"query", x}, {"key", k}, {"value", v}});
  else
    call("scaled_dot_product_attention",
         {{"query", x},
          {"key", k},
          {"value", v},
          {"attn_mask", tensor(dice.oneIn(2) ? DType::Bool : typeOf(x), {x->type().dim(-2), x->type().dim(-2)})}});
}

} // namespace mil::test
