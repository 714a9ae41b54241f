#include "RandomBody.h"
#include "llvm/ADT/STLExtras.h"
#include <cmath>
#include <numeric>

namespace mil::test {

constexpr int64_t mostElements = 600;

// ---- What there is ----------------------------------------------------------

Value *RandomBody::keep(Value *value) {
  if (value)
    pool.push_back(value);
  return value;
}

Value *RandomBody::call(llvm::StringRef op, std::initializer_list<GivenArgument> arguments) {
  Value *value = refused ? nullptr : f->op(op, arguments);
  if (!value) {
    // The model remembers why. What follows needs some value still.
    refused = true;
    return pool.front();
  }
  return keep(value);
}

Value *RandomBody::constant(const Literal *literal) {
  Value *made = f->constant("c", literal);
  refused |= !made;
  return made ? made : pool.front();
}

void RandomBody::makeInputs() {
  static const Dims shapes[] = {{2, 3, 4}, {1, 4, 4, 4}, {4},          {2, 4},    {1, 3, 4, 4}, {2, 2, 2, 3},
                                {1, 1, 6}, {1},          {1, 2, 3, 4}, {2, 1, 4}, {3, 3}};
  for (size_t i = 0, n = 1 + dice.below(3); i < n; ++i) {
    DType type = dice.pick({DType::Float32, DType::Float32, DType::Float32, DType::Float16, DType::Float16, DType::Int32});
    if (opset < Opset::IOS16 && type == DType::Float16)
      type = DType::Float32;
    keep(f->input("x" + std::to_string(i), type, shapes[dice.below(std::size(shapes))]));
  }
  if (dice.oneIn(4))
    unsized.push_back(f->input("u", DType::Float32,
                               dice.pick({Dims{Type::unknown, 4}, Dims{1, Type::unknown, 4}, Dims{2, Type::unknown, Type::unknown}})));
  if (opset >= Opset::IOS18 && dice.oneIn(4))
    for (size_t i = 0, n = 1 + dice.below(2); i < n; ++i)
      held.push_back(f->state("s" + std::to_string(i), DType::Float16, dice.pick({Dims{2, 4}, Dims{1, 4, 2}, Dims{4}})));
}

void RandomBody::finish() {
  if (refused)
    return;
  // What nothing reads, so that little is dead, and something that is read, too.
  llvm::SmallVector<Value *, 16> chosen;
  for (Value *value : pool)
    if (!value->hasUses() && value->definingOp() && chosen.size() < 12)
      chosen.push_back(value);
  if (Value *value = any(); dice.oneIn(2) && value->definingOp() && !llvm::is_contained(chosen, value))
    chosen.push_back(value);
  if (chosen.empty())
    chosen.push_back(f->op("identity", {{"x", pool.front()}}));
  if (!unsized.empty() && unsized.back()->definingOp())
    chosen.push_back(unsized.back());
  for (Value *value : chosen) {
    DType type = typeOf(value);
    bool plain = type == DType::Float32 || type == DType::Int32 || (type == DType::Float16 && opset >= Opset::IOS16);
    f->output(plain ? value : f->op("cast", {{"x", value}, {"dtype", type == DType::Float16 ? "fp32" : "int32"}}));
  }
}

Value *RandomBody::floating(size_t leastRank, size_t mostRank) {
  Value *found = find([&](Value *v) { return isFloat(typeOf(v)) && rankOf(v) >= leastRank && rankOf(v) <= mostRank && countOf(v) > 0; });
  if (found)
    return found;
  Value *x = any();
  if (!isFloat(typeOf(x)))
    x = call("cast", {{"x", x}, {"dtype", "fp32"}});
  Dims dims(leastRank, 1);
  dims.push_back(-1);
  return rankOf(x) >= leastRank && rankOf(x) <= mostRank ? x : call("reshape", {{"x", x}, {"shape", llvm::ArrayRef<int64_t>(dims)}});
}

Value *RandomBody::image() {
  if (Value *found = find([](Value *v) { return isFloat(typeOf(v)) && rankOf(v) == 4 && countOf(v) > 0; }))
    return found;
  Value *x = floating();
  for (int64_t side : {2, 3, 1})
    if (countOf(x) % (side * side) == 0)
      return call("reshape", {{"x", x}, {"shape", llvm::ArrayRef<int64_t>(Dims{1, countOf(x) / side / side, side, side})}});
  return x;
}

int64_t RandomBody::axisOf(size_t rank) {
  int64_t axis = int64_t(dice.below(rank));
  return dice.oneIn(2) ? axis : axis - int64_t(rank);
}

// ---- Constants --------------------------------------------------------------

double RandomBody::someNumber() {
  if (dice.oneIn(24))
    return dice.pick<double>({INFINITY, -INFINITY, NAN, -0.0, 65504, 1e-7});
  return dice.pick<double>({0, 0, 1, 1, -1, 0.5, 2, 3, -2, 0.25, std::sqrt(2.0), std::sqrt(0.5), 1.5, 6, 0.1, 1.0 / 3});
}

Value *RandomBody::number(DType type, double value) {
  Value *made = constant(Literal::number(f->context(), type, isFloat(type) ? value : std::isfinite(value) ? std::trunc(value) : 1));
  return made;
}

Value *RandomBody::tensor(DType type, llvm::ArrayRef<int64_t> dims) {
  for (Value *known : constants)
    if (typeOf(known) == type && known->type().dims() == dims && dice.oneIn(3))
      return known;
  const Literal *literal = randomLiteral(f->context(), dice, type, dims);
  if (dice.oneIn(3)) {
    Tensor same(type, dims);
    double value = isFloat(type) ? someNumber() : double(dice.below(2));
    for (int64_t i = 0; i < same.count(); ++i)
      same.write(i, llvm::ArrayRef(value));
    literal = same.toLiteral(f->context(), literal->type());
  }
  Value *made = constant(literal);
  if (depth == 0)
    constants.push_back(made);
  return made;
}

Value *RandomBody::positives(DType type, llvm::ArrayRef<int64_t> dims) {
  Tensor values(type, dims);
  for (int64_t i = 0; i < values.count(); ++i)
    values.write(i, llvm::ArrayRef<double>{0.25 + double(dice.below(8)) / 4});
  return constant(values.toLiteral(f->context(), Type::tensor(f->context(), type, dims)));
}

/// A constant that broadcasts to a value, mostly.
Value *RandomBody::summand(Value *like) {
  Dims dims = dimsOf(like);
  if (dice.oneIn(3))
    return number(typeOf(like), someNumber());
  if (dice.oneIn(2)) {
    size_t kept = dims.empty() ? 0 : dice.below(dims.size());
    for (size_t i = 0; i < dims.size(); ++i)
      if (i != kept)
        dims[i] = 1;
  } else
    for (int64_t &dim : dims)
      if (dice.oneIn(3))
        dim = 1;
  size_t drop = 0;
  while (drop < dims.size() && dims[drop] == 1 && !dice.oneIn(4))
    ++drop;
  return tensor(typeOf(like), llvm::ArrayRef(dims).drop_front(drop));
}

// ---- Elementwise ------------------------------------------------------------

Value *RandomBody::unary(Value *x) {
  switch (dice.below(14)) {
  case 0:
    return call("leaky_relu", {{"x", x}, {"alpha", dice.pick({0.1, 0.0, 1.0, 2.0, -0.5})}});
  case 1:
    return call("elu", {{"x", x}, {"alpha", dice.pick({0.5, 1.0})}});
  case 2:
    return call("clip",
                {{"x", x}, {"alpha", dice.pick({-1.0, 0.0, double(-INFINITY)})}, {"beta", dice.pick({1.0, 6.0, double(INFINITY)})}});
  case 3:
    return call("gelu", {{"x", x}, {"mode", dice.pick({"EXACT", "TANH_APPROXIMATION", "SIGMOID_APPROXIMATION"})}});
  case 4:
    return call(dice.pick({"inverse", "log", "rsqrt"}), {{"x", x}, {"epsilon", dice.pick({0.0, 1e-3, 0.5})}});
  case 5:
    return call("sigmoid_hard", {{"x", x}, {"alpha", 0.25}, {"beta", 0.5}});
  case 6:
    return call("threshold", {{"x", x}, {"alpha", dice.pick({0.0, 0.5})}});
  case 7:
    return call("softmax", {{"x", rankOf(x) ? x : x = floating(1)}, {"axis", axisOf(rankOf(x))}});
  default:
    return call(dice.pick({"relu", "relu",  "relu6", "tanh",  "sigmoid",  "exp",  "sqrt",     "abs", "square", "erf",
                           "sign", "floor", "ceil",  "round", "softsign", "silu", "identity", "sin", "cos",    "softplus"}),
                {{"x", x}});
  }
}

/// Something of the same type to combine a value with.
Value *RandomBody::partner(Value *x) {
  if (dice.oneIn(2))
    return summand(x);
  Value *other = find([&](Value *v) {
    if (typeOf(v) != typeOf(x))
      return false;
    Dims a = dimsOf(x), b = dimsOf(v);
    int64_t count = 1;
    for (size_t i = 0; i < std::max(a.size(), b.size()); ++i) {
      int64_t p = i < a.size() ? a[a.size() - 1 - i] : 1, q = i < b.size() ? b[b.size() - 1 - i] : 1;
      if (p != q && p != 1 && q != 1)
        return false;
      count *= std::max(p, q);
    }
    return count <= mostElements;
  });
  return other ? other : x;
}

Value *RandomBody::either(llvm::StringRef op, Value *a, Value *b) {
  if (dice.oneIn(2))
    std::swap(a, b);
  return call(op, {{"x", a}, {"y", b}});
}

Value *RandomBody::binary(Value *x) {
  if (typeOf(x) == DType::Bool)
    return either(dice.pick({"logical_and", "logical_or", "logical_xor"}), x, partner(x));
  Value *y = partner(x);
  const char *op =
      dice.pick({"add", "add", "sub", "sub", "mul", "mul", "real_div", "real_div", "maximum", "minimum", "pow", "floor_div", "mod"});
  if (isInteger(typeOf(x)) && (llvm::StringRef(op) == "real_div" || llvm::StringRef(op) == "pow" || llvm::StringRef(op) == "mod" ||
                               llvm::StringRef(op) == "floor_div"))
    y = number(typeOf(x), dice.pick<double>({1, 2, 3}));
  else if (isInteger(typeOf(x)) && dice.oneIn(2))
    op = "add";
  return isInteger(typeOf(x)) ? call(op, {{"x", x}, {"y", y}}) : either(op, x, y);
}

void RandomBody::elementwise() {
  Value *x = dice.oneIn(5) ? find([](Value *v) { return typeOf(v) == DType::Int32 || isFloat(typeOf(v)) || typeOf(v) == DType::Bool; })
                           : floating();
  for (size_t i = 0, n = 1 + dice.below(3); x && i < n; ++i)
    x = isFloat(typeOf(x)) && dice.oneIn(2) ? unary(x) : binary(x);
}

Value *RandomBody::condition(Value *like) {
  if (dice.oneIn(4))
    return tensor(DType::Bool, dimsOf(like));
  const char *op = dice.pick({"greater", "less", "equal", "not_equal", "greater_equal", "less_equal"});
  Value *y = dice.oneIn(2) ? number(typeOf(like), dice.pick({0.0, 0.5, 1.0})) : like;
  return call(op, {{"x", like}, {"y", y}});
}

void RandomBody::compare() {
  Value *x = find([](Value *v) { return isFloat(typeOf(v)) || typeOf(v) == DType::Int32; });
  Value *c = x ? condition(x) : nullptr;
  if (!c)
    return;
  if (dice.oneIn(3))
    c = dice.oneIn(2) ? call("logical_not", {{"x", c}}) : binary(c);
  if (dimsOf(c) != dimsOf(x))
    return;
  Value *other = dice.oneIn(2) ? constant(Tensor::scalar(typeOf(x), isFloat(typeOf(x)) ? someNumber() : 1)
                                              .toLiteral(f->context(), Type::tensor(f->context(), typeOf(x), {})))
                               : find([&](Value *v) { return v->type() == x->type(); });
  if (dice.oneIn(3))
    other = tensor(typeOf(x), dimsOf(x));
  call("select", {{"cond", c}, {"a", dice.oneIn(2) ? other : x}, {"b", x}});
}

void RandomBody::casts() {
  Value *x = any();
  for (size_t i = 0, n = 1 + dice.below(3); i < n; ++i) {
    const char *to = dice.pick({"fp32", "fp16", "fp32", "fp16", "int32", "bool"});
    if (opset >= Opset::IOS17 && dice.oneIn(3))
      to = dice.pick({"int16", "uint16", "int8", "uint8"});
    x = call("cast", {{"x", x}, {"dtype", to}});
  }
}

// ---- Shapes -----------------------------------------------------------------

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
