// The readers that are written by hand against the grammar, which is the definition: what they accept, its rules accept.

#include "MILLexer.h"
#include "MILParser.h"
#include "MILValueLexer.h"
#include "MILValueParser.h"
#include "ProgramTokens.h"
#include "RandomProgram.h"
#include "TextFixture.h"
#include "mil/IR/DiagnosticKinds.h"
#include "mil/Text/DiagnosticKinds.h"

namespace mil::test {
namespace {

/// Whether `rule` of the generated parser, on the generated lexer, accepts all of `text`.
template <typename Lexer, typename Parser, typename Rule> bool accepts(const std::string &text, Rule rule) {
  antlr4::ANTLRInputStream input(text);
  Lexer lexer(&input);
  lexer.removeErrorListeners();
  antlr4::CommonTokenStream tokens(&lexer);
  Parser parser(&tokens);
  parser.removeErrorListeners();
  rule(parser);
  return parser.getNumberOfSyntaxErrors() == 0;
}

bool isProgram(const std::string &text) {
  return accepts<grammar::MILLexer, grammar::MILParser>(text, [](auto &parser) { parser.program(); });
}
bool isValue(const std::string &text) {
  return accepts<grammar::MILValueLexer, grammar::MILValueParser>(text, [](auto &parser) { parser.onlyValue(); });
}

/// Whether the inside of some value is wrong, which is not the matter of the program's grammar.
bool hasWrongValue(llvm::StringRef text) {
  text::ProgramTokens tokens(text);
  for (; tokens.LA(1) != antlr4::Token::EOF; tokens.consume())
    if (tokens.LA(1) == grammar::MILLexer::VALUE && !isValue(tokens.str(*tokens.LT(1)).str()))
      return true;
  return false;
}

TEST(Grammar, ProgramsThatAreReadFollowIt) {
  for (unsigned seed = 0; seed != 30; ++seed) {
    Context context;
    std::string text = programText(*randomProgram(context, seed));
    // Characters of the generated lexer are those of UTF-8, which opaque bytes are not; they are escaped when printed.
    EXPECT_TRUE(isProgram(text)) << text;
  }
}

TEST(Grammar, MutatedProgramsAgree) {
  std::minstd_rand random(11);
  std::string base =
      programOf("int32 a, fp16 b = op<ios17>(x = (a, fp16(1)), y = c)[n = string(\"s\")] (int32 i) { } [k = bool(1)] -> (i), { } -> ();\n");
  const char *pieces[] = {";", ",", "(", ")", "{", "}", "[", "]", "=", "->", "a", "int32", "fp16(1)", "<ios17>", "func", " "};
  size_t good = 0;
  for (int round = 0; round != 1500; ++round) {
    std::string text = base;
    for (unsigned edits = random() % 3; edits != 0; --edits)
      text.replace(random() % text.size(), random() % 4, pieces[random() % std::size(pieces)]);
    Parsed parsed(text);
    bool syntax = true;
    for (const Diagnostic &diagnostic : parsed.diags.diagnostics())
      syntax &= diagnostic.kind != diag::SyntaxError && diagnostic.kind != diag::UnexpectedCharacter &&
                diagnostic.kind != diag::UnclosedBracket && diagnostic.kind != diag::UnclosedString;
    // `a b` for a type that is not known is told as such; a type and a value are checked inside, too.
    if (syntax && std::all_of(parsed.diags.diagnostics().begin(), parsed.diags.diagnostics().end(), [](const Diagnostic &d) {
          return d.kind == diag::UndefinedValue || d.kind == diag::DuplicateValue || d.kind == diag::DuplicateArgument ||
                 d.kind == diag::DuplicateAttribute || d.kind == diag::DuplicateFunction;
        })) {
      ++good;
      EXPECT_TRUE(isProgram(text)) << text;
    }
    if (!syntax)
      EXPECT_TRUE(hasWrongValue(text) || !isProgram(text)) << text << parsed.messages();
  }
  EXPECT_GT(good, 200u);
}

TEST(Grammar, ValuesThatAreReadFollowIt) {
  const char *types[] = {"int32",
                         "fp16",
                         "bool",
                         "string",
                         "tensor<int32, [2]>",
                         "tensor<fp32, [2, 2]>",
                         "tensor<string, [1]>",
                         "tensor<int32, [?]>",
                         "list<int32, ?>",
                         "tuple<int32, string>",
                         "dict<string, int32>",
                         "list<tensor<int32, [1]>, 2>"};
  const char *pieces[] = {"1",
                          "-2",
                          "0x1p+0",
                          "1.5",
                          "inf",
                          "nan(0x7e01)",
                          "\"s\"",
                          "true",
                          "false",
                          "[",
                          "]",
                          "[",
                          "]",
                          "(",
                          ")",
                          "{",
                          "}",
                          ", ",
                          ",",
                          "[1, 2]",
                          "[[1, 2], [3, 4]]",
                          "{\"a\", 1}",
                          "int32(1)",
                          "/*c*/",
                          " ",
                          "BLOBFILE(path = \"w\", offset = 1)",
                          "(1, \"x\")"};
  std::minstd_rand random(5);
  size_t good = 0;
  for (int round = 0; round != 8000; ++round) {
    std::string text = types[random() % std::size(types)];
    text += '(';
    for (unsigned count = 1 + random() % 5; count != 0; --count)
      text += pieces[random() % std::size(pieces)];
    text += ')';
    Parsed parsed(programOf("c()[v = " + text + "];\n"));
    if (!parsed.ok())
      continue;
    ++good;
    EXPECT_TRUE(isValue(text)) << text;
  }
  EXPECT_GT(good, 100u);
}

} // namespace
} // namespace mil::test
