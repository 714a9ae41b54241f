// Diagnostics of viewing models. Diagnostics.h explains the columns.
#pragma once

#include "mil/Support/Diagnostics.h"

// clang-format off
namespace mil::diag {

MIL_DIAG(ViewNoPage,            Error,   "view-no-page",           "this milc was built without the page of 'milc view': build it with Node.js 18 and npm, or write X.svg or X.dot")
MIL_DIAG(ViewReportMalformed,   Error,   "view-report-malformed",  "malformed report: {}")
MIL_DIAG(ViewNoProgram,         Error,   "view-no-program",        "'{}' is {}; only functions of ML programs can be drawn")
MIL_DIAG(ViewUnknownFunction,   Error,   "view-unknown-function",  "'{}' has no function '{}'; it has {}")
MIL_DIAG(ViewUnknownName,       Error,   "view-unknown-name",      "function '{}' has no value, operation or layer '{}'")
MIL_DIAG(ViewTooLarge,          Error,   "view-too-large",         "more than {} nodes around '{}': use a smaller --depth")
MIL_DIAG(ViewCannotServe,       Error,   "view-cannot-serve",      "cannot serve on 127.0.0.1: {}")

} // namespace mil::diag
// clang-format on
