// Running a function.
//
//   Result<std::unique_ptr<Executable>> executable = Executable::make(*program.function("main"), diags);
//   NamedValues inputs;
//   inputs["x"] = tensor;
//   States states = (*executable)->newStates();
//   Result<NamedValues> outputs = (*executable)->run(inputs, states, diags);
//
// An executable is a plan: the function's operations in order, with what can be known before the inputs are (constants, types, which kernel
// computes which operation, after which step a value is of no use any more), and the memory that runs share. Planning is linear in the
// operations and reads no weights. A run walks the plan; an operation is computed by a fast kernel where a source offers one
// (mil/Run/Kernel.h), else by the evaluation that stands beside its definition in the catalogue, the one that folding uses. `cond` and
// `while_loop` run the plans of their blocks. Shapes that the program leaves open follow from the inputs of each run.
//
// Memory. Weights stay in their files, mapped. A compressed constant is decompressed at its first use and kept. The memory of other values
// goes back to a pool after their last use and is taken again by later ones; what views share (reshape) is counted once.
//
// States are objects of their own: a run reads and writes the ones that it is given.
//
// An executable refers to its function, which must live and not change meanwhile. One run at a time; two executables, of one function or of
// functions of one context, may run on two threads at the same time, each with a diagnostics engine of its own, while nothing else changes
// the context. (Runs make types in it, which has a lock; making executables does nothing else to it either.) The same inputs, states and
// seed give the same bits for any number of threads.
#pragma once

#include "mil/IR/Program.h"
#include "mil/Run/Precision.h"
#include "mil/Tensor/RuntimeValue.h"
#include <map>

namespace mil {

class ThreadPool;

using NamedValues = std::map<std::string, RuntimeValue, std::less<>>;
/// The tensors that states hold, by the names of the function's parameters.
using States = std::map<std::string, Tensor, std::less<>>;

/// A value at the interface of a function, or a state (`type` is then that of the tensor that it holds).
struct Port {
  std::string name;
  Type type;
};

/// Sees every value as it is made: the inputs of blocks and the results of operations, in nested blocks too, in the order of execution.
class RunObserver {
public:
  virtual ~RunObserver() = default;
  /// Before a block runs, for each of its inputs that is no state: those of the function, and what a loop carries, each time around.
  virtual void entering(const Value &input, const RuntimeValue &value) { (void)input, (void)value; }
  /// After an operation. The results may be replaced: later operations see what is put there. False ends the run, having said why.
  virtual bool after(const Operation &op, llvm::MutableArrayRef<RuntimeValue> results) = 0;
};

/// What an operation that the catalogue doesn't have computes: called with the values of its arguments in the order of
/// `op.arguments()`, gives one value a result, or nothing after a report.
using CustomOperation =
    std::function<std::optional<std::vector<RuntimeValue>>(const Operation &op, llvm::ArrayRef<RuntimeValue> arguments)>;

struct RunOptions {
  Precision precision = Precision::Declared;
  unsigned threads = 0;                      ///< 0: as many as there are processors
  bool fastKernels = true;                   ///< false: evaluation by the definitions alone
  uint64_t maxMemory = 0;                    ///< bytes of values alive at a time, weights not counted; 0: half of the machine's memory
  uint64_t maxIterations = 1 << 20;          ///< of one loop
  uint64_t seed = 0;                         ///< of random operations that have none
  std::function<bool()> cancelled = nullptr; ///< asked between operations: true ends the run
  /// Told before each operation of the function's body how many of all are done; at the end, and after a failure, that all are.
  std::function<void(size_t done, size_t all)> progress = nullptr;
  std::map<std::string, CustomOperation, std::less<>> custom = {}; ///< by the operation's type; these come before the catalogue's
};

/// RunOptions::maxMemory, or what 0 stands for.
uint64_t memoryLimit(const RunOptions &options);

/// What a run cost.
struct RunCosts {
  uint64_t peakBytes = 0; ///< the most memory of values at a time: inputs, results, scratch memory; not weights
  struct Step {
    const Operation *op;
    double seconds = 0;
    uint64_t calls = 0;
    bool fast = false;    ///< a fast kernel
    unsigned covered = 1; ///< operations that it computed, `op` being the first
    /// Of all calls and all operations covered, by the shapes that they had (mil/Ops/Costs.h); when `countWork` is set. Between operations
    /// that one kernel covers nothing is moved.
    double flops = 0, bytes = 0;
  };
  bool countWork = false;  ///< set by the caller; takes about a microsecond an operation
  std::vector<Step> steps; ///< in the order of the plan; filled when asked for
};

class Executable {
public:
  /// Plans a function. Fails, reported, when it has operations that nothing computes, breaks the rules of one, or lacks weights.
  static Result<std::unique_ptr<Executable>> make(const Function &function, DiagnosticEngine &diags, const RunOptions &options = {});
  ~Executable();
  Executable(const Executable &) = delete;

  const Function &function() const;
  llvm::ArrayRef<Port> inputs() const; ///< without states
  llvm::ArrayRef<Port> outputs() const;
  llvm::ArrayRef<Port> states() const;
  /// All states at zero, in the types in which they are held.
  States newStates() const;

  /// Runs it once. Every input must be there, of the right rank and sizes; numbers of another type are taken when every one of them
  /// converts exactly, and a tensor of one element for a scalar. States that are missing from `states` start at zero; after a failure they
  /// are as far as the run came.
  Result<NamedValues> run(const NamedValues &inputs, States &states, DiagnosticEngine &diags, RunObserver *observer = nullptr,
                          RunCosts *costs = nullptr);

private:
  struct Impl;
  explicit Executable(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl;
};

} // namespace mil
