// Fast kernels: what computes an operation, or several in a row, in place of the reference evaluation that stands beside its definition.
//
// When the types of a step's inputs are known, which is while planning for static programs and during a run for others, the plan asks each
// source of kernels in turn:
//
//   KernelChoice chooseSoftmax(const KernelQuery &query) {
//     const KernelCall &call = query.chain[0];
//     if (!call.op->is("softmax") || call.heldResult(0) != DType::Float32)
//       return {};                                    // some other source, or the reference
//     return {.kernel = std::make_unique<Softmax>(…), .inputs = {{0, "x"}}};
//   }
//
// A query holds a chain of operations: each but the first takes the only result of the one before, which nobody else uses, and all its
// other arguments are there when the first one is due. A choice says how many of them its kernel covers, so that an activation, a bias or a
// residual addition is done on the way out. While values are watched, chains have length 1.
//
// Shapes, dtypes, memory. All types in a query are static. Tensors are row-major and contiguous, in the types of `heldType`: with
// Precision::Fp32, a value declared fp16 is fp32 in memory. Results are not initialised and start at 64 bytes. With
// Precision::Exact all floats are double; it has sources of its own, and chains of length 1. Constants are read with
// `call.args->tensor("weight")`: a view of the mapped weight file, in the type that it has there, at whatever address it lies (weight files
// align to 64). A kernel may keep the view, or a packed copy whose size it tells in `bytesKept`;
// views live as long as the executable.
//
// A kernel runs again and again, one run at a time, with inputs of the same types. If the types of a dynamic program change, the plan asks
// again; `KernelQuery::packed` lets kernels of one step share what they made of the same weights.
//
// The same bits in every run and for every number of threads: see ThreadPool.h. What the result may differ by from the reference: float
// kernels sum in fp32 or wider and round the result once to the held type. Nothing else (saturation, NaN, ties) may differ.
//
// Failures: shapes and parameters have been checked by the op's type rule. What can only be seen in values (an index out of range) a
// kernel must see, too: `run` returns false, and the plan lets the reference evaluate the first operation again, which reports.
#pragma once

#include "mil/Ops/Args.h"
#include "mil/Run/Precision.h"
#include "mil/Run/ThreadPool.h"
#include <any>
#include <map>

namespace mil {

/// An operation whose arguments' types, and constant arguments, are known.
struct KernelCall {
  const Operation *op = nullptr;
  /// Arguments by their parameter's name: types are static and as declared, constants are there (`integer`, `number`, `tensor`, …).
  const Args *args = nullptr;
  llvm::ArrayRef<Type> results; ///< static, as declared
  Precision precision = Precision::Declared;

  DType heldResult(size_t i = 0) const { return heldType(results[i].dtype(), precision); }
  /// The type in memory of an argument's `i`-th binding: constants keep their own.
  DType held(llvm::StringRef parameter, size_t i = 0) const {
    Arg arg = (*args)[parameter][i];
    return arg.constant() ? arg.dtype() : heldType(arg.dtype(), precision);
  }
};

/// What kernels of one step made of its weights, by a key of their own ("weight as oneDNN wants it"); lives as long as the executable.
using PackedWeights = std::map<std::string, std::any>;

struct KernelQuery {
  llvm::ArrayRef<KernelCall> chain; ///< at least one
  ThreadPool &threads;
  PackedWeights &packed;
};

class Kernel {
public:
  virtual ~Kernel() = default;
  struct Run {
    llvm::ArrayRef<const Tensor *> inputs;  ///< in the order of KernelChoice::inputs
    llvm::MutableArrayRef<Tensor> results;  ///< of the last operation that is covered
    llvm::MutableArrayRef<uint8_t> scratch; ///< KernelChoice::scratchBytes, at 64 bytes, of any content
    ThreadPool &threads;
  };
  /// Computes the results; false when an input's values leave them undefined.
  [[nodiscard]] virtual bool run(const Run &run) = 0;
};

struct KernelChoice {
  /// An argument that the kernel wants at run time: of which operation of the chain, which parameter, which of its bindings. Constants may
  /// be asked for, too; the result of the operation before is not an argument.
  struct Input {
    size_t call = 0;
    llvm::StringRef parameter;
    size_t binding = 0;
  };
  std::unique_ptr<Kernel> kernel; ///< null: none
  llvm::SmallVector<Input, 4> inputs = {};
  size_t covers = 1; ///< how many operations of the chain
  /// The index in `inputs` of a tensor, as large as result 0, whose memory the result may take over when nobody else needs it: then
  /// run.results[0] and *run.inputs[inPlace] are the same memory. -1: none.
  int inPlace = -1;
  uint64_t scratchBytes = 0;
  uint64_t bytesKept = 0; ///< memory that the kernel holds between runs

  explicit operator bool() const { return kernel != nullptr; }
};

using KernelSource = KernelChoice (*)(const KernelQuery &query);
/// The sources, in the order in which they are asked (lib/Run/KernelSources.cpp).
llvm::ArrayRef<KernelSource> kernelSources(Precision precision);

} // namespace mil
