// How values get from one model into another.
//
// Features have fewer element types than values: fp16 and fp32, int32, int8 in the newest. A value of another type crosses as one of
// these that holds all its values exactly, cast by the model that gives it and cast back by the one that takes it.
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

/// A value at a border.
struct Crossing {
  Value *value = nullptr;
  Name name; ///< under which it crosses: its own, unless it is cast
  Type type; ///< in which it crosses
  /// Where it is cast: names of the constants that say to what, on the side that gives it and on the one that takes it.
  Name giver, taker;
  bool isCast() const { return type != value->type(); }
};

/// The borders within one function. The same value crosses all of them in the same way.
class Border {
public:
  Border(const Function &function, int specificationVersion) : function(function), specificationVersion(specificationVersion) {}
  /// The crossing of a value that has a passage.
  const Crossing &crossing(Value *value);

private:
  const Function &function;
  int specificationVersion;
  std::optional<NameScope> names; ///< made for the first cast
  llvm::DenseMap<const Value *, Crossing> known;
};

} // namespace mil
