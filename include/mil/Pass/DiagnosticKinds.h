// What passes and pipelines report. See Diagnostics.h for what the columns mean.
#pragma once

#include "mil/Support/Diagnostics.h"

// clang-format off
namespace mil::diag {

MIL_DIAG(UnknownPass,           Error,   "unknown-pass",           "there is no pass '{}'{}")
MIL_DIAG(UnknownPassOption,     Error,   "unknown-pass-option",    "pass '{}' has no option '{}'{}")
MIL_DIAG(BadPassOption,         Error,   "bad-pass-option",        "option '{}' of pass '{}' takes {}, not '{}'")
MIL_DIAG(UnknownPipeline,       Error,   "unknown-pipeline",       "there is no pipeline '{}'{}")
MIL_DIAG(PassNotInPipeline,     Error,   "pass-not-in-pipeline",   "pass '{}' is not in the pipeline")
MIL_DIAG(PipelineSyntax,        Error,   "pipeline-syntax",        "cannot read the passes '{}': {}")
MIL_DIAG(PassHidChange,         Error,   "pass-hid-change",        "pass '{}' changed the program but says that it did not")
MIL_DIAG(OptRefused,            Error,   "opt-refused",            "the program does not verify; no pass was run")
MIL_DIAG(OptNoProgram,          Warning, "opt-no-program",         "the model has no ML program; no pass was run")
MIL_DIAG(PassChangedStage,      Error,   "pass-changed-stage",     "the passes changed the interface of model {} of the pipeline, on which its other models rely")
MIL_DIAG(PassesDidNotSettle,    Warning, "passes-did-not-settle",  "the passes still change something after {} rounds")
MIL_DIAG(PassRefused,           Error,   "pass-refused",           "pass '{}' can't do what it is asked to on function '{}': {}")
MIL_DIAG(NotRaised,             Error,   "not-raised",             "can't be raised to {}: {}")
MIL_DIAG(PassSkipped,           Warning, "pass-skipped",           "pass '{}' leaves function '{}' as it is: {}")
MIL_DIAG(PassNamesNothing,      Error,   "pass-names-nothing",     "'{}' of pass '{}' names nothing in any function")
MIL_DIAG(FunctionsAlike,        Note,    "functions-alike",        "function '{}' is '{}' but for {}")
MIL_DIAG(InterfaceRenamed,      Warning, "interface-renamed",      "{} '{}' of function '{}' is called '{}' now")
MIL_DIAG(PassBrokeProgram,      Error,   "pass-broke-program",     "pass '{}' broke the program; the program before it is shown above")
MIL_DIAG(PassChangedValues,     Error,   "pass-changed-values",    "pass '{}' changed what the program computes")

} // namespace mil::diag
// clang-format on
