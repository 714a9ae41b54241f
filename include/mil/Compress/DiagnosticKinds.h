// Diagnostics of compressing weights. Diagnostics.h explains the columns.
#pragma once

#include "mil/Support/Diagnostics.h"

// clang-format off
namespace mil::diag {

MIL_DIAG(ConfigSyntax,          Error,   "config-syntax",          "cannot read the configuration: {}")
MIL_DIAG(ConfigUnknownKey,      Error,   "config-unknown-key",     "{} has no key '{}'{}")
MIL_DIAG(ConfigTwice,           Error,   "config-twice",           "'{}' is specified twice")
MIL_DIAG(ConfigBadValue,        Error,   "config-bad-value",       "'{}' expects {}, not '{}'")
MIL_DIAG(ConfigNoType,          Error,   "config-no-type",         "this entry has no config_type, and the configuration has no global one")
MIL_DIAG(ConfigContradiction,   Error,   "config-contradiction",   "{}")
MIL_DIAG(ConfigNamesNothing,    Warning, "config-names-nothing",   "no weight or operation that the configuration applies to has the {} '{}'{}")
MIL_DIAG(CompressNoProgram,     Error,   "compress-no-program",    "the model has no ML program to compress")
MIL_DIAG(NothingToChoose,       Error,   "nothing-to-choose",      "the model has no weight that can be compressed: a weight needs at least two dimensions, more than {} elements of fp16 or fp32, and an operation that uses it")
MIL_DIAG(CompressNothing,       Warning, "compress-nothing",       "no weight was compressed: {}")
MIL_DIAG(NothingAgain,          Error,   "nothing-again",          "configuration {} can't be combined with the earlier ones: '{}' is not compressed again: {}")
MIL_DIAG(LeftAgain,             Warning, "left-again",             "configuration {} leaves {} weights as they are, such as '{}': {}")
MIL_DIAG(SizeNotReached,        Error,   "size-not-reached",       "with these schemes the model can't be smaller than {} bytes; {} were requested")
MIL_DIAG(NoData,                Error,   "no-data",                "no .npz file in '{}'")
MIL_DIAG(DataDoesNotFit,        Error,   "data-does-not-fit",      "the data of '{}' doesn't fit the model: {}")
MIL_DIAG(DataIsRandom,          Error,   "data-is-random",         "calibration needs real data, not random numbers: pass a few hundred typical inputs of the model")
MIL_DIAG(ActivationsNeedData,   Error,   "activations-need-data",  "quantizing activations needs data (--data) to determine the ranges of values")
MIL_DIAG(BadImportance,         Error,   "bad-importance",         "'{}': array '{}' contains negative, infinite or NaN numbers, which are not valid importances")
MIL_DIAG(ImportanceShape,       Error,   "importance-shape",       "weight '{}': found {} importances for {} elements")

} // namespace mil::diag
// clang-format on
