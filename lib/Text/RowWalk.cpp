#include "RowWalk.h"
#include "mil/Text/DiagnosticKinds.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Twine.h"

namespace mil::text {

bool RowWalk::open() {
  if (after == After::Item)
    return expected("',' or ']'");
  if (depth == dims.size() || flat)
    return wrongDepth(depth + 1);
  counts[depth++] = 0;
  after = After::Open;
  ++at;
  return true;
}

bool RowWalk::close() {
  if (after == After::Comma)
    return expected("an element");
  ++at;
  uint64_t count = counts[--depth];
  after = After::Item;
  if (depth != 0)
    ++counts[depth - 1];
  if (flat)
    return true;
  int64_t &size = learnt[depth];
  if (size < 0)
    size = int64_t(count);
  // A tensor without elements may be written [] for any other dimensions.
  bool empty = depth == 0 && count == 0 && llvm::is_contained(dims, 0);
  if (count == uint64_t(size) || empty)
    return true;
  source.report(at - 1, diag::LiteralRow, count, type.str(), size);
  return false;
}

bool RowWalk::atEnd() {
  at = skipSpace(at, end);
  return at == end || expected("')'");
}

bool RowWalk::checkFlat() {
  std::optional<int64_t> count = type.elementCount();
  if (!count || uint64_t(*count) != counts[0])
    return wrongDepth(1);
  source.report(at - 1, diag::FlatLiteral, type.str());
  return true;
}

bool RowWalk::expected(const char *what) {
  if (at == end)
    source.report(at, diag::SyntaxError, what, "')'");
  else
    source.report(at, diag::SyntaxError, what, ("'" + llvm::Twine(*at) + "'").str());
  return false;
}

bool RowWalk::wrongDepth(size_t found) {
  source.report(at == end ? at - 1 : at, diag::LiteralDepth, type.str(), dims.size(), found);
  return false;
}

} // namespace mil::text
