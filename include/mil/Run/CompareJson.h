// A comparison as JSON, for `milc compare --json` and the C interface:
//
//   {"within": true, "outputs": [{"name", "sameShape", "elements", "beyond", "absolute", "relative", "psnr", "cosine", "within"}],
//    "missing": ["y"], "values": [as outputs], "firstApart": "linear_3"}
//
// JSON has no infinity and no NaN: they are the strings "inf", "-inf" and "nan".
#pragma once

#include "mil/Run/Compare.h"
#include "llvm/Support/JSON.h"

namespace mil {

/// The comparison as `milc compare --json` prints it.
llvm::json::Object comparisonAsJson(const Comparison &comparison);

} // namespace mil
