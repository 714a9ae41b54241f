// Random values for weights whose file is missing, so that a model without its weights can be run.
#pragma once

#include "mil/IR/Model.h"

namespace mil {

/// Gives every constant whose weight file is missing random values that depend on the seed: floats that keep the scale of activations
/// (uniform, with variance 1 / inputs; not negative if a logarithm or root of the product follows; vectors from 0.1 to 1, because variances
/// and scales must be positive), random bits for small integers, as many set bits in masks as there are data elements, else zeros. Lookup
/// tables and scales of compressed weights are chosen so that the decompressed weights have the same scale. Also in the models of a
/// pipeline. Memory is only used for constants that are read.
void giveRandomWeights(Model &model, uint64_t seed);

} // namespace mil
