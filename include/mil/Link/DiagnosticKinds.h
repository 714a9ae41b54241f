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

MIL_DIAG(SliceNotProgram,       Error,   "slice-not-program",      "'{}' is {}; only ML programs can be taken apart")
MIL_DIAG(SliceNoFunctions,      Error,   "slice-no-functions",     "'{}' has no functions")
MIL_DIAG(SliceUnknownFunction,  Error,   "slice-unknown-function", "'{}' has no function '{}'; it has {}")
MIL_DIAG(SliceSpecialized,      Error,   "slice-specialized",      "function '{}' has blocks for other opsets; what it does can't be taken apart")
MIL_DIAG(SliceUnknownValue,     Error,   "slice-unknown-value",    "function '{}' has no value or operation '{}'")
MIL_DIAG(SliceNotAStep,         Error,   "slice-not-a-step",       "'{}' is {}, not what an operation computes")
MIL_DIAG(SliceCrossing,         Error,   "slice-crossing",         "'{}' of type {} can't go from one model to another: {}")
MIL_DIAG(SliceItemLeftOut,      Warning, "slice-item-left-out",    "'{}' of '{}' is left out: it is about the whole model")
MIL_DIAG(SliceTrainingLeftOut,  Warning, "slice-training-left-out", "what '{}' has for training is left out: it is about the whole model")
MIL_DIAG(ExtractSeveral,        Error,   "extract-several",        "values are those of one function: say which of {}")
MIL_DIAG(ExtractDefault,        Error,   "extract-default",        "'{}' can't be the default function; there are {}")
MIL_DIAG(ExtractInput,          Error,   "extract-input",          "'{}' can't be an input: what leads to the outputs {}")
MIL_DIAG(SplitNothing,          Error,   "split-nothing",          "there can't be a cut behind '{}': {}")
MIL_DIAG(SplitState,            Error,   "split-state",            "there can't be a cut behind '{}': state '{}' is in use from '{}' to '{}' and is changed there, and a state belongs to one model")
MIL_DIAG(SplitValue,            Error,   "split-value",            "there can't be a cut behind '{}': '{}' of type {} can't go from one model to another: {}")
MIL_DIAG(SplitNearest,          Note,    "split-nearest",          "cuts are possible {}")
MIL_DIAG(SplitTooFew,           Error,   "split-too-few",          "function '{}' has {} operations, between which {} cuts are possible: too few for {} parts")
MIL_DIAG(SplitWhyFew,           Note,    "split-why-few",          "{} cuts would part the uses of a state that is changed, {} the uses of a value that can't go from one model to another")
MIL_DIAG(SplitTooHeavy,         Error,   "split-too-heavy",        "{} take {} bytes of weights, more than the {} that a part may have: {}")
MIL_DIAG(SplitEmptyPart,        Error,   "split-empty-part",       "part {} of function '{}', from '{}' to '{}', would have no {}")
MIL_DIAG(SplitUneven,           Error,   "split-uneven",           "function '{}' comes to {} parts, function '{}' to {}: split one function at a time, or give the number of parts")
MIL_DIAG(PartsListBad,          Error,   "parts-list-bad",         "parts.json can't be used: {}")
MIL_DIAG(SplitFolderForeign,    Error,   "split-folder-foreign",   "'{}' was not written by split (it has no parts.json) and is not replaced")

MIL_DIAG(UnifyTooFew,           Error,   "unify-too-few",          "one function is nothing to unify; give two or more")
MIL_DIAG(UnifyDiffers,          Error,   "unify-differs",          "'{}' and '{}' are not the same program: {}")
MIL_DIAG(UnifyThere,            Note,    "unify-there",            "in '{}': {}")
MIL_DIAG(UnifyHint,             Note,    "unify-hint",             "{}")
MIL_DIAG(UnifyConstant,         Error,   "unify-constant",         "'{}' ({} of {}) is another constant in '{}', and {}")
MIL_DIAG(UnifyState,            Error,   "unify-state",            "the sizes of state '{}' differ, and follow from no size of an input")
MIL_DIAG(UnifyFlexible,         Error,   "unify-flexible",         "the sizes of input '{}' differ, and it has shapes to choose from already, or is no array or image")
MIL_DIAG(PipelineTooFew,        Error,   "pipeline-too-few",       "a pipeline has two models or more")
MIL_DIAG(PipelineModel,         Error,   "pipeline-model",         "model {} of the pipeline {}")
MIL_DIAG(BindArray,             Error,   "bind-array",             "array '{}' can't be bound: {}")

} // namespace mil::diag
// clang-format on
