// A cursor over tokens that a rule of the grammar has accepted, from which the readers create IR.
//
//   cursor.skip(Lexer::LPAREN);
//   while (!cursor.skipIf(Lexer::RPAREN)) {
//     Name name = nameOf(cursor.take(Lexer::ID));
//     cursor.skipIf(Lexer::COMMA);
//   }
//
// The grammar guarantees the order of the tokens, so that an unexpected kind is a bug in the reader, which is asserted.
#pragma once

#include "TokenWindow.h"
#include <cassert>

namespace mil::text {

class TokenCursor {
public:
  explicit TokenCursor(TokenWindow &tokens) : tokens(tokens) {}

  /// The kind of the current token, or of a later one.
  size_t kind(size_t ahead = 0) const { return tokens[position + ahead].type; }
  bool at(size_t kind) const { return this->kind() == kind; }
  const Token &peek(size_t ahead = 0) const { return tokens[position + ahead]; }
  /// The offset in the text at which the current token begins.
  size_t offset() const { return peek().begin; }

  /// Returns the current token, of any kind, and advances the cursor.
  const Token &take() { return tokens[position++]; }
  const Token &take([[maybe_unused]] size_t kind) {
    assert(at(kind) && "the grammar accepts another token here");
    return take();
  }
  void skip(size_t kind) { (void)take(kind); }
  bool skipIf(size_t kind) {
    bool found = at(kind);
    position += found;
    return found;
  }
  llvm::StringRef str(const Token &token) const { return tokens.str(token); }

private:
  TokenWindow &tokens;
  size_t position = 0;
};

} // namespace mil::text
