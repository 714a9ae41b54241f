// The walk over the tokens of a piece that the parser has accepted: declarations, attributes, arguments and what their names refer to.
#include "MILLexer.h"
#include "NameSearch.h"
#include "ProgramReader.h"
#include "Quoting.h"
#include "mil/IR/DiagnosticKinds.h"
#include "mil/Text/DiagnosticKinds.h"
#include "llvm/ADT/STLExtras.h"

using Lexer = mil::grammar::MILLexer;

namespace mil::text {

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

/// A name or a value, added to `bindings` unless the name is undefined (reported at the end of the function) or the value is wrong.
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
