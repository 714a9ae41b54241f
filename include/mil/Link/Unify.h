// Unifying: functions that are the same program become one function.
//
//   base.mil:   y = linear(x, weight = W, bias = b)          func main(x [1, 64], tensor<fp16, [64, 64]> W) {
//   french.mil: y = linear(x, weight = V, bias = b)    =>      y = add(x = matmul(x = x, y = W, transpose_y = true), y = b)
//                                                            }   base.npz: W = …   french.npz: W = …
//
//   infer_4: x [1, 4, 8];  r = reshape(x, [4, 8])            func main(x [1, ?, 8]) { r = reshape(x, [-1, 8]) }
//   infer_9: x [1, 9, 8];  r = reshape(x, [9, 8])      =>      with the shapes [1, 4, 8] and [1, 9, 8] to choose from
//
// Why: a merged model stores shared weights once on disk, but Core ML holds the weights of every function that is loaded. One function is
// held once. docs/unify.md tells when that pays.
//
// What is the same program is said in lib/Link/Alignment.h: everything but names, constants' contents and sizes must agree, and the first
// place where it doesn't is reported. Functions then differ in their weights, or in their sizes:
//
//  * Weights. A constant that differs becomes an input; its values are kept aside, one adapter a function. Element types and ranks that an
//    interface doesn't take are cast and reshaped. Operations that take constants only are written in others: linear as matmul and add,
//    layer_norm without gamma and beta, conv without bias. Where there are no such others, the constant is reported.
//  * Low rank. Weights of linear whose difference from the first function's is of low rank stay constant, and a product of two thin
//    inputs is added: x·W + (x·A)·B (LowRankOptions).
//  * Sizes. Dimensions of inputs that differ become unknown, with the functions' shapes to choose from. Constants that follow from
//    sizes are solved: a number is an expression over `shape`, a table of which the others are beginnings is cut. States have their
//    largest size.
//
// bindModel (mil/Link/Bind.h) is the way back from weights; the pass materialize_symbolic_shape_program the one from sizes.
//
// Cost: linear in the operations; weights are read once, to compare them, and those that differ once more, to write them.
#pragma once

#include "mil/Arrays/ArrayFile.h"
#include "mil/Link/Link.h"

namespace mil {

/// How weights become a constant and a product of two thin inputs.
struct LowRankOptions {
  /// The largest rank to look for, no more than a weight has; not given: 64, or what makes the factors smaller than the weight.
  std::optional<int64_t> maxRank = std::nullopt;
  /// What may remain of a weight's difference, relative to the weight, both by the Frobenius norm. Half a unit in the last place of fp16
  /// is what rounding of fused weights leaves.
  double tolerance = 1.0 / 2048;
  /// A weight whose difference is of no low rank is an error, not a whole input.
  bool strict = false;
};

struct UnifyOptions {
  /// Compressed constants that differ become inputs of their values; else they are reported.
  bool decompress = false;
  /// Weights become states, which a second function fills, and no inputs. From opset iOS18 on, of fp16.
  bool states = false;
  /// All sizes from the smallest to the largest, instead of a choice of the functions' shapes.
  bool range = false;
  std::optional<LowRankOptions> lowRank = std::nullopt;
};

/// A named array: an input of a function and the value that it is to have.
struct NamedArray {
  std::string name;
  const Literal *value = nullptr;
};

/// What a source function had in the place of the inputs that were made.
struct Adapter {
  std::string name; ///< the source function's, as a merge would call it
  std::vector<NamedArray> arrays;
};

/// What was found of one weight under LowRankOptions.
struct LowRankWeight {
  std::string name;
  int64_t rows = 0, columns = 0;
  int64_t rank = 0; ///< of its adapters; 0 when it stayed a whole input
  double error = 0; ///< what remains, relative to the weight, at most
};

/// A function that was unified, and what its inputs, states and outputs are called by those of the result.
struct UnifiedSource {
  const Function *function = nullptr;
  std::map<std::string, std::string> inputs = {}, outputs = {};
};

struct UnifiedModel {
  std::unique_ptr<Model> model;
  std::vector<std::string> functions;  ///< the sources, as a merge would call them
  std::vector<UnifiedSource> sourceOf; ///< one a function
  std::vector<Adapter> adapters;       ///< one a function; empty when no weights differ
  std::vector<LowRankWeight> lowRank;
  /// Inputs with several shapes, and those of each function in order.
  struct Choice {
    std::string input;
    std::vector<std::vector<int64_t>> shapes;
  };
  std::vector<Choice> shapes;
  uint64_t weightBytesBefore = 0; ///< of all functions, as each would hold them loaded
  uint64_t weightBytesAfter = 0;  ///< of the one function, without its inputs
  std::vector<const OpenedModel *> sources;
};

/// Unifies the functions that `inputs` name, in `context`, which the models were opened in. They must outlive the result, whose adapters
/// refer to their files. Errors: fewer than two functions; functions that are not the same program; constants that can neither be inputs
/// nor follow from sizes.
Result<UnifiedModel> unifyModels(llvm::ArrayRef<MergeInput> inputs, const UnifyOptions &options, Context &context, DiagnosticEngine &diags);

/// How far the outputs of the result, with a function's adapter, are from that function's.
struct UnifiedCheck {
  std::string function;
  double psnr = 0;     ///< the least of its outputs, in dB; infinite for equal ones
  bool isExact = true; ///< every output bit by bit
};

/// Runs each function and the result on the same random inputs, `samples` times: the ratio of the outputs' peak to their mean error, as
/// `milc compare` has it. Fails, reported, when one can't be run.
Result<std::vector<UnifiedCheck>> checkUnified(const UnifiedModel &unified, unsigned samples, DiagnosticEngine &diags);

/// Files of adapters under construction: one a function, NAME.npz, in a folder that is made when it isn't there. Nothing can be seen before
/// `commit`, which only renames: so that a model and its adapters are written first and appear together.
class AdapterFiles {
public:
  /// Fails when a file exists and `force` is false, or can't be written.
  static Result<AdapterFiles> write(llvm::ArrayRef<Adapter> adapters, llvm::StringRef folder, ArrayFormat format, bool force,
                                    DiagnosticEngine &diags);
  Status commit(DiagnosticEngine &diags);

private:
  std::unique_ptr<OutputFolder> newFolder; ///< null when the folder is there
  std::vector<std::unique_ptr<OutputFile>> files;
};

/// Whether the functions of a program, two or more, could be unified: they are the same program up to constants and sizes. Reads no
/// weights.
bool canUnify(const Program &program);

} // namespace mil
