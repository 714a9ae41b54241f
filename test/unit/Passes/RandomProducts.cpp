// Products, convolutions and normalisations by constants, with what is scaled and added behind them; look-ups.
#include "RandomBody.h"
#include "llvm/ADT/STLExtras.h"
#include <numeric>

namespace mil::test {

void RandomBody::product() {
  Value *x = floating(2, 4);
  bool transposeX = dice.oneIn(3), transposeY = dice.oneIn(2);
  int64_t inner = x->type().dim(transposeX ? -2 : -1), columns = dice.pick<int64_t>({1, 2, 3, 4});
  Value *y = find([&](Value *v) { return v->type() == x->type(); });
  if (dice.oneIn(2) || (x->type().dim(-1) != x->type().dim(-2) && transposeX == transposeY)) {
    y = tensor(typeOf(x), transposeY ? Dims{columns, inner} : Dims{inner, columns});
  } else if (x->type().dim(-1) != x->type().dim(-2) && dice.oneIn(2)) {
    Dims perm(rankOf(x));
    std::iota(perm.begin(), perm.end(), 0);
    std::swap(perm[perm.size() - 1], perm[perm.size() - 2]);
    y = transposed(y, perm);
    transposeY = !transposeY;
    if (transposeX != transposeY)
      transposeY = transposeX;
  }
  bool fits = y->type().dim(transposeY ? -1 : -2) == inner;
  Value *z = call("matmul", {{"x", x}, {"y", y}, {"transpose_x", transposeX}, {"transpose_y", fits ? transposeY : !transposeY}});
  if (dice.oneIn(2))
    either(dice.pick({"add", "sub"}), z, dice.oneIn(2) ? tensor(typeOf(z), {z->type().dim(-1)}) : summand(z));
}

void RandomBody::linear() {
  Value *x = floating(1, 4);
  int64_t out = dice.pick<int64_t>({1, 2, 4}), in = x->type().dim(-1);
  Value *weight = tensor(typeOf(x), {out, in});
  Value *y = dice.oneIn(2) ? call("linear", {{"x", x}, {"weight", weight}, {"bias", tensor(typeOf(x), {out})}})
                           : call("linear", {{"x", x}, {"weight", weight}});
  if (dice.oneIn(2))
    either(dice.pick({"add", "sub", "mul"}), y, dice.oneIn(2) ? tensor(typeOf(y), {out}) : summand(y));
}

void RandomBody::convolution() {
  Value *x = image();
  if (rankOf(x) != 4)
    return;
  int64_t channels = x->type().dim(1), out = dice.pick<int64_t>({1, 2, 4}),
          side = std::min<int64_t>({x->type().dim(2), x->type().dim(3), dice.pick<int64_t>({1, 1, 2})});
  int64_t groups = channels % 2 == 0 && out % 2 == 0 && dice.oneIn(3) ? 2 : 1;
  bool transpose = dice.oneIn(4);
  Value *weight =
      transpose ? tensor(typeOf(x), {channels, out / groups, side, side}) : tensor(typeOf(x), {out, channels / groups, side, side});
  const char *op = transpose ? "conv_transpose" : "conv", *type = dice.pick({"valid", "same", "custom"});
  int stride = dice.oneIn(4) ? 2 : 1, pad = int(dice.below(2));
  Value *y = dice.oneIn(2) && type == llvm::StringRef("custom") ? call(op, {{"x", x},
                                                                            {"weight", weight},
                                                                            {"strides", {stride, stride}},
                                                                            {"pad_type", type},
                                                                            {"pad", {0, 0, 0, 0}},
                                                                            {"groups", groups},
                                                                            {"bias", tensor(typeOf(x), {out})}})
                                                                : call(op, {{"x", x},
                                                                            {"weight", weight},
                                                                            {"strides", {stride, 1}},
                                                                            {"pad_type", transpose ? "valid" : type},
                                                                            {"pad", {pad, pad, 0, 0}},
                                                                            {"groups", groups}});
  for (size_t i = 0, n = dice.below(3); i < n; ++i) {
    Value *c = dice.oneIn(3) ? summand(y) : tensor(typeOf(y), dice.pick({Dims{1, out, 1, 1}, Dims{out, 1, 1}, Dims{1, 1, 1}}));
    if (dice.oneIn(4))
      y = call("batch_norm", {{"x", y},
                              {"mean", tensor(typeOf(y), {out})},
                              {"variance", positives(typeOf(y), {out})},
                              {"gamma", tensor(typeOf(y), {out})},
                              {"beta", tensor(typeOf(y), {out})}});
    else if (dice.oneIn(5))
      y = call("batch_norm", {{"x", y}, {"mean", tensor(typeOf(y), {out})}, {"variance", positives(typeOf(y), {out})}});
    else
      y = either(dice.pick({"add", "sub", "mul", "real_div"}), y, c);
  }
}

void RandomBody::normalize() {
  Value *x = dice.oneIn(2) ? image() : floating(2, 4);
  DType type = typeOf(x);
  int64_t last = x->type().dim(-1), channels = x->type().dim(1);
  switch (dice.below(4)) {
  case 0:
    call("layer_norm", {{"x", x}, {"axes", {-1}}, {"gamma", tensor(type, {last})}, {"beta", tensor(type, {last})}, {"epsilon", 1e-3}});
    break;
  case 1:
    call("layer_norm", {{"x", x}, {"axes", {-1}}, {"epsilon", 1e-2}});
    break;
  case 2:
    if (rankOf(x) >= 3)
      call("batch_norm", {{"x", x}, {"mean", tensor(type, {channels})}, {"variance", positives(type, {channels})}});
    break;
  default:
    if (rankOf(x) >= 3)
      call("instance_norm", {{"x", x}, {"gamma", tensor(type, {channels})}, {"beta", tensor(type, {channels})}, {"epsilon", 1e-2}});
  }
}

void RandomBody::lookUp() {
  Value *x = floating(1, 4);
  int64_t axis = axisOf(rankOf(x)), size = x->type().dim(int(axis));
  Tensor indices(DType::Int32, {dice.pick<int64_t>({1, 2, 3})});
  bool negative = opset < Opset::IOS17 && dice.oneIn(3);
  for (int64_t i = 0; i < indices.count(); ++i)
    indices.write(i, llvm::ArrayRef<int64_t>{int64_t(dice.below(size_t(size))) - (negative && dice.oneIn(2) ? size : 0)});
  const Literal *written = indices.toLiteral(f->context(), Type::tensor(f->context(), DType::Int32, indices.dims()));
  Value *places = constant(written);
  // Indices that aren't known before run time, but in range.
  if (Value *counted =
          dice.oneIn(2) ? find([](Value *v) { return typeOf(v) == DType::Int32 && rankOf(v) == 1 && countOf(v) <= 8; }) : nullptr)
    places = call("mod", {{"x", counted}, {"y", size}});
  if (dice.oneIn(2)) {
    call("gather", {{"x", x}, {"indices", places}, {"axis", axis}});
    return;
  }
  int64_t rows = dice.pick<int64_t>({2, 4});
  Value *hot =
      call("one_hot",
           {{"indices", places}, {"one_hot_vector_size", rows}, {"axis", -1}, {"on_value", 1.0}, {"off_value", dice.oneIn(5) ? 0.5 : 0.0}});
  if (dice.oneIn(2) && isFloat(typeOf(hot)))
    call("matmul", {{"x", hot}, {"y", tensor(typeOf(hot), {rows, 3})}});
}

} // namespace mil::test
