// The plan of a function: its operations as steps, and the places of the arguments and results of each step.
//
// Every value that is not constant has a slot number. All blocks of a function share the slots, because no block is active twice at the
// same time. A slot is cleared after the last step that reads it, in the block that defines it.
#pragma once

#include "mil/IR/Program.h"
#include "mil/Ops/Costs.h"
#include "mil/Run/Executable.h"
#include "mil/Run/Kernel.h"
#include <optional>

namespace mil {

/// The place of the value of an argument.
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
  llvm::SmallVector<uint32_t, 4> unread; ///< unused inputs
  llvm::SmallVector<uint32_t, 4> kept;   ///< slots of this block that are outputs
};

/// A kernel that computes a step and possibly later ones, and what it was chosen for.
struct FastStep {
  /// The shape of a value when the kernel was chosen; nothing if it wasn't there yet.
  struct Assumed {
    uint32_t slot;
    std::optional<Dims> dims;
  };
  /// The arguments of the step and of those after it that the kernel could have computed, if they aren't static.
  llvm::SmallVector<Assumed, 0> assumed;
  llvm::SmallVector<Type, 1> ownResults; ///< of the step itself, if it isn't static
  KernelChoice choice;
  llvm::SmallVector<ValueSource, 4> inputs;
  llvm::SmallVector<Type, 1> results;     ///< of the last operation covered
  llvm::SmallVector<uint32_t, 4> covered; ///< the later steps of the block that the kernel computes, too
  /// The cost of all covered operations, if their steps don't store the types that they had together.
  std::optional<OperationCost> work;
  bool hasRun = false; ///< with the current kernel
};

struct PlanStep {
  enum class Kind : uint8_t { Compute, Custom, Cond, Loop, ReadState, WriteState };
  const Operation *op = nullptr;
  Kind kind = Kind::Compute;
  bool isStatic = false;                     ///< the types of arguments and results are known during planning
  bool checksValues = false;                 ///< isStatic, but the type rule may read integers that are only known at run time
  bool isCovered = false;                    ///< computed by the kernel of an earlier step
  uint32_t firstResult = 0;                  ///< a slot; the other results follow
  std::optional<Args> args;                  ///< of Compute
  llvm::SmallVector<ValueSource, 4> sources; ///< one per binding: of `args`, or of the arguments of the operation
  llvm::SmallVector<uint32_t, 2> dying;      ///< slots that are not read after this step
  std::vector<BlockPlan> blocks;
  std::unique_ptr<FastStep> fast;
  uint32_t state = 0; ///< the index of the state that is read or written
  /// For a Compute step whose result the next step writes to a state: the index of the state. The result may reuse the memory of the state.
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
