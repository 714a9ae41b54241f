#include "HalfErrors.h"
#include "mil/Tensor/Kernels.h"
#include "llvm/ADT/StringExtras.h"
#include <cmath>

using namespace mil;

double HalfError::psnr() const {
  if (nan || overflow)
    return -INFINITY;
  if (squares == 0)
    return INFINITY;
  return peak == 0 ? -INFINITY : 20 * std::log10(peak) - 10 * std::log10(squares / double(count));
}

static void measure(const Tensor &exact, const Tensor &half, HalfError &error) {
  constexpr int64_t window = 4096;
  std::vector<double> wanted, found;
  for (int64_t at = 0; at < exact.count(); at += window) {
    size_t size = size_t(std::min(window, exact.count() - at));
    wanted.resize(size), found.resize(size);
    exact.read(at, llvm::MutableArrayRef(wanted));
    half.read(at, llvm::MutableArrayRef(found));
    for (size_t i = 0; i < size; ++i) {
      double x = wanted[i], y = found[i];
      if (std::isfinite(x))
        error.peak = std::max(error.peak, std::abs(x));
      if (x == y || (std::isnan(x) && std::isnan(y)))
        continue;
      if (std::isnan(y) && !std::isnan(x))
        ++error.nan;
      else if (!std::isfinite(x) || !std::isfinite(y))
        ++error.overflow;
      else
        error.squares += (x - y) * (x - y);
      error.underflow += y == 0 && x != 0 && std::isfinite(x);
    }
  }
  error.count += uint64_t(exact.count());
}

/// For the suffix "_cast_fp16", "x" of "x_cast_fp16" and "x_cast_fp16_7"; "" of other names.
static llvm::StringRef originalName(llvm::StringRef name, llvm::StringRef suffix) {
  size_t at = name.rfind(suffix);
  if (at == llvm::StringRef::npos)
    return "";
  llvm::StringRef rest = name.drop_front(at + suffix.size());
  bool isSuffix = rest.empty() || (rest.consume_front("_") && !rest.empty() && llvm::all_of(rest, llvm::isDigit));
  return isSuffix ? name.take_front(at) : "";
}

static bool holdsFloats(Type type) { return type.isTensor() && isFloat(type.dtype()); }

HalfErrors::HalfErrors(const Function &original, const Function &half, const Function &single, uint64_t maxBytes) : maxBytes(maxBytes) {
  original.body().walk([&](const Operation &op) {
    if (op.is("const") || op.isConstexpr())
      return;
    bool isNew = true;
    for (const Value &result : op.results()) {
      if (!holdsFloats(result.type()))
        continue;
      if (isNew)
        addOperation(op);
      isNew = false;
      originals[&result] = known.size();
      known.push_back({ops.size() - 1, {}});
    }
  });
  llvm::StringMap<size_t> byName;
  for (const auto &[value, index] : originals)
    byName[value->name().str()] = index;
  match(half, byName);
  findHalves(single, byName);
}

void HalfErrors::addOperation(const Operation &op) {
  HalfOperation operation;
  operation.op = &op;
  operation.name = op.opName().empty() ? op.result()->name().str().str() : op.opName().str();
  operation.place = ops.size();
  ops.push_back(std::move(operation));
}

void HalfErrors::match(const Function &half, const llvm::StringMap<size_t> &byName) {
  half.body().walk([&](const Operation &op) {
    for (const Value &result : op.results()) {
      llvm::StringRef name = result.name().str();
      auto same = byName.find(name), before = byName.find(originalName(name, "_cast_fp16"));
      auto isOf = [&](auto found) { return found != byName.end() && ops[known[found->second].operation].op->type() == op.type(); };
      if (isOf(same)) {
        halves[&result] = same->second;
      } else if (isOf(before)) {
        halves[&result] = before->second;
        ops[known[before->second].operation].isFree = true;
      }
    }
  });
}

/// Marks the operations that are in fp16 and can be in fp32.
void HalfErrors::findHalves(const Function &single, const llvm::StringMap<size_t> &byName) {
  single.body().walk([&](const Operation &op) {
    for (const Value &result : op.results()) {
      auto before = byName.find(originalName(result.name().str(), "_cast_fp32"));
      if (before == byName.end())
        continue;
      HalfOperation &operation = ops[known[before->second].operation];
      if (operation.op->type() == op.type())
        operation.isFree = operation.isHalf = true;
    }
  });
}

bool HalfErrors::Keeper::after(const Operation &op, llvm::MutableArrayRef<RuntimeValue> results) {
  for (auto [value, held] : llvm::zip(op.results(), results)) {
    auto found = all.originals.find(&value);
    if (found == all.originals.end() || !held.tensor())
      continue;
    Tensor kept = convert(*held.tensor(), DType::Float32);
    all.bytes += kept.byteCount();
    all.full |= all.bytes > all.maxBytes;
    if (all.full)
      return false;
    all.known[found->second].exact.push_back(std::move(kept));
  }
  return true;
}

bool HalfErrors::Measurer::after(const Operation &op, llvm::MutableArrayRef<RuntimeValue> results) {
  for (auto [value, held] : llvm::zip(op.results(), results)) {
    auto found = all.halves.find(&value);
    if (found == all.halves.end() || !held.tensor())
      continue;
    const Known &known = all.known[found->second];
    size_t time = times[&value]++;
    if (time >= known.exact.size() || known.exact[time].dims() != held.tensor()->dims())
      continue; // a loop that took another way
    HalfOperation &operation = all.ops[known.operation];
    measure(known.exact[time], *held.tensor(), replaces ? operation.own : operation.total);
    if (replaces)
      held = convert(known.exact[time], held.tensor()->dtype());
  }
  return true;
}

void HalfErrors::nextSample() {
  for (Known &each : known)
    each.exact.clear();
  measurer.times.clear(), replacer.times.clear();
  bytes = 0;
}
