// LayerInputs: the Hessians of the layers of a model, from running it (mil/Compress/Hessian.h).
//
//   LayerInputs inputs(model, runs, samples, diags);
//   std::shared_ptr<const Hessian> hessian = inputs.of(0, "main", "w");    // runs the model
//
// A weight has one if it is the constant of a linear, of a matmul (a matrix on either side), or of a conv with one group; vectors are rows
// of x, or what the window of the conv sees at a position. Of a weight with several readers, also in several functions, the vectors of all
// count. Readers whose input is what a loop carries, or what a pipeline's model takes from the one before, are not seen.
//
// Hessians take 8 · inputs^2 bytes: as many as fit into `mostBytes`, at least one, are collected in one run over the samples, in the order
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
  LayerInputs(const Model &model, llvm::ArrayRef<FunctionRun> runs, const Samples &samples, DiagnosticEngine &diags,
              uint64_t mostBytes = uint64_t(1) << 30);
  ~LayerInputs();
  /// By the number of a pipeline's model (0 for others), and the names of a function and of a constant in it. Null for a weight that has
  /// none, and after a failure, which is reported.
  std::shared_ptr<const Hessian> of(size_t stage, llvm::StringRef function, llvm::StringRef weight);

private:
  struct Layer;
  struct Weight;
  class Collector;
  void addReaders(size_t stage, const Function &function, Operation &constant);
  bool collectFrom(size_t first);
  llvm::ArrayRef<FunctionRun> runs;
  const Samples &samples;
  DiagnosticEngine &diags;
  uint64_t mostBytes;
  std::vector<Layer> layers;   ///< each with a value and how vectors lie in it
  std::vector<Weight> weights; ///< in the order of the program
  llvm::StringMap<size_t> byName;
  llvm::DenseMap<const void *, size_t> byContent;
  llvm::DenseMap<const Value *, std::vector<size_t>> byInput; ///< the layers of a value
};

} // namespace mil
