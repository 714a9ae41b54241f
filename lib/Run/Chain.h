// Elementwise operations in a row, done on the way out of another kernel, or as a kernel of their own.
//
// A chain takes a piece of the result that is still in the first cache, as fp32, through all of its operations, each of which rounds to the
// type that the program gives it; the values between them never reach memory.
//
//   choice.inputs = {{0, "x"}};        // of the kernel itself
//   Chain chain(query.chain[0].results[0].dims());
//   chain.follow(query, choice);       // takes what it can of query.chain[1 …]
//   …
//   chain.apply(run, at, values);      // in Kernel::run, for every piece of the result
#pragma once

#include "Broadcast.h"
#include "Elementwise.h"
#include "mil/Run/Kernel.h"
#include <vector>

namespace mil::fast {

/// The floats of a tensor; its type is fp16 or fp32.
std::optional<Format> formatOf(DType type);
inline ConstFloats floatsOf(const Tensor &tensor) { return {tensor.bytes().data(), *formatOf(tensor.dtype())}; }
inline Floats floatsOf(Tensor &tensor) { return {tensor.bytes().data(), *formatOf(tensor.dtype())}; }

/// How many elements a shape has.
inline int64_t productOf(llvm::ArrayRef<int64_t> dims) {
  int64_t product = 1;
  for (int64_t dim : dims)
    product *= dim;
  return product;
}

class Chain {
public:
  /// Of values of this shape.
  explicit Chain(llvm::ArrayRef<int64_t> dims) : dims(dims) {}

  /// Appends a step whose other operand, if it takes one, is an argument: of query.chain[input.call], broadcast by `broadcast`.
  void add(const Step &step) { steps.push_back({step, -1, {}}); }
  void add(const Step &step, const KernelChoice::Input &input, const Broadcast &broadcast);
  /// What has been added rounds to `type` at its end.
  void roundTo(DType type);
  /// Appends query.chain[from] and those after it, as many as are elementwise and keep the shape; the kernel covers them, too.
  void extend(const KernelQuery &query, size_t from);
  /// Appends the operation query.chain[number], which takes the value as its `parameter`; false when it isn't elementwise.
  [[nodiscard]] bool append(const KernelQuery &query, size_t number, llvm::StringRef parameter);

  /// What follows the kernel of query.chain[0]: rounds to the type of its result, extends by the operations after it, and requests the
  /// arguments of all steps, after the kernel's own, which `choice` has already.
  void follow(const KernelQuery &query, KernelChoice &choice);

  bool empty() const { return steps.empty(); }
  /// Requests the arguments of the chain, after those of the kernel itself, and notes which operations are covered.
  void addInputs(KernelChoice &choice);

  /// Takes elements [at, at + values.size()) of the result through the chain; there is room after them, as applyStep requires.
  void apply(const Kernel::Run &run, int64_t at, llvm::MutableArrayRef<float> values) const;

private:
  bool appendUnary(const KernelCall &call);
  bool appendBinary(const KernelCall &call, size_t number, llvm::StringRef parameter);
  bool appendPerChannel(const KernelCall &call, size_t number);

  struct Link {
    Step step;
    int input; ///< number among `inputs`, -1: none
    Broadcast broadcast;
  };
  llvm::SmallVector<int64_t, 6> dims;
  std::vector<Link> steps;
  llvm::SmallVector<KernelChoice::Input, 4> inputs;
  size_t firstInput = 0; ///< of `inputs` in Run::inputs
  size_t operations = 0;
};

/// A chain of elementwise operations as a kernel.
KernelChoice chooseElementwise(const KernelQuery &query);

} // namespace mil::fast
