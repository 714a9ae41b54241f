// CompressedWeight: a weight in the form of a scheme, before it takes the place of a constant.
//
// Computing the form and rewriting the program are two steps, so that forms can be tried and measured without touching the program: what
// chooses schemes computes several a weight, and takes one.
//
//   WeightView view{WeightValues::of(*literal), outputs, inputs};
//   WhyLeft why;
//   std::optional<CompressedWeight> form = compress(view, QuantizeScheme(), Opset::IOS18, context, why);
//   form->bytes();                                       // what it takes
//   form->values(0, window);                             // what the weight is then
//
// Large parts (integers, indices, masks) are computed whenever they are read, and hold no memory; scales and tables are in memory.
#pragma once

#include "mil/Compress/Hessian.h"
#include "mil/Compress/Scheme.h"
#include "mil/Compress/WeightValues.h"

namespace mil {

/// A weight as what compresses it sees it.
struct WeightView {
  std::shared_ptr<const WeightValues> values;
  /// The dimensions of output and input channels, where all operations that read it take the same; else none.
  std::optional<size_t> outputs, inputs;
  /// How many groups of output channels the operations have that read it (conv of several groups), else 1.
  int64_t groups = 1;
  /// Whether it is the weight of conv or linear, which alone may be pruned by their structure.
  bool isStructured = false;
  /// How much each element matters: of as many elements; null: all the same.
  std::shared_ptr<const WeightValues> importance;
  /// What the inputs of the operation say, for the weight of a linear, matmul or conv: quantizing and palettizing single values rounds by it
  /// then, and holds the integers or indices in memory. Null: every element is rounded by itself.
  std::shared_ptr<const Hessian> hessian;
  /// Which elements are stored, where not all: the mask of a pruned weight. The others are 0 and stay so.
  const Literal *mask = nullptr;
};

/// Why a weight was left as it is.
enum class WhyLeft : uint8_t {
  None,
  NotFinite,     ///< it has infinities or NaN
  Unreadable,    ///< its file is missing
  Indivisible,   ///< a dimension is no multiple of the block, group or vector
  NoChannels,    ///< those who read it don't agree about its channels
  TooManyValues, ///< more than 256 different values
  TooFewZeros,   ///< pruning isn't worth it, or everything would go
  TooSmall,      ///< fewer channels than blocks need
  NotStructured, ///< blocks and ratios are for weights of conv and linear
  TooWide,       ///< values further apart than the element type's greatest
};
/// In words: "it has infinities or NaN".
llvm::StringRef describe(WhyLeft why);

struct CompressedWeight {
  /// An argument of one of the operations: a literal, a value of the program, or else a result of an operation before.
  struct Argument {
    llvm::StringRef name;
    const Literal *literal = nullptr;
    size_t operation = 0, result = 0;
    Value *value = nullptr;
  };
  struct Operation {
    llvm::StringRef type;
    llvm::SmallVector<Argument, 5> arguments;
  };
  /// In order; the last one's last result is the weight.
  llvm::SmallVector<Operation, 3> operations;
  /// What the result is called after the constant: "_quantized".
  llvm::StringRef suffix;
  /// The elements of the compressed weight. May be called by several threads.
  std::function<bool(int64_t from, llvm::MutableArrayRef<float> out)> values;

  /// The bytes of all its constants.
  uint64_t bytes() const;
};

std::optional<CompressedWeight> compress(const WeightView &weight, const QuantizeScheme &scheme, Opset opset, Context &context,
                                         WhyLeft &why);
std::optional<CompressedWeight> compress(const WeightView &weight, const PalettizeScheme &scheme, Opset opset, Context &context,
                                         WhyLeft &why);
std::optional<CompressedWeight> compress(const WeightView &weight, const PruneScheme &scheme, Opset opset, Context &context, WhyLeft &why);
std::optional<CompressedWeight> compress(const WeightView &weight, const Scheme &scheme, Opset opset, Context &context, WhyLeft &why);

/// How far a compressed weight is from the weight.
struct WeightError {
  double squares = 0;    ///< the sum of squared differences
  double magnitudes = 0; ///< the sum of squares of the weight itself
  double largest = 0;
  int64_t count = 0;
  double mean() const { return count ? squares / double(count) : 0; }
  /// Signal to noise in decibels; infinite for no error.
  double snr() const;
};
/// With `importance`, squares count as many times as it says.
std::optional<WeightError> errorOf(const WeightValues &weight, const CompressedWeight &compressed,
                                   const WeightValues *importance = nullptr);

/// How much the elements of a weight matter, by the diagonal of its Hessian: the mean square of the input that an element is multiplied
/// with. Null when it has none that fits.
std::shared_ptr<const WeightValues> importanceByHessian(const WeightView &weight);

} // namespace mil
