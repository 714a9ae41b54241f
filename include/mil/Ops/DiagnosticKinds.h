// What binding and checking operations against the catalogue reports. See Diagnostics.h for what the columns mean.
#pragma once

#include "mil/Support/Diagnostics.h"

// clang-format off
namespace mil::diag {

MIL_DIAG(OpSignature,           Note,    "op-signature",           "it is {}")
MIL_DIAG(ConstantDoesNotFit,    Error,   "constant-does-not-fit",  "{}: argument '{}': the constant doesn't fit {}")
MIL_DIAG(ConstantBytes,         Error,   "constant-bytes",         "constant '{}' of type {} takes {} bytes, found {}")
MIL_DIAG(ResultNotInferred,     Error,   "result-not-inferred",    "{}: the types of its results don't follow from its arguments: give them")
MIL_DIAG(FeatureWithoutValue,   Error,   "feature-without-value",  "function '{}': the description has {} '{}', the function doesn't")
MIL_DIAG(ValueWithoutFeature,   Error,   "value-without-feature",  "function '{}': the description lacks {} '{}'")
MIL_DIAG(FeatureKind,           Error,   "feature-kind",           "function '{}': '{}' is of type {}, but described as {}")
MIL_DIAG(FeatureDType,          Error,   "feature-dtype",          "function '{}': '{}' has elements of type {}, but is described with {}")
MIL_DIAG(InterfaceDType,        Warning, "interface-dtype",        "function '{}': '{}' has elements of type {}, which the interface of a model can't have")
MIL_DIAG(BeforePrograms,        Warning, "before-programs",        "the specification version is {}; ML programs came with {}")
MIL_DIAG(FeatureShape,          Error,   "feature-shape",          "function '{}': '{}' has the shape {}, but is described as {}")
MIL_DIAG(DescribedFunctionMissing, Error, "described-function-missing", "the description has a function '{}', the program doesn't")
MIL_DIAG(FunctionNotDescribed,  Error,   "function-not-described", "function '{}' is not in the description")
MIL_DIAG(DefaultFunctionMissing, Error,  "default-function-missing", "the default function '{}' is not one of the functions described")
MIL_DIAG(SpecificationTooLow,   Error,   "specification-too-low",  "the specification version is {}, but what is used needs {}")
MIL_DIAG(NoSuchFeature,         Error,   "no-such-feature",        "function '{}' has no input, output or state '{}' to describe")
MIL_DIAG(NoSuchFunction,        Error,   "no-such-function",       "there is no function '{}'")
MIL_DIAG(UnknownOperation,      Warning, "unknown-op",             "unknown operation '{}': nothing about it is checked")
MIL_DIAG(UnknownOperationStrict, Error,  "unknown-op-strict",      "unknown operation '{}'")
MIL_DIAG(UnknownOpset,          Warning, "unknown-opset",          "function '{}' has opset '{}', which is not known: its operations are checked as of {}")
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
MIL_DIAG(AxisOutOfRange,        Error,   "axis-out-of-range",      "{}: argument '{}': expected {}, found {}")
MIL_DIAG(AxisTwice,             Error,   "axis-twice",             "{}: argument '{}': expected {}, found {}")
MIL_DIAG(BroadcastMismatch,     Error,   "broadcast-mismatch",     "{}: argument '{}': expected {}, found {}")
MIL_DIAG(ShapeOverflow,         Error,   "shape-overflow",         "{}: argument '{}': expected {}, found {}")
MIL_DIAG(ResultRank,            Warning, "result-rank",            "{}: result '{}': expected at most rank {}, found {}")
MIL_DIAG(ResultCount,           Error,   "result-count",           "{}: expected {} results, found {}")
MIL_DIAG(ResultType,            Error,   "result-type",            "{}: result '{}': expected {}, found {}")
MIL_DIAG(BlockCount,            Error,   "block-count",            "{}: expected {} nested blocks, found {}")
MIL_DIAG(BlockInputs,           Error,   "block-inputs",           "{}: block '{}': expected {}, found {}")
MIL_DIAG(BlockOutputs,          Error,   "block-outputs",          "{}: block '{}': expected {}, found {}")
MIL_DIAG(StateUse,              Error,   "state-use",              "{}: argument '{}': expected {}, found {}")
MIL_DIAG(StateOutput,           Error,   "state-output",           "state '{}' is an output of a block of function '{}': states are only read and written")
MIL_DIAG(PipelineStage,         Error,   "pipeline-stage",         "the pipeline does not connect: {} {}")

} // namespace mil::diag
// clang-format on
