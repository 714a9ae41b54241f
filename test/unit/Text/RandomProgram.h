// Random programs with every construct of the language: for properties that must hold of all.
#pragma once

#include "mil/IR/Program.h"
#include <memory>
#include <random>

namespace mil::test {

/// A structurally valid program; the same seed gives the same one.
std::unique_ptr<Program> randomProgram(Context &context, unsigned seed);
/// A literal of a random type.
const Literal *randomLiteral(Context &context, std::minstd_rand &random);

} // namespace mil::test
