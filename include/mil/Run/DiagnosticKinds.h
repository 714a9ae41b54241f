// Diagnostics of planning and running programs. mil/Support/Diagnostics.h explains the columns.
#pragma once

#include "mil/Support/Diagnostics.h"

// clang-format off
namespace mil::diag {

MIL_DIAG(NotComputed,           Error,   "not-computed",           "cannot compute operation '{}': {}")
MIL_DIAG(CannotDecompress,      Error,   "cannot-decompress",      "cannot decompress '{}': its weights are missing or don't match its type")
MIL_DIAG(WeightsMissing,        Error,   "weights-missing",        "weight file '{}' is missing")
MIL_DIAG(MissingInput,          Error,   "missing-input",          "function '{}': no value for input '{}' of type {}")
MIL_DIAG(NoSuchInput,           Error,   "no-such-input",          "function '{}' has no {} '{}'; it has {}")
MIL_DIAG(NoImageInput,          Error,   "no-image-input",         "input '{}' of type {} can't take an image: it must be described as an image and have shape [1, 3 or 1, height, width]")
MIL_DIAG(BadInputText,          Error,   "bad-input-text",         "'{}': {}")
MIL_DIAG(InputNotAllowed,       Error,   "input-not-allowed",      "input '{}' expects {}, not shape {}")
MIL_DIAG(RunFunctionMissing,    Error,   "run-function-missing",   "the model has no function '{}'; it has {}")
MIL_DIAG(CannotRunModel,        Error,   "cannot-run-model",       "only ML programs, and pipelines of them, can be run, but {} is {}")
MIL_DIAG(RunOtherModels,        Note,    "run-other-models",       "each ML program of the pipeline can be run alone: {}")
MIL_DIAG(RunShapeHint,          Note,    "run-shape-hint",         "input '{}' had shape {}, because its sizes are unknown; set others with --shape {}={}")
MIL_DIAG(RandomInput,           Warning, "random-input",           "'{}' has no array for input '{}': it is random")
MIL_DIAG(InputKind,             Error,   "input-kind",             "function '{}': {} '{}' expects {}, not {}")
MIL_DIAG(InputNumber,           Error,   "input-number",           "function '{}': {} '{}' has type {}, which can't represent {}, the value of element {}")
MIL_DIAG(ValueDiffers,          Error,   "value-differs",          "computed a value of type {} for '{}', which is declared as {}")
MIL_DIAG(TooMuchMemory,         Error,   "too-much-memory",        "operation '{}' needs {} bytes in addition to the {} in use; the limit is {}")
MIL_DIAG(InterfaceTooLarge,     Error,   "interface-too-large",    "the inputs and states of function '{}' take {} bytes; the limit is {}")
MIL_DIAG(LoopTooLong,           Error,   "loop-too-long",          "the loop has not ended after {} iterations")
MIL_DIAG(RewriteDiffers,        Error,   "rewrite-differs",        "function '{}': output '{}' changed by up to {} on random inputs of seed {}")
MIL_DIAG(RewriteParts,          Note,    "rewrite-parts",          "the results first differ at {}")
MIL_DIAG(RunCancelled,          Error,   "run-cancelled",          "the run was cancelled")

} // namespace mil::diag
// clang-format on
