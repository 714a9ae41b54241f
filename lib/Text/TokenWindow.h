// A token stream for ANTLR's parsers that creates tokens directly from the text, and keeps them until they are dropped.
//
// A token is a range of the text. The window contains the tokens of one construct (an operation, a type): the parser can go back within it,
// and after its rule has accepted them, the reader reads the same tokens. `drop` then removes the tokens that were read.
#pragma once

#include "antlr4-runtime.h"
#include "llvm/ADT/StringRef.h"
#include <memory>
#include <vector>

namespace mil::text {

/// The reason why a token is INVALID.
enum class Problem : uint8_t { None, Character, UnclosedString, UnclosedComment, UnclosedBracket };

class Token final : public antlr4::Token {
public:
  size_t type = 0;
  size_t begin = 0, end = 0; ///< offsets in the text
  size_t split = 0;          ///< of a value: the offset of its parenthesis
  size_t index = 0;
  Problem problem = Problem::None;

  std::string getText() const override { return {}; }
  size_t getType() const override { return type; }
  size_t getLine() const override { return 0; }
  size_t getCharPositionInLine() const override { return 0; }
  size_t getChannel() const override { return DEFAULT_CHANNEL; }
  size_t getTokenIndex() const override { return index; }
  size_t getStartIndex() const override { return begin; }
  size_t getStopIndex() const override { return end; }
  antlr4::TokenSource *getTokenSource() const override { return nullptr; }
  antlr4::CharStream *getInputStream() const override { return nullptr; }
  std::string toString() const override { return {}; }
};

class TokenWindow : public antlr4::TokenStream {
public:
  /// The tokens of the bytes [begin, end) of `text`; offsets are relative to the start of `text`.
  TokenWindow(llvm::StringRef text, size_t begin, size_t end) : text(text), at(begin), limit(end) {}

  // For the reader: the tokens of the window, numbered from 0, and their texts.
  const Token &operator[](size_t i) { return *token(i); }
  llvm::StringRef str(const Token &token) const { return text.slice(token.begin, token.end); }
  /// The current token, and advancing to the next one.
  Token *next() { return token(current); }
  void advance() { ++current; }
  /// Removes the tokens before the current one, which becomes number 0.
  void drop();
  /// Removes all tokens and restarts with [begin, end).
  void restart(size_t begin, size_t end);

  // ANTLR's interface.
  void consume() override { ++current; }
  size_t LA(ssize_t i) override { return i == 1 ? token(current)->type : LT(i)->type; }
  Token *LT(ssize_t k) override {
    if (k == 1)
      return token(current);
    if (k > 0)
      return token(current + size_t(k) - 1);
    return k < 0 && size_t(-k) <= current ? token(current - size_t(-k)) : nullptr;
  }
  Token *get(size_t index) const override { return slot(index); }
  ssize_t mark() override { return 0; }
  void release(ssize_t) override {}
  size_t index() override { return current; }
  void seek(size_t index) override { current = index; }
  size_t size() override { return count; }
  std::string getSourceName() const override { return {}; }
  antlr4::TokenSource *getTokenSource() const override { return nullptr; }
  std::string getText(const antlr4::misc::Interval &) override { return {}; }
  std::string getText() override { return {}; }
  std::string getText(antlr4::RuleContext *) override { return {}; }
  std::string getText(antlr4::Token *, antlr4::Token *) override { return {}; }

protected:
  /// Creates the next token, which starts at `at`, and moves `at` to its end.
  virtual void scan(Token &token) = 0;
  void invalid(Token &token, Problem problem, const char *from, const char *to) const {
    token.problem = problem;
    token.begin = size_t(from - text.data());
    token.end = size_t(to - text.data());
  }

  llvm::StringRef text;
  size_t at, limit;

private:
  // Parsers keep pointers to tokens while a rule runs, so tokens are never moved.
  static constexpr size_t blockSize = 256;
  Token *slot(size_t i) const { return &blocks[i / blockSize][i % blockSize]; }
  Token *token(size_t i) { return i < count ? slot(i) : readUpTo(i); }
  Token *readUpTo(size_t i);
  void append();

  std::vector<std::unique_ptr<Token[]>> blocks;
  size_t count = 0, current = 0;
  bool ended = false;
};

} // namespace mil::text
