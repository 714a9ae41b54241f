// Unified diffs of program texts: Myers' greedy algorithm on lines, common ends cut off first. Its memory grows with the square of the
// number of differences, so past a limit the middle is taken as replaced as a whole.
#include "mil/Pass/PassManager.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLExtras.h"
#include <algorithm>

namespace mil {

namespace {

constexpr int maxDifferences = 2000;

struct Edit {
  char kind; ///< ' ', '-' or '+'
  llvm::StringRef line;
};

/// Lines as numbers, equal lines having equal ones.
struct Lines {
  llvm::SmallVector<llvm::StringRef, 0> text;
  std::vector<int> id;
};

Lines split(llvm::StringRef text, llvm::DenseMap<llvm::StringRef, int> &ids) {
  Lines lines;
  text.split(lines.text, '\n');
  if (!lines.text.empty() && lines.text.back().empty())
    lines.text.pop_back();
  for (llvm::StringRef line : lines.text)
    lines.id.push_back(ids.try_emplace(line, int(ids.size())).first->second);
  return lines;
}

/// The shortest list of edits from a[…] to b[…]; the furthest reaching path of every number of differences is kept to walk back.
bool shortestEdit(llvm::ArrayRef<int> a, llvm::ArrayRef<int> b, std::vector<char> &kinds) {
  int n = int(a.size()), m = int(b.size()), limit = std::min(n + m, maxDifferences);
  std::vector<int> reach(size_t(2 * limit + 3), 0);
  std::vector<std::vector<int>> history;
  auto at = [limit](std::vector<int> &v, int k) -> int & {
    int index = k + limit + 1;
    return v[size_t(index)];
  };
  int differences = 0;
  for (;; ++differences) {
    if (differences > limit)
      return false;
    bool done = false;
    for (int k = -differences; k <= differences && !done; k += 2) {
      bool down = k == -differences || (k != differences && at(reach, k - 1) < at(reach, k + 1));
      int x = down ? at(reach, k + 1) : at(reach, k - 1) + 1;
      while (x < n && x - k < m && a[size_t(x)] == b[size_t(x - k)])
        ++x;
      at(reach, k) = x;
      done = x >= n && x - k >= m;
    }
    history.emplace_back(reach.begin() + (limit + 1 - differences), reach.begin() + (limit + 2 + differences));
    if (done)
      break;
  }
  int x = n, y = m;
  for (int d = differences; d > 0; --d) {
    std::vector<int> &previous = history[size_t(d - 1)];
    auto reached = [&](int k) { return previous[size_t(k + d - 1)]; };
    int k = x - y;
    bool down = k == -d || (k != d && (k - 1 < -(d - 1) ? true : k + 1 > d - 1 ? false : reached(k - 1) < reached(k + 1)));
    int fromX = down ? reached(k + 1) : reached(k - 1), fromY = fromX - (down ? k + 1 : k - 1);
    for (; x > fromX && y > fromY; --x, --y)
      kinds.push_back(' ');
    kinds.push_back(down ? '+' : '-');
    x = fromX, y = fromY;
  }
  kinds.insert(kinds.end(), size_t(x), ' ');
  std::reverse(kinds.begin(), kinds.end());
  return true;
}

std::vector<Edit> edits(const Lines &a, const Lines &b) {
  size_t head = 0, tail = 0, n = a.id.size(), m = b.id.size();
  while (head < n && head < m && a.id[head] == b.id[head])
    ++head;
  while (tail < n - head && tail < m - head && a.id[n - 1 - tail] == b.id[m - 1 - tail])
    ++tail;
  std::vector<char> kinds;
  if (!shortestEdit(llvm::ArrayRef(a.id).slice(head, n - head - tail), llvm::ArrayRef(b.id).slice(head, m - head - tail), kinds)) {
    kinds.assign(n - head - tail, '-');
    kinds.insert(kinds.end(), m - head - tail, '+');
  }
  kinds.insert(kinds.begin(), head, ' ');
  kinds.insert(kinds.end(), tail, ' ');
  std::vector<Edit> result;
  size_t x = 0, y = 0;
  for (char kind : kinds) {
    result.push_back({kind, kind == '+' ? b.text[y] : a.text[x]});
    x += kind != '+', y += kind != '-';
  }
  return result;
}

} // namespace

void printDiff(llvm::StringRef before, llvm::StringRef after, llvm::raw_ostream &out, unsigned context) {
  llvm::DenseMap<llvm::StringRef, int> ids;
  Lines a = split(before, ids), b = split(after, ids);
  std::vector<Edit> all = edits(a, b);
  size_t x = 0, y = 0; // lines of either text before all[i]
  for (size_t i = 0; i < all.size();) {
    if (all[i].kind == ' ') {
      ++i, ++x, ++y;
      continue;
    }
    // A hunk goes on while the next change is within twice the context.
    size_t begin = i - std::min<size_t>(i, context), end = i + 1;
    for (size_t k = i + 1; k < all.size() && k <= end + 2 * context; ++k)
      if (all[k].kind != ' ')
        end = k + 1;
    size_t last = std::min(all.size(), end + context);
    size_t fromX = x - (i - begin), fromY = y - (i - begin), countX = 0, countY = 0;
    for (size_t k = begin; k < last; ++k)
      countX += all[k].kind != '+', countY += all[k].kind != '-';
    out << "@@ -" << fromX + 1 << "," << countX << " +" << fromY + 1 << "," << countY << " @@\n";
    for (size_t k = begin; k < last; ++k)
      out << all[k].kind << all[k].line << "\n";
    x = fromX + countX, y = fromY + countY, i = last;
  }
}

} // namespace mil
