#include "ProgramReader.h"
#include "MILLexer.h"
#include "NameSearch.h"
#include "Quoting.h"
#include "Scanning.h"
#include "mil/IR/DiagnosticKinds.h"
#include "mil/IR/Verifier.h"
#include "mil/Text/DiagnosticKinds.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Twine.h"

using Lexer = mil::grammar::MILLexer;
using Parser = mil::grammar::MILParser;

namespace mil::text {

namespace {

constexpr unsigned maxSyntaxErrors = 20;

/// Names for messages: of MILLexer's kinds of tokens other than punctuation.
const char *tokenName(size_t type) {
  switch (type) {
  case Lexer::PROGRAM:
    return "'program'";
  case Lexer::FUNC:
    return "'func'";
  case Lexer::SCALAR:
  case Lexer::TYPE:
    return "a type";
  case Lexer::VALUE:
    return "a value";
  case Lexer::TAG:
    return "an opset as in '<ios18>'";
  case Lexer::ID:
    return "a name";
  case Lexer::NUMBER:
    return "a version";
  default:
    return nullptr;
  }
}

} // namespace

ProgramReader::ProgramReader(Source &source, Context &context, const ParseOptions &options)
    : source(source), context(context), tokens(source.text), parser(&tokens), values(context, source, options.blobs),
      program(std::make_unique<Program>(context)) {
  prepareParser(parser);
}

std::unique_ptr<Program> ProgramReader::read() {
  size_t errors = source.diags.errorCount();
  if (!readHeader())
    return nullptr;
  while (!ended) {
    dropTokens();
    bool closes = tokens.LA(1) == Lexer::RBRACE;
    if (!(open.empty() ? (closes ? readEnd() : readSignature()) : closes ? readClosing() : readCall()))
      return nullptr;
  }
  return source.diags.errorCount() == errors ? std::move(program) : nullptr;
}

// ---- Syntax -----------------------------------------------------------------

void ProgramReader::dropTokens() {
  tokens.drop();
  parser.getTreeTracker().reset();
  source.release(tokens.position());
}

/// Runs a rule on the tokens that come; false when it fails, which is reported.
template <typename Rule> bool ProgramReader::run(Rule rule) {
  std::optional<Mismatch> mismatch = runRule(parser, tokens, rule);
  if (!mismatch)
    return true;
  reportMismatch(*mismatch);
  return false;
}

void ProgramReader::reportMismatch(const Mismatch &mismatch) {
  ++syntaxErrors;
  const Token &found = *mismatch.found;
  llvm::StringRef text = tokens.str(found);
  bool isWord = found.type == Lexer::SCALAR || found.type == Lexer::FUNC || found.type == Lexer::PROGRAM;
  // `fp17 x = …`: two names in a row, of which the first should have been a type.
  if (found.type == Lexer::ID && found.index == 1 && tokens[0].type == Lexer::ID) {
    source.report(tokens[0].begin, diag::UnknownElementType, tokens.str(tokens[0]));
    return;
  }
  if (isWord && mismatch.expected.contains(size_t(Lexer::ID))) {
    std::string expected = describeExpected(mismatch.expected, parser, tokenName);
    source.report(found.begin, diag::SyntaxError, expected, ("'" + llvm::Twine(text) + "'").str())
        .note(source.at(found.begin), diag::QuoteTheWord, text, text);
    return;
  }
  (void)reportUnexpected(source, tokens, found, describeExpected(mismatch.expected, parser, tokenName));
}

/// Consumes a token of `type`, or reports that it is missing.
bool ProgramReader::require(size_t type, const char *what) {
  if (tokens.LA(1) == type) {
    tokens.consume();
    return true;
  }
  ++syntaxErrors;
  (void)reportUnexpected(source, tokens, *tokens.LT(1), what);
  return false;
}

/// After a syntax error: goes behind the next `;`. False when a brace, which the error may have been about, comes first.
bool ProgramReader::skipStatement() {
  if (syntaxErrors >= maxSyntaxErrors)
    return false;
  for (;; tokens.consume()) {
    dropTokens();
    switch (tokens.LA(1)) {
    case Lexer::SEMICOLON:
      tokens.consume();
      return true;
    case Lexer::LBRACE:
    case Lexer::RBRACE:
    case Lexer::FUNC:
    case antlr4::Token::EOF:
      return false;
    case Lexer::INVALID:
      if (tokens.LT(1)->problem != Problem::Character)
        return false;
    }
  }
}

// ---- Pieces -----------------------------------------------------------------

bool ProgramReader::readHeader() {
  if (!run([&] { parser.header(); }))
    return false;
  TokenCursor cursor(tokens);
  cursor.skip(Lexer::PROGRAM);
  cursor.skip(Lexer::LPAREN);
  const Token &written = cursor.take(Lexer::NUMBER);
  llvm::StringRef version = tokens.str(written);
  auto [major, minor] = version.split('.');
  unsigned number = 0;
  if (major != "1" || (!minor.empty() && minor.getAsInteger(10, number))) {
    source.report(written.begin, diag::UnsupportedVersion, version);
    return false;
  }
  program->setDialect13(number >= 3);
  cursor.skip(Lexer::RPAREN);
  readAttributes(cursor, attributes);
  for (const Attribute &attribute : attributes)
    program->setAttribute(attribute.name, attribute.value);
  return true;
}

bool ProgramReader::readSignature() {
  if (tokens.LA(1) != Lexer::FUNC)
    return require(Lexer::FUNC, "'func' or '}'");
  if (!run([&] { parser.signature(); }))
    return false;
  TokenCursor cursor(tokens);
  cursor.skip(Lexer::FUNC);
  const Token &written = cursor.take(Lexer::ID);
  Name name = nameOf(written);
  Location location = source.at(written.begin);
  llvm::StringRef opset = tokens.str(cursor.take(Lexer::TAG));
  // The tag is one token, with blanks and comments inside of it, maybe.
  const char *start = skipSpace(opset.begin() + 1, opset.end());
  llvm::StringRef tag(start, size_t(skipName(start, opset.end()) - start));
  llvm::SmallString<16> text;
  if (tag.consume_front("`")) {
    if (std::optional<size_t> wrong = unquote(tag.drop_back(), text))
      source.report(tag.begin() + *wrong, diag::UnknownEscape, tag.substr(*wrong, 2));
  } else {
    text = tag;
  }
  llvm::StringRef known = protoName(opsetFromName(text));
  auto [earlier, added] = functions.try_emplace(name, location);
  if (!added)
    source.report(written.begin, diag::DuplicateFunction, name.str()).note(earlier->second, diag::EarlierDefinition, name.str());
  function = program->addFunction(name, context.intern(known.empty() ? llvm::StringRef(text) : known));
  function->setLocation(location);
  open.push_back({&function->body(), nullptr, scopes.open()});
  readInputs(cursor, function->body());
  readAttributes(cursor, attributes);
  for (const Attribute &attribute : attributes)
    function->setAttribute(attribute.name, attribute.value);
  return true;
}

bool ProgramReader::readCall() {
  size_t first = tokens.LA(1);
  if (first != Lexer::ID && first != Lexer::TYPE && first != Lexer::SCALAR && first != Lexer::LPAREN)
    return require(Lexer::ID, "an operation or '}'") || skipStatement();
  if (!run([&] { parser.call(); }))
    return skipStatement();
  TokenCursor cursor(tokens);
  size_t place = cursor.offset();
  readResults(cursor);
  Operation *op = Operation::create(*program, wordOf(cursor.take(Lexer::ID)), results, source.at(place));
  if (cursor.at(Lexer::TAG))
    op->setOpsetTag(context.intern(tokens.str(cursor.take()).drop_front().drop_back().trim()));
  readArguments(cursor, *op);
  readAttributes(cursor, attributes);
  for (const Attribute &attribute : attributes)
    op->setAttribute(attribute.name, attribute.value);
  open.back().block->append(op);
  return afterCall(op);
}

/// `;`, or the first nested block.
bool ProgramReader::afterCall(Operation *op) {
  size_t next = tokens.LA(1);
  if (next == Lexer::LBRACE || next == Lexer::LPAREN) {
    open.push_back({nullptr, op, scopes.open()});
    return readOpening();
  }
  if (!require(Lexer::SEMICOLON, "';'"))
    return skipStatement();
  defineResults(op);
  return true;
}

/// The head of a nested block, whose place on the stack is made.
bool ProgramReader::readOpening() {
  if (open.size() > maxNesting + 1) { // the function's body is one
    source.report(tokens.LT(1)->begin, diag::TooDeep, maxNesting);
    return false;
  }
  dropTokens();
  if (!run([&] { parser.opening(); }))
    return false;
  OpenBlock &opened = open.back();
  opened.block = opened.op->addBlock();
  TokenCursor cursor(tokens);
  if (cursor.at(Lexer::LPAREN))
    readInputs(cursor, *opened.block);
  return true;
}

bool ProgramReader::readClosing() {
  if (!run([&] { parser.closing(); }))
    return false;
  OpenBlock closed = open.back();
  TokenCursor cursor(tokens);
  cursor.skip(Lexer::RBRACE);
  readAttributes(cursor, attributes);
  for (const Attribute &attribute : attributes)
    closed.block->setAttribute(attribute.name, attribute.value);
  llvm::SmallVector<Value *, 4> outputs;
  cursor.skip(Lexer::ARROW);
  cursor.skip(Lexer::LPAREN);
  while (!cursor.skipIf(Lexer::RPAREN)) {
    const Token &token = cursor.take(Lexer::ID);
    Name name = nameOf(token);
    if (Value *value = scopes.find(name))
      outputs.push_back(value);
    else
      unresolved.push_back({name, source.at(token.begin)});
    cursor.skipIf(Lexer::COMMA);
  }
  closed.block->setOutputs(outputs);
  scopes.close(closed.scope);
  if (closed.op)
    return endNested(closed.op);
  open.pop_back();
  return endFunction();
}

/// `;` behind the last block of an operation, or `,` and the next one.
bool ProgramReader::endNested(Operation *op) {
  if (tokens.LA(1) == Lexer::COMMA) {
    tokens.consume();
    return readOpening();
  }
  open.pop_back();
  if (!require(Lexer::SEMICOLON, "';' or ','"))
    return false;
  defineResults(op);
  return true;
}

bool ProgramReader::endFunction() {
  if (!require(Lexer::SEMICOLON, "';'"))
    return false;
  reportUnresolved(*function);
  return true;
}

bool ProgramReader::readEnd() {
  tokens.consume();
  ended = true;
  return require(antlr4::Token::EOF, "the end");
}

} // namespace mil::text
