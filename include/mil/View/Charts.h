// HTML reports: the error of compressing at each size, and the time of each layer in a run.
//
//   TimedFunction timed{program.function("main"), {{op, 0.002}, …}};      // seconds of each operation in one run
//   drawFlames("model.mlpackage", timed, out);
//
// Each is one HTML file without scripts: a picture (SVG, in the colours of the pages of milc view, light and dark) and tables with the same
// figures. The content security policy of the page blocks all scripts and requests; names are escaped. The number of rectangles is limited
// (maxFlames); tables of weights contain all weights.
#pragma once

#include "mil/IR/Program.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/Support/raw_ostream.h"
#include <optional>

namespace mil {

/// The sizes that a model can be compressed to, with the error of each.
struct CurveChart {
  struct Point {
    uint64_t bytes = 0;
    double decibels = 0; ///< of the weights or of outputs (`ofOutputs`); infinite when nothing changes
  };
  struct Scheme {
    std::string name;
    uint64_t weights = 0, bytesBefore = 0, bytesAfter = 0;
  };
  struct Weight {
    std::string name, type, scheme;
    uint64_t bytesBefore = 0, bytesAfter = 0;
    std::optional<double> decibels = std::nullopt;
  };
  std::string title;
  bool ofOutputs = false;      ///< points are the estimated PSNR of outputs instead of the SNR of the weights
  std::vector<Point> points;   ///< from the smallest to the largest; empty if only one scheme was tried
  std::optional<Point> chosen; ///< the chosen point
  std::vector<Scheme> schemes;
  std::vector<Weight> weights;
};
/// Writes the report of a compression.
void drawCurve(const CurveChart &chart, llvm::raw_ostream &out);

/// A function and the seconds that its operations took in one run, as in RunCosts: operations in nested blocks with the total of all
/// iterations, which is also included in the operation that contains them.
struct TimedFunction {
  const Function *function = nullptr;
  llvm::DenseMap<const Operation *, double> seconds{};
};

/// The limit of rectangles in a picture; those narrower than half a pixel are omitted.
inline constexpr size_t maxFlames = 20000;

/// Writes the report of a run: one picture per function, which shows the layers of mil/View/Graph.h from top to bottom with a width
/// proportional to their time, and below it the operations that took longest.
void drawFlames(llvm::StringRef title, llvm::ArrayRef<TimedFunction> functions, llvm::raw_ostream &out);

} // namespace mil
