// Operations that change shapes, and values of open sizes.
#include "RandomBody.h"
#include "llvm/ADT/STLExtras.h"
#include <numeric>

namespace mil::test {

void RandomBody::reshape() {
  Value *x =
      find([](Value *v) { return rankOf(v) > 0 && typeOf(v) != DType::Int8 && typeOf(v) != DType::UInt8 && typeOf(v) != DType::Bool; });
  for (size_t i = 0, n = 1 + dice.below(2); x && i < n; ++i) {
    int64_t left = countOf(x);
    Dims dims;
    while (left > 1 && dims.size() < 4) {
      int64_t part = dice.pick<int64_t>({1, 2, 3, 4, left});
      if (left % part == 0)
        dims.push_back(part), left /= part;
    }
    if (left > 1 || dims.empty())
      dims.push_back(left);
    if (dice.oneIn(3))
      dims[dice.below(dims.size())] = -1;
    x = call("reshape", {{"x", x}, {"shape", llvm::ArrayRef<int64_t>(dims)}});
  }
}

llvm::SmallVector<int64_t, 6> RandomBody::randomPerm(size_t rank) {
  Dims perm(rank);
  std::iota(perm.begin(), perm.end(), 0);
  for (size_t i = rank; i > 1; --i)
    std::swap(perm[i - 1], perm[dice.below(i)]);
  return perm;
}

Value *RandomBody::transposed(Value *x, llvm::ArrayRef<int64_t> perm) {
  Dims written(perm.begin(), perm.end());
  for (int64_t &axis : written)
    if (dice.oneIn(4))
      axis -= int64_t(perm.size());
  return call("transpose", {{"x", x}, {"perm", llvm::ArrayRef<int64_t>(written)}});
}

void RandomBody::transpose() {
  if (Value *x = find([](Value *v) { return rankOf(v) >= 2; }))
    for (size_t i = 0, n = 1 + dice.below(2); i < n; ++i)
      x = transposed(x, randomPerm(rankOf(x)));
}

void RandomBody::squeezes() {
  Value *x = find([](Value *v) { return rankOf(v) < 5; });
  if (!x)
    return;
  for (size_t i = 0, n = 1 + dice.below(3); i < n; ++i) {
    Dims ones;
    for (size_t axis = 0; axis < rankOf(x); ++axis)
      if (x->type().dims()[axis] == 1)
        ones.push_back(int64_t(axis));
    if (!ones.empty() && dice.oneIn(2))
      x = dice.oneIn(3) ? call("squeeze", {{"x", x}}) : call("squeeze", {{"x", x}, {"axes", {int(dice.pick(ones))}}});
    else if (rankOf(x) < 5)
      x = call("expand_dims", {{"x", x}, {"axes", {int(dice.below(rankOf(x) + 1))}}});
  }
}

void RandomBody::slice() {
  Value *x = find([](Value *v) { return rankOf(v) > 0 && countOf(v) > 1; });
  if (!x)
    return;
  Dims begin, end, stride;
  llvm::SmallVector<bool, 6> squeeze;
  Tensor beginMask(DType::Bool, {int64_t(rankOf(x))}), endMask = beginMask;
  for (size_t i = 0; i < rankOf(x); ++i) {
    int64_t dim = x->type().dims()[i];
    int64_t from = dice.oneIn(2) ? 0 : int64_t(dice.below(size_t(dim))),
            to = dice.oneIn(2) ? dim : from + 1 + int64_t(dice.below(size_t(dim - from)));
    if (dice.oneIn(4)) {
      beginMask.write(int64_t(i), llvm::ArrayRef<int64_t>{1});
      from = 0;
    }
    if (to == dim && dice.oneIn(2))
      endMask.write(int64_t(i), llvm::ArrayRef<int64_t>{1});
    begin.push_back(from > 0 && dice.oneIn(4) ? from - dim : from);
    end.push_back(to < dim && dice.oneIn(4) ? to - dim : to);
    stride.push_back(dice.oneIn(4) ? 2 : 1);
  }
  Type masks = Type::tensor(f->context(), DType::Bool, {int64_t(rankOf(x))});
  call("slice_by_index", {{"x", x},
                          {"begin", llvm::ArrayRef<int64_t>(begin)},
                          {"end", llvm::ArrayRef<int64_t>(end)},
                          {"stride", llvm::ArrayRef<int64_t>(stride)},
                          {"begin_mask", beginMask.toLiteral(f->context(), masks)},
                          {"end_mask", endMask.toLiteral(f->context(), masks)}});
}

void RandomBody::join() {
  Value *x = find([](Value *v) { return rankOf(v) > 0 && rankOf(v) < 5 && countOf(v) <= mostElements / 3; });
  if (!x)
    return;
  Values values{x};
  for (size_t i = 0, n = dice.below(4); i < n; ++i) {
    Value *other = find([&](Value *v) { return v->type() == x->type(); });
    values.push_back(dice.oneIn(4) ? tensor(typeOf(x), dimsOf(x)) : other);
  }
  if (dice.oneIn(3))
    call("stack", {{"values", llvm::ArrayRef<Value *>(values)}, {"axis", axisOf(rankOf(x))}});
  else
    call("concat", {{"values", llvm::ArrayRef<Value *>(values)}, {"axis", axisOf(rankOf(x))}});
}

void RandomBody::part() {
  Value *x = find([](Value *v) { return rankOf(v) > 0 && countOf(v) > 1 && (isFloat(typeOf(v)) || typeOf(v) == DType::Int32); });
  if (!x)
    return;
  int64_t axis = axisOf(rankOf(x)), size = x->type().dim(int(axis));
  auto parts = f->results("split", {{"x", x}, {"num_splits", size}, {"axis", axis}});
  refused |= parts.empty();
  for (Value *each : parts)
    keep(dice.oneIn(2) ? f->op("squeeze", {{"x", each}, {"axes", {int(axis)}}}) : each);
}

void RandomBody::padding() {
  Value *x = image();
  if (countOf(x) > mostElements / 4 || rankOf(x) < 2)
    return;
  for (size_t i = 0, n = 1 + dice.below(2); i < n; ++i) {
    Dims pads(2 * rankOf(x));
    for (size_t j = pads.size() - 4; j < pads.size(); ++j)
      pads[j] = int64_t(dice.below(2));
    const char *mode = dice.oneIn(3) && x->type().dim(-1) > 1 && x->type().dim(-2) > 1 ? dice.pick({"reflect", "replicate"}) : "constant";
    if (mode != llvm::StringRef("constant"))
      pads.erase(pads.begin(), pads.end() - 4);
    x = call("pad", {{"x", x}, {"pad", llvm::ArrayRef<int64_t>(pads)}, {"mode", mode}, {"constant_val", dice.pick({0.0, 0.0, 1.0})}});
  }
}

void RandomBody::reduce() {
  Value *x = floating(1);
  Dims axes;
  for (size_t i = 0; i < rankOf(x); ++i)
    if (dice.oneIn(2))
      axes.push_back(dice.oneIn(3) ? int64_t(i) - int64_t(rankOf(x)) : int64_t(i));
  if (axes.empty())
    axes.push_back(-1);
  const char *op =
      dice.pick({"reduce_sum", "reduce_mean", "reduce_max", "reduce_min", "reduce_prod", "reduce_l2_norm", "reduce_sum_square"});
  Value *y = call(op, {{"x", x}, {"axes", llvm::ArrayRef<int64_t>(axes)}, {"keep_dims", dice.oneIn(2)}});
  if (dice.oneIn(3))
    either(dice.pick({"add", "mul", "sub"}), y, number(typeOf(y), someNumber()));
  if (dice.oneIn(4))
    call("reduce_argmax", {{"x", x}, {"axis", axisOf(rankOf(x))}, {"keep_dims", dice.oneIn(2)}});
}

void RandomBody::rearrange() {
  Value *x = find([](Value *v) {
    return rankOf(v) > 0 && rankOf(v) < 5 && countOf(v) <= mostElements / 2 && (isFloat(typeOf(v)) || typeOf(v) == DType::Int32);
  });
  if (!x)
    return;
  Dims reps(rankOf(x), 1);
  reps[dice.below(reps.size())] = dice.pick<int64_t>({1, 2});
  switch (dice.below(4)) {
  case 0:
    call("tile", {{"x", x}, {"reps", llvm::ArrayRef<int64_t>(reps)}});
    break;
  case 1:
    call("cumsum", {{"x", x}, {"axis", dice.below(rankOf(x))}});
    break;
  case 2:
    call("reverse", {{"x", x}, {"axes", {int(axisOf(rankOf(x)))}}});
    break;
  default:
    call("band_part", {{"x", x = floating(2)}, {"lower", dice.pick<int>({-1, 0, 1})}, {"upper", dice.pick<int>({-1, 0, 1})}});
  }
}

/// Something to compute ahead of time.
void RandomBody::known() {
  DType type = dice.pick({DType::Float32, DType::Float16, DType::Int32, DType::Bool});
  keep(tensor(type, dice.pick({Dims{2, 4}, Dims{4}, Dims{1, 1, 4}, Dims{2, 3, 4}, Dims{1, 4, 2, 2}, Dims{}})));
}

void RandomBody::flexible() {
  if (unsized.empty())
    return;
  Value *x = dice.oneIn(2) ? unsized.back() : dice.pick(unsized), *y = nullptr;
  size_t rank = rankOf(x), known = pool.size();
  switch (dice.below(9)) {
  case 0:
    y = call("transpose", {{"x", x}, {"perm", llvm::ArrayRef<int64_t>(randomPerm(rank))}});
    break;
  case 1:
    y = call("concat", {{"values", {x, dice.oneIn(2) ? x : call("relu", {{"x", x}})}}, {"axis", axisOf(rank)}});
    break;
  case 2:
    y = rank < 4 ? call("expand_dims", {{"x", x}, {"axes", {int(dice.below(rank + 1))}}}) : call("relu", {{"x", x}});
    break;
  case 3:
    if (Value *sizes = call("shape", {{"x", x}}); !refused)
      y = call("reshape", {{"x", call("relu", {{"x", x}})}, {"shape", sizes}});
    break;
  case 4: {
    Value *sizes = call("shape", {{"x", x}});
    Value *size = call("gather", {{"x", sizes}, {"indices", dice.below(rank)}, {"axis", 0}});
    Value *all =
        call("concat",
             {{"values", {call("expand_dims", {{"x", size}, {"axes", {0}}}), constant(Literal::int32s(f->context(), {-1}))}}, {"axis", 0}});
    y = call("reshape", {{"x", x}, {"shape", all}});
    break;
  }
  case 5:
    y = call(dice.pick({"reduce_sum", "reduce_mean", "reduce_max"}), {{"x", x}, {"axes", {int(axisOf(rank))}}, {"keep_dims", true}});
    break;
  case 6:
    y = either(dice.pick({"add", "mul"}), x, call("sigmoid", {{"x", x}}));
    break;
  case 7:
    y = call("softmax", {{"x", x}, {"axis", axisOf(rank)}});
    break;
  default:
    y = either(dice.pick({"add", "sub", "mul", "real_div"}), x, number(typeOf(x), someNumber()));
  }
  // The pool is for values whose sizes are known.
  llvm::erase_if(pool, [](Value *v) { return !v->type().hasStaticShape(); });
  if (pool.size() > known)
    pool.resize(known);
  if (!refused && y && y->type().hasRank() && !depth)
    unsized.push_back(y);
}

} // namespace mil::test
