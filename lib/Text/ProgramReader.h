// The reader of programs: runs the generated parser rule by rule, and creates IR from the tokens that a rule has accepted.
//
// The loop keeps a stack of open blocks instead of recursing. Each rule that it calls (`header`, `signature`, `call`, `opening`, `closing`)
// covers a piece with bounded structure; after a rule has accepted, its tokens are read without checks of syntax. Then the tokens and the
// contexts of the parser are dropped, so that the memory is that of the largest piece.
#pragma once

#include "MILParser.h"
#include "ProgramTokens.h"
#include "Scopes.h"
#include "Source.h"
#include "SyntaxErrors.h"
#include "TokenCursor.h"
#include "ValueReader.h"
#include "mil/Text/Parser.h"

namespace mil::text {

class ProgramReader {
public:
  ProgramReader(Source &source, Context &context, const ParseOptions &options);
  std::unique_ptr<Program> read();

private:
  /// A block whose end has not been read yet.
  struct OpenBlock {
    Block *block;
    Operation *op; ///< the operation that contains the block; null for the body of a function
    size_t scope;  ///< the result of Scopes::open
  };
  /// A name that no visible value has.
  struct Unresolved {
    Name name;
    Location location;
  };

  // Pieces of the text; false if reading can't continue.
  bool readHeader();
  bool readSignature();
  bool readCall();
  bool readOpening();
  bool readClosing();
  bool readEnd();
  bool afterCall(Operation *op);
  bool endFunction();
  bool endNested(Operation *op);

  // Syntax.
  template <typename Rule> bool run(Rule rule);
  void reportMismatch(const Mismatch &mismatch);
  bool require(size_t type, const char *what);
  bool skipStatement();
  void dropTokens();

  // Reading accepted tokens.
  Name nameOf(const Token &token);
  Name wordOf(const Token &token);
  bool readDeclaration(TokenCursor &cursor, Name &name, Type &type);
  bool readInputs(TokenCursor &cursor, Block &block);
  void readAttributes(TokenCursor &cursor, llvm::SmallVectorImpl<Attribute> &attributes);
  void readResults(TokenCursor &cursor);
  void readArguments(TokenCursor &cursor, Operation &op);
  void readBinding(const Token &token);
  void define(Value *value, size_t place);
  void defineResults(Operation *op);
  void reportUnresolved(Function &function);
  void noteAbout(DiagnosticEngine::InFlight report, const Unresolved &use, Function &function);

  Source &source;
  Context &context;
  ProgramTokens tokens;
  QuickParser<grammar::MILParser> parser;
  ValueReader values;
  Scopes scopes;
  std::unique_ptr<Program> program;
  Function *function = nullptr;
  std::vector<OpenBlock> open;
  std::vector<Unresolved> unresolved;
  llvm::StringMap<Location> functions;
  std::array<Name, 256> words; ///< a cache of the few names of operations, arguments and attributes, by hash
  unsigned syntaxErrors = 0, searches = 0;
  bool ended = false;

  // Reused by each call.
  struct ParsedArgument {
    Name name;
    size_t place;          ///< the offset of its name
    uint32_t first, count; ///< in `bindings`
  };
  llvm::SmallVector<Operation::ResultSpec, 4> results;
  llvm::SmallVector<ParsedArgument, 16> arguments;
  llvm::SmallVector<Binding, 32> bindings;
  llvm::SmallVector<Attribute, 8> attributes;
};

} // namespace mil::text
