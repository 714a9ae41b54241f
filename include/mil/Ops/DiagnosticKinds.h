// What binding and checking operations against the catalogue reports. See Diagnostics.h for what the columns mean.
#pragma once

#include "mil/Support/Diagnostics.h"

// clang-format off
namespace mil::diag {

MIL_DIAG(OpSignature,           Note,    "op-signature",           "it is {}")
MIL_DIAG(UnknownOperationStrict, Error,  "unknown-op-strict",      "unknown operation '{}'")
MIL_DIAG(OperationNotInOpset,   Error,   "op-not-in-opset",        "{}: expected an opset of {} or later, found {}")
MIL_DIAG(UnknownArgument,       Error,   "unknown-argument",       "{}: no argument '{}' in {}")
MIL_DIAG(MissingArgument,       Error,   "missing-argument",       "{}: argument '{}': expected {}, found nothing")
MIL_DIAG(ArgumentTwice,         Error,   "argument-twice",         "{}: argument '{}': expected {}, found {}")
MIL_DIAG(ArgumentNotConstant,   Error,   "argument-not-constant",  "{}: argument '{}': expected {}, found {}")
MIL_DIAG(ArgumentCount,         Error,   "argument-count",         "{}: argument '{}': expected {}, found {}")
MIL_DIAG(ArgumentKind,          Error,   "argument-kind",          "{}: argument '{}': expected {}, found {}")
MIL_DIAG(ArgumentDType,         Error,   "argument-dtype",         "{}: argument '{}': expected {}, found {}")
MIL_DIAG(DTypesDiffer,          Error,   "dtypes-differ",          "{}: argument '{}': expected {}, found {}")
MIL_DIAG(ArgumentChoice,        Error,   "argument-choice",        "{}: argument '{}': expected {}, found {}")
MIL_DIAG(ArgumentRank,          Error,   "argument-rank",          "{}: argument '{}': expected {}, found {}")
MIL_DIAG(ArgumentShape,         Error,   "argument-shape",         "{}: argument '{}': expected {}, found {}")
MIL_DIAG(ArgumentValue,         Error,   "argument-value",         "{}: argument '{}': expected {}, found {}")
MIL_DIAG(IndexOutOfRange,       Error,   "index-out-of-range",     "{}: argument '{}': expected {}, found {}")
MIL_DIAG(AxisOutOfRange,        Error,   "axis-out-of-range",      "{}: argument '{}': expected {}, found {}")
MIL_DIAG(AxisTwice,             Error,   "axis-twice",             "{}: argument '{}': expected {}, found {}")
MIL_DIAG(BroadcastMismatch,     Error,   "broadcast-mismatch",     "{}: argument '{}': expected {}, found {}")
MIL_DIAG(ShapeOverflow,         Error,   "shape-overflow",         "{}: argument '{}': expected {}, found {}")
MIL_DIAG(ResultType,            Error,   "result-type",            "{}: result '{}': expected {}, found {}")
MIL_DIAG(BlockCount,            Error,   "block-count",            "{}: expected {} nested blocks, found {}")
MIL_DIAG(BlockInputs,           Error,   "block-inputs",           "{}: block '{}': expected {}, found {}")
MIL_DIAG(BlockOutputs,          Error,   "block-outputs",          "{}: block '{}': expected {}, found {}")
MIL_DIAG(FoldBudget,            Warning, "fold-budget",            "what is left of the operations on constants is not computed: the results would take more than {} bytes in all")
MIL_DIAG(StateUse,              Error,   "state-use",              "{}: argument '{}': expected {}, found {}")

} // namespace mil::diag
// clang-format on
