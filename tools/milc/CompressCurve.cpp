#include "CompressCurve.h"
#include "mil/Support/Files.h"
#include "mil/View/Charts.h"

using namespace mil;

static CurveChart chartOf(const milc::CompressSummary &summary) {
  const ChosenSchemes *chosen = summary.chosen;
  CurveChart chart;
  chart.title = "Size and error of compression";
  chart.ofOutputs = summary.hasData;
  auto pointOf = [&](const Allocation &at) { return CurveChart::Point{at.bytes + chosen->otherBytes, decibels(at.noise)}; };
  if (chosen) {
    for (const Allocation &at : chosen->curve)
      chart.points.push_back(pointOf(at));
    chart.chosen = pointOf(chosen->allocation);
  }
  std::map<std::string, CurveChart::Scheme> schemes;
  for (const WeightChange &change : summary.report.weights) {
    uint64_t after = change.scheme ? change.bytesAfter : change.bytesBefore;
    std::string scheme = describe(change);
    CurveChart::Scheme &sum = schemes[scheme];
    sum.name = scheme;
    ++sum.weights, sum.bytesBefore += change.bytesBefore, sum.bytesAfter += after;
    chart.weights.push_back({change.name, change.type.str(), scheme, change.bytesBefore, after});
    if (change.error)
      chart.weights.back().decibels = change.error->snr();
  }
  for (auto &[name, scheme] : schemes)
    chart.schemes.push_back(std::move(scheme));
  return chart;
}

Status milc::writeCurve(const CompressSummary &summary, llvm::StringRef path, bool force, DiagnosticEngine &diags) {
  Result<std::unique_ptr<OutputFile>> file = OutputFile::create(path, force, diags);
  if (!file)
    return failure();
  drawCurve(chartOf(summary), (*file)->stream());
  return (*file)->commit(diags);
}
