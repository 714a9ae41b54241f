#include "Markup.h"
#include "mil/Support/Printable.h"
#include "mil/View/Charts.h"
#include "llvm/ADT/STLExtras.h"
#include <cmath>

using llvm::StringRef;

namespace mil {

namespace {

/// Size to the right, ratio of signal to noise upwards. Sizes that lose nothing have no finite ratio: they are at the top.
class Curve {
public:
  static constexpr double width = 1200, height = 420, left = 70, right = 30, top = 24, bottom = 46;

  explicit Curve(const CurveChart &chart) : chart(chart) {
    auto add = [&](const CurveChart::Point &point) {
      most = std::max(most, double(point.bytes));
      if (std::isfinite(point.decibels))
        low = std::min(low, point.decibels), high = std::max(high, point.decibels);
    };
    for (const CurveChart::Point &point : chart.points)
      add(point);
    if (chart.chosen)
      add(*chart.chosen);
    if (low > high)
      low = 0, high = 1;
    low = std::floor(low / 10) * 10, high = std::max(std::ceil(high / 10) * 10, low + 10);
  }

  void draw(llvm::raw_ostream &out) const {
    out << "<svg role=\"img\" viewBox=\"0 0 1200 420\"><title>"
        << (chart.ofOutputs ? "Estimated PSNR of outputs" : "Signal-to-noise ratio of the weights")
        << " by the size of all weights</title>\n";
    drawAxes(out);
    out << "<polyline class=\"line\" points=\"";
    for (const CurveChart::Point &point : chart.points)
      out << inPixels(x(point)) << "," << inPixels(y(point)) << " ";
    out << "\"/>\n";
    for (const CurveChart::Point &point : chart.points)
      drawPoint(point, "point", 3.5, out);
    if (chart.chosen) {
      drawPoint(*chart.chosen, "chosen", 6, out);
      bool isRight = x(*chart.chosen) > width / 2;
      out << "<text x=\"" << inPixels(x(*chart.chosen) + (isRight ? -12 : 12)) << "\" y=\"" << inPixels(y(*chart.chosen) + 18)
          << "\" text-anchor=\"" << (isRight ? "end" : "start") << "\">" << describe(*chart.chosen) << "</text>\n";
    }
    out << "</svg>\n";
  }

private:
  static std::string describe(const CurveChart::Point &point) { return formatBytes(point.bytes) + ", " + formatDecibels(point.decibels); }
  double x(const CurveChart::Point &point) const { return left + double(point.bytes) / std::max(most, 1.0) * (width - left - right); }
  double y(const CurveChart::Point &point) const {
    double decibels = std::isfinite(point.decibels) ? point.decibels : high;
    return top + (high - decibels) / (high - low) * (height - top - bottom);
  }

  void drawPoint(const CurveChart::Point &point, StringRef kind, double radius, llvm::raw_ostream &out) const {
    out << "<circle class=\"" << kind << "\" cx=\"" << inPixels(x(point)) << "\" cy=\"" << inPixels(y(point)) << "\" r=\""
        << inPixels(radius) << "\"><title>" << describe(point) << "</title></circle>\n";
  }

  /// The step of an axis: 1, 2 or 5 times a power of ten, some five of them to a range.
  static double stepOf(double range) {
    double power = std::pow(10, std::floor(std::log10(std::max(range, 1e-9) / 5)));
    for (double each : {1, 2, 5})
      if (range / (each * power) <= 6)
        return each * power;
    return 10 * power;
  }

  void drawAxes(llvm::raw_ostream &out) const {
    for (double step = stepOf(high - low), decibels = low; decibels <= high + step / 100; decibels += step) {
      double at = y({0, decibels});
      out << "<line class=\"axis\" x1=\"" << inPixels(left) << "\" x2=\"" << inPixels(width - right) << "\" y1=\"" << inPixels(at)
          << "\" y2=\"" << inPixels(at) << "\"/><text class=\"soft\" text-anchor=\"end\" x=\"" << inPixels(left - 8) << "\" y=\""
          << inPixels(at + 4) << "\">" << formatDecibels(decibels) << "</text>\n";
    }
    for (double step = std::max(stepOf(most), 1.0), bytes = 0; bytes <= most; bytes += step)
      out << "<text class=\"soft\" text-anchor=\"middle\" x=\"" << inPixels(x({uint64_t(bytes), 0})) << "\" y=\""
          << inPixels(height - bottom + 22) << "\">" << formatBytes(uint64_t(bytes)) << "</text>\n";
  }

  const CurveChart &chart;
  double most = 0, low = INFINITY, high = -INFINITY;
};

} // namespace

void drawCurve(const CurveChart &chart, llvm::raw_ostream &out) {
  beginChartPage(chart.title, out);
  if (!chart.points.empty()) {
    out << "<h2>Size and error</h2>\n<p>Each point is the smallest possible error at a size; the red point is the result.</p>\n";
    Curve(chart).draw(out);
  }
  out << "<h2>Schemes</h2>\n<table><tr><th>scheme<th class=\"number\">weights<th class=\"number\">before<th class=\"number\">after</tr>\n";
  for (const CurveChart::Scheme &scheme : chart.schemes)
    out << "<tr><td>" << inXml(scheme.name) << "<td class=\"number\">" << scheme.weights << "<td class=\"number\">"
        << formatBytes(scheme.bytesBefore) << "<td class=\"number\">" << formatBytes(scheme.bytesAfter) << "</tr>\n";
  out << "</table>\n<h2>Weights</h2>\n<table><tr><th>weight<th>type<th>scheme<th class=\"number\">before<th class=\"number\">after<th "
         "class=\"number\">SNR</tr>\n";
  for (const CurveChart::Weight &weight : chart.weights)
    out << "<tr><td>" << inXml(weight.name) << "<td>" << inXml(weight.type) << "<td>" << inXml(weight.scheme) << "<td class=\"number\">"
        << formatBytes(weight.bytesBefore) << "<td class=\"number\">" << formatBytes(weight.bytesAfter) << "<td class=\"number\">"
        << (weight.decibels ? formatDecibels(*weight.decibels) : "") << "</tr>\n";
  out << "</table>\n";
  endChartPage(out);
}

} // namespace mil
