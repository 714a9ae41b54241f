// Chains of elementwise operations, which are fused into another kernel, or are a separate kernel.
//
// A chain applies all its operations to a piece of the result that is still in the first-level cache, as fp32. Each operation rounds to its
// type in the program; intermediate values are never written to memory.
//
//   choice.inputs = {{0, "x"}};        // of the kernel itself
//   Chain chain(query.chain[0].results[0].dims());
//   chain.follow(query, choice);       // appends as many of query.chain[1 …] as possible
//   …
//   chain.apply(run, at, values);      // in Kernel::run, for every piece of the result
#pragma once

#include "Broadcast.h"
#include "Elementwise.h"
#include "mil/Run/Kernel.h"
#include <vector>

namespace mil::fast {

/// The format of an element type; nullopt unless it is fp16 or fp32.
std::optional<Format> formatOf(DType type);
inline ConstFloats floatsOf(const Tensor &tensor) { return {tensor.bytes().data(), *formatOf(tensor.dtype())}; }
inline Floats floatsOf(Tensor &tensor) { return {tensor.bytes().data(), *formatOf(tensor.dtype())}; }

/// The number of elements of a shape.
inline int64_t productOf(llvm::ArrayRef<int64_t> dims) {
  int64_t product = 1;
  for (int64_t dim : dims)
    product *= dim;
  return product;
}

/// The parameter of a call whose argument is this value, if there is exactly one.
std::optional<llvm::StringRef> parameterTaking(const KernelCall &call, const Value &value);

class Chain {
public:
  /// A chain for values of this shape.
  explicit Chain(llvm::ArrayRef<int64_t> dims) : dims(dims) {}

  /// Appends a step. Its other operand, if it has one, is an argument of query.chain[input.call], broadcast by `broadcast`.
  void add(const Step &step) { steps.push_back({step, -1, {}}); }
  void add(const Step &step, const KernelChoice::Input &input, const Broadcast &broadcast);
  /// Makes the last step round to `type`.
  void roundTo(DType type);
  /// Appends query.chain[from] and the operations after it, as long as they are elementwise and keep the shape; the kernel covers them,
  /// too.
  void extend(const KernelQuery &query, size_t from);
  /// Appends the operation query.chain[number], whose `parameter` is the value; false if it isn't elementwise.
  [[nodiscard]] bool append(const KernelQuery &query, size_t number, llvm::StringRef parameter);

  /// Builds the chain after the kernel of query.chain[0]: rounds to the type of its result, appends the operations after it, and requests
  /// the arguments of all steps, after those of the kernel, which `choice` already contains.
  /// `computed`: the number of the last operation that the kernel itself computes.
  void follow(const KernelQuery &query, KernelChoice &choice, size_t computed = 0);

  bool empty() const { return steps.empty(); }
  /// Requests the arguments of the chain, after those of the kernel itself, and sets the number of covered operations.
  void addInputs(KernelChoice &choice);

  /// Applies the chain to elements [at, at + values.size()) of the result; there must be room after them, as applyStep requires.
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
