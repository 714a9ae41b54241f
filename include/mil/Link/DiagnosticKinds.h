// What putting models together reports. See Diagnostics.h for what the columns mean.
#pragma once

#include "mil/Support/Diagnostics.h"

// clang-format off
namespace mil::diag {

MIL_DIAG(MergeNotProgram,       Error,   "merge-not-program",      "'{}' is {}; only ML programs can be merged")
MIL_DIAG(MergeNoFunctions,      Error,   "merge-no-functions",     "'{}' has no functions to merge")
MIL_DIAG(MergeUnknownFunction,  Error,   "merge-unknown-function", "'{}' has no function '{}'; it has {}")
MIL_DIAG(MergeNameOfSeveral,    Error,   "merge-name-of-several",  "'{}' can't name all functions of '{}' ({}); say which, as in {}={}:{}")
MIL_DIAG(MergeBadName,          Error,   "merge-bad-name",         "'{}' can't name a function: names have letters, digits and _, don't begin with a digit, and are not words of the language")
MIL_DIAG(MergeNameClash,        Error,   "merge-name-clash",       "two functions would be called '{}': {} and {}; name one, as in NAME={}")
MIL_DIAG(MergeUnknownDefault,   Error,   "merge-unknown-default",  "no function '{}' to be the default; there are {}")
MIL_DIAG(MergeUnknownSource,    Error,   "merge-unknown-source",   "metadata can't be taken from '{}': no input has that path, and the functions are {}")
MIL_DIAG(MergeMetadataDiffers,  Warning, "merge-metadata-differs", "{} differs: '{}' of {} is kept, '{}' of {} is not")
MIL_DIAG(MergeNotDescribed,     Warning, "merge-not-described",    "'{}' doesn't describe the interface of function '{}'; it is taken from the function's signature")
MIL_DIAG(MergeItemLeftOut,      Warning, "merge-item-left-out",    "'{}' of '{}' is left out: it is about that model alone")
MIL_DIAG(MergeTrainingLeftOut,  Warning, "merge-training-left-out", "what '{}' has for training is left out: a model with a list of functions can't be trained")

} // namespace mil::diag
// clang-format on
