// Loops over one row of fp32 values, for softmax, normalisations, reductions and pools. The order of a sum only depends on the number of
// its elements.
#pragma once

#include <cstddef>

namespace mil::fast {

float sumOf(const float *values, size_t count);
/// Σ (v - center)².
float squaresOf(const float *values, size_t count, float center);
/// Σ |v|.
float magnitudesOf(const float *values, size_t count);
/// The greatest, or the smallest, value; the first one of several equal ones; NaN if any value is NaN; -inf, or inf, for an empty row.
float greatestOf(const float *values, size_t count);
float smallestOf(const float *values, size_t count);
/// v = e^(v - shift) for each; returns their sum.
float exponentials(float *values, size_t count, float shift);
/// v = (v - shift) · scale for each.
void shiftAndScale(float *values, size_t count, float shift, float scale);
/// into += factor · values.
void addScaled(float *into, const float *values, size_t count, float factor);
/// into += values².
void addSquares(float *into, const float *values, size_t count);
/// into = the greater, or the smaller, of the two values; the old one if they are equal; NaN if one of them is.
void keepGreater(float *into, const float *values, size_t count);
void keepSmaller(float *into, const float *values, size_t count);
/// v = e^v / Σ e^v for each, in double, for Precision::Exact.
void softmaxExactly(double *values, size_t count);

} // namespace mil::fast
