// What quantized models, control flow and states look like; a random choice of all steps makes a program.
#include "RandomBody.h"
#include "llvm/ADT/STLExtras.h"

namespace mil::test {

// ---- Quantization -----------------------------------------------------------

void RandomBody::quantization() {
  if (opset < Opset::IOS17)
    return;
  Value *x = floating(1, 4);
  DType type = typeOf(x);
  bool isSigned = dice.oneIn(2);
  DType small = isSigned ? DType::Int8 : DType::UInt8;
  double scale = dice.pick({0.25, 0.1, 1.0});
  auto zero = [&] { return Given(number(small, dice.pick({0.0, isSigned ? -3.0 : 128.0, 1.0}))); };
  bool perChannel = dice.oneIn(4);
  int64_t axis = int64_t(dice.below(rankOf(x))), size = x->type().dims()[size_t(axis)];
  Value *by = perChannel ? positives(type, {size}) : number(type, scale);
  Value *q = perChannel ? call("quantize", {{"input", x}, {"scale", by}, {"axis", axis}, {"output_dtype", isSigned ? "int8" : "uint8"}})
             : dice.oneIn(2)
                 ? call("quantize", {{"input", x}, {"scale", by}, {"zero_point", zero()}, {"output_dtype", isSigned ? "int8" : "uint8"}})
                 : call("quantize", {{"input", x}, {"scale", by}, {"output_dtype", isSigned ? "int8" : "uint8"}});
  auto dequantized = [&](Value *from) {
    if (perChannel)
      return call("dequantize", {{"input", from}, {"scale", by}, {"axis", axis}});
    return dice.oneIn(2) ? call("dequantize", {{"input", from}, {"scale", dice.oneIn(4) ? number(type, 0.5) : by}, {"zero_point", zero()}})
                         : call("dequantize", {{"input", from}, {"scale", by}});
  };
  Value *y = dequantized(q);
  if (dice.oneIn(2) && !perChannel) {
    y = dice.oneIn(2) ? call("reshape", {{"x", y}, {"shape", {-1}}}) : call("relu", {{"x", y}});
    Value *again = call("quantize", {{"input", y}, {"scale", by}, {"output_dtype", isSigned ? "int8" : "uint8"}});
    dequantized(again);
  } else if (dice.oneIn(2)) {
    Value *again = perChannel
                       ? call("quantize", {{"input", y}, {"scale", by}, {"axis", axis}, {"output_dtype", isSigned ? "int8" : "uint8"}})
                       : call("quantize", {{"input", y}, {"scale", by}, {"output_dtype", isSigned ? "int8" : "uint8"}});
    dequantized(again);
  }
}

/// quantize(add(dequantize, dequantize))
void RandomBody::quantizedAddition() {
  if (opset < Opset::IOS17)
    return;
  Value *x = floating(1, 3), *y = find([&](Value *v) { return v->type() == x->type(); });
  DType type = typeOf(x);
  Value *sum[2] = {x, y};
  for (Value *&each : sum) {
    Value *scale = number(type, dice.pick({0.5, 0.25, 2.0}));
    each =
        call("dequantize", {{"input", call("quantize", {{"input", each}, {"scale", scale}, {"output_dtype", "int8"}})}, {"scale", scale}});
  }
  Value *z = call(dice.pick({"add", "sub"}), {{"x", sum[0]}, {"y", sum[1]}});
  if (dice.oneIn(2))
    z = call("relu", {{"x", z}});
  call("quantize", {{"input", z}, {"scale", number(type, dice.pick({0.5, 1.0}))}, {"output_dtype", "int8"}});
}

void RandomBody::compressed() {
  if (opset < Opset::IOS16)
    return;
  Value *x = floating(1, 3);
  DType type = typeOf(x);
  int64_t in = x->type().dim(-1), out = 4;
  Context &context = f->context();
  auto literal = [&](DType kind, const Dims &dims) { return randomLiteral(context, dice, kind, dims); };
  Value *weight = nullptr;
  if (opset >= Opset::IOS17 && dice.oneIn(3)) {
    Value *data = constant(literal(DType::Int8, {out, in}));
    weight = dice.oneIn(2)
                 ? call("dequantize", {{"input", data}, {"scale", positives(type, {out})}, {"axis", 0}})
                 : call("dequantize",
                        {{"input", data}, {"scale", number(type, 0.5)}, {"zero_point", number(DType::Int8, dice.pick({0.0, 2.0}))}});
  } else if (opset >= Opset::IOS18) {
    if (dice.oneIn(2))
      weight = call("constexpr_blockwise_shift_scale", {{"data", literal(dice.pick({DType::Int8, DType::UInt4}), {out, in})},
                                                        {"scale", positives(type, {dice.oneIn(2) ? out : 1, 1})}});
    else {
      Tensor places(DType::UInt1, {out, in});
      for (int64_t i = 0; i < places.count(); ++i)
        places.write(i, llvm::ArrayRef<int64_t>{int64_t(dice.below(2))});
      weight = call("constexpr_lut_to_dense", {{"indices", places.toLiteral(context, Type::tensor(context, DType::UInt1, {out, in}))},
                                               {"lut", literal(type, {1, 1, 2, 1})}});
      if (dice.oneIn(2))
        weight = call("constexpr_blockwise_shift_scale", {{"data", weight}, {"scale", positives(type, {out, 1})}});
    }
  } else {
    weight = call("constexpr_affine_dequantize", {{"quantized_data", literal(DType::Int8, {out, in})},
                                                  {"zero_point", literal(DType::Int8, {})},
                                                  {"scale", Literal::number(context, type, 0.5)},
                                                  {"axis", 0}});
  }
  switch (dice.below(4)) {
  case 0:
    call("linear", {{"x", x}, {"weight", weight}});
    break;
  case 1:
    call("matmul", {{"x", x = floating(2, 3)},
                    {"y", x->type().dim(-1) == in && typeOf(x) == type ? weight : tensor(typeOf(x), {out, x->type().dim(-1)})},
                    {"transpose_y", true}});
    break;
  case 2:
    call("matmul", {{"x", weight}, {"y", transposed(weight, {1, 0})}});
    break;
  default:
    call("mul", {{"x", call("reshape", {{"x", weight}, {"shape", {-1}}})}, {"y", number(type, someNumber())}});
  }
}

// ---- Blocks and states ------------------------------------------------------

/// A few steps in a nested block, then something of each type that must come out.
Values RandomBody::inside(FunctionBuilder &b, llvm::ArrayRef<Value *> results) {
  FunctionBuilder *outer = f;
  size_t known = pool.size();
  f = &b, ++depth;
  for (size_t i = 0, n = dice.below(3); i < n && !refused; ++i)
    step();
  Values out;
  for (Value *result : results) {
    Value *same = find([&](Value *v) { return v->type() == result->type(); });
    out.push_back(same && dice.oneIn(3) ? same : isFloat(typeOf(result)) ? call(dice.pick({"relu", "tanh"}), {{"x", same}}) : same);
  }
  f = outer, --depth;
  pool.resize(known);
  return out;
}

void RandomBody::branch() {
  if (depth > 1)
    return;
  Value *p = dice.oneIn(6) ? number(DType::Bool, double(dice.below(2))) : nullptr, *x = floating();
  if (!p)
    p = call("greater", {{"x", call("reduce_sum", {{"x", floating(1)}, {"keep_dims", false}})}, {"y", 0}});
  if (refused || rankOf(p))
    return;
  Values like{x};
  if (Value *other = dice.oneIn(2) ? any() : nullptr; other)
    like.push_back(other);
  auto results = f->cond(p, [&](FunctionBuilder &b) { return inside(b, like); }, [&](FunctionBuilder &b) { return inside(b, like); });
  refused |= results.empty();
  for (Value *each : results)
    keep(each);
}

void RandomBody::loop() {
  if (depth > 0)
    return;
  Values variables{number(DType::Int32, 0), floating()};
  if (dice.oneIn(2))
    variables.push_back(floating());
  int rounds = int(dice.below(4));
  auto results = f->whileLoop(
      variables, [&](FunctionBuilder &b, llvm::ArrayRef<Value *> v) { return b.op("less", {{"x", v[0]}, {"y", rounds}}); },
      [&](FunctionBuilder &b, llvm::ArrayRef<Value *> v) {
        size_t known = pool.size();
        for (Value *each : v.drop_front())
          pool.push_back(each);
        Values next = inside(b, v.drop_front());
        pool.resize(known);
        if (dice.oneIn(3))
          next.back() = v.back();
        Values all{b.op("add", {{"x", v[0]}, {"y", 1}})};
        all.append(next.begin(), next.end());
        return all;
      });
  refused |= results.empty();
  for (Value *each : results)
    keep(each);
}

void RandomBody::states() {
  if (held.empty())
    return;
  for (size_t i = 0, n = 1 + dice.below(3); i < n; ++i) {
    Value *state = dice.pick(held);
    Type data = Type::tensor(f->context(), DType::Float16, state->type().element().dims());
    if (dice.oneIn(2)) {
      call("read_state", {{"input", state}});
      continue;
    }
    Value *x = find([&](Value *v) { return v->type() == data; });
    if (!x)
      x = call("read_state", {{"input", state}});
    if (dice.oneIn(2))
      x = dice.oneIn(2) ? call("mul", {{"x", x}, {"y", 0.5}}) : call("relu", {{"x", x}});
    else if (dice.oneIn(2)) {
      Dims begin(rankOf(x), 0), end = dimsOf(x);
      end.back() = 1;
      x = call("slice_update", {{"x", x},
                                {"update", tensor(DType::Float16, end)},
                                {"begin", llvm::ArrayRef<int64_t>(begin)},
                                {"end", llvm::ArrayRef<int64_t>(end)}});
    }
    if (x->type() == data && !refused)
      f->op("write_state", {{"input", state}, {"data", x}});
    if (dice.oneIn(2))
      call("read_state", {{"input", state}});
  }
}

/// An input that comes back with something appended, or written over.
void RandomBody::cache() {
  Value *x = find([](Value *v) { return v->inputOf() && typeOf(v) == DType::Float16 && rankOf(v) > 1; });
  if (!x || depth || opset < Opset::IOS18)
    return;
  Dims dims = dimsOf(x), begin(dims.size(), 0), one = dims;
  one[0] = 1;
  Value *fresh = call("mul", {{"x", tensor(DType::Float16, one)}, {"y", 0.5}});
  if (dice.oneIn(2)) {
    call("slice_update", {{"x", x}, {"update", fresh}, {"begin", llvm::ArrayRef<int64_t>(begin)}, {"end", llvm::ArrayRef<int64_t>(one)}});
    return;
  }
  Value *longer = call("concat", {{"values", {x, fresh}}, {"axis", 0}});
  begin[0] = 1;
  call("slice_by_size", {{"x", longer}, {"begin", llvm::ArrayRef<int64_t>(begin)}, {"size", llvm::ArrayRef<int64_t>(dims)}});
}

// ---- A program --------------------------------------------------------------

bool RandomBody::step() {
  using Step = void (RandomBody::*)();
  using R = RandomBody;
  static const Step steps[] = {
      &R::elementwise,
      &R::elementwise,
      &R::compare,
      &R::casts,
      &R::castChain,
      &R::reshape,
      &R::reshape,
      &R::transpose,
      &R::transpose,
      &R::transposeIslands,
      &R::transposeIslands,
      &R::squeezes,
      &R::slice,
      &R::join,
      &R::part,
      &R::padding,
      &R::reduce,
      &R::rearrange,
      &R::product,
      &R::product,
      &R::linear,
      &R::convolution,
      &R::convolution,
      &R::normalize,
      &R::lookUp,
      &R::gelu,
      &R::activations,
      &R::writtenOutNorm,
      &R::means,
      &R::scaledBias,
      &R::stackSplit,
      &R::mirrored,
      &R::interleave,
      &R::dilated,
      &R::scalars,
      &R::attention,
      &R::quantization,
      &R::quantizedAddition,
      &R::compressed,
      &R::branch,
      &R::loop,
      &R::states,
      &R::states,
      &R::twice,
      &R::known,
      &R::known,
      &R::flexible,
      &R::flexible,
      &R::flexible,
      &R::cache,
      &R::cache,
      &R::dressedUp,
      &R::padded,
      &R::shuffled,
      &R::highRank,
      &R::readyMade,
      &R::relus,
  };
  size_t known = pool.size();
  while (favourites.size() < 6)
    favourites.push_back(dice.below(std::size(steps)));
  bool isState = !held.empty() && dice.oneIn(3);
  (this->*(isState ? &R::states : steps[dice.oneIn(2) ? dice.pick(favourites) : dice.below(std::size(steps))]))();
  // Patterns of which nothing between is read elsewhere are what passes look for.
  if (pool.size() > known + 1 && !dice.oneIn(3))
    pool.erase(pool.begin() + ptrdiff_t(known), pool.end() - 1);
  return !refused;
}

std::unique_ptr<Model> randomModel(Context &context, uint64_t seed, unsigned steps, std::string &why) {
  Dice dice(seed * 2654435761u + 1);
  Opset opset = dice.pick({Opset::IOS15, Opset::IOS16, Opset::IOS17, Opset::IOS17, Opset::IOS18, Opset::IOS18});
  ModelBuilder model(context, opset);
  size_t functions = opset >= Opset::IOS18 && dice.oneIn(8) ? 2 : 1;
  for (size_t i = 0; i < functions && model.ok(); ++i) {
    FunctionBuilder f = model.function(i ? "other" : "main");
    RandomBody body(f, dice, opset);
    body.makeInputs();
    unsigned left = steps;
    while (left && body.step())
      --left;
    body.finish();
  }
  why = model.error();
  DiagnosticEngine diags;
  Result<std::unique_ptr<Model>> made = model.finish(diags);
  if (made)
    return std::move(*made);
  if (why.empty())
    why = diags.diagnostics().back().message;
  return nullptr;
}

} // namespace mil::test
