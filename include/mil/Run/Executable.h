// Running a function.
//
//   Result<std::unique_ptr<Executable>> executable = Executable::make(*program.function("main"), diags);
//   NamedValues inputs;
//   inputs["x"] = tensor;
//   States states = (*executable)->newStates();
//   Result<NamedValues> outputs = (*executable)->run(inputs, states, diags);
//
// An executable is a plan: the operations of the function in order, with everything that is known before the inputs (constants, types, the
// kernel of each operation, the last use of each value), and the memory that runs share. Planning is linear in the operations and reads
// no weights. A run executes the plan; an operation is computed by a fast kernel if there is one (mil/Run/Kernel.h), else by the
// evaluation function of its definition in the catalogue, which constant folding also uses. `cond` and `while_loop` run the plans of their
// blocks. Unknown sizes are determined by the inputs of each run.
//
// Memory. Weights are mapped from their files. A compressed constant is decompressed at its first use and kept. The memory of other values
// returns to a pool after their last use and is reused; memory that views share (reshape) is counted once.
//
// States are separate objects: a run reads and writes the states that are passed to it.
//
// An executable refers to its function, which must outlive it and must not change. One run at a time; two executables, of one function or
// of functions of one context, may run on two threads at the same time, each with its own diagnostics engine, while nothing else changes
// the context. (Runs and the creation of executables only create types in it, which is protected by a lock.) The same inputs, states and
// seed give the same bits for any number of threads.
#pragma once

#include "mil/IR/Program.h"
#include "mil/Run/Precision.h"
#include "mil/Tensor/RuntimeValue.h"
#include <map>

namespace mil {

class ThreadPool;

/// Inputs or outputs by name.
using NamedValues = std::map<std::string, RuntimeValue, std::less<>>;
/// The tensors that states hold, by the names of the function's parameters.
using States = std::map<std::string, Tensor, std::less<>>;

/// An input, output or state of a function (the `type` of a state is that of its tensor).
struct Port {
  std::string name;
  Type type;
};

/// Observes every computed value: the inputs of blocks and the results of operations, also in nested blocks, in the order of execution.
class RunObserver {
public:
  virtual ~RunObserver() = default;
  /// Called before a block runs, for each of its inputs that is not a state: inputs of the function, and loop variables in each iteration.
  virtual void entering(const Value &input, const RuntimeValue &value) { (void)input, (void)value; }
  /// Called after an operation. It may replace the results, which later operations then use. Returning false (after reporting) ends the
  /// run.
  virtual bool after(const Operation &op, llvm::MutableArrayRef<RuntimeValue> results) = 0;
};

/// Implements an operation that the catalogue doesn't have: called with the values of its arguments in the order of `op.arguments()`,
/// returns one value per result, or nothing after an error.
using CustomOperation =
    std::function<std::optional<std::vector<RuntimeValue>>(const Operation &op, llvm::ArrayRef<RuntimeValue> arguments)>;

/// Options of running.
struct RunOptions {
  Precision precision = Precision::Declared;
  unsigned threads = 0;                      ///< 0: as many as there are processors
  bool fastKernels = true;                   ///< false: only use the evaluation functions of the catalogue
  uint64_t maxMemory = 0;                    ///< bytes of live values without weights; 0: half of the machine's memory
  uint64_t maxIterations = 1 << 20;          ///< of one loop
  uint64_t seed = 0;                         ///< of random operations that have none
  std::function<bool()> cancelled = nullptr; ///< called between operations: true ends the run
  /// Called before each operation of the function's body with the number of completed operations and the total; at the end, and after a
  /// failure, with the total for both.
  std::function<void(size_t done, size_t all)> progress = nullptr;
  /// Set this for an executable that runs only once. The run then reads some weights from their files instead of the mapping, whose pages
  /// the system has to map first: it takes less time and memory, but a second run would take more.
  bool runsOnce = false;
  std::map<std::string, CustomOperation, std::less<>> custom = {}; ///< by the operation's type; these come before the catalogue's
};

/// RunOptions::maxMemory, or its default if it is 0.
uint64_t memoryLimit(const RunOptions &options);

/// The cost of a run.
struct RunCosts {
  uint64_t peakBytes = 0; ///< the most memory of values at a time: inputs, results, scratch memory; not weights
  struct Step {
    const Operation *op;
    double seconds = 0;
    uint64_t calls = 0;
    bool fast = false;    ///< a fast kernel
    unsigned covered = 1; ///< number of operations that the kernel computed, starting with `op`
    /// Of all calls and all covered operations, by their actual shapes (mil/Ops/Costs.h), if `countWork` is set. No bytes are moved between
    /// operations that one kernel covers.
    double flops = 0, bytes = 0;
  };
  bool countWork = false;  ///< set by the caller; takes about a microsecond per operation
  std::vector<Step> steps; ///< in the order of the plan; only filled on request
};

/// A function that is ready to run. May be run any number of times, by one thread at a time.
class Executable {
public:
  /// Plans a function. Fails (reported) if it has operations that can't be computed, invalid operations, or missing weights.
  static Result<std::unique_ptr<Executable>> make(const Function &function, DiagnosticEngine &diags, const RunOptions &options = {});
  ~Executable();
  Executable(const Executable &) = delete;

  const Function &function() const;
  // The interface of the function, in the order of its parameters and outputs.
  llvm::ArrayRef<Port> inputs() const; ///< without states
  llvm::ArrayRef<Port> outputs() const;
  llvm::ArrayRef<Port> states() const;
  /// New states, filled with zeros, in the types in which they are held.
  States newStates() const;

  /// Runs the function once. Every input must be given, with the right rank and sizes; numbers of another type are accepted if they all
  /// convert exactly, and a tensor of one element is accepted for a scalar. States that are missing from `states` start at zero; after a
  /// failure they contain what the run has written until then.
  Result<NamedValues> run(const NamedValues &inputs, States &states, DiagnosticEngine &diags, RunObserver *observer = nullptr,
                          RunCosts *costs = nullptr);

private:
  struct Impl;
  explicit Executable(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl;
};

} // namespace mil
