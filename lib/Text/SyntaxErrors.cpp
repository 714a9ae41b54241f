#include "SyntaxErrors.h"
#include "mil/Text/DiagnosticKinds.h"
#include "llvm/ADT/StringExtras.h"

namespace mil::text {

namespace {

/// ANTLR's default strategy up to the first error, which it keeps; then it gives up.
class FirstError final : public antlr4::DefaultErrorStrategy {
public:
  std::optional<Mismatch> mismatch;

  void reportError(antlr4::Parser *, const antlr4::RecognitionException &error) override { keep(error); }
  void recover(antlr4::Parser *, std::exception_ptr) override { giveUp(); }
  antlr4::Token *recoverInline(antlr4::Parser *parser) override {
    keep(antlr4::InputMismatchException(parser));
    giveUp();
  }

protected:
  void reportUnwantedToken(antlr4::Parser *parser) override {
    keep(antlr4::InputMismatchException(parser));
    giveUp();
  }
  antlr4::Token *singleTokenDeletion(antlr4::Parser *) override { return nullptr; }
  bool singleTokenInsertion(antlr4::Parser *) override { return false; }

private:
  [[noreturn]] static void giveUp() { throw antlr4::ParseCancellationException(); }
  void keep(const antlr4::RecognitionException &error) {
    if (!mismatch)
      mismatch = Mismatch{static_cast<const Token *>(error.getOffendingToken()), error.getExpectedTokens()};
  }
};

bool accepts(llvm::function_ref<void()> rule) {
  try {
    rule();
    return true;
  } catch (const antlr4::ParseCancellationException &) {
    return false;
  }
}

} // namespace

void prepareParser(antlr4::Parser &parser) {
  parser.setBuildParseTree(false);
  parser.removeErrorListeners();
  parser.setErrorHandler(std::make_shared<antlr4::BailErrorStrategy>());
  parser.getInterpreter<antlr4::atn::ParserATNSimulator>()->setPredictionMode(antlr4::atn::PredictionMode::SLL);
}

std::optional<Mismatch> runRule(antlr4::Parser &parser, TokenWindow &tokens, llvm::function_ref<void()> rule) {
  size_t start = tokens.index();
  if (accepts(rule))
    return std::nullopt;
  tokens.seek(start);
  Ref<antlr4::ANTLRErrorStrategy> quick = parser.getErrorHandler();
  auto thorough = std::make_shared<FirstError>();
  parser.setErrorHandler(thorough);
  accepts(rule);
  parser.setErrorHandler(quick);
  if (thorough->mismatch)
    return thorough->mismatch;
  return Mismatch{tokens.LT(1), {}};
}

/// Punctuation as the grammar writes it, in quotes; "" for other kinds of tokens.
static std::string punctuation(const antlr4::Parser &parser, size_t type) {
  std::string literal(parser.getVocabulary().getLiteralName(type));
  bool isWord = literal.size() <= 2 || !llvm::isPrint(literal[1]) || llvm::isAlnum(literal[1]);
  return isWord ? std::string() : literal;
}

std::string describeExpected(const antlr4::misc::IntervalSet &expected, const antlr4::Parser &parser, TokenNames names) {
  llvm::SmallVector<std::string, 8> parts;
  for (ssize_t type : expected.toList()) {
    const char *known = type == ssize_t(antlr4::Token::EOF) ? "the end" : names(size_t(type));
    std::string name = known ? known : punctuation(parser, size_t(type));
    if (!name.empty() && !llvm::is_contained(parts, name))
      parts.push_back(name);
  }
  std::string text;
  for (size_t i = 0; i != parts.size(); ++i)
    text += (i == 0 ? "" : i + 1 == parts.size() ? " or " : ", ") + parts[i];
  return text.empty() ? "something else" : text;
}

std::string describeFound(TokenWindow &tokens, const Token &token) {
  if (token.type == antlr4::Token::EOF)
    return "the end";
  constexpr size_t longest = 40;
  llvm::StringRef whole = tokens.str(token), line = whole.take_until([](char c) { return c == '\n' || c == '\r'; });
  llvm::StringRef text = line.take_front(longest);
  // Not in the middle of a character.
  while (text.size() < line.size() && !text.empty() && (uint8_t(line[text.size()]) & 0xC0) == 0x80)
    text = text.drop_back();
  return ("'" + text + (text.size() == whole.size() ? "'" : "…'")).str();
}

Status reportInvalid(Source &source, const Token &token) {
  switch (token.problem) {
  case Problem::UnclosedString:
    return source.report(token.begin, diag::UnclosedString);
  case Problem::UnclosedComment:
    return source.report(token.begin, diag::UnclosedComment);
  case Problem::UnclosedBracket:
    return source.report(token.begin, diag::UnclosedBracket, source.text.substr(token.begin, 1));
  case Problem::None:
  case Problem::Character:
    break;
  }
  char c = source.text[token.begin];
  std::string shown = llvm::isPrint(c) ? ("'" + llvm::Twine(c) + "'").str() : "0x" + llvm::utohexstr(uint8_t(c), true, 2);
  return source.report(token.begin, diag::UnexpectedCharacter, shown);
}

Status reportUnexpected(Source &source, TokenWindow &tokens, const Token &found, llvm::StringRef expected) {
  if (found.problem != Problem::None)
    return reportInvalid(source, found);
  return source.report(found.begin, diag::SyntaxError, expected, describeFound(tokens, found));
}

} // namespace mil::text
