// LayerInputs: the Hessians of the layers of a model, from running it (mil/Compress/Hessian.h).
//
//   LayerInputs inputs(model, runs, samples, diags);
//   std::shared_ptr<const Hessian> hessian = inputs.of(0, "main", "w");    // runs the model
//
// A weight has one if it is the constant of a linear, of a matmul (a matrix on either side), of a conv or of a conv_transpose; vectors are
// rows of x, or what reaches a position of the conv's result, a part a group. Of a weight with several readers, also in several functions
// and in blocks of loops, the vectors of all count.
//
// Hessians take 8 · inputs^2 bytes a group: as many as fit into 1 GB, at least one, are collected in one run over the samples, in the order
// of the program; asking for others in that order runs it again. Layers that read the same value share one. At most 2,048 vectors of a
// layer and sample are taken, evenly spread.
#pragma once

#include "mil/Compress/Hessian.h"
#include "mil/Compress/Samples.h"
#include "llvm/ADT/StringMap.h"

namespace mil {

class LayerInputs {
public:
  /// All must live as long as it.
  LayerInputs(const Model &model, llvm::ArrayRef<FunctionRun> runs, const Samples &samples, DiagnosticEngine &diags);
  ~LayerInputs();
  /// By the number of a pipeline's model (0 for others), and the names of a function and of a constant in it. Null for a weight that has
  /// none, and after a failure, which is reported.
  std::shared_ptr<const Hessian> of(size_t stage, llvm::StringRef function, llvm::StringRef weight);

private:
  struct Layer;
  struct Weight;
  void addReaders(size_t stage, const Function &function, Operation &constant);
  bool collectFrom(size_t first);
  llvm::ArrayRef<FunctionRun> runs;
  const Samples &samples;
  DiagnosticEngine &diags;
  std::vector<Layer> layers;   ///< each with a value and how vectors lie in it
  std::vector<Weight> weights; ///< in the order of the program
  llvm::StringMap<size_t> byName;
  llvm::DenseMap<const void *, size_t> byContent;
  llvm::DenseMap<const Value *, std::vector<size_t>> byInput; ///< the layers of a value
};

} // namespace mil
