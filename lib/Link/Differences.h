// The constants that differ between aligned functions.
#pragma once

#include "Alignment.h"

namespace mil {

/// The place of a constant in an operation of the first function.
struct ConstantPlace {
  Operation *op = nullptr;
  Name name; ///< of the argument or attribute
  unsigned binding = 0;
  bool isAttribute = false;

  /// The constant at this place in function `i`.
  const Literal *literal(const Alignment &alignment, size_t i) const;
};

/// A constant that differs. Places with the same constants in every function are combined.
struct DifferingConstant {
  std::string name;                             ///< that of the constant in the first function
  llvm::SmallVector<const Literal *, 4> values; ///< one per function
  std::vector<ConstantPlace> places;

  Type type() const { return values[0]->type(); }
  /// Whether it has the same type in all functions.
  bool hasOneType() const {
    return llvm::all_of(values, [&](const Literal *value) { return value->type() == type(); });
  }
  /// The first function in which it differs from the first function.
  size_t firstOther(const ConstantEquivalence &identity) const;
};

/// All constants that differ, in the order of the first function. Linear in the program.
std::vector<DifferingConstant> differingConstants(const Alignment &alignment, const ConstantEquivalence &identity);

} // namespace mil
