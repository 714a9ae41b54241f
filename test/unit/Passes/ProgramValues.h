// What the functions of random programs compute, as mil::Run has it, and whether another function computes the same.
//
//   Outcome was = evaluate(before, setting), is = evaluate(after, setting);
//   std::string why = compare(was, is, {}, tally);               // bit for bit
//   why = compare(was, is, {noisy, another noisy one}, tally);   // as far as noise lets one tell
//
// Noise measures what rounding may do: a function is run again with inputs, constants and results moved by a rounding error or so. An
// output that noise moves far, over a step of floor or past the range of fp16, tells nothing and is left out.
#pragma once

#include "Ops/RandomCalls.h"
#include "mil/Run/Executable.h"

namespace mil::test {

/// How near a rewritten program's values must stay.
enum class Kept {
  Exact,   ///< bit for bit
  Rounded, ///< but for roundings, as what is computed is computed otherwise
  Half,    ///< but for roundings to fp16
  None     ///< not at all: weights are rounded to a few bits
};

/// What a function is run on.
struct Setting {
  uint64_t seed;
  bool extremes;       ///< infinities, NaN, and what overflows
  int64_t unknownSize; ///< of dimensions that aren't known before
  uint64_t noise = 0;  ///< by which inputs move a little; 0 for not
};

/// The outputs of a function in their order, and the content of its states afterwards. `why` is set if there are none.
struct Outcome {
  std::vector<Tensor> values;
  std::vector<std::string> names; ///< of the outputs
  std::string why;
};

/// Sees each tensor that an operation makes, and may change it.
using Watch = std::function<void(const Operation &op, Tensor &result)>;
Outcome evaluate(const Function &function, const Setting &setting, const Watch &watch = {});

/// The outcome with noise in all that is computed; nullopt when noise makes something overflow, an index that isn't there, or a loop that
/// doesn't end. The function's constants change meanwhile.
std::optional<Outcome> evaluateWithNoise(Function &function, Setting setting, Kept kept, uint64_t noise);

bool hasInfinity(const Tensor &tensor);

/// How much was compared.
struct Tally {
  size_t runs = 0, changed = 0, outputs = 0, compared = 0, elements = 0, comparable = 0;
};

/// What differs, "" for nothing. Without noise, bit for bit.
std::string compare(const Outcome &before, const Outcome &after, llvm::ArrayRef<Outcome> noise, Tally &tally);

} // namespace mil::test
