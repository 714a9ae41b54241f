// Diagnostics of verifying operations and models. Diagnostics.h explains the columns.
#pragma once

#include "mil/Support/Diagnostics.h"

// clang-format off
namespace mil::diag {

MIL_DIAG(FeatureWithoutValue,   Error,   "feature-without-value",  "function '{}': the description has {} '{}', but the function doesn't")
MIL_DIAG(ValueWithoutFeature,   Error,   "value-without-feature",  "function '{}': the description doesn't have {} '{}'")
MIL_DIAG(FeatureKind,           Error,   "feature-kind",           "function '{}': '{}' is of type {}, but is described as {}")
MIL_DIAG(FeatureDType,          Error,   "feature-dtype",          "function '{}': '{}' has elements of type {}, but is described with {}")
MIL_DIAG(InterfaceDType,        Warning, "interface-dtype",        "function '{}': '{}' has elements of type {}, which Core ML doesn't support for inputs and outputs")
MIL_DIAG(BeforePrograms,        Warning, "before-programs",        "the specification version is {}, but ML programs need {}")
MIL_DIAG(SpecificationVersion,  Error,   "specification-version",  "the specification version is {}, but versions start at 1")
MIL_DIAG(FeatureShape,          Error,   "feature-shape",          "function '{}': '{}' has the shape {}, but is described as {}")
MIL_DIAG(InterfaceRefused,      Error,   "interface-refused",      "function '{}': {} '{}' {}")
MIL_DIAG(InterfaceNotOfADevice, Warning, "interface-no-device",    "function '{}': {} '{}' {}")
MIL_DIAG(InterfaceAtRunTime,    Warning, "interface-run-time",     "function '{}': {}")
MIL_DIAG(DescribedFunctionMissing, Error, "described-function-missing", "the description has function '{}', but the program doesn't")
MIL_DIAG(FunctionNotDescribed,  Error,   "function-not-described", "function '{}' is not in the description")
MIL_DIAG(DefaultFunctionMissing, Error,  "default-function-missing", "the default function '{}' is not described")
MIL_DIAG(SpecificationTooLow,   Error,   "specification-too-low",  "the specification version is {}, but the model needs {}")
MIL_DIAG(UnknownType,           Warning, "unknown-type",           "'{}' has unknown type {}")
MIL_DIAG(UnknownTypeStrict,     Error,   "unknown-type-strict",    "'{}' has unknown type {}")
MIL_DIAG(UnknownOperation,      Warning, "unknown-op",             "unknown operation '{}' is not checked")
MIL_DIAG(UnknownOpset,          Warning, "unknown-opset",          "function '{}' has unknown opset '{}': its operations are checked against {}")
MIL_DIAG(ResultRank,            Warning, "result-rank",            "{}: result '{}' may have at most rank {}, but has {}")
MIL_DIAG(ResultCount,           Error,   "result-count",           "{}: expected {} results, found {}")
MIL_DIAG(MaskCount,             Error,   "mask-count",             "{}: {} has {} ones, but {} has {} elements")
MIL_DIAG(StateOutput,           Error,   "state-output",           "state '{}' is an output of a block of function '{}': states can only be read and written")
MIL_DIAG(PipelineStage,         Error,   "pipeline-stage",         "the models of the pipeline don't connect: {} {}")

} // namespace mil::diag
// clang-format on
