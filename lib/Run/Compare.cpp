#include "mil/Run/Compare.h"
#include "mil/Run/Watch.h"
#include <cmath>

using namespace mil;

ValueDifference mil::differenceOf(llvm::StringRef name, const Tensor &a, const Tensor &b, const Tolerance &tolerance) {
  ValueDifference d;
  d.name = name.str();
  d.count = uint64_t(b.count());
  bool scalars = a.count() == 1 && b.count() == 1 && (a.rank() == 0 || b.rank() == 0);
  d.sameShape = a.dims() == b.dims() || scalars;
  if (!d.sameShape) {
    d.within = false;
    return d;
  }
  double squares = 0, peak = 0, dot = 0, aa = 0, bb = 0;
  bool odd = false; // NaN or infinity on one side alone
  for (int64_t i = 0; i < b.count(); ++i) {
    double x = a.number(i), y = b.number(i);
    if (x == y || (std::isnan(x) && std::isnan(y))) {
      if (std::isfinite(y))
        peak = std::max(peak, std::abs(y)), dot += x * y, aa += x * x, bb += y * y;
      continue;
    }
    double error = std::abs(x - y);
    if (!std::isfinite(error)) {
      odd = true;
      ++d.beyond;
      continue;
    }
    d.beyond += error > tolerance.absolute + tolerance.relative * std::abs(y);
    d.absolute = std::max(d.absolute, error);
    d.relative = std::max(d.relative, y != 0 ? error / std::abs(y) : std::numeric_limits<double>::infinity());
    squares += error * error, peak = std::max(peak, std::abs(y));
    dot += x * y, aa += x * x, bb += y * y;
  }
  double mean = d.count ? squares / double(d.count) : 0;
  d.psnr = odd ? -INFINITY : mean == 0 ? INFINITY : 20 * std::log10(peak) - 10 * std::log10(mean);
  d.cosine = aa > 0 && bb > 0 ? dot / std::sqrt(aa * bb) : 1;
  d.within = tolerance.psnr ? d.psnr >= *tolerance.psnr : d.beyond == 0;
  return d;
}

bool Comparison::within() const {
  return missing.empty() && llvm::all_of(outputs, [](const ValueDifference &output) { return output.within; });
}

std::optional<Tensor> mil::numbersOf(const RuntimeValue &value) {
  if (const Tensor *tensor = value.tensor())
    return *tensor;
  const LabelScores *scores = value.scores();
  if (!scores)
    return std::nullopt;
  std::vector<double> row;
  row.reserve(scores->entries.size());
  for (const auto &[label, score] : scores->entries)
    row.push_back(score);
  Tensor tensor(DType::Float64, int64_t(row.size()));
  tensor.write(0, llvm::ArrayRef<double>(row));
  return tensor;
}

Comparison mil::compareOutputs(const NamedValues &a, const NamedValues &b, llvm::ArrayRef<RunPort> order, const Tolerance &tolerance) {
  Comparison comparison;
  for (const RunPort &port : order) {
    auto mine = a.find(port.name), other = b.find(port.name);
    std::optional<Tensor> wanted = other == b.end() ? std::nullopt : numbersOf(other->second);
    std::optional<Tensor> found = mine == a.end() ? std::nullopt : numbersOf(mine->second);
    if (wanted && found)
      comparison.outputs.push_back(differenceOf(port.name, *found, *wanted, tolerance));
    else if (wanted)
      comparison.missing.push_back(port.name);
  }
  return comparison;
}

Result<Comparison> mil::compareRuns(ModelRunner &a, ModelRunner &b, const NamedValues &inputs, const Tolerance &tolerance,
                                    DiagnosticEngine &diags) {
  States statesOfA = a.newStates(), statesOfB = b.newStates();
  return compareStep(a, statesOfA, b, statesOfB, inputs, tolerance, diags);
}

Result<Comparison> mil::compareStep(ModelRunner &a, States &statesOfA, ModelRunner &b, States &statesOfB, const NamedValues &inputs,
                                    const Tolerance &tolerance, DiagnosticEngine &diags) {
  ValueWatch inA({}, true), inB({}, true);
  Result<NamedValues> outputsOfA = a.run(inputs, statesOfA, diags, &inA);
  if (!outputsOfA)
    return failure();
  Result<NamedValues> outputsOfB = b.run(inputs, statesOfB, diags, &inB);
  if (!outputsOfB)
    return failure();
  Comparison comparison = compareOutputs(*outputsOfA, *outputsOfB, b.outputs(), tolerance);

  std::map<std::string, const Tensor *, std::less<>> known;
  for (const ValueWatch::Seen &seen : inA.seen())
    known[seen.name] = &*seen.value;
  llvm::StringSet<> apart;
  for (const ValueWatch::Seen &seen : inB.seen()) {
    auto before = known.find(seen.name);
    if (before == known.end())
      continue;
    comparison.inside.push_back(differenceOf(seen.name, *before->second, *seen.value, tolerance));
    if (comparison.inside.back().within)
      continue;
    apart.insert(seen.name);
    bool inherited = false;
    seen.op->forEachOperand([&](const Operand &operand) { inherited |= operand.value() && apart.contains(operand.value()->name().str()); });
    if (!inherited && comparison.firstApart.empty())
      comparison.firstApart = seen.op->describe();
  }
  return comparison;
}
