#include "mil/Run/CompareJson.h"
#include "llvm/ADT/STLExtras.h"
#include <cmath>

using namespace mil;

/// JSON has no infinity.
static llvm::json::Value jsonNumber(double value) {
  return std::isfinite(value) ? llvm::json::Value(value) : llvm::json::Value(value > 0 ? "inf" : value < 0 ? "-inf" : "nan");
}

static llvm::json::Array differencesAsJson(llvm::ArrayRef<ValueDifference> differences) {
  llvm::json::Array list;
  for (const ValueDifference &d : differences)
    list.push_back(llvm::json::Object{{"name", llvm::json::fixUTF8(d.name)},
                                      {"sameShape", d.sameShape},
                                      {"elements", int64_t(d.count)},
                                      {"beyond", int64_t(d.beyond)},
                                      {"absolute", jsonNumber(d.absolute)},
                                      {"relative", jsonNumber(d.relative)},
                                      {"psnr", jsonNumber(d.psnr)},
                                      {"cosine", jsonNumber(d.cosine)},
                                      {"within", d.within}});
  return list;
}

llvm::json::Object mil::comparisonAsJson(const Comparison &comparison) {
  return llvm::json::Object{{"within", comparison.within()},
                            {"outputs", differencesAsJson(comparison.outputs)},
                            {"missing", llvm::json::Array(llvm::map_range(comparison.missing, llvm::json::fixUTF8))},
                            {"values", differencesAsJson(comparison.inside)},
                            {"firstApart", llvm::json::fixUTF8(comparison.firstApart)}};
}
