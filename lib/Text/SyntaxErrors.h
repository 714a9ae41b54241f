// Syntax errors: running a rule of a generated parser, and saying well why it failed.
//
// A rule runs with the strategy that gives up at the first mismatch, which is fast. When it fails it runs again over the same tokens with
// ANTLR's default strategy, which determines all tokens that could have been at the place.
#pragma once

#include "Source.h"
#include "TokenWindow.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace mil::text {

/// What a kind of token is called in a message; null for punctuation, which is called as the grammar writes it, and for kinds that are
/// never used.
using TokenNames = const char *(*)(size_t type);

/// A failed match: the token found, and the kinds that would have been right.
struct Mismatch {
  const Token *found;
  antlr4::misc::IntervalSet expected;
};

/// Runs `rule`; nullopt when it accepts.
std::optional<Mismatch> runRule(antlr4::Parser &parser, TokenWindow &tokens, llvm::function_ref<void()> rule);

/// A generated parser whose steps along expected tokens are short cuts: the window is known, and a match needs no bookkeeping. Anything
/// else takes the way of the runtime.
template <typename Generated> class QuickParser final : public Generated {
public:
  explicit QuickParser(TokenWindow *tokens) : Generated(tokens), tokens(*tokens) {}

  antlr4::Token *match(size_t type) override {
    Token *token = tokens.next();
    if (token->type != type || type == antlr4::Token::EOF)
      return Generated::match(type);
    tokens.advance();
    return token;
  }
  antlr4::Token *consume() override {
    Token *token = tokens.next();
    if (token->type != antlr4::Token::EOF)
      tokens.advance();
    return token;
  }

private:
  TokenWindow &tokens;
};

/// Sets up a parser for runRule: no tree, no listeners, no adaptive lookahead beyond SLL.
void prepareParser(antlr4::Parser &parser);

/// "';' or a name", from kinds of tokens of a parser.
std::string describeExpected(const antlr4::misc::IntervalSet &expected, const antlr4::Parser &parser, TokenNames names);
/// The text of a token, quoted and shortened.
std::string describeFound(TokenWindow &tokens, const Token &token);

/// Reports a token that is INVALID for the reason it has.
Status reportInvalid(Source &source, const Token &token);
/// Reports "expected …, found …" or, for an INVALID token, what is wrong with it.
Status reportUnexpected(Source &source, TokenWindow &tokens, const Token &found, llvm::StringRef expected);

} // namespace mil::text
