// Syntax errors: runs a rule of a generated parser, and reports why it failed.
//
// A rule is run with the fast strategy, which stops at the first mismatch. If it fails, it is run again over the same tokens with ANTLR's
// default strategy, which determines all tokens that are allowed at this position.
#pragma once

#include "Source.h"
#include "TokenWindow.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace mil::text {

/// Returns the name of a kind of token for messages; null for punctuation, which is shown as in the grammar, and for kinds that are never
/// used.
using TokenNames = const char *(*)(size_t type);

/// A failed match: the token that was found, and the kinds that were expected.
struct Mismatch {
  const Token *found;
  antlr4::misc::IntervalSet expected;
};

/// Runs `rule`; nullopt if it accepts.
std::optional<Mismatch> runRule(antlr4::Parser &parser, TokenWindow &tokens, llvm::function_ref<void()> rule);

/// A generated parser with a faster path for expected tokens: the type of the window is known, and a match needs no bookkeeping. In all
/// other cases it uses the functions of the runtime.
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

/// A text for expected kinds of tokens of a parser: "';' or a name".
std::string describeExpected(const antlr4::misc::IntervalSet &expected, const antlr4::Parser &parser, TokenNames names);
/// The text of a token, quoted and shortened.
std::string describeFound(TokenWindow &tokens, const Token &token);

/// Reports an INVALID token, with the reason.
Status reportInvalid(Source &source, const Token &token);
/// Reports "expected …, found …", or for an INVALID token the reason.
Status reportUnexpected(Source &source, TokenWindow &tokens, const Token &found, llvm::StringRef expected);

} // namespace mil::text
