// Executes a plan: the state of a run, and the memory that the runs of an executable share.
#pragma once

#include "ConstantTensors.h"
#include "Memory.h"
#include "Plan.h"

namespace mil {

class Execution {
public:
  Execution(const Function &function, Plan plan, const RunOptions &options);

  const Plan &planned() const { return plan; }
  const RunOptions &settings() const { return options; }
  /// Runs the body. `inputs` are in the order of the plan, in the types in which values are held.
  bool run(std::vector<RuntimeValue> inputs, States &states, std::vector<RuntimeValue> &outputs, DiagnosticEngine &diags,
           RunObserver *observer, RunCosts *costs);

private:
  // Blocks.
  bool runBlock(BlockPlan &block, std::vector<RuntimeValue> inputs, std::vector<RuntimeValue> &outputs);
  bool runStep(BlockPlan &block, size_t at);
  static void countWork(const BlockPlan &block, const PlanStep &step, RunCosts::Step &into);
  bool runCond(PlanStep &step);
  bool runLoop(PlanStep &step);
  bool runState(PlanStep &step);
  bool runCustom(PlanStep &step);
  // One operation.
  bool compute(BlockPlan &block, size_t at);
  bool bind(PlanStep &step);
  bool inferShapes(PlanStep &step);
  bool checkValues(const PlanStep &step);
  bool checkMemory(const PlanStep &step, uint64_t bytes);
  bool evaluate(PlanStep &step);
  bool settle(PlanStep &step, std::vector<RuntimeValue> results);
  bool settle(RuntimeValue &value, Type type, const Operation *op, llvm::StringRef name);
  // Fast kernels.
  struct CallChain;
  void chooseKernel(BlockPlan &block, size_t at);
  bool extend(BlockPlan &block, CallChain &chain);
  const Args *callAfter(CallChain &chain, PlanStep &step, const Value *&missing);
  void cover(BlockPlan &block, FastStep &fast, const CallChain &chain);
  void assume(FastStep &fast, const PlanStep &step) const;
  /// The work of calls that one kernel computes.
  static OperationCost workOf(llvm::ArrayRef<const Args *> calls);
  std::optional<bool> runKernel(BlockPlan &block, size_t at);
  std::optional<Tensor> takeInPlace(BlockPlan &block, size_t at);
  void leaveState(const PlanStep &step, const Tensor &tensor);
  void keepUpdated(const PlanStep &step, const Tensor &tensor);
  bool isRightKernel(const PlanStep &step, llvm::ArrayRef<Type> results) const;
  void dropKernel(BlockPlan &block, size_t at);
  void dropKernels(BlockPlan &block);
  // Values.
  const RuntimeValue *find(const ValueSource &source);
  void put(uint32_t slot, RuntimeValue value);
  void release(uint32_t slot);
  Type typeOf(const RuntimeValue &value, Type declared) const;

  Plan plan;
  RunOptions options;
  Context &context;
  ThreadPool threads;
  ConstantTensors constants;
  std::shared_ptr<MemoryPool> pool;
  MemoryMeter meter;
  std::vector<RuntimeValue> values; ///< one per slot
  uint64_t runs = 0;
  bool watched = false; ///< kernels have been chosen for single operations
  // Of the current run.
  States *states = nullptr;
  DiagnosticEngine *diags = nullptr;
  RunObserver *observer = nullptr;
  RunCosts *costs = nullptr;
  llvm::DenseMap<const Operation *, size_t> costOf;
  uint64_t draws = 0;
};

} // namespace mil
