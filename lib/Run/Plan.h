// The plan of a function: its operations as steps, and for each the places of its arguments and results.
//
// Every value that is not constant has a slot, a number; all blocks of a function share one numbering, as no block is entered twice at a
// time. A slot is emptied after the step, of the block that defines it, behind which nothing reads it any more.
#pragma once

#include "mil/IR/Program.h"
#include "mil/Ops/Costs.h"
#include "mil/Run/Executable.h"
#include "mil/Run/Kernel.h"
#include <optional>

namespace mil {

/// Where an argument's value is found.
struct ValueSource {
  enum class Kind : uint8_t { None, Slot, Literal, Decompressed } kind = Kind::None;
  uint32_t slot = 0;
  const Literal *literal = nullptr;
  const Value *value = nullptr; ///< Decompressed
};

struct PlanStep;

struct BlockPlan {
  BlockPlan();
  BlockPlan(BlockPlan &&);
  BlockPlan &operator=(BlockPlan &&);
  ~BlockPlan();
  std::vector<PlanStep> steps;
  llvm::DenseMap<const Operation *, uint32_t> stepOf; ///< the index of each operation's step
  llvm::SmallVector<uint32_t, 4> inputs;
  llvm::SmallVector<const Value *, 4> inputValues;
  llvm::SmallVector<ValueSource, 4> outputs;
  llvm::SmallVector<uint32_t, 4> unread; ///< inputs that nothing reads
  llvm::SmallVector<uint32_t, 4> kept;   ///< slots of this block that are outputs
};

/// A kernel that computes a step, and the types of the arguments that it was chosen for.
struct FastStep {
  llvm::SmallVector<Type, 4> types;
  KernelChoice choice;
  llvm::SmallVector<ValueSource, 4> inputs;
  llvm::SmallVector<Type, 1> results;     ///< of the last operation covered
  llvm::SmallVector<uint32_t, 4> covered; ///< the steps of the block behind this one that the kernel does, too
  /// Of all operations covered, if their steps don't hold the types that they had together.
  std::optional<OperationCost> work;
};

struct PlanStep {
  enum class Kind : uint8_t { Compute, Custom, Cond, Loop, ReadState, WriteState };
  const Operation *op = nullptr;
  Kind kind = Kind::Compute;
  bool isStatic = false;                     ///< the types of arguments and results are known from planning on
  bool checksValues = false;                 ///< isStatic, but the rule may read integers that are known only in a run
  bool isCovered = false;                    ///< by the kernel of an earlier step
  uint32_t firstResult = 0;                  ///< a slot; the other results follow
  std::optional<Args> args;                  ///< of Compute
  llvm::SmallVector<ValueSource, 4> sources; ///< one a binding: of `args`, or of the operation's arguments
  llvm::SmallVector<uint32_t, 2> dying;      ///< slots that nothing reads any more
  std::vector<BlockPlan> blocks;
  std::unique_ptr<FastStep> fast;
  uint32_t state = 0; ///< the index of the state that is read or written
  /// Of a Compute step whose result the next step writes into a state: the index of the state. The memory of the state may become that of
  /// the result.
  std::optional<uint32_t> updates;
};

struct Plan {
  BlockPlan body;
  uint32_t slots = 0, steps = 0;
  std::vector<Port> inputs, outputs, states;
  std::vector<const Value *> stateValues;
  std::vector<uint32_t> inputSlots;
};

/// Plans a function; reports the errors of Executable::make.
Result<Plan> planFunction(const Function &function, DiagnosticEngine &diags, const RunOptions &options);

} // namespace mil
