// The constants of a model that matter to its weight files: blobs, and tensors in memory that are to become blobs.
#pragma once

#include "mil/Package/Package.h"
#include "llvm/ADT/DenseMap.h"

namespace mil {

/// Calls `visit` on each literal of the model, those within lists, tuples and dicts after the whole, in the order of the program: functions
/// as they stand, then operations. `movable`: MIL allows a blob in that place, which is the value of a const or an operand or attribute of
/// constexpr_*. `specificationVersion` is that of the model around, which may be one of a pipeline.
void forEachLiteral(const Model &model, llvm::function_ref<void(const Literal &literal, bool movable, int specificationVersion)> visit);

/// Calls `visit` on each program of the model with the model that it is of: its own, or those of a pipeline, in order.
void forEachProgram(const Model &model, llvm::function_ref<void(Program &program, const Model &model)> visit);

struct Constants {
  /// Literals whose bytes go to weight files, each once, in the order of their first use: blobs, and tensors that are to be moved.
  std::vector<const Literal *> stored;
  uint64_t referencedBytes = 0; ///< of all uses of those
  /// Uses of blobs whose files are missing, and the path of the first.
  size_t missing = 0;
  std::string missingPath;
};

/// Collects them. Tensors of `moveFrom` elements and more are moved when every place that they stand in allows it; 0: none.
Constants collectConstants(const Model &model, uint64_t moveFrom);

} // namespace mil
