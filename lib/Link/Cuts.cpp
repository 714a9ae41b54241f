#include "Cuts.h"
#include "CrossingValues.h"
#include "WeightMeter.h"
#include "mil/Link/DiagnosticKinds.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/STLExtras.h"
#include <cmath>

namespace mil {

Cuts::Cuts(const FunctionBody &body, int specificationVersion, DiagnosticEngine &diags)
    : body(body), specificationVersion(specificationVersion), diags(diags), crossed(body.steps().size() + 1) {
  addValues();
  addStates();
  addLoads();
  Crossed sum;
  for (unsigned cut = 0; cut <= stepCount(); ++cut) {
    Crossed &here = crossed[cut];
    here = {sum.casts + here.casts, sum.bytes + here.bytes, sum.values + here.values, sum.blocked + here.blocked, sum.states + here.states};
    sum = here;
    if (isOpen(cut))
      open.push_back(cut);
  }
}

bool Cuts::isOpen(unsigned cut) const {
  const Crossed &here = crossed[cut];
  bool takesInFront = cut >= firstOpen, takesBehind = !hasInputs || here.values > 0 || cut <= lastTaker;
  bool givesInFront = here.values > 0 || cut > firstReturned, givesBehind = cut <= lastReturned;
  return takesInFront && takesBehind && givesInFront && givesBehind && !here.blocked && !here.states;
}

/// Bytes of a value; dimensions that aren't known count as 1.
static int64_t sizeOf(Type type) {
  double bytes = bitWidth(type.dtype()) / 8.0;
  for (int64_t dim : type.dims())
    bytes *= double(dim < 0 ? 1 : dim);
  return int64_t(std::min(bytes, 1e12));
}

void Cuts::addValues() {
  bool takes = false;
  for (const Value *input : body.function().inputs())
    hasInputs |= !input->type().isState();
  for (unsigned step = 0; step < stepCount(); ++step) {
    for (Value &result : body.steps()[step]->results()) {
      if (body.isReturned(&result)) {
        firstReturned = std::min(firstReturned, step);
        lastReturned = step;
      }
      std::optional<unsigned> last = body.lastReader(&result);
      if (!last || *last == step)
        continue;
      Passage passage = passageOf(result.type(), body.function().opset(), specificationVersion);
      int64_t isCast = passage && passage.dtype != result.type().dtype(), bytes = passage ? sizeOf(result.type()) : 0;
      Crossed &from = crossed[step + 1], &to = crossed[*last + 1];
      from.casts += isCast, to.casts -= isCast;
      from.bytes += bytes, to.bytes -= bytes;
      ++from.values, --to.values;
      from.blocked += !passage, to.blocked -= !passage;
    }
    body.forEachRead(*body.steps()[step], [&](const Value *value) {
      if (!body.isInput(value) || value->type().isState())
        return;
      takes = true;
      lastTaker = step;
    });
    if (hasInputs && !takes)
      firstOpen = step + 2;
  }
}

void Cuts::addStates() {
  llvm::MapVector<Value *, StateUse> uses;
  for (unsigned step = 0; step < stepCount(); ++step)
    body.forEachRead(*body.steps()[step], [&](Value *value) {
      if (!value->type().isState())
        return;
      StateUse &use = uses.try_emplace(value, StateUse{value, step, step, false}).first->second;
      use.last = step;
      use.changed |= !body.steps()[step]->is("read_state");
    });
  for (const auto &[state, use] : uses) {
    stateUses.push_back(use);
    if (use.changed)
      ++crossed[use.first + 1].states, --crossed[use.last + 1].states;
  }
}

/// A step's load is the weights that it is the first to need; all steps together have a sixteenth of the total load to share, so that their
/// number decides where weights don't.
void Cuts::addLoads() {
  WeightMeter meter;
  std::vector<double> weights;
  double total = 0;
  for (unsigned step = 0; step < stepCount(); ++step) {
    weights.push_back(double(meter.add(body, step)));
    total += weights.back();
  }
  double each = total > 0 ? total / 15 / stepCount() : 1;
  loadsBefore.push_back(0);
  for (double weight : weights)
    loadsBefore.push_back(loadsBefore.back() + weight + each);
}

std::string Cuts::nameOf(unsigned step) const {
  const Operation &op = *body.steps()[step];
  return op.resultCount() ? op.result()->name().str().str() : op.opName().empty() ? op.type().str().str() : op.opName().str();
}

// ---- At given places

Result<std::vector<unsigned>> Cuts::at(llvm::ArrayRef<std::string> names) const {
  std::vector<unsigned> cuts;
  for (const std::string &name : names) {
    Result<unsigned> step = body.findStep(name, diags);
    if (!step)
      return failure();
    unsigned cut = *step + 1;
    if (!llvm::is_contained(open, cut))
      return explain(cut, name);
    cuts.push_back(cut);
  }
  llvm::sort(cuts);
  cuts.erase(std::unique(cuts.begin(), cuts.end()), cuts.end());
  return cuts;
}

/// Reports why a cut isn't open.
Status Cuts::explain(unsigned cut, llvm::StringRef name) const {
  auto report = [&]() -> DiagnosticEngine::InFlight {
    Location where = body.steps()[cut - 1]->location();
    if (cut < firstOpen)
      return diags.report(where, diag::SplitNothing, name, "no operation before it uses an input");
    if (cut > lastReturned)
      return diags.report(where, diag::SplitNothing, name, "no operation after it computes an output");
    for (const StateUse &use : stateUses)
      if (use.changed && use.first < cut && use.last >= cut)
        return diags.report(where, diag::SplitState, name, use.state->name(), nameOf(use.first), nameOf(use.last));
    for (unsigned step = 0; step < cut; ++step)
      for (const Value &result : body.steps()[step]->results())
        if (auto last = body.lastReader(&result); last && *last >= cut)
          if (Passage passage = passageOf(result.type(), body.function().opset(), specificationVersion); !passage)
            return diags.report(where, diag::SplitValue, name, result.name(), result.type().str(), passage.obstacle);
    if (hasInputs && !crossed[cut].values && cut > lastTaker)
      return diags.report(where, diag::SplitNothing, name, "all operations after it only use constants");
    return diags.report(where, diag::SplitNothing, name, "no value before it is an output or used after it");
  };
  auto next = llvm::lower_bound(open, cut);
  std::string near;
  if (next != open.begin())
    near = "'" + nameOf(*std::prev(next) - 1) + "'";
  if (next != open.end())
    near += (near.empty() ? "'" : " and '") + nameOf(*next - 1) + "'";
  return report().note({}, diag::SplitNearest, near.empty() ? "nowhere" : "after " + near);
}

// ---- Into a number of parts

namespace {

/// Where the part that begins with a step can end: where it has taken something and gives something.
class PartEnds {
public:
  PartEnds(const FunctionBody &body, unsigned begin) : body(body), begin(begin), firstTaker(begin) {
    bool takes = llvm::all_of(body.function().inputs(), [](const Value *input) { return input->type().isState(); });
    for (; !takes && firstTaker < body.steps().size(); firstTaker += !takes)
      body.forEachRead(*body.steps()[firstTaker], [&](const Value *value) {
        std::optional<unsigned> step = body.stepOf(value);
        takes |= step ? *step < begin : body.isInput(value) && !value->type().isState();
      });
  }

  bool allow(unsigned cut) {
    // How far what the steps in front of each cut give is read.
    while (reach.size() < cut - begin) {
      unsigned step = begin + unsigned(reach.size()), furthest = reach.empty() ? 0 : reach.back();
      for (const Value &result : body.steps()[step]->results())
        furthest = body.isReturned(&result) ? UINT_MAX : std::max(furthest, body.lastReader(&result).value_or(0));
      reach.push_back(furthest);
    }
    return cut > firstTaker && reach[cut - begin - 1] >= cut;
  }

private:
  const FunctionBody &body;
  unsigned begin, firstTaker;
  std::vector<unsigned> reach; ///< by the number of steps in front of the cut, less one
};

} // namespace

/// Of the open cuts numbered first to last that can end the part from `begin` on, one whose load is within `tolerance` of the target, with
/// the fewest casts, bytes and values across; if none is as near, the nearest. If none can end the part, one that can't.
unsigned Cuts::bestNear(unsigned begin, size_t first, size_t last, double target, double tolerance) const {
  PartEnds ends(body, begin);
  auto distance = [&](unsigned cut) { return std::abs(loadsBefore[cut] - target); };
  auto rank = [&](size_t i) {
    const Crossed &here = crossed[open[i]];
    return std::tuple(here.casts, here.bytes, here.values, distance(open[i]));
  };
  // Loads ascend.
  auto at = [&](ptrdiff_t i) { return open.begin() + i; };
  size_t from = size_t(std::partition_point(at(ptrdiff_t(first)), at(ptrdiff_t(last) + 1),
                                            [&](unsigned cut) { return loadsBefore[cut] < target - tolerance; }) -
                       open.begin());
  std::optional<size_t> best;
  size_t to = from;
  for (; to <= last && loadsBefore[open[to]] <= target + tolerance; ++to)
    if (ends.allow(open[to]) && (!best || rank(to) < rank(*best)))
      best = to;
  if (best)
    return unsigned(*best);
  for (; to <= last && !best; ++to)
    if (ends.allow(open[to]))
      best = to;
  for (; from > first; --from)
    if (ends.allow(open[from - 1])) {
      if (!best || distance(open[from - 1]) <= distance(open[*best]))
        best = from - 1;
      break;
    }
  return unsigned(best.value_or(first));
}

Result<std::vector<unsigned>> Cuts::into(unsigned parts) const {
  if (open.size() + 1 < parts)
    return reportTooFew(parts);
  std::vector<unsigned> cuts;
  double share = loadsBefore.back() / parts;
  size_t first = 0;
  for (unsigned part = 1; part < parts; ++part) {
    size_t last = open.size() - (parts - part); // leave enough for those that follow
    unsigned chosen = bestNear(cuts.empty() ? 0 : cuts.back(), first, last, share * part, share / 6);
    cuts.push_back(open[chosen]);
    first = chosen + 1;
  }
  return cuts;
}

Status Cuts::reportTooFew(unsigned parts) const {
  size_t states = 0, blocked = 0;
  for (const Crossed &here : crossed) {
    states += here.states > 0;
    blocked += here.blocked > 0;
  }
  auto report = diags.report(body.function().location(), diag::SplitTooFew, body.function().name(), stepCount(), open.size(), parts);
  if (states == 0 && blocked == 0)
    return report;
  return std::move(report).note({}, diag::SplitWhyFew, states, blocked);
}

// ---- Into parts of limited weight

bool Cuts::areBelow(llvm::ArrayRef<unsigned> cuts, uint64_t bytes) const {
  WeightMeter meter;
  for (unsigned step = 0; step < stepCount(); ++step) {
    if (!cuts.empty() && step == cuts.front()) {
      meter = WeightMeter();
      cuts = cuts.drop_front();
    }
    meter.add(body, step);
    if (meter.total() > bytes)
      return false;
  }
  return true;
}

Result<std::vector<unsigned>> Cuts::below(uint64_t bytes) const {
  std::vector<unsigned> cuts;
  unsigned begin = 0;
  WeightMeter meter;
  for (unsigned step = 0; step < stepCount(); ++step) {
    meter.add(body, step);
    if (meter.total() <= bytes)
      continue;
    // The last open cut in front of the step that is too much; the steps from there on are weighed again.
    PartEnds ends(body, begin);
    auto next = llvm::upper_bound(open, step);
    while (next != open.begin() && *std::prev(next) > begin && !ends.allow(*std::prev(next)))
      --next;
    if (next == open.begin() || *std::prev(next) <= begin)
      return diags.report(body.steps()[begin]->location(), diag::SplitTooHeavy,
                          "function '" + body.function().name().str().str() + "': the operations from '" + nameOf(begin) + "' to '" +
                              nameOf(step) + "'",
                          meter.total(), bytes, "they can't be separated");
    begin = *std::prev(next);
    cuts.push_back(begin);
    step = begin - 1;
    meter = WeightMeter();
  }
  // As many parts of about the same weight are nicer than full ones and a rest.
  Result<std::vector<unsigned>> even = into(unsigned(cuts.size() + 1));
  return even && areBelow(*even, bytes) ? std::move(even) : Result<std::vector<unsigned>>(std::move(cuts));
}

} // namespace mil
