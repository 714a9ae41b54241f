// The constants that functions of one program have in the same places and that are not the same.
#pragma once

#include "Alignment.h"

namespace mil {

/// Where an operation of the first function holds a constant.
struct ConstantPlace {
  Operation *op = nullptr;
  Name name; ///< of the argument or attribute
  unsigned binding = 0;
  bool isAttribute = false;

  /// The argument's or attribute's constant in function `i`.
  const Literal *literal(const Alignment &alignment, size_t i) const;
};

/// A constant that differs. Places that hold the same constants in every function are one.
struct DifferingConstant {
  std::string name;                             ///< that of the constant in the first function
  llvm::SmallVector<const Literal *, 4> values; ///< one a function
  std::vector<ConstantPlace> places;

  Type type() const { return values[0]->type(); }
  /// Whether it has the same type in all functions.
  bool hasOneType() const {
    return llvm::all_of(values, [&](const Literal *value) { return value->type() == type(); });
  }
  /// The first function in which it isn't what it is in the first.
  size_t firstOther(const ConstantEquivalence &identity) const;
};

/// All that differ, in the order of the first function. Linear in the program.
std::vector<DifferingConstant> differingConstants(const Alignment &alignment, const ConstantEquivalence &identity);

} // namespace mil
