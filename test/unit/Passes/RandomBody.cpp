#include "RandomBody.h"
#include "llvm/ADT/STLExtras.h"
#include <cmath>
#include <numeric>

namespace mil::test {

// ---- Values -----------------------------------------------------------------

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

} // namespace mil::test
