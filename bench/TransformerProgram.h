// Programs of the shape of decoders in fp32, as long as one likes: what pipelines are measured on.
#pragma once

#include "mil/IR/Builder.h"

namespace mil::bench {

/// A function of about `operations` operations, constants counted: blocks of layer norm by elementary operations, attention with a scale
/// after the scores, and a feed-forward part with gelu by erf, as converters leave them. Weights are tiny, and shared between blocks'
/// kinds.
class TransformerProgram {
public:
  TransformerProgram(Context &context, size_t operations) : context(context), program_(std::make_unique<Program>(context)) {
    Function *function = program_->addFunction(context.intern("main"), context.intern("CoreML7"));
    hidden = Type::tensor(context, DType::Float32, {1, 4, 8});
    Value *x = function->body().addInput(context.intern("x"), hidden);
    Builder builder = Builder::atEnd(function->body());
    at = &builder;
    while (made < operations)
      x = block(x);
    function->body().setOutputs(x);
    at = nullptr;
  }
  std::unique_ptr<Program> take() { return std::move(program_); }

private:
  using NamedBinding = Builder::NamedBinding;
  Value *op(llvm::StringRef type, Type result, llvm::ArrayRef<NamedBinding> arguments) {
    return at->create(type, Operation::ResultSpec{name(type), result}, arguments)->result();
  }
  Name name(llvm::StringRef type) { return context.intern(type.str() + "_" + std::to_string(made++)); }
  Value *constant(const Literal *literal) { return at->constant(name("const"), literal); }
  Value *number(double value) { return constant(Literal::number(context, DType::Float32, value)); }
  Value *flag(bool value) { return constant(Literal::boolean(context, value)); }
  Value *ints(llvm::ArrayRef<int32_t> values) { return constant(Literal::int32s(context, values)); }
  Type tensor(llvm::ArrayRef<int64_t> dims) { return Type::tensor(context, DType::Float32, dims); }
  Value *weights(llvm::ArrayRef<int64_t> dims) {
    Type type = tensor(dims);
    std::vector<float> values(size_t(*type.elementCount()));
    for (size_t i = 0; i < values.size(); ++i)
      values[i] = float(i % 7) / 8;
    return constant(Literal::tensor(context, type, {reinterpret_cast<const uint8_t *>(values.data()), values.size() * sizeof(float)}));
  }
  Value *binary(llvm::StringRef type, Value *x, Value *y, Type result) { return op(type, result, {{"x", x}, {"y", y}}); }
  Value *linear(Value *x, int64_t in, int64_t out) {
    Value *y = op("linear", tensor({1, 4, out}), {{"x", x}, {"weight", weights({out, in})}, {"bias", weights(out)}});
    return binary("add", y, weights(out), y->type());
  }
  Value *norm(Value *x) {
    Type one = tensor({1, 4, 1});
    auto mean = [&](Value *of) { return op("reduce_mean", one, {{"x", of}, {"axes", ints({-1})}, {"keep_dims", flag(true)}}); };
    Value *centered = binary("sub", x, mean(x), hidden);
    Value *variance = mean(binary("mul", centered, centered, hidden));
    Value *root = op("rsqrt", one, {{"x", binary("add", variance, number(1e-5), one)}, {"epsilon", number(1e-12)}});
    return binary("mul", centered, root, hidden);
  }
  Value *attention(Value *x) {
    Type heads = tensor({1, 2, 4, 4}), scores = tensor({1, 2, 4, 4});
    auto split = [&](Value *of) {
      Value *shaped = op("reshape", tensor({1, 4, 2, 4}), {{"x", of}, {"shape", ints({1, 4, 2, 4})}});
      return op("transpose", heads, {{"x", shaped}, {"perm", ints({0, 2, 1, 3})}});
    };
    Value *q = split(linear(x, 8, 8)), *k = split(linear(x, 8, 8)), *v = split(linear(x, 8, 8));
    Value *s = op("matmul", scores, {{"x", q}, {"y", k}, {"transpose_x", flag(false)}, {"transpose_y", flag(true)}});
    s = binary("real_div", s, number(2), scores);
    Value *p = op("softmax", scores, {{"x", s}, {"axis", constant(Literal::int32(context, -1))}});
    Value *o = op("matmul", heads, {{"x", p}, {"y", v}, {"transpose_x", flag(false)}, {"transpose_y", flag(false)}});
    o = op("transpose", tensor({1, 4, 2, 4}), {{"x", o}, {"perm", ints({0, 2, 1, 3})}});
    return linear(op("reshape", hidden, {{"x", o}, {"shape", ints({1, 4, 8})}}), 8, 8);
  }
  Value *gelu(Value *x) {
    Type type = x->type();
    Value *e = op("erf", type, {{"x", binary("mul", x, number(0.70710678), type)}});
    return binary("mul", binary("mul", x, number(0.5), type), binary("add", e, number(1), type), type);
  }
  Value *block(Value *x) {
    x = binary("add", x, attention(norm(x)), hidden);
    return binary("add", x, linear(gelu(linear(norm(x), 8, 16)), 16, 8), hidden);
  }

  Context &context;
  std::unique_ptr<Program> program_;
  Type hidden;
  Builder *at = nullptr;
  size_t made = 0;
};

} // namespace mil::bench
