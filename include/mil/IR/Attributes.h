// Attributes: the named literals of programs, functions, blocks and operations, sorted by name.
#pragma once

#include "mil/IR/ArenaVector.h"
#include "mil/IR/Value.h"

namespace mil {

class Program;
class Function;

/// A named literal.
struct Attribute {
  Name name;
  const Literal *value = nullptr;
};

/// CRTP base of the classes that have attributes.
template <typename Owner> class Attributed {
public:
  llvm::ArrayRef<Attribute> attributes() const { return list; }
  /// The value of an attribute; null if it doesn't exist.
  const Literal *attribute(llvm::StringRef name) const;
  /// Adds an attribute or changes its value.
  void setAttribute(Name name, const Literal *value);
  /// Removes an attribute, if it exists.
  void removeAttribute(llvm::StringRef name);

private:
  friend Owner;
  Attributed() = default;

  ArenaVector<Attribute> list;
};

extern template class Attributed<Program>;
extern template class Attributed<Function>;
extern template class Attributed<Block>;
extern template class Attributed<Operation>;

} // namespace mil
