// The scanners against the lexers that are generated from grammar/: token for token the same, up to the first token that is invalid.

#include "../RealModels.h"
#include "MILLexer.h"
#include "MILValueLexer.h"
#include "ProgramTokens.h"
#include "RandomProgram.h"
#include "TextFixture.h"
#include "ValueTokens.h"
#include <filesystem>
#include <fstream>

namespace mil::test {
namespace {

/// Generated lexers work on characters; one a byte makes their offsets ours.
std::string bytesAsCharacters(llvm::StringRef text) {
  std::string wide;
  for (unsigned char c : text) {
    if (c < 0x80) {
      wide.push_back(char(c));
    } else {
      wide.push_back(char(0xC0 | c >> 6));
      wide.push_back(char(0x80 | (c & 0x3F)));
    }
  }
  return wide;
}

template <typename Lexer> std::vector<std::string> generated(llvm::StringRef text) {
  antlr4::ANTLRInputStream input(bytesAsCharacters(text));
  Lexer lexer(&input);
  lexer.removeErrorListeners();
  std::vector<std::string> tokens;
  for (;;) {
    std::unique_ptr<antlr4::Token> token = lexer.nextToken();
    if (token->getType() == Lexer::INVALID)
      tokens.push_back("invalid");
    else if (token->getType() == antlr4::Token::EOF)
      tokens.push_back("end");
    else
      tokens.push_back(std::to_string(token->getType()) + ":" + text.slice(token->getStartIndex(), token->getStopIndex() + 1).str());
    if (tokens.back() == "invalid" || tokens.back() == "end")
      return tokens;
  }
}

template <typename Lexer> std::vector<std::string> scanned(text::TokenWindow &window) {
  std::vector<std::string> tokens;
  for (;; window.consume()) {
    const text::Token &token = *window.LT(1);
    if (token.type == Lexer::INVALID)
      tokens.push_back("invalid");
    else if (token.type == antlr4::Token::EOF)
      tokens.push_back("end");
    else
      tokens.push_back(std::to_string(token.type) + ":" + window.str(token).str());
    if (tokens.back() == "invalid" || tokens.back() == "end")
      return tokens;
  }
}

/// Texts with an invalid token agree up to it; how much of the text it takes, and where, is not the grammar's matter.
void expectSame(std::vector<std::string> a, std::vector<std::string> b, llvm::StringRef text) {
  if (a.back() == "invalid" || b.back() == "invalid") {
    EXPECT_EQ(a.back() == "invalid", b.back() == "invalid") << text.str();
    return;
  }
  EXPECT_EQ(a, b) << text.str();
}

void compareProgram(llvm::StringRef text) {
  text::ProgramTokens window(text);
  expectSame(generated<grammar::MILLexer>(text), scanned<grammar::MILLexer>(window), text);
}

void compareValue(llvm::StringRef text) {
  text::ValueTokens window(text, 0, text.size());
  expectSame(generated<grammar::MILValueLexer>(text), scanned<grammar::MILValueLexer>(window), text);
}

TEST(Tokens, ScannerAgreesWithGrammar) {
  const char *texts[] = {
      "",
      "\xEF\xBB\xBFprogram(1.0)\r\n{}\r\n",
      "func main<ios18>(tensor<fp16, [1, ?]> x, fp16 y) { } -> ();",
      "func main < /* here */ ios18 > (string s)",
      "tensor<fp16, [1]> y = relu(x = x)[name = string(\"a)b\")];",
      "tensor < fp16 , [ 1 ] > ( [ 0x1p+0 ] )",
      "tensor<int32, [2]>(/* ) */ [1, // )\n 2])",
      "dict<string, string>({{\"(\", \"\\\")\"}})",
      "tuple<>(()) tuple<string> state<fp16> list<T, ?>",
      "tensor_buffer<fp16, shape=[16, 1], strides=[1]> b = f(x = c)[y = foo<\"<\">(1)];",
      "foo<bar>(x) foo <bar> foo<bar,> foo<=> foo<[> foo<<a>> foo<\">\">",
      "string<a, b> string = string(\"x\") func<a,b>",
      "op(state = x, tensor = y, func = z, program = w, bool = v)",
      "`a.b` = `c\\`d`<ios17>(`e` = f) a@b _c",
      "a->b - -> 1.5 1. 12 // end",
      "x/*/*/y/***/z /* * / */ 1",
      "fp16(/ 1) ",
      "string(\"unclosed)\n\"",
      "tensor<fp16, [1]",
      "tensor<(> x",
      "foo<3>(x)",
      "/* never",
      "`",
      "``",
      "\"",
      "bool(true)uint3(1)int5(1)fp8e4m3fn(1)fp8e4m3(1)",
      "\x01",
      "a\xC3\xA4",
  };
  for (const char *text : texts)
    compareProgram(text);
}

TEST(Tokens, ValueScannerAgreesWithGrammar) {
  const char *texts[] = {"",
                         "tensor<fp16, [1, ?, ...]>",
                         "list<tuple<string, dict<bool, state<int4>>>, 3>",
                         "[[1, -2], [+3, 4]]",
                         "0x1.8p+1 0X1.8P-1 0x.8 0x1. 0x 0xg",
                         "1 1. .5 1.5e3 1e+3 1e 1e+ 1E5 - + . .. ...",
                         "inf -inf infinity nan +nan nan(0x7e01) nan(0x) nan(1) nan (0x1) infx nanx",
                         "true false truex",
                         "BLOBFILE(path = string(\"a\"), offset = uint64(64))",
                         "{{\"a\", (1, 2)}, {\"b\\\\\", ()}}",
                         "a.b",
                         "`x y`<3>",
                         "\"a\\\"b\" \"open",
                         "/* c */1//x\n2",
                         "/",
                         "1x2 0b1 12abc 1.2.3 1..2",
                         "-inf-1 --1 +-1 -a",
                         "0x1p 0x1p+ 0x1.8p+10",
                         "\xC3\xA4",
                         "[1,2,,3]"};
  for (const char *text : texts)
    compareValue(text);
}

TEST(Tokens, RandomTextsAgree) {
  // Pieces of the language in any order: mostly nonsense, which must still be cut the same way.
  const char *pieces[] = {"tensor", "<",     ">",    "fp16",  ", ",    "[",     "]",      "1",        "(",  ")",  "x",   " ",
                          "=",      "\"s\"", "list", "/*c*/", "//d\n", "`q`",   "{",      "}",        ";",  "->", "?",   "...",
                          "0x1p+0", "-",     ".",    "inf",   "foo",   "ios17", "string", "nan(0x1)", "\"", "/",  "func"};
  std::minstd_rand random(7);
  for (int round = 0; round != 3000; ++round) {
    std::string text;
    for (unsigned count = 1 + random() % 12; count != 0; --count)
      text += pieces[random() % std::size(pieces)];
    compareProgram(text);
    compareValue(text);
  }
}

TEST(Tokens, RandomProgramsAgree) {
  for (unsigned seed = 0; seed != 20; ++seed) {
    Context context;
    compareProgram(programText(*randomProgram(context, seed)));
  }
}

TEST(Tokens, CorpusAgrees) {
  std::vector<std::string> models = realModels({".mil"});
  SKIP_WITHOUT_MODELS(models);
  for (const std::string &path : models) {
    std::ifstream file(path, std::ios::binary);
    std::string text{std::istreambuf_iterator<char>(file), {}};
    compareProgram(text);
    // And the inside of every type and value.
    text::ProgramTokens window(text);
    for (; window.LA(1) != antlr4::Token::EOF && window.LA(1) != grammar::MILLexer::INVALID; window.consume(), window.drop())
      if (window.LA(1) == grammar::MILLexer::TYPE || window.LA(1) == grammar::MILLexer::VALUE)
        compareValue(window.str(*window.LT(1)));
  }
}

} // namespace
} // namespace mil::test
