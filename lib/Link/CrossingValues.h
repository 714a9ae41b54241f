// How values get from one model into another.
//
// Features have fewer element types than values: fp16 and fp32, int32, int8 in the newest. A value of another type crosses as one of
// these that holds all its values exactly, cast by the model that gives it and cast back by the one that takes it. No model takes a value
// of rank 0: one crosses as a vector of one element, expanded and squeezed likewise.
#pragma once

#include "mil/IR/Names.h"
#include <optional>

namespace mil {

/// Whether and as what a value of some type can cross.
struct Passage {
  /// The element type in which it crosses: its own, or one that holds all its values. Invalid: it can't.
  DType dtype = DType::Invalid;
  /// Why it can't.
  const char *obstacle = "";
  explicit operator bool() const { return dtype != DType::Invalid; }
};
/// Sources: the types that features have, and the casts that the opset has.
Passage passageOf(Type type, Opset opset, int specificationVersion);

/// A value that crosses from one model into another.
struct Crossing {
  Value *value = nullptr;
  Name name; ///< under which it crosses: its own, unless it is changed for that
  Type type; ///< in which it crosses
  /// One of the two models: names of constants, the element type of a cast and the axes of what changes the rank, and of what is between
  /// the two where there are both.
  struct Side {
    Name dtype, axes, between;
  };
  Side giver, taker;
  bool isChanged() const { return type != value->type(); }
  bool isCast() const { return type.dtype() != value->type().dtype(); }
  bool isExpanded() const { return type.rank() != value->type().rank(); }
};

/// The values of a function that cross. One that crosses several times does so in the same way each time.
class CrossingValues {
public:
  CrossingValues(const Function &function, int specificationVersion) : function(function), specificationVersion(specificationVersion) {}
  /// The crossing of a value that has a passage.
  const Crossing &crossing(Value *value);
  /// As the output of a model whose values no other model takes: of rank 0 still.
  const Crossing &exit(Value *value);

private:
  const Crossing &cross(Value *value, bool asVector);
  const Function &function;
  int specificationVersion;
  std::optional<NameScope> names; ///< made for the first cast
  llvm::DenseMap<const Value *, Crossing> known;
};

} // namespace mil
