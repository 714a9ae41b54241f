// Fast kernels: they compute an operation, or several in a row, instead of the evaluation function in the catalogue (the reference).
//
// Once the types of a step's inputs are known, during planning for static programs and at run time for others, the plan calls each source
// of kernels in turn:
//
//   KernelChoice chooseSoftmax(const KernelQuery &query) {
//     const KernelCall &call = query.chain[0];
//     if (!call.op->is("softmax") || call.heldResult(0) != DType::Float32)
//       return {};                                    // some other source, or the reference
//     return {.kernel = std::make_unique<Softmax>(…), .inputs = {{0, "x"}}};
//   }
//
// A query contains a chain of operations: each one after the first uses the only result of the one before, which has no other use, and all
// its other arguments are available before the first one runs. If one of them isn't, and has no other use, the operation that computes it
// comes before the one that uses it, if its arguments are available: concat (keys), concat (values), scaled_dot_product_attention. The
// choice contains how many of the operations the kernel covers, so that an activation, a bias or a residual addition can be fused. While
// values are watched, chains have length 1.
//
// Shapes, dtypes, memory. All types in a query are static. Tensors are row-major and contiguous, in the types of `heldType`: with
// Precision::Fp32, a value declared fp16 is fp32 in memory. Results are not initialised and aligned to 64 bytes. With
// Precision::Exact all floats are double; it has its own sources, and chains of length 1. Constants are read with
// `call.args->tensor("weight")`: a view of the mapped weight file, in its stored type and at any address (weight files align to 64). A
// kernel may keep the view, which lives as long as the executable.
//
// A kernel is run repeatedly, one run at a time, with inputs of the same types. If the types of a dynamic program change, the plan chooses
// kernels again.
//
// Results must have the same bits in every run and for every number of threads, see ThreadPool.h. They may only differ from the reference
// in rounding: float kernels sum in fp32 or wider and round the result once to the held type. Nothing else (saturation, NaN, ties) may
// differ.
//
// Errors: shapes and parameters were checked by the type rule of the op. A kernel must detect invalid values (an index out of range): `run`
// returns false, and the plan evaluates the first operation with the reference, which reports the error.
#pragma once

#include "mil/Ops/Args.h"
#include "mil/Run/Precision.h"
#include "mil/Run/ThreadPool.h"
#include "mil/Weights/Blob.h"

namespace mil {

/// An operation with known argument types and constant arguments.
struct KernelCall {
  const Operation *op = nullptr;
  /// Arguments by parameter name: types are static and as declared, constants are available (`integer`, `number`, `tensor`, …).
  const Args *args = nullptr;
  llvm::ArrayRef<Type> results; ///< static, as declared
  Precision precision = Precision::Declared;

  /// The type in memory of a result.
  DType heldResult(size_t i = 0) const { return heldType(results[i].dtype(), precision); }
  /// The type in memory of an argument's `i`-th binding: constants keep their own.
  DType held(llvm::StringRef parameter, size_t i = 0) const {
    Arg arg = (*args)[parameter][i];
    return arg.constant() ? arg.dtype() : heldType(arg.dtype(), precision);
  }
};

/// The calls that a kernel is requested for: a call, and those that follow it as its only users, see above.
struct KernelQuery {
  llvm::ArrayRef<KernelCall> chain; ///< at least one
  ThreadPool &threads;
};

/// Computes one operation, or several that follow each other.
class Kernel {
public:
  virtual ~Kernel() = default;
  struct Run {
    llvm::ArrayRef<const Tensor *> inputs;  ///< in the order of KernelChoice::inputs
    llvm::MutableArrayRef<Tensor> results;  ///< of the last operation that is covered
    llvm::MutableArrayRef<uint8_t> scratch; ///< KernelChoice::scratchBytes, at 64 bytes, of any content
    ThreadPool &threads;
    /// During the first run with RunOptions::runsOnce, one for each input, known for constants in weight files; otherwise empty. A kernel
    /// that reads a constant once and in order may read it from the file then.
    llvm::ArrayRef<Blob::FileRange> files = {};
  };
  /// Computes the results; false if the values of the inputs are invalid.
  [[nodiscard]] virtual bool run(const Run &run) = 0;
};

/// A kernel, the arguments that it needs and the operations that it computes.
struct KernelChoice {
  /// An argument that the kernel needs at run time: operation of the chain, parameter, index of the binding. It may be constant; the
  /// results of operations of the chain are not arguments.
  struct Input {
    size_t call = 0;
    llvm::StringRef parameter;
    size_t binding = 0;
  };
  std::unique_ptr<Kernel> kernel; ///< null: none
  llvm::SmallVector<Input, 4> inputs = {};
  size_t covers = 1; ///< the number of operations of the chain that it computes
  /// The index in `inputs` of a tensor of the size of result 0, whose memory the result may reuse if it has no other use: then
  /// run.results[0] and *run.inputs[inPlace] are the same memory. -1: none.
  int inPlace = -1;
  uint64_t scratchBytes = 0;

  explicit operator bool() const { return kernel != nullptr; }
};

/// Returns a kernel for a query, or an empty choice.
using KernelSource = KernelChoice (*)(const KernelQuery &query);
/// The sources, in the order in which they are tried (lib/Run/KernelSources.cpp).
llvm::ArrayRef<KernelSource> kernelSources(Precision precision);

} // namespace mil
