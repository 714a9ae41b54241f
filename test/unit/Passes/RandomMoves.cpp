// What converters write to move data, with liberties.
#include "RandomBody.h"
#include "llvm/ADT/STLExtras.h"

namespace mil::test {

void RandomBody::stackSplit() {
  Value *x = floating(1, 3);
  Value *other = find([&](Value *v) { return v->type() == x->type(); });
  Value *values[] = {x, other, unary(x)};
  size_t n = 2 + dice.below(2);
  if (values[2]->type() != x->type())
    n = 2;
  int64_t axis = int64_t(dice.below(rankOf(x) + 1));
  Value *stacked = call("stack", {{"values", llvm::ArrayRef<Value *>(values, n)}, {"axis", axis}});
  if (dice.oneIn(2)) {
    Dims dims = dimsOf(x);
    if (axis < int64_t(dims.size()) && !dice.oneIn(4))
      dims[size_t(axis)] *= int64_t(n);
    else
      dims.back() *= int64_t(n);
    call("reshape", {{"x", stacked}, {"shape", llvm::ArrayRef<int64_t>(dims)}});
    return;
  }
  auto parts = f->results("split", {{"x", stacked}, {"num_splits", n}, {"axis", dice.oneIn(3) ? axis - int64_t(rankOf(stacked)) : axis}});
  refused |= parts.empty();
  for (Value *part : parts)
    if (!dice.oneIn(4))
      call("squeeze", {{"x", part}, {"axes", {int(axis)}}});
}

/// Slices of the edges around a value.
void RandomBody::mirrored() {
  Value *x = image();
  if (rankOf(x) != 4 || x->type().dim(-1) < 3)
    return;
  int width = int(x->type().dim(-1)), n = 1 + int(dice.below(2));
  auto slice = [&](int from) {
    return call("slice_by_index", {{"x", x},
                                   {"begin", {0, 0, 0, from}},
                                   {"end", {0, 0, 0, from + 1}},
                                   {"begin_mask", {true, true, true, false}},
                                   {"end_mask", {true, true, true, false}}});
  };
  Values values;
  for (int i = n; i > 0; --i)
    values.push_back(slice(dice.oneIn(12) ? 0 : i));
  values.push_back(x);
  for (int i = 1; i <= n; ++i)
    values.push_back(slice(width - 1 - i));
  call("concat", {{"values", llvm::ArrayRef<Value *>(values)}, {"axis", dice.oneIn(2) ? -1 : 3}});
}

void RandomBody::interleave() {
  Value *x = image();
  if (rankOf(x) != 4 || countOf(x) > 200)
    return;
  Value *other = find([&](Value *v) { return v->type() == x->type(); });
  Value *joined = call("concat", {{"values", {x, other}}, {"axis", 1}});
  Dims dims = dimsOf(joined);
  bool other5 = dice.oneIn(4);
  Value *apart = call("reshape", {{"x", joined}, {"shape", llvm::ArrayRef<int64_t>(Dims{dims[0], 2, dims[1] / 2, dims[2], dims[3]})}});
  Value *swapped = call("transpose", {{"x", apart}, {"perm", other5 ? Given{0, 2, 1, 4, 3} : Given{0, 2, 1, 3, 4}}});
  call("reshape", {{"x", swapped}, {"shape", llvm::ArrayRef<int64_t>(dims)}});
}

void RandomBody::dilated() {
  Value *x = image();
  if (rankOf(x) != 4 || x->type().dim(2) != 4 || x->type().dim(3) != 4)
    return;
  Value *apart = call(
      "space_to_batch",
      {{"x", x},
       {"block_shape", {2, 2}},
       {"paddings", constant(Tensor(DType::Int32, {2, 2}).toLiteral(f->context(), Type::tensor(f->context(), DType::Int32, {2, 2})))}});
  Value *y = call(
      "conv", {{"x", apart}, {"weight", tensor(typeOf(x), {2, x->type().dim(1), 2, 2})}, {"pad_type", dice.oneIn(4) ? "same" : "valid"}});
  call("batch_to_space",
       {{"x", y},
        {"block_shape", {2, 2}},
        {"crops", constant(Tensor(DType::Int32, {2, 2}).toLiteral(f->context(), Type::tensor(f->context(), DType::Int32, {2, 2})))}});
}

/// A convolution over one dimension as one over two.
void RandomBody::dressedUp() {
  Value *x = floating(3, 3);
  if (rankOf(x) != 3)
    return;
  int64_t in = x->type().dim(1), width = x->type().dim(2) > 1 ? 2 : 1;
  bool behind = dice.oneIn(3);
  Value *weight = tensor(typeOf(x), behind ? Dims{2, in, width, 1} : Dims{2, in, 1, width});
  Value *y = call(
      "conv",
      {{"x", call("expand_dims", {{"x", x}, {"axes", {behind ? 3 : 2}}})}, {"weight", weight}, {"pad_type", dice.pick({"valid", "same"})}});
  call("squeeze", {{"x", y}, {"axes", {behind ? 3 : 2}}});
}

void RandomBody::padded() {
  Value *x = image();
  if (rankOf(x) != 4 || countOf(x) > 200)
    return;
  Dims pads{0, 0, 0, 1, 1, 0, 0, 0};
  if (dice.oneIn(3))
    pads[6] = 1;
  if (dice.oneIn(3))
    x = call("pad", {{"x", x}, {"pad", llvm::ArrayRef<int64_t>(pads)}, {"mode", "constant"}, {"constant_val", dice.pick({0.0, 0.5})}});
  Value *p = call("pad", {{"x", x}, {"pad", llvm::ArrayRef<int64_t>(pads)}, {"mode", "constant"}, {"constant_val", dice.pick({0.0, 0.5})}});
  Value *t = transposed(p, dice.oneIn(2) ? Dims{0, 3, 1, 2} : randomPerm(4));
  call("conv", {{"x", t}, {"weight", tensor(typeOf(t), {2, t->type().dim(1), 1, 1})}, {"pad_type", "valid"}});
}

/// Four images by rows and columns.
void RandomBody::shuffled() {
  Value *x = image();
  if (rankOf(x) != 4 || countOf(x) > 100)
    return;
  Values parts{x};
  for (int i = 0; i < 3; ++i)
    parts.push_back(find([&](Value *v) { return v->type() == x->type(); }));
  bool swapped = dice.oneIn(4);
  auto row = [&](Value *a, Value *b) {
    return call("concat", {{"values", {a, b}}, {"axis", swapped ? 3 : 2}, {"interleave", !dice.oneIn(8)}});
  };
  Value *top = row(parts[0], parts[1]), *bottom = row(parts[2], parts[3]);
  call("concat", {{"values", {top, bottom}}, {"axis", swapped ? 2 : 3}, {"interleave", true}});
}

void RandomBody::highRank() {
  Value *x = find([](Value *v) { return isFloat(typeOf(v)) && countOf(v) >= 16 && countOf(v) % 8 == 0; });
  if (!x)
    return;
  int64_t left = countOf(x) / 8;
  Value *apart = call("reshape", {{"x", x}, {"shape", llvm::ArrayRef<int64_t>(Dims{1, 2, 2, 1, 2, left})}});
  Dims perm = dice.oneIn(2) ? Dims{2, 1, 0, 3, 4, 5} : dice.oneIn(2) ? Dims{0, 4, 5, 1, 2, 3} : randomPerm(6);
  call("reshape", {{"x", transposed(apart, perm)}, {"shape", llvm::ArrayRef<int64_t>(Dims{2, -1})}});
}

void RandomBody::scalars() {
  Value *x = find([](Value *v) { return isFloat(typeOf(v)) && rankOf(v) == 0; });
  if (!x)
    x = call("reduce_sum", {{"x", floating(1)}, {"keep_dims", false}});
  Value *y = either(dice.pick({"add", "mul", "sub"}), x, number(typeOf(x), 2));
  Value *v = call("expand_dims", {{"x", y}, {"axes", {0}}});
  if (dice.oneIn(2))
    call("concat", {{"values", {v, call("expand_dims", {{"x", x}, {"axes", {0}}})}}, {"axis", 0}});
}

} // namespace mil::test
