// Diagnostics of reproducing the compiler's output. Diagnostics.h explains the columns.
#pragma once

#include "mil/Support/Diagnostics.h"

// clang-format off
namespace mil::diag {

MIL_DIAG(MalformedCompiledModel, Error,  "malformed-coremldata",   "malformed coremldata.bin at byte {}: {}")
MIL_DIAG(CompileUnknown,        Error,   "compile-unknown",        "cannot compile {}: Core ML's output for it is not known (--best-effort writes what may be right)")
MIL_DIAG(CompileGuess,          Warning, "compile-guess",          "{} may be compiled differently by Core ML: its output for this is not known")
MIL_DIAG(NotCompilable,         Error,   "not-compilable",         "cannot compile {}: it is neither an ML program nor a pipeline of ML programs")
MIL_DIAG(NotDescribed,          Error,   "not-described",          "cannot compile {}: it has no description")

} // namespace mil::diag
// clang-format on
