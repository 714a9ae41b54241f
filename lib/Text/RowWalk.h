// Reads the brackets around the elements of a tensor: compares the numbers of elements with the type, and calls a function for each
// element.
#pragma once

#include "Scanning.h"
#include "Source.h"
#include "mil/IR/Type.h"
#include "llvm/ADT/SmallVector.h"

namespace mil::text {

class RowWalk {
public:
  RowWalk(Type type, const char *begin, const char *end, Source &source)
      : type(type), dims(type.dims()), at(begin), end(end), source(source), counts(dims.size(), 0), learnt(dims.begin(), dims.end()) {}

  /// Calls `element(at, end)` at each element, which returns the position after it, or reports an error and returns null. False if there
  /// was an error.
  template <typename Element> bool walk(Element &&element) {
    at = skipSpace(at, end);
    if (dims.empty()) {
      if (at == end)
        return expected("an element");
      if (*at == '[')
        return wrongDepth(1);
      at = element(at, end);
      return at && atEnd();
    }
    if (at == end || *at != '[')
      return at == end ? expected("'['") : wrongDepth(0);
    do {
      if (!step(element))
        return false;
      at = skipSpace(at, end);
    } while (depth != 0);
    return atEnd() && (!flat || checkFlat());
  }

private:
  enum class After : uint8_t { Open, Comma, Item };
  static constexpr uint64_t releaseEvery = 1 << 16;

  /// Reads one bracket or comma, or a run of elements.
  template <typename Element> bool step(Element &&element) {
    if (at == end)
      return expected(after == After::Item ? "',' or ']'" : "an element");
    switch (*at) {
    case '[':
      return open();
    case ']':
      return close();
    case ',':
      if (after != After::Item)
        return expected("an element");
      after = After::Comma;
      ++at;
      return true;
    default:
      return elements(element);
    }
  }

  template <typename Element> bool elements(Element &&element) {
    if (after == After::Item)
      return expected("',' or ']'");
    if (depth != dims.size()) {
      if (depth != 1 || after != After::Open)
        return wrongDepth(depth);
      flat = true;
    }
    uint64_t &count = counts[depth - 1];
    for (;;) {
      at = element(at, end);
      if (!at)
        return false;
      if (++count % releaseEvery == 0)
        source.release(size_t(at - source.text.data()));
      at = skipSpace(at, end);
      if (at == end || *at != ',')
        break;
      const char *next = skipSpace(at + 1, end);
      if (next == end || *next == '[' || *next == ']' || *next == ',')
        break; // step() reports it
      at = next;
    }
    after = After::Item;
    return true;
  }

  bool open();
  bool close();
  bool atEnd();
  bool checkFlat();
  bool expected(const char *what);
  bool wrongDepth(size_t found);

  Type type;
  llvm::ArrayRef<int64_t> dims;
  const char *at, *end;
  Source &source;
  size_t depth = 0;
  After after = After::Comma;
  bool flat = false;
  llvm::SmallVector<uint64_t, 6> counts; ///< the number of items so far in the current row of each level
  llvm::SmallVector<int64_t, 6> learnt;  ///< the number of items per row at each level, from the type or else from the first row
};

} // namespace mil::text
