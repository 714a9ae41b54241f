// Random calls of any op, from nothing but its signature: for properties that must hold of all.
#pragma once

#include "mil/Build/FunctionBuilder.h"
#include "mil/Ops/Infer.h"
#include <random>

namespace mil::test {

/// The same numbers on every machine, which the distributions of <random> aren't.
class Dice {
public:
  explicit Dice(uint64_t seed) : random(seed) {}
  /// 0 to n - 1.
  size_t below(size_t n) { return size_t(random() >> 11) % n; }
  bool oneIn(size_t n) { return below(n) == 0; }
  template <typename Range> const auto &pick(const Range &range) { return range[below(std::size(range))]; }
  template <typename T> T pick(std::initializer_list<T> choices) { return choices.begin()[below(choices.size())]; }

private:
  std::mt19937_64 random;
};

/// A constant of any element type that a literal can have in memory; integers small, floats between -2 and 2.
const Literal *randomLiteral(Context &context, Dice &dice, DType type, llvm::ArrayRef<int64_t> dims);

/// Makes one call of `version`, with arguments that may or may not go together, in a function of its own of `model`. Null when it was
/// refused; model.error() is the reason.
Operation *randomCall(ModelBuilder &model, const OpVersion &version, Dice &dice);

/// Breaks something of a call: an argument, a constant, a type.
void breakCall(Operation &op, Dice &dice);

} // namespace mil::test
