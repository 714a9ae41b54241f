// Diagnostics of editing models. Diagnostics.h explains the columns.
#pragma once

#include "mil/Support/Diagnostics.h"

// clang-format off
namespace mil::diag {

MIL_DIAG(EditNotProgram,        Error,   "edit-not-program",       "cannot edit functions and features: the model is {}")
MIL_DIAG(EditNothing,           Error,   "edit-nothing",           "no {} named '{}'; the model has {}")
MIL_DIAG(EditName,              Error,   "edit-name",              "'{}' can't be called '{}': {}")
MIL_DIAG(EditRefused,           Error,   "edit-refused",           "function '{}': '{}' {}")

} // namespace mil::diag
// clang-format on
