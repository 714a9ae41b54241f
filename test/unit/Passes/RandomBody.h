// The body of a random function: values met so far, and steps that add operations to them.
#pragma once

#include "Ops/RandomCalls.h"
#include "RandomPrograms.h"

namespace mil::test {

using Dims = llvm::SmallVector<int64_t, 6>;
using Values = llvm::SmallVector<Value *, 4>;

/// Steps that enlarge values stop at this number of elements: larger ones would make the tests slow.
constexpr int64_t mostElements = 600;

inline Dims dimsOf(const Value *value) { return Dims(value->type().dims().begin(), value->type().dims().end()); }
inline DType typeOf(const Value *value) { return value->type().dtype(); }
inline int64_t countOf(const Value *value) { return *value->type().elementCount(); }
inline size_t rankOf(const Value *value) { return value->type().rank(); }

class RandomBody {
public:
  RandomBody(FunctionBuilder &f, Dice &dice, Opset opset) : f(&f), dice(dice), opset(opset) {}

  void makeInputs();
  /// Adds an operation, a few, or a nested block. False when a call was refused.
  bool step();
  /// Makes some values outputs.
  void finish();

private:
  // ---- Values
  Value *keep(Value *value);
  /// A value that will do, mostly one of the last; null for none.
  template <typename Suits> Value *find(Suits suits) {
    for (int tries = 0; tries < 12; ++tries) {
      if (pool.empty())
        return nullptr;
      size_t back = dice.oneIn(3) ? dice.below(pool.size()) : dice.below(std::min<size_t>(pool.size(), 4));
      if (Value *value = pool[pool.size() - 1 - back]; suits(value))
        return value;
    }
    for (Value *value : pool)
      if (suits(value))
        return value;
    return nullptr;
  }
  Value *any() {
    return find([](Value *) { return true; });
  }
  Value *floating(size_t leastRank = 0, size_t mostRank = 5);
  /// A value of floats of just this rank, reshaped if need be.
  Value *image();
  Value *condition(Value *like);
  Value *partner(Value *x);

  // ---- Constants
  Value *constant(const Literal *literal);
  double someNumber();
  Value *number(DType type, double value);
  Value *tensor(DType type, llvm::ArrayRef<int64_t> dims);
  Value *positives(DType type, llvm::ArrayRef<int64_t> dims);
  Value *summand(Value *like);

  // ---- Single calls
  Value *call(llvm::StringRef op, std::initializer_list<GivenArgument> arguments);
  Value *unary(Value *x);
  Value *binary(Value *x);
  Value *transposed(Value *x, llvm::ArrayRef<int64_t> perm);
  llvm::SmallVector<int64_t, 6> randomPerm(size_t rank);
  int64_t axisOf(size_t rank);
  void elementwise();
  void compare();
  void casts();
  void reshape();
  void transpose();
  void squeezes();
  void slice();
  void join();
  void part();
  void padding();
  void reduce();
  void rearrange();
  void known();
  void flexible();
  void product();
  void linear();
  void convolution();
  void normalize();
  void lookUp();
  void quantization();
  void compressed();

  // ---- Idioms
  Value *either(llvm::StringRef op, Value *a, Value *b);
  void castChain();
  void transposeIslands();
  void gelu();
  void activations();
  void writtenOutNorm();
  void means();
  void scaledBias();
  void stackSplit();
  void mirrored();
  void interleave();
  void dilated();
  void attention();
  void scalars();
  void quantizedAddition();
  void twice();
  void dressedUp();
  void padded();
  void shuffled();
  void highRank();
  void readyMade();
  void relus();

  // ---- Blocks and states
  void branch();
  void loop();
  void states();
  void cache();
  Values inside(FunctionBuilder &b, llvm::ArrayRef<Value *> results);

  FunctionBuilder *f;
  Dice &dice;
  Opset opset;
  std::vector<Value *> pool;
  std::vector<Value *> constants;
  std::vector<Value *> held;      ///< states
  std::vector<Value *> unsized;   ///< of sizes that aren't known
  std::vector<size_t> favourites; ///< steps that this program takes more often than others
  unsigned depth = 0;
  bool refused = false;
};

} // namespace mil::test
