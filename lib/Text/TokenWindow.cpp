#include "TokenWindow.h"

namespace mil::text {

void TokenWindow::append() {
  if (count == blocks.size() * blockSize)
    blocks.push_back(std::make_unique<Token[]>(blockSize));
  Token &token = *slot(count);
  token.problem = Problem::None;
  token.index = count++;
  scan(token);
  ended = token.type == antlr4::Token::EOF;
}

Token *TokenWindow::readUpTo(size_t i) {
  while (i >= count) {
    if (ended)
      return slot(count - 1);
    append();
  }
  return slot(i);
}

void TokenWindow::drop() {
  size_t kept = count - std::min(current, count);
  for (size_t i = 0; i != kept; ++i) {
    *slot(i) = *slot(current + i);
    slot(i)->index = i;
  }
  count = kept;
  current = 0;
  // One enormous operation must not keep its memory until the end of the program.
  constexpr size_t keptBlocks = 64;
  if (blocks.size() > keptBlocks && kept < blockSize)
    blocks.resize(keptBlocks);
}

void TokenWindow::restart(size_t begin, size_t end) {
  at = begin;
  limit = end;
  count = current = 0;
  ended = false;
}

} // namespace mil::text
