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

/// What kinds of MILLexer's tokens that are no punctuation are called in messages.
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

// ---- The walk ---------------------------------------------------------------

Name ProgramReader::nameOf(const Token &token) {
  llvm::StringRef text = tokens.str(token);
  if (text.front() != '`')
    return context.intern(text);
  llvm::SmallString<64> name;
  llvm::StringRef inside = text.drop_front().drop_back();
  if (std::optional<size_t> wrong = unquote(inside, name))
    source.report(token.begin + 1 + *wrong, diag::UnknownEscape, inside.substr(*wrong, 2));
  return context.intern(name);
}

/// As nameOf, for names that come again and again.
Name ProgramReader::wordOf(const Token &token) {
  llvm::StringRef text = tokens.str(token);
  Name &word =
      words[(text.size() * 61 + uint8_t(text.front()) * 17 + uint8_t(text[text.size() / 2]) * 5 + uint8_t(text.back())) % words.size()];
  if (word != text)
    word = nameOf(token);
  return word;
}

/// `type name`. False when the type is wrong, which was reported.
bool ProgramReader::readDeclaration(TokenCursor &cursor, Name &name, Type &type) {
  type = values.readType(cursor.take());
  name = nameOf(cursor.take(Lexer::ID));
  return bool(type);
}

/// `(type name, …)`
bool ProgramReader::readInputs(TokenCursor &cursor, Block &block) {
  bool ok = true;
  cursor.skip(Lexer::LPAREN);
  while (!cursor.skipIf(Lexer::RPAREN)) {
    size_t place = cursor.peek(1).begin;
    Name name;
    Type type;
    ok &= readDeclaration(cursor, name, type);
    define(block.addInput(name, type), place);
    cursor.skipIf(Lexer::COMMA);
  }
  return ok;
}

/// An attribute list, if one comes.
void ProgramReader::readAttributes(TokenCursor &cursor, llvm::SmallVectorImpl<Attribute> &attributes) {
  attributes.clear();
  if (!cursor.skipIf(Lexer::LBRACKET))
    return;
  llvm::SmallVector<std::pair<Name, size_t>, 8> places;
  bool sorted = true;
  while (!cursor.skipIf(Lexer::RBRACKET)) {
    const Token &word = cursor.take(); // a scalar type is a word here, too
    Name name = wordOf(word);
    sorted = sorted && (places.empty() || places.back().first < name);
    places.push_back({name, word.begin});
    cursor.skip(Lexer::EQUALS);
    if (const Literal *value = values.read(cursor.take(Lexer::VALUE)))
      attributes.push_back({name, value});
    cursor.skipIf(Lexer::COMMA);
  }
  if (sorted)
    return;
  llvm::sort(places);
  for (size_t k = 1; k < places.size(); ++k)
    if (places[k].first == places[k - 1].first)
      source.report(places[k].second, diag::DuplicateAttribute, places[k].first.str())
          .note(source.at(places[k - 1].second), diag::EarlierDefinition, places[k].first.str());
}

/// `type name, … =`, if the operation has results.
void ProgramReader::readResults(TokenCursor &cursor) {
  results.clear();
  if (cursor.at(Lexer::ID))
    return;
  bool parenthesised = cursor.skipIf(Lexer::LPAREN);
  do {
    Name name;
    Type type;
    readDeclaration(cursor, name, type);
    results.push_back({name, type});
  } while (cursor.skipIf(Lexer::COMMA));
  if (parenthesised)
    cursor.skip(Lexer::RPAREN);
  cursor.skip(Lexer::EQUALS);
}

/// `(name = value, name = (value, …), …)`
void ProgramReader::readArguments(TokenCursor &cursor, Operation &op) {
  arguments.clear();
  bindings.clear();
  bool sorted = true;
  cursor.skip(Lexer::LPAREN);
  while (!cursor.skipIf(Lexer::RPAREN)) {
    const Token &word = cursor.take(); // a scalar type is a word here, too
    ParsedArgument argument{wordOf(word), word.begin, uint32_t(bindings.size()), 0};
    cursor.skip(Lexer::EQUALS);
    if (cursor.skipIf(Lexer::LPAREN)) {
      while (!cursor.skipIf(Lexer::RPAREN))
        if (!cursor.skipIf(Lexer::COMMA))
          readBinding(cursor.take());
    } else {
      readBinding(cursor.take());
    }
    cursor.skipIf(Lexer::COMMA);
    argument.count = uint32_t(bindings.size()) - argument.first;
    sorted = sorted && (arguments.empty() || arguments.back().name < argument.name);
    arguments.push_back(argument);
  }
  if (!sorted)
    llvm::sort(arguments,
               [](const ParsedArgument &a, const ParsedArgument &b) { return a.name == b.name ? a.place < b.place : a.name < b.name; });
  const ParsedArgument *before = nullptr;
  for (const ParsedArgument &argument : arguments) {
    if (before && before->name == argument.name)
      source.report(argument.place, diag::DuplicateArgument, argument.name.str())
          .note(source.at(before->place), diag::EarlierDefinition, argument.name.str());
    else
      op.setArgument(argument.name, llvm::ArrayRef(bindings).slice(argument.first, argument.count));
    before = &argument;
  }
}

/// A name or a value, added to `bindings` unless the name means nothing (told at the end of the function) or the value is wrong.
void ProgramReader::readBinding(const Token &token) {
  if (token.type == Lexer::VALUE) {
    if (const Literal *literal = values.read(token))
      bindings.push_back(literal);
    return;
  }
  Name name = nameOf(token);
  if (Value *value = scopes.find(name))
    bindings.push_back(value);
  else
    unresolved.push_back({name, source.at(token.begin)});
}

// ---- Names ------------------------------------------------------------------

void ProgramReader::define(Value *value, size_t place) {
  Value *earlier = scopes.define(value);
  if (!earlier)
    return;
  auto report = source.report(place, diag::DuplicateValue, value->name().str());
  if (Location at = definitionOf(earlier); at.hasOffset())
    std::move(report).note(at, diag::EarlierDefinition, value->name().str());
}

void ProgramReader::defineResults(Operation *op) {
  for (Value &result : op->results())
    define(&result, op->location().offset());
}

/// Tells about each use of a name that nothing visible had, now that the whole function is known.
void ProgramReader::reportUnresolved(Function &function) {
  // After a syntax error an operation may be missing, and what it would have defined.
  if (syntaxErrors == 0)
    for (const Unresolved &use : unresolved)
      noteAbout(source.diags.report(use.location, diag::UndefinedValue, use.name.str()), use, function);
  unresolved.clear();
}

/// Adds what may have been meant: a later value, one of another function, or one with a similar name.
void ProgramReader::noteAbout(DiagnosticEngine::InFlight report, const Unresolved &use, Function &function) {
  // Searching is linear in the program; for the first few uses it helps, for thousands it would take its time.
  constexpr unsigned mostSearches = 20;
  if (searches++ >= mostSearches)
    return;
  NameSearch found(use.name, function);
  if (found.same.isKnown()) {
    std::move(report).note(found.same, diag::DefinedLater, use.name.str());
    return;
  }
  for (Function *other : program->functions())
    if (other != &function)
      if (Location at = NameSearch(use.name, *other).same; at.isKnown()) {
        std::move(report).note(at, diag::DefinedElsewhere, other->name().str());
        return;
      }
  if (!found.similar().empty())
    std::move(report).note(found.similarAt, diag::DidYouMean, found.similar());
}

} // namespace mil::text
