// Passing values from one model to another.
//
// Features support fewer element types than values: fp16 and fp32, int32, and int8 in the newest version. A value of another type is passed
// as one of these types that can represent all its values; the model that computes it casts it, and the model that uses it casts it back.
// Models don't support inputs of rank 0: such a value is passed as a vector of one element, and is expanded and squeezed in the same way.
#pragma once

#include "mil/IR/Names.h"
#include <optional>

namespace mil {

/// Whether a value of some type can be passed, and in which type.
struct Passage {
  /// The element type in which it is passed: its own, or one that can represent all its values. Invalid: it can't be passed.
  DType dtype = DType::Invalid;
  /// The reason why it can't be passed.
  const char *obstacle = "";
  explicit operator bool() const { return dtype != DType::Invalid; }
};
/// The passage of a type. Sources: the types that features support, and the casts of the opset.
Passage passageOf(Type type, Opset opset, int specificationVersion);

/// A value that is passed from one model to another.
struct Crossing {
  Value *value = nullptr;
  Name name; ///< the name under which it is passed: its own, unless it is converted
  Type type; ///< the type in which it is passed
  /// One of the two models: the names of the constants for the element type of the cast and the axes of the change of rank, and of the
  /// value between the two if both are needed.
  struct Side {
    Name dtype, axes, between;
  };
  Side giver, taker;
  bool isChanged() const { return type != value->type(); }
  bool isCast() const { return type.dtype() != value->type().dtype(); }
  bool isExpanded() const { return type.rank() != value->type().rank(); }
};

/// The values of a function that are passed. A value that is passed several times has the same form each time.
class CrossingValues {
public:
  CrossingValues(const Function &function, int specificationVersion) : function(function), specificationVersion(specificationVersion) {}
  /// The form of a value that can be passed.
  const Crossing &crossing(Value *value);
  /// The form of a value that is an output of a model and that no other model uses: it keeps rank 0.
  const Crossing &exit(Value *value);

private:
  const Crossing &cross(Value *value, bool asVector);
  const Function &function;
  int specificationVersion;
  std::optional<NameScope> names; ///< made for the first cast
  llvm::DenseMap<const Value *, Crossing> known;
};

} // namespace mil
