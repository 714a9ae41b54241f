// Diagnostics of merging, unifying, binding, extracting, splitting and pipelines. Diagnostics.h explains the columns.
#pragma once

#include "mil/Support/Diagnostics.h"

// clang-format off
namespace mil::diag {

MIL_DIAG(MergeNotProgram,       Error,   "merge-not-program",      "'{}' is {}; only ML programs can be merged")
MIL_DIAG(MergeNoFunctions,      Error,   "merge-no-functions",     "'{}' has no functions to merge")
MIL_DIAG(MergeUnknownFunction,  Error,   "merge-unknown-function", "'{}' has no function '{}'; it has {}")
MIL_DIAG(MergeNameOfSeveral,    Error,   "merge-name-of-several",  "'{}' can't be the name of all functions of '{}' ({}); select one, as in {}={}:{}")
MIL_DIAG(MergeBadName,          Error,   "merge-bad-name",         "'{}' is not a valid function name: names consist of letters, digits and _, don't start with a digit, and are not keywords")
MIL_DIAG(MergeNameClash,        Error,   "merge-name-clash",       "two functions would be named '{}': {} and {}; rename one, as in NAME={}")
MIL_DIAG(MergeUnknownDefault,   Error,   "merge-unknown-default",  "no function '{}' to make the default; the functions are {}")
MIL_DIAG(MergeUnknownSource,    Error,   "merge-unknown-source",   "cannot take metadata from '{}': it is neither the path of an input nor a function; the functions are {}")
MIL_DIAG(MergeMetadataDiffers,  Warning, "merge-metadata-differs", "{} differs: '{}' of {} is kept, '{}' of {} is dropped")
MIL_DIAG(MergeNotDescribed,     Warning, "merge-not-described",    "'{}' has no description of function '{}'; its interface is derived from its signature")
MIL_DIAG(MergeItemLeftOut,      Warning, "merge-item-left-out",    "'{}' of '{}' is dropped: it applies to that model only")
MIL_DIAG(MergeTrainingLeftOut,  Warning, "merge-training-left-out", "the training parameters of '{}' are dropped: a multifunction model can't be trained")

MIL_DIAG(SliceNotProgram,       Error,   "slice-not-program",      "'{}' is {}; only ML programs can be extracted from or split")
MIL_DIAG(SliceNoFunctions,      Error,   "slice-no-functions",     "'{}' has no functions")
MIL_DIAG(SliceUnknownFunction,  Error,   "slice-unknown-function", "'{}' has no function '{}'; it has {}")
MIL_DIAG(SliceSpecialized,      Error,   "slice-specialized",      "function '{}' has blocks for several opsets and can't be split")
MIL_DIAG(SliceUnknownValue,     Error,   "slice-unknown-value",    "function '{}' has no value or operation '{}'")
MIL_DIAG(SliceNotAStep,         Error,   "slice-not-a-step",       "'{}' is {}, not the result of an operation")
MIL_DIAG(SliceCrossing,         Error,   "slice-crossing",         "'{}' of type {} can't be passed between models: {}")
MIL_DIAG(SliceItemLeftOut,      Warning, "slice-item-left-out",    "'{}' of '{}' is dropped: it applies to the whole model")
MIL_DIAG(SliceTrainingLeftOut,  Warning, "slice-training-left-out", "the training parameters of '{}' are dropped: they apply to the whole model")
MIL_DIAG(ExtractSeveral,        Error,   "extract-several",        "values belong to one function: select one of {}")
MIL_DIAG(ExtractDefault,        Error,   "extract-default",        "'{}' can't be the default function; the functions are {}")
MIL_DIAG(ExtractInput,          Error,   "extract-input",          "'{}' can't be an input: the computation of the outputs {}")
MIL_DIAG(SplitNothing,          Error,   "split-nothing",          "cannot cut after '{}': {}")
MIL_DIAG(SplitState,            Error,   "split-state",            "cannot cut after '{}': state '{}' is used from '{}' to '{}' and written there, and models can't share a state")
MIL_DIAG(SplitValue,            Error,   "split-value",            "cannot cut after '{}': '{}' of type {} can't be passed between models: {}")
MIL_DIAG(SplitNearest,          Note,    "split-nearest",          "cuts are possible {}")
MIL_DIAG(SplitTooFew,           Error,   "split-too-few",          "function '{}' has {} operations and {} possible cuts, too few for {} parts")
MIL_DIAG(SplitWhyFew,           Note,    "split-why-few",          "{} cuts would separate operations that share a written state, {} would separate uses of a value that can't be passed between models")
MIL_DIAG(SplitTooHeavy,         Error,   "split-too-heavy",        "{} take {} bytes of weights, more than the limit of {} bytes for a part: {}")
MIL_DIAG(SplitEmptyPart,        Error,   "split-empty-part",       "part {} of function '{}', from '{}' to '{}', would have no {}")
MIL_DIAG(SplitUneven,           Error,   "split-uneven",           "function '{}' would be split into {} parts, but function '{}' into {}: split one function at a time, or specify the number of parts")
MIL_DIAG(PartsListBad,          Error,   "parts-list-bad",         "cannot use parts.json: {}")
MIL_DIAG(SplitFolderForeign,    Error,   "split-folder-foreign",   "'{}' is not replaced: it has no parts.json and therefore was not written by 'milc split'")

MIL_DIAG(UnifyTooFew,           Error,   "unify-too-few",          "unify needs two or more functions")
MIL_DIAG(AdapterName,           Error,   "adapter-name",           "function '{}' can't be the name of a file of adapters: file names consist of letters, digits and _.-+, and don't start with . or -; give it another one, as in NAME=IN or NAME=IN:FUNCTION")
MIL_DIAG(UnifyDiffers,          Error,   "unify-differs",          "'{}' and '{}' are not the same program: {}")
MIL_DIAG(UnifyThere,            Note,    "unify-there",            "in '{}': {}")
MIL_DIAG(UnifyHint,             Note,    "unify-hint",             "{}")
MIL_DIAG(UnifyConstant,         Error,   "unify-constant",         "constant '{}' ({} of {}) differs in '{}', and {}")
MIL_DIAG(UnifyState,            Error,   "unify-state",            "the sizes of state '{}' differ and can't be derived from the sizes of the inputs")
MIL_DIAG(UnifyFlexible,         Error,   "unify-flexible",         "the sizes of input '{}' differ, but it already has flexible shapes, or is not an array or image")
MIL_DIAG(PipelineTooFew,        Error,   "pipeline-too-few",       "a pipeline needs two or more models")
MIL_DIAG(PipelineModel,         Error,   "pipeline-model",         "model {} of the pipeline {}")
MIL_DIAG(BindArray,             Error,   "bind-array",             "cannot bind array '{}': {}")

} // namespace mil::diag
// clang-format on
