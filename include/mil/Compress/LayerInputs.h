// LayerInputs: computes the Hessians of the layers of a model by running it (mil/Compress/Hessian.h).
//
//   LayerInputs inputs(model, runs, samples, diags);
//   std::shared_ptr<const Hessian> hessian = inputs.of(0, "main", "w");    // runs the model
//
// A weight has a Hessian if it is the constant of a linear, of a matmul (a matrix on either side), of a conv or of a conv_transpose;
// vectors are rows of x, or the inputs of a position of the conv's result, divided by groups. If a weight has several users, possibly in
// several functions and in blocks of loops, the vectors of all of them are added.
//
// Hessians take 8 · inputs^2 bytes per group: as many as fit into 1 GB, at least one, are collected in one run over the samples, in program
// order; requesting further ones in that order starts another run. Layers with the same input value share one. At most 2,048 vectors per
// layer and sample are used, evenly spread.
#pragma once

#include "mil/Compress/Hessian.h"
#include "mil/Compress/Samples.h"
#include "llvm/ADT/StringMap.h"

namespace mil {

/// Computes the Hessians of layers by running a model on samples, as they are requested.
class LayerInputs {
public:
  /// All arguments must outlive this object.
  LayerInputs(const Model &model, llvm::ArrayRef<FunctionRun> runs, const Samples &samples, DiagnosticEngine &diags);
  ~LayerInputs();
  /// The Hessian of a weight, selected by the index of the model in a pipeline (else 0), and the names of its function and constant. Null
  /// for a weight without a Hessian, and after an error (reported).
  std::shared_ptr<const Hessian> of(size_t stage, llvm::StringRef function, llvm::StringRef weight);

private:
  struct Layer;
  struct Weight;
  void addReaders(size_t stage, const Function &function, Operation &constant);
  bool collectFrom(size_t first);
  llvm::ArrayRef<FunctionRun> runs;
  const Samples &samples;
  DiagnosticEngine &diags;
  size_t errorsBefore = diags.errorCount();
  std::vector<Layer> layers;   ///< each with its input value and the layout of vectors in it
  std::vector<Weight> weights; ///< in the order of the program
  llvm::StringMap<size_t> byName;
  llvm::DenseMap<const void *, size_t> byContent;
  llvm::DenseMap<const Value *, std::vector<size_t>> byInput; ///< the layers of a value
};

} // namespace mil
