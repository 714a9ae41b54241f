// Programs that no converter would write, of any size: long chains of one operation, values with very many uses, deep nests, names and
// constants that clash. What they compute doesn't matter; that passes stay linear on them does.
#pragma once

#include "mil/Build/FunctionBuilder.h"
#include <ostream>

namespace mil::test {

struct Pathology {
  const char *name;
  /// Builds a function of iOS18 and about `operations` operations, more or less by a constant factor.
  void (*build)(FunctionBuilder &function, size_t operations);
  /// The number of operations that `build` gets if the program consists of copies of one function; 0: it is one large function.
  size_t operationsOfCopy = 0;

  /// So that tests are named alike in every run.
  friend void PrintTo(const Pathology &pathology, std::ostream *out) { *out << pathology.name; }
};

/// All of them.
llvm::ArrayRef<Pathology> pathologies();

/// The program of one, not verified but by the builder; null (with a message on standard error) if it isn't a program.
std::unique_ptr<Program> build(const Pathology &pathology, Context &context, size_t operations);

} // namespace mil::test
