// Unifying: combines functions that only differ in weights or sizes into one function.
//
//   base.mil:   y = linear(x, weight = W, bias = b)          func main(x [1, 64], tensor<fp16, [64, 64]> W) {
//   french.mil: y = linear(x, weight = V, bias = b)    =>      y = add(x = matmul(x = x, y = W, transpose_y = true), y = b)
//                                                            }   base.npz: W = …   french.npz: W = …
//
//   infer_4: x [1, 4, 8];  r = reshape(x, [4, 8])            func main(x [1, ?, 8]) { r = reshape(x, [-1, 8]) }
//   infer_9: x [1, 9, 8];  r = reshape(x, [9, 8])      =>      with the shapes [1, 4, 8] and [1, 9, 8] to choose from
//
// A merged model stores shared weights once on disk, but at run time Core ML holds the weights of every loaded function separately. A
// unified function is only loaded once. docs/unify.md explains when this is useful.
//
// lib/Link/Alignment.h defines which functions can be unified: everything except names, contents of constants and sizes must be equal, and
// the first difference is reported. Functions may differ in their weights, or in their sizes:
//
//  * Weights. A constant that differs becomes an input; its values are stored separately, in one adapter per function. If the interface
//    doesn't support its element type or rank, it is cast and reshaped. Operations that require constants are rewritten: linear as matmul
//    and add, layer_norm without gamma and beta, conv without bias. If that isn't possible, it is an error.
//  * Low rank. If the weight of linear differs from the first function's by a matrix of low rank, it stays constant, and a product of two
//    thin inputs is added: x·W + (x·A)·B (LowRankOptions).
//  * Sizes. Dimensions of inputs that differ become unknown, with the shapes of the functions as choices. Constants that depend on sizes
//    are replaced: a number by an expression over `shape`, a table by a slice of the largest one if the others are prefixes of it. States
//    get their largest size.
//
// bindModel (mil/Link/Bind.h) reverses unifying weights; the pass materialize_symbolic_shape_program reverses unifying sizes.
//
// Cost: linear in the operations; weights are read once for comparison, and those that differ once more when they are written.
#pragma once

#include "mil/Arrays/ArrayFile.h"
#include "mil/Link/Link.h"

namespace mil {

/// Options for replacing weights by a constant and a product of two thin inputs.
struct LowRankOptions {
  /// The largest rank; not given: 64, or less if the factors would not be smaller than the weight.
  std::optional<int64_t> maxRank = std::nullopt;
  /// The allowed error of a weight, relative to the weight, in the Frobenius norm. The default is half a unit in the last place of fp16,
  /// which is the rounding error of fused weights.
  double tolerance = 1.0 / 2048;
  /// Whether a weight whose difference has no low rank is an error; otherwise it becomes a whole input.
  bool strict = false;
};

/// Options of unifyFunctions.
struct UnifyOptions {
  /// Whether compressed constants that differ become inputs with decompressed values; otherwise they are an error.
  bool decompress = false;
  /// Make states of the weights, which a second function fills, instead of inputs. Needs opset iOS18; for fp16.
  bool states = false;
  /// Allow all sizes from the smallest to the largest, instead of only the shapes of the functions.
  bool range = false;
  std::optional<LowRankOptions> lowRank = std::nullopt;
};

/// A named array: the value of an input.
struct NamedArray {
  std::string name;
  const Literal *value = nullptr;
};

/// The values of the new inputs for one source function.
struct Adapter {
  std::string name; ///< of the source function, as in a merge
  std::vector<NamedArray> arrays;
};

/// The result of LowRankOptions for one weight.
struct LowRankWeight {
  std::string name;
  int64_t rows = 0, columns = 0;
  int64_t rank = 0; ///< of its adapters; 0 if it became a whole input
  double error = 0; ///< the largest remaining error, relative to the weight
};

/// A source function, and the names of its inputs, states and outputs by the names in the result.
struct UnifiedSource {
  const Function *function = nullptr;
  std::map<std::string, std::string> inputs = {}, outputs = {};
};

/// The result of unifying.
struct UnifiedModel {
  std::unique_ptr<Model> model;
  std::vector<std::string> functions;  ///< names of the sources, as in a merge
  std::vector<UnifiedSource> sourceOf; ///< one per function
  std::vector<Adapter> adapters;       ///< one per function; empty if no weights differ
  std::vector<LowRankWeight> lowRank;
  /// Inputs with several shapes, and the shape for each function, in order.
  struct Choice {
    std::string input;
    std::vector<std::vector<int64_t>> shapes;
  };
  std::vector<Choice> shapes;
  uint64_t weightBytesBefore = 0; ///< of all functions, each loaded separately
  uint64_t weightBytesAfter = 0;  ///< of the one function, without its inputs
  std::vector<const OpenedModel *> sources;
};

/// Unifies the functions that `inputs` select, in `context`, the context of the models. The models must outlive the result, whose adapters
/// refer to their files. Errors: fewer than two functions; functions with other differences; constants that can neither become inputs nor
/// be derived from sizes.
Result<UnifiedModel> unifyModels(llvm::ArrayRef<MergeInput> inputs, const UnifyOptions &options, Context &context, DiagnosticEngine &diags);

/// The error of the outputs of the result, with a function's adapter, compared with the function.
struct UnifiedCheck {
  std::string function;
  double psnr = 0;     ///< the least of its outputs, in dB; infinite for equal ones
  bool isExact = true; ///< every output bit by bit
};

/// Runs each function and the result on the same random inputs, `samples` times, and returns the ratio of peak to mean error of the
/// outputs, as in `milc compare`. Fails (reported) if one can't be run.
Result<std::vector<UnifiedCheck>> checkUnified(const UnifiedModel &unified, unsigned samples, DiagnosticEngine &diags);

/// Writes the files of adapters: one per function, NAME.npz, in a folder that is created if necessary. NAME must be a file name
/// (mil/Support/Paths.h). The files are invisible before `commit`, which only renames them, so that a model and its adapters appear
/// together.
class AdapterFiles {
public:
  /// Fails if a file exists and `force` is false, or can't be written.
  static Result<AdapterFiles> write(llvm::ArrayRef<Adapter> adapters, llvm::StringRef folder, ArrayFormat format, bool force,
                                    DiagnosticEngine &diags);
  /// Gives all files their names.
  Status commit(DiagnosticEngine &diags);

private:
  std::unique_ptr<OutputFolder> newFolder; ///< null if the folder exists
  std::vector<std::unique_ptr<OutputFile>> files;
};

/// Whether the functions of a program (at least two) only differ in constants and sizes, so that they could be unified. Reads no weights.
bool canUnify(const Program &program);

} // namespace mil
