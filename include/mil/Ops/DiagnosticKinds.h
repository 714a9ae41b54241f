// Diagnostics of binding operations to the catalogue and checking them against it. Diagnostics.h explains the columns.
#pragma once

#include "mil/Support/Diagnostics.h"

// clang-format off
namespace mil::diag {

MIL_DIAG(OpSignature,           Note,    "op-signature",           "the signature is {}")
MIL_DIAG(UnknownOperationStrict, Error,  "unknown-op-strict",      "unknown operation '{}'")
MIL_DIAG(OperationNotInOpset,   Error,   "op-not-in-opset",        "{} needs opset {}, but is used in opset {}")
MIL_DIAG(UnknownArgument,       Error,   "unknown-argument",       "{} has no argument '{}'; its signature is {}")
MIL_DIAG(MissingArgument,       Error,   "missing-argument",       "{} needs argument '{}': {}")
MIL_DIAG(ArgumentTwice,         Error,   "argument-twice",         "{}: argument '{}' is specified twice, as an argument and as an attribute")
MIL_DIAG(ArgumentNotConstant,   Error,   "argument-not-constant",  "{}: argument '{}' must be a constant, but is {}")
MIL_DIAG(ArgumentCount,         Error,   "argument-count",         "{}: argument '{}' needs {}, but has {}")
MIL_DIAG(ArgumentKind,          Error,   "argument-kind",          "{}: argument '{}' must be {}, but is {}")
MIL_DIAG(ArgumentDType,         Error,   "argument-dtype",         "{}: argument '{}' needs elements of type {}, but has {}")
MIL_DIAG(DTypesDiffer,          Error,   "dtypes-differ",          "{}: argument '{}' needs elements of type {}, but has {}")
MIL_DIAG(ArgumentChoice,        Error,   "argument-choice",        "{}: argument '{}' must be {}, but is {}")
MIL_DIAG(ArgumentRank,          Error,   "argument-rank",          "{}: argument '{}' needs {}, but has {}")
MIL_DIAG(ArgumentShape,         Error,   "argument-shape",         "{}: argument '{}' needs {}, but has shape {}")
MIL_DIAG(ArgumentValue,         Error,   "argument-value",         "{}: argument '{}' must be {}, but is {}")
MIL_DIAG(IndexOutOfRange,       Error,   "index-out-of-range",     "{}: argument '{}' must be {}, but is {}")
MIL_DIAG(AxisOutOfRange,        Error,   "axis-out-of-range",      "{}: argument '{}' must be {}, but is {}")
MIL_DIAG(AxisTwice,             Error,   "axis-twice",             "{}: argument '{}' must be {}, but is {}")
MIL_DIAG(BroadcastMismatch,     Error,   "broadcast-mismatch",     "{}: argument '{}' needs {}, but has shape {}")
MIL_DIAG(ShapeOverflow,         Error,   "shape-overflow",         "{}: argument '{}' needs {}")
MIL_DIAG(ResultType,            Error,   "result-type",            "{}: result '{}' must be {}, but is declared as {}")
MIL_DIAG(BlockCount,            Error,   "block-count",            "{} needs {} nested blocks, but has {}")
MIL_DIAG(BlockInputs,           Error,   "block-inputs",           "{}: block '{}' must take {}, but takes {}")
MIL_DIAG(BlockOutputs,          Error,   "block-outputs",          "{}: block '{}' must return {}, but returns {}")
MIL_DIAG(FoldBudget,            Warning, "fold-budget",            "the remaining operations on constants are not evaluated: their results would take more than {} bytes in total")
MIL_DIAG(StateUse,              Error,   "state-use",              "{}: argument '{}' can't be a state, but is {}")

} // namespace mil::diag
// clang-format on
