// Reports as pages: what compressing costs at each size, and where the time of a run goes.
//
//   TimedFunction timed{program.function("main"), {{op, 0.002}, …}};      // seconds of each operation in one run
//   drawFlames("model.mlpackage", timed, out);
//
// Each is one HTML file without a script: a picture (SVG, in the colours of the pages of milc view, light and dark) and tables of the
// same figures. The page's content security policy refuses every script and request; names are escaped. Size: linear in what is shown,
// which is bounded (maxFlames rectangles); tables of weights have all of them.
#pragma once

#include "mil/IR/Program.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/Support/raw_ostream.h"
#include <optional>

namespace mil {

/// The sizes that a model can be compressed to, with the error that each leaves.
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
  bool ofOutputs = false;      ///< points are the PSNR of outputs, about, instead of signal to noise of the weights
  std::vector<Point> points;   ///< from the smallest to the largest; empty when only one scheme was tried
  std::optional<Point> chosen; ///< what was written
  std::vector<Scheme> schemes;
  std::vector<Weight> weights;
};
void drawCurve(const CurveChart &chart, llvm::raw_ostream &out);

/// A function and the seconds that its operations took in one run, as RunCosts has them: those of nested blocks in all their passes
/// together, and again in the operation around them.
struct TimedFunction {
  const Function *function = nullptr;
  llvm::DenseMap<const Operation *, double> seconds{};
};

/// The most rectangles of a picture; what is thinner than half a pixel has none.
inline constexpr size_t maxFlames = 20000;

/// One picture a function: the layers of mil/View/Graph.h from top to bottom, each as wide as the time in it; below, the longest operations.
void drawFlames(llvm::StringRef title, llvm::ArrayRef<TimedFunction> functions, llvm::raw_ostream &out);

} // namespace mil
