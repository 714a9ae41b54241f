// Random programs that are the same but for a size.
#pragma once

#include "Ops/RandomCalls.h"
#include "mil/Package/Package.h"

namespace mil::test {

/// A random program over matrices [n, 4], with constants of all kinds that converters make of a size: the same operations for each `n`.
class SizedProgram {
public:
  SizedProgram(Context &context, uint64_t seed, int64_t n) : model(context, Opset::IOS17), f(model.function("main")), dice(seed), n(n) {
    type = dice.oneIn(2) ? DType::Float32 : DType::Float16;
    for (size_t i = 0, count = 1 + dice.below(2); i < count; ++i)
      pool.push_back(f.input("x" + std::to_string(i), type, {n, 4}));
    for (size_t i = 0, count = 3 + dice.below(6); i < count; ++i)
      step();
    f.output(pool.back(), "y");
  }

  OpenedModel finish(DiagnosticEngine &diags) {
    OpenedModel opened;
    opened.path = "sized.mil";
    if (Result<std::unique_ptr<Model>> made = model.finish(diags))
      opened.model = std::move(*made);
    return opened;
  }

private:
  Value *any() { return pool[dice.below(pool.size())]; }
  /// A constant whose element at a place doesn't depend on `n`.
  Value *table(DType element, llvm::ArrayRef<int64_t> dims, llvm::function_ref<double(int64_t row, int64_t column)> value) {
    Tensor values(element, dims);
    int64_t columns = dims.size() > 1 ? dims[1] : 1;
    for (int64_t i = 0; i < values.count(); ++i)
      values.write(i, llvm::ArrayRef<double>{value(i / columns, i % columns)});
    return f.constant("table", values.toLiteral(f.context(), Type::tensor(f.context(), element, dims)));
  }
  Value *number(double value) { return f.constant("number", Literal::number(f.context(), type, value)); }
  Value *op(llvm::StringRef name, std::initializer_list<GivenArgument> arguments) { return f.op(name, arguments); }

  void step() {
    Value *x = any(), *y = any(), *made = nullptr;
    int salt = int(dice.below(7));
    switch (dice.below(13)) {
    case 0: // a table of positions
      made = op("add", {{"x", x}, {"y", table(type, {n, 4}, [&](int64_t i, int64_t k) { return double((i * 3 + k + salt) % 5); })}});
      break;
    case 1: { // attention under a causal mask
      Value *scores = op("matmul", {{"x", x}, {"y", y}, {"transpose_y", true}});
      scores = op("mul", {{"x", scores}, {"y", number(0.5)}});
      scores = op("add", {{"x", scores}, {"y", table(type, {n, n}, [](int64_t i, int64_t k) { return k <= i ? 0.0 : -1000.0; })}});
      made = op("matmul", {{"x", op("softmax", {{"x", scores}, {"axis", -1}})}, {"y", y}});
      break;
    }
    case 2: // flat, and back
      made = op("relu", {{"x", op("reshape", {{"x", x}, {"shape", Given(std::vector<int64_t>{4 * n})}})}});
      made = op("reshape", {{"x", made}, {"shape", Given(std::vector<int64_t>{n, 4})}});
      break;
    case 3: // a mean, by a factor that is 1/n
      made = op("reduce_sum", {{"x", x}, {"axes", {0}}, {"keep_dims", true}});
      made = op("sub", {{"x", x}, {"y", op("mul", {{"x", made}, {"y", number(1.0 / double(n))}})}});
      break;
    case 4:
      made = op("fill", {{"shape", Given(std::vector<int64_t>{n, 4})}, {"value", number(salt)}});
      made = op("add", {{"x", x}, {"y", made}});
      break;
    case 5: {
      Value *row = table(type, {1, 4}, [&](int64_t, int64_t k) { return double(k + salt); });
      made = op("mul", {{"x", x}, {"y", op("tile", {{"x", row}, {"reps", Given(std::vector<int64_t>{n, 1})}})}});
      break;
    }
    case 6: { // the first row moved to the end
      Value *first = op("slice_by_index", {{"x", x}, {"begin", {0, 0}}, {"end", {1, 4}}});
      Value *rest = op("slice_by_index", {{"x", x}, {"begin", {1, 0}}, {"end", Given(std::vector<int64_t>{n, 4})}});
      made = op("concat", {{"values", Given(std::vector<Value *>{rest, first})}, {"axis", 0}, {"interleave", false}});
      break;
    }
    case 7: { // the second half of twice as much
      Value *both = op("concat", {{"values", Given(std::vector<Value *>{x, y})}, {"axis", 0}, {"interleave", false}});
      made =
          op("slice_by_index", {{"x", both}, {"begin", Given(std::vector<int64_t>{n, 0})}, {"end", Given(std::vector<int64_t>{2 * n, 4})}});
      break;
    }
    case 8: // heads
      made = op("reshape", {{"x", x}, {"shape", Given(std::vector<int64_t>{n, 2, 2})}});
      made = op("transpose", {{"x", made}, {"perm", {1, 0, 2}}});
      made = op("tanh", {{"x", made}});
      made = op("transpose", {{"x", made}, {"perm", {1, 0, 2}}});
      made = op("reshape", {{"x", made}, {"shape", Given(std::vector<int64_t>{n, 4})}});
      break;
    case 9: // positions
      made = op("range_1d", {{"start", 0}, {"end", n}, {"step", 1}});
      made = op("reshape", {{"x", op("cast", {{"x", made}, {"dtype", type == DType::Float16 ? "fp16" : "fp32"}})},
                            {"shape", Given(std::vector<int64_t>{n, 1})}});
      made = op("add", {{"x", x}, {"y", made}});
      break;
    case 10: // all but the last row, and one more
      made = op("slice_by_index", {{"x", x}, {"begin", {0, 0}}, {"end", Given(std::vector<int64_t>{n - 1, 4})}});
      made = op("concat",
                {{"values", Given(std::vector<Value *>{table(type, {1, 4}, [&](int64_t, int64_t k) { return double(k - salt); }), made})},
                 {"axis", 0},
                 {"interleave", false}});
      break;
    case 11: // rows by positions that are a constant
      made = op("gather", {{"x", x}, {"indices", table(DType::Int32, {n}, [](int64_t i, int64_t) { return double(i / 2); })}, {"axis", 0}});
      break;
    default:
      made = op(dice.oneIn(2) ? "add" : "maximum", {{"x", x}, {"y", y}});
    }
    if (made)
      pool.push_back(made);
  }

  ModelBuilder model;
  FunctionBuilder f;
  Dice dice;
  int64_t n;
  DType type;
  std::vector<Value *> pool;
};

} // namespace mil::test
