// CompressedWeight: a weight compressed with a scheme, before it replaces the constant in the program.
//
// Compressing a weight and rewriting the program are two steps, so that several schemes can be tried and measured without changing the
// program.
//
//   WeightView view{WeightValues::of(*literal), outputs, inputs};
//   WhyLeft why;
//   std::optional<CompressedWeight> form = compress(view, QuantizeScheme(), Opset::IOS18, context, why);
//   form->bytes();                                       // its size
//   form->values(0, window);                             // the decompressed values
//
// Large parts (integers, indices, masks) are computed whenever they are read and take no memory; scales and tables are in memory.
#pragma once

#include "mil/Compress/Hessian.h"
#include "mil/Compress/Scheme.h"
#include "mil/Compress/WeightValues.h"

namespace mil {

/// The input of compression: a weight and information about its use.
struct WeightView {
  std::shared_ptr<const WeightValues> values;
  /// The dimensions of output and input channels, if they are the same for all operations that use it; else none.
  std::optional<size_t> outputs, inputs;
  /// The number of groups of output channels of the operations that use it (conv with several groups), else 1.
  int64_t groups = 1;
  /// Whether it is the weight of conv or linear; only these can be pruned by their structure.
  bool isStructured = false;
  /// The importance of each element; null: all are equally important.
  std::shared_ptr<const WeightValues> importance;
  /// The Hessian of the inputs of the operation, for the weight of a linear, matmul or conv: quantization and palettization of scalars use
  /// it for rounding, and hold the integers or indices in memory. Null: every element is rounded separately.
  std::shared_ptr<const Hessian> hessian;
  /// The mask of a pruned weight: which elements are stored. The others are 0 and remain so. Null: all are stored.
  const Literal *mask = nullptr;
};

/// The reason why a weight was not compressed.
enum class WhyLeft : uint8_t {
  None,
  NotFinite,     ///< it has infinities or NaN
  Unreadable,    ///< its file is missing
  Indivisible,   ///< a dimension is not a multiple of the block, group or vector
  OtherRank,     ///< the sizes of blocks are for another number of dimensions
  NoAxis,        ///< it has no dimension with the number of channel_axis or dim
  NoChannels,    ///< the operations that use it have their channels in different dimensions
  TooManyValues, ///< more than 256 different values
  TooFewZeros,   ///< pruning saves nothing, or would remove everything
  TooSmall,      ///< fewer channels than blocks need
  NotStructured, ///< blocks and ratios are for weights of conv and linear
  FewElements,   ///< no more elements than the scheme's threshold
  TooWide,       ///< the range of values, or for vectors their squares, exceed the range of the element type
  Integers,      ///< integers are only palettized, by all of their values
  // Reasons why a weight was not compressed again:
  NotPrunedFirst,    ///< it is not compressed, and only the first configuration prunes such weights
  AlreadyPruned,     ///< pruning can't follow pruning
  AlreadyQuantized,  ///< quantizing can't follow quantizing
  AlreadyPalettized, ///< palettizing can't follow palettizing
  AlreadyCombined,   ///< two schemes that no third one can follow
  LargeTables,       ///< the integers take less space than a palette of them
  SmallTable,        ///< its lookup table is too small to be quantized
  TableOfVectors,    ///< weights with tables of vectors can't be pruned
  SplitVectors,      ///< pruning removed parts of vectors
  OldForm,           ///< the form of iOS16, which can't be combined with other schemes
};
/// A text for the reason: "it has infinities or NaN".
llvm::StringRef describe(WhyLeft why);
/// Whether the reason is that the scheme can't follow an earlier one.
bool contradictsEarlier(WhyLeft why);

/// The operations that replace a constant, and the values that they compute.
struct CompressedWeight {
  /// An argument of one of the operations: a literal, a value of the program, or a result of a previous operation.
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
  /// In order; the last result of the last one is the weight.
  llvm::SmallVector<Operation, 3> operations;
  /// The suffix for the name of the result: "_quantized".
  llvm::StringRef suffix;
  /// Reads the elements of the compressed weight, starting at index `from`. May be called by several threads.
  std::function<bool(int64_t from, llvm::MutableArrayRef<float> out)> values;

  /// The total size in bytes of its constants.
  uint64_t bytes() const;
};

/// Compresses a weight for an opset. nullopt if the weight can't be compressed, with the reason in `why`.
std::optional<CompressedWeight> compress(const WeightView &weight, const QuantizeScheme &scheme, Opset opset, Context &context,
                                         WhyLeft &why);
std::optional<CompressedWeight> compress(const WeightView &weight, const PalettizeScheme &scheme, Opset opset, Context &context,
                                         WhyLeft &why);
std::optional<CompressedWeight> compress(const WeightView &weight, const PruneScheme &scheme, Opset opset, Context &context, WhyLeft &why);
std::optional<CompressedWeight> compress(const WeightView &weight, const Scheme &scheme, Opset opset, Context &context, WhyLeft &why);

/// The error of a compressed weight.
struct WeightError {
  double squares = 0;    ///< the sum of squared differences
  double magnitudes = 0; ///< the sum of squares of the weight itself
  double largest = 0;
  int64_t count = 0;
  double mean() const { return count ? squares / double(count) : 0; }
  /// Signal to noise in decibels; infinite for no error.
  double snr() const;
};
/// Computes the error of a compressed weight; with `importance`, squares are weighted by it. nullopt if the weight can't be read.
std::optional<WeightError> errorOf(const WeightValues &weight, const CompressedWeight &compressed,
                                   const WeightValues *importance = nullptr);

/// The importance of the elements of a weight by the diagonal of its Hessian: the mean square of the input that an element is multiplied
/// with. Null if there is no matching Hessian.
std::shared_ptr<const WeightValues> importanceByHessian(const WeightView &weight);

} // namespace mil
