// Repeats: equal pieces side by side, as the layers of a network are.
//
// A run of matches fingerprint[i] == fingerprint[i + p] of length m is a pattern of p pieces, m / p + 1 times. Runs are looked for at every
// period up to a bound, so the cost is linear in the pieces for that bound; those that cover the most come first, and of two that cover as
// much the one of the shorter period.
#include "Nesting.h"
#include "llvm/ADT/StringExtras.h"

using llvm::StringRef;

namespace mil {

using Kind = GraphGroup::Kind;

namespace {

constexpr size_t longestPeriod = 512;

struct Run {
  size_t begin, period, copies;
  size_t end() const { return begin + period * copies; }
  size_t covers() const { return period * copies; }
};

/// Two small nodes in a row aren't worth a fold.
bool isWorthIt(llvm::ArrayRef<Piece> pieces, const Run &run) {
  size_t nodes = 0;
  for (const Piece &piece : pieces.slice(run.begin, run.period))
    nodes += piece.size();
  return run.copies >= 2 && nodes >= (run.copies == 2 ? 6 : run.copies == 3 ? 3 : 2);
}

std::vector<Run> findRuns(llvm::ArrayRef<Piece> pieces) {
  std::vector<Run> runs;
  for (size_t period = 1; period <= std::min(longestPeriod, pieces.size() / 2); ++period) {
    size_t matches = 0;
    for (size_t i = 0; i + period <= pieces.size(); ++i) {
      bool match = i + period < pieces.size() && pieces[i].fingerprint == pieces[i + period].fingerprint;
      if (match) {
        ++matches;
        continue;
      }
      Run run{i - matches, period, matches / period + 1};
      if (matches >= period && isWorthIt(pieces, run))
        runs.push_back(run);
      matches = 0;
    }
  }
  llvm::sort(runs, [](const Run &a, const Run &b) {
    return std::tuple(b.covers(), a.period, a.begin) < std::tuple(a.covers(), b.period, b.begin);
  });
  return runs;
}

/// Starts a period where a named group does, if one does: layer after layer, and not the end of one with the start of the next.
void alignToGroups(llvm::ArrayRef<Piece> pieces, Run &run, size_t limit) {
  for (size_t shift = 0; shift < run.period; ++shift) {
    const Piece &first = pieces[run.begin + shift];
    if (first.isNode)
      continue;
    size_t end = std::min(limit, run.end());
    run.begin += shift;
    run.copies = (end - run.begin) / run.period;
    return;
  }
}

/// "layers.0" and "layers.11": "layers.0–11"; other names: "first … last".
std::string rangeName(StringRef first, StringRef last) {
  size_t common = 0;
  while (common < std::min(first.size(), last.size()) && first[common] == last[common])
    ++common;
  while (common && llvm::isDigit(first[common - 1]))
    --common;
  StringRef from = first.drop_front(common), to = last.drop_front(common);
  if (first == last)
    return first.str();
  bool numbers = llvm::all_of(from, llvm::isDigit) && llvm::all_of(to, llvm::isDigit);
  return numbers ? first.str() + "–" + to.str() : first.str() + " … " + last.str();
}

/// One copy as a piece: a group as it is, several pieces in a group of their own.
Piece copyOf(std::vector<Piece> parts, size_t number) {
  if (parts.size() == 1)
    return std::move(parts.front());
  Piece copy;
  copy.kind = Kind::Copy;
  auto named = llvm::find_if(parts, [](const Piece &part) { return part.kind == Kind::Scope && !part.isNode; });
  copy.name = named != parts.end() ? named->name : "copy " + std::to_string(number + 1);
  copy.children = std::move(parts);
  return close(std::move(copy));
}

Piece repeatOf(llvm::MutableArrayRef<Piece> pieces, size_t period) {
  Piece repeat;
  repeat.kind = Kind::Repeat;
  repeat.copies = uint32_t(pieces.size() / period);
  for (size_t i = 0; i < repeat.copies; ++i) {
    auto from = std::make_move_iterator(pieces.begin() + i * period);
    repeat.children.push_back(copyOf({from, from + period}, i));
  }
  const Piece &first = repeat.children.front(), &last = repeat.children.back();
  repeat.name = first.isNode || first.kind == Kind::Copy ? "repeat" : rangeName(first.name, last.name);
  if (first.kind == Kind::Copy && first.name != "copy 1")
    repeat.name = rangeName(first.name, last.name);
  return close(std::move(repeat));
}

} // namespace

std::vector<Piece> foldRepeats(std::vector<Piece> pieces) {
  for (Piece &piece : pieces)
    if (piece.kind == Kind::Scope && !piece.isNode)
      piece.children = foldRepeats(std::move(piece.children)); // the fingerprint stays that of the flat structure

  std::vector<bool> taken(pieces.size());
  std::vector<Run> chosen;
  for (Run run : findRuns(pieces)) {
    alignToGroups(pieces, run, pieces.size());
    if (!isWorthIt(pieces, run) || std::find(taken.begin() + run.begin, taken.begin() + run.end(), true) != taken.begin() + run.end())
      continue;
    std::fill(taken.begin() + run.begin, taken.begin() + run.end(), true);
    chosen.push_back(run);
  }
  llvm::sort(chosen, [](const Run &a, const Run &b) { return a.begin < b.begin; });

  std::vector<Piece> folded;
  size_t at = 0;
  auto moveUpTo = [&](size_t end) {
    for (; at < end; ++at)
      folded.push_back(std::move(pieces[at]));
  };
  for (const Run &run : chosen) {
    moveUpTo(run.begin);
    Piece repeat = repeatOf(llvm::MutableArrayRef(pieces).slice(run.begin, run.covers()), run.period);
    for (Piece &copy : repeat.children)
      if (copy.kind == Kind::Copy)
        copy.children = foldRepeats(std::move(copy.children));
    folded.push_back(std::move(repeat));
    at = run.end();
  }
  moveUpTo(pieces.size());
  return folded;
}

} // namespace mil
