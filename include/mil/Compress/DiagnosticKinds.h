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
MIL_DIAG(ConfigNamesNothing,    Warning, "config-names-nothing",   "'{}' is no {} of a weight of the model, or of what reads one{}")
MIL_DIAG(CompressNoProgram,     Error,   "compress-no-program",    "the model has no ML program to compress")
MIL_DIAG(CompressNothing,       Warning, "compress-nothing",       "no weight was compressed: {}")
MIL_DIAG(SizeNotReached,        Error,   "size-not-reached",       "the model can't be made smaller than {} bytes by these schemes; {} were asked for")

} // namespace mil::diag
// clang-format on
