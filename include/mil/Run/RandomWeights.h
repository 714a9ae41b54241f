// Random numbers for weights whose file is missing, so that a model that was passed around without its weights can be run at all.
#pragma once

#include "mil/IR/Model.h"

namespace mil {

/// Gives every constant whose weight file was not found values that follow from the seed: floats whose products keep their scale (uniform,
/// of variance 1 / inputs; vectors from 0.1 to 1, as variances and scales must be positive), random bits of small integers, as many set bits
/// in masks as there is data for, else zeros. Tables and scales of compressed weights are such that the weights are of that size, too.
/// Models of a pipeline, too. Memory for them is taken only where they are read.
void giveRandomWeights(Model &model, uint64_t seed);

} // namespace mil
