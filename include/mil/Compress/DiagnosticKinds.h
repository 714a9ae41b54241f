// What compressing weights reports. See Diagnostics.h for what the columns mean.
#pragma once

#include "mil/Support/Diagnostics.h"

// clang-format off
namespace mil::diag {

MIL_DIAG(ConfigSyntax,          Error,   "config-syntax",          "cannot read the configuration: {}")
MIL_DIAG(ConfigUnknownKey,      Error,   "config-unknown-key",     "{} has no key '{}'{}")
MIL_DIAG(ConfigTwice,           Error,   "config-twice",           "'{}' is given twice")
MIL_DIAG(ConfigBadValue,        Error,   "config-bad-value",       "'{}' takes {}, not '{}'")
MIL_DIAG(ConfigNoType,          Error,   "config-no-type",         "an entry has no config_type, and the configuration has none for all")
MIL_DIAG(ConfigContradiction,   Error,   "config-contradiction",   "{}")
MIL_DIAG(ConfigNamesNothing,    Warning, "config-names-nothing",   "no weight or operation that the configuration could be for has the {} '{}'{}")
MIL_DIAG(CompressNoProgram,     Error,   "compress-no-program",    "the model has no ML program to compress")
MIL_DIAG(NothingToChoose,       Error,   "nothing-to-choose",      "there is no weight to choose a scheme for: none has two dimensions, more than {} elements of fp16 or fp32, and something that reads it")
MIL_DIAG(CompressNothing,       Warning, "compress-nothing",       "no weight was compressed: {}")
MIL_DIAG(SizeNotReached,        Error,   "size-not-reached",       "the model can't be made smaller than {} bytes by these schemes; {} were asked for")
MIL_DIAG(NoData,                Error,   "no-data",                "there is no .npz file in '{}'")
MIL_DIAG(DataDoesNotFit,        Error,   "data-does-not-fit",      "the data of '{}' doesn't fit the model: {}")
MIL_DIAG(DataIsRandom,          Error,   "data-is-random",         "random numbers are no data to learn from: ranges and errors of layers would be those of noise; give some hundred inputs of the kind that the model is for")
MIL_DIAG(ActivationsNeedData,   Error,   "activations-need-data",  "the ranges of activations are found in data, and there is none")
MIL_DIAG(BadImportance,         Error,   "bad-importance",         "'{}': array '{}' has negative or infinite numbers or NaN, which can't say how much an element matters")
MIL_DIAG(ImportanceShape,       Error,   "importance-shape",       "the numbers that say how much elements of '{}' matter are {}, the weight has {}")

} // namespace mil::diag
// clang-format on
