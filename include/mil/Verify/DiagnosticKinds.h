// What verifying operations and models reports. See Diagnostics.h for what the columns mean.
#pragma once

#include "mil/Support/Diagnostics.h"

// clang-format off
namespace mil::diag {

MIL_DIAG(FeatureWithoutValue,   Error,   "feature-without-value",  "function '{}': the description has {} '{}', the function doesn't")
MIL_DIAG(ValueWithoutFeature,   Error,   "value-without-feature",  "function '{}': the description lacks {} '{}'")
MIL_DIAG(FeatureKind,           Error,   "feature-kind",           "function '{}': '{}' is of type {}, but described as {}")
MIL_DIAG(FeatureDType,          Error,   "feature-dtype",          "function '{}': '{}' has elements of type {}, but is described with {}")
MIL_DIAG(InterfaceDType,        Warning, "interface-dtype",        "function '{}': '{}' has elements of type {}, which the interface of a model can't have")
MIL_DIAG(BeforePrograms,        Warning, "before-programs",        "the specification version is {}; ML programs came with {}")
MIL_DIAG(FeatureShape,          Error,   "feature-shape",          "function '{}': '{}' has the shape {}, but is described as {}")
MIL_DIAG(InterfaceRefused,      Error,   "interface-refused",      "function '{}': {} '{}' {}")
MIL_DIAG(InterfaceNotOfADevice, Warning, "interface-no-device",    "function '{}': {} '{}' {}")
MIL_DIAG(InterfaceAtRunTime,    Warning, "interface-run-time",     "function '{}': {}")
MIL_DIAG(DescribedFunctionMissing, Error, "described-function-missing", "the description has a function '{}', the program doesn't")
MIL_DIAG(FunctionNotDescribed,  Error,   "function-not-described", "function '{}' is not in the description")
MIL_DIAG(DefaultFunctionMissing, Error,  "default-function-missing", "the default function '{}' is not one of the functions described")
MIL_DIAG(SpecificationTooLow,   Error,   "specification-too-low",  "the specification version is {}, but what is used needs {}")
MIL_DIAG(UnknownType,           Warning, "unknown-type",           "'{}' is of the type {}, which is not known")
MIL_DIAG(UnknownTypeStrict,     Error,   "unknown-type-strict",    "'{}' is of the type {}, which is not known")
MIL_DIAG(UnknownOperation,      Warning, "unknown-op",             "unknown operation '{}': nothing about it is checked")
MIL_DIAG(UnknownOpset,          Warning, "unknown-opset",          "function '{}' has opset '{}', which is not known: its operations are checked as of {}")
MIL_DIAG(ResultRank,            Warning, "result-rank",            "{}: result '{}' may have at most rank {}, but has {}")
MIL_DIAG(ResultCount,           Error,   "result-count",           "{}: the definition gives {} results, but there are {}")
MIL_DIAG(StateOutput,           Error,   "state-output",           "state '{}' is an output of a block of function '{}': states are only read and written")
MIL_DIAG(PipelineStage,         Error,   "pipeline-stage",         "the pipeline does not connect: {} {}")

} // namespace mil::diag
// clang-format on
