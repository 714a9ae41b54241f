// Diagnostics of reading and writing files, and of the diagnostic engine itself. Diagnostics.h explains the columns.
#pragma once

#include "mil/Support/Diagnostics.h"

// clang-format off
namespace mil::diag {

MIL_DIAG(TooManyErrors,         Note,    "too-many-errors",        "too many errors; only the first {} are shown")
MIL_DIAG(Interrupted,           Error,   "interrupted",            "interrupted")

MIL_DIAG(CannotRead,            Error,   "cannot-read",            "cannot read '{}': {}")
MIL_DIAG(ForeignFile,           Error,   "foreign-file",           "cannot read '{}': it is {}")
MIL_DIAG(ForeignFileAdvice,     Note,    "foreign-file-advice",    "{}")
MIL_DIAG(CannotWrite,           Error,   "cannot-write",           "cannot write '{}': {}")
MIL_DIAG(OutputExists,          Error,   "output-exists",          "'{}' already exists; use --force to replace it")
MIL_DIAG(OldOutputLeft,         Warning, "old-output-left",        "'{}' is written, but the previous output could not be removed and is now '{}': {}")
MIL_DIAG(OutputIsInput,         Error,   "output-is-input",        "output '{}' is also an input")

} // namespace mil::diag
// clang-format on
