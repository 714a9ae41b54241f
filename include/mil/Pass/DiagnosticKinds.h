// Diagnostics of passes and pipelines. Diagnostics.h explains the columns.
#pragma once

#include "mil/Support/Diagnostics.h"

// clang-format off
namespace mil::diag {

MIL_DIAG(UnknownPass,           Error,   "unknown-pass",           "unknown pass '{}'{}")
MIL_DIAG(UnknownPassOption,     Error,   "unknown-pass-option",    "pass '{}' has no option '{}'{}")
MIL_DIAG(BadPassOption,         Error,   "bad-pass-option",        "option '{}' of pass '{}' expects {}, not '{}'")
MIL_DIAG(UnknownPipeline,       Error,   "unknown-pipeline",       "unknown pipeline '{}'{}")
MIL_DIAG(PassNotInPipeline,     Error,   "pass-not-in-pipeline",   "pass '{}' is not in the pipeline")
MIL_DIAG(PipelineSyntax,        Error,   "pipeline-syntax",        "cannot parse the passes '{}': {}")
MIL_DIAG(PassHidChange,         Error,   "pass-hid-change",        "pass '{}' changed the program but reported no change")
MIL_DIAG(OptRefused,            Error,   "opt-refused",            "the program is invalid; no pass was run")
MIL_DIAG(OptNoProgram,          Warning, "opt-no-program",         "the model has no ML program; no pass was run")
MIL_DIAG(PassChangedStage,      Error,   "pass-changed-stage",     "the passes changed the interface of model {} of the pipeline, which its other models depend on")
MIL_DIAG(PassesDidNotSettle,    Warning, "passes-did-not-settle",  "the passes still change the program after {} rounds")
MIL_DIAG(PassRefused,           Error,   "pass-refused",           "pass '{}' failed on function '{}': {}")
MIL_DIAG(NotRaised,             Error,   "not-raised",             "cannot raise the opset to {}: {}")
MIL_DIAG(PassSkipped,           Warning, "pass-skipped",           "pass '{}' skips function '{}': {}")
MIL_DIAG(PassNamesNothing,      Error,   "pass-names-nothing",     "'{}', an option of pass '{}', matches nothing in any function")
MIL_DIAG(FunctionsAlike,        Note,    "functions-alike",        "function '{}' is identical to '{}' except for {}")
MIL_DIAG(InterfaceRenamed,      Warning, "interface-renamed",      "{} '{}' of function '{}' is renamed to '{}'")
MIL_DIAG(PassBrokeProgram,      Error,   "pass-broke-program",     "pass '{}' broke the program; the program before it is shown above")
MIL_DIAG(PassChangedValues,     Error,   "pass-changed-values",    "pass '{}' changed what the program computes")

} // namespace mil::diag
// clang-format on
