// Every error of texts: its message and location.

#include "TextFixture.h"
#include "mil/IR/Verifier.h"
#include "gmock/gmock.h"

namespace mil::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// The diagnostics about operations in `f`, which start on line 4.
std::vector<std::string> errorsOf(llvm::StringRef operations) { return Parsed(programOf(operations)).places(); }
/// The diagnostics about one attribute's value, which starts in column 9.
std::vector<std::string> valueErrors(llvm::StringRef value) { return errorsOf(("c()[v = " + value + "];\n").str()); }

TEST(Errors, Syntax) {
  EXPECT_THAT(Parsed("").messages(), HasSubstr("expected 'program', found the end [syntax-error]"));
  EXPECT_THAT(Parsed("program(1.0) {").messages(), HasSubstr("expected 'func' or '}', found the end"));
  EXPECT_THAT(Parsed("program(1.0) {} x").messages(), HasSubstr("expected the end, found 'x'"));
  EXPECT_THAT(Parsed(programOf("a(x = );\n")).messages(),
              HasSubstr("test.mil:4:7: error: expected a value, a name or '(', found ')' [syntax-error]\na(x = );\n      ^\n"));
  EXPECT_THAT(Parsed(programOf("a(x = y\n")).messages(), HasSubstr("5:9: error: expected ')' or ',', found '}'"));
  EXPECT_THAT(Parsed(programOf("a() b;\n")).messages(), HasSubstr("expected ';', found 'b'"));
  EXPECT_THAT(Parsed(programOf("string a = b() } -> (x)\n")).messages(), HasSubstr("found '}'"));
  EXPECT_THAT(Parsed("program(1.3) { func f<ios18>(int32) {} -> (); }").messages(), HasSubstr("expected a name, found ')'"));
  EXPECT_THAT(Parsed("program(1.3) { func f(int32 x) {} -> (); }").messages(), HasSubstr("expected an opset as in '<ios18>', found '('"));
}

TEST(Errors, SyntaxGoesOnBehindSemicolons) {
  EXPECT_THAT(errorsOf("a(=);\nb(x = y);\nc(x y);\n"), ElementsAre("4:3 syntax-error", "6:5 syntax-error"));
  // The error may have been about a brace.
  EXPECT_THAT(errorsOf("a(=) { } -> ();\nb(=);\n"), ElementsAre("4:3 syntax-error"));
}

TEST(Errors, SyntaxErrorsEnd) {
  std::string many;
  for (int i = 0; i != 1000; ++i)
    many += "a(=);\n";
  EXPECT_EQ(errorsOf(many).size(), 20u);
}

TEST(Errors, WordsOfTheLanguage) {
  Parsed parsed(programOf("int32 string = c();\n"));
  EXPECT_THAT(parsed.places(), ElementsAre("4:7 syntax-error", "> 4:7 quote-the-word"));
  EXPECT_THAT(parsed.messages(), HasSubstr("expected a name, found 'string'"));
  EXPECT_THAT(parsed.messages(), HasSubstr("write it as `string` to use it as a name"));
  EXPECT_THAT(errorsOf("int32 `string` = c(string = int32(1), func = int32(2));\n"), ElementsAre());
}

TEST(Errors, Characters) {
  EXPECT_THAT(errorsOf("a(x = $);\n"), ElementsAre("4:7 unexpected-character"));
  EXPECT_THAT(Parsed(programOf("\xC3\xA4 = b();\n")).messages(), HasSubstr("unexpected character 0xc3"));
  EXPECT_THAT(errorsOf("x: int32 = b();\n"), ElementsAre("4:2 unexpected-character"));
}

TEST(Errors, Unclosed) {
  EXPECT_THAT(errorsOf("a()[v = tensor<int32, [1]>([1];\n"), ElementsAre("4:27 unclosed-bracket"));
  EXPECT_THAT(errorsOf("tensor<int32, [1] x = c();\n"), ElementsAre("4:7 unclosed-bracket"));
  EXPECT_THAT(errorsOf("a()[v = string(\"x];\n\")];\n"), ElementsAre("4:15 unclosed-bracket"));
  EXPECT_THAT(errorsOf("a(`x = 1);\n"), ElementsAre("4:3 unclosed-string"));
  EXPECT_THAT(errorsOf("/* a();\n"), ElementsAre("4:1 unclosed-comment"));
}

TEST(Errors, Nesting) {
  std::string deep = "list<int32, 1>";
  for (unsigned i = 0; i != 100000; ++i)
    deep = i < 300 ? "list<" + deep + ", 1>" : deep;
  EXPECT_THAT(errorsOf(deep + " x = c();\n"), ElementsAre("4:1285 brackets-too-deep"));
  std::string brackets(100000, '['), closing(100000, ']');
  EXPECT_THAT(valueErrors("tensor<int32, [1]>(" + brackets + "1" + closing + ")"), ElementsAre("4:29 literal-depth"));
  EXPECT_THAT(valueErrors("list<int32, 1>(" + brackets + "1" + closing + ")"), ElementsAre("4:280 brackets-too-deep"));
  EXPECT_THAT(valueErrors("int32(" + std::string(100000, '(') + std::string(100000, ')') + ")"), ElementsAre("4:15 not-a-number"));
  EXPECT_THAT(errorsOf(std::string(100000, '(')), ElementsAre("4:2 syntax-error"));
  std::string angles;
  for (unsigned i = 0; i != 100000; ++i)
    angles += "tuple<";
  EXPECT_THAT(errorsOf(angles + std::string(100000, '>') + " x = c();\n"), ElementsAre("4:1542 brackets-too-deep"));
}

TEST(Errors, BlocksTooDeep) {
  auto nested = [](unsigned depth) {
    std::string text;
    for (unsigned i = 0; i != depth; ++i)
      text += "cond() {\n";
    for (unsigned i = 0; i != depth; ++i)
      text += "} -> ();\n";
    return text;
  };
  Parsed deepest(programOf(nested(maxNesting)));
  ASSERT_TRUE(deepest.ok()) << deepest.messages();
  EXPECT_TRUE(bool(verifyStructure(*deepest.program, deepest.diags))) << deepest.messages();
  EXPECT_EQ(reprint(deepest.print()), deepest.print());
  EXPECT_THAT(errorsOf(nested(maxNesting + 1)), ElementsAre("1004:8 too-deep"));
  EXPECT_THAT(errorsOf(nested(100000)), ElementsAre("1004:8 too-deep"));
}

TEST(Errors, Versions) {
  for (const char *good : {"program(1) {}", "program(1.0) {}", "program(1.3) {}", "program(1.17) {}"})
    EXPECT_TRUE(Parsed(good).ok()) << good;
  EXPECT_THAT(Parsed("program(2.0) {}").places(), ElementsAre("1:9 unsupported-version"));
  EXPECT_THAT(Parsed("program(1.99999999999) {}").places(), ElementsAre("1:9 unsupported-version"));
}

TEST(Errors, Names) {
  Parsed parsed("program(1.3) {\n"
                "func f<ios18>(int32 first) {\n"
                "  a(x = frist, y = (later, other));\n"
                "  int32 later = b();\n"
                "  int32 later = b();\n"
                "} -> (nothing_like_it);\n"
                "func g<ios18>(int32 other) {\n"
                "} -> (first);\n"
                "func g<ios18>() {} -> (); }");
  EXPECT_THAT(parsed.places(), ElementsAre("5:3 duplicate-value", "> 4:3 earlier-definition", //
                                           "3:9 undefined-value", "> 2:6 did-you-mean",       //
                                           "3:21 undefined-value", "> 4:3 defined-later",     //
                                           "3:28 undefined-value",                            //
                                           "6:7 undefined-value",                             //
                                           "8:7 undefined-value", "> 2:6 defined-elsewhere",  //
                                           "9:6 duplicate-function", "> 7:6 earlier-definition"));
  std::string messages = parsed.messages();
  EXPECT_THAT(messages, HasSubstr("did you mean 'first'?"));
  EXPECT_THAT(messages, HasSubstr("'later' is defined here, after its use"));
  EXPECT_THAT(messages, HasSubstr("a value with this name is defined in function 'f'"));
}

TEST(Errors, Scopes) {
  EXPECT_THAT(errorsOf("int32 a = c(x = a);\n"), ElementsAre("4:17 undefined-value", "> 4:1 defined-later"));
  // What a nested block defines ends with it; a name of a block around can't be used again.
  EXPECT_THAT(errorsOf("cond() {\nint32 a = c();\n} -> (a);\nb(x = a);\n"), ElementsAre("7:7 undefined-value", "> 5:1 defined-later"));
  EXPECT_THAT(errorsOf("int32 a = c();\ncond() {\nint32 a = c();\n} -> ();\n"),
              ElementsAre("6:1 duplicate-value", "> 4:1 earlier-definition"));
  EXPECT_THAT(errorsOf("int32 a = c();\nwhile_loop() (int32 a) {\n} -> ();\n"),
              ElementsAre("5:21 duplicate-value", "> 4:1 earlier-definition"));
  // Sibling blocks may use the same names, and the operation's results are not yet there.
  EXPECT_THAT(errorsOf("int32 a = cond() {\nint32 b = c();\n} -> (b), {\nint32 b = c();\n} -> (b);\n"), ElementsAre());
  EXPECT_THAT(errorsOf("int32 a = cond() {\n} -> (a);\n"), ElementsAre("5:7 undefined-value", "> 4:1 defined-later"));
}

TEST(Errors, Repeats) {
  EXPECT_THAT(errorsOf("a(x = int32(1), y = int32(2), x = int32(3));\n"),
              ElementsAre("4:31 duplicate-argument", "> 4:3 earlier-definition"));
  EXPECT_THAT(errorsOf("a()[x = int32(1), y = int32(2), x = int32(3)];\n"),
              ElementsAre("4:33 duplicate-attribute", "> 4:5 earlier-definition"));
  EXPECT_THAT(Parsed("program(1.0)[a = int32(1), a = int32(2)] {}").places(),
              ElementsAre("1:28 duplicate-attribute", "> 1:14 earlier-definition"));
}

TEST(Errors, Types) {
  EXPECT_THAT(errorsOf("fp17 x = c();\n"), ElementsAre("4:1 unknown-element-type"));
  EXPECT_THAT(errorsOf("tensor<fp17, [1]> x = c();\n"), ElementsAre("4:8 unknown-element-type"));
  EXPECT_THAT(errorsOf("list<what, 1> x = c();\n"), ElementsAre("4:6 unknown-element-type"));
  EXPECT_THAT(errorsOf("tensor<fp16, [1, ]> x = c();\n"), ElementsAre("4:18 syntax-error"));
  EXPECT_THAT(errorsOf("tensor<fp16> x = c();\n"), ElementsAre("4:12 syntax-error"));
  EXPECT_THAT(errorsOf("tensor<fp16, [-1]> x = c();\n"), ElementsAre("4:15 not-a-number"));
  EXPECT_THAT(errorsOf("tensor<fp16, [9223372036854775808]> x = c();\n"), ElementsAre("4:15 integer-out-of-range"));
  EXPECT_THAT(errorsOf("list<fp16, 1.5> x = c();\n"), ElementsAre("4:12 not-a-number"));
}

TEST(Errors, LiteralShapes) {
  EXPECT_THAT(valueErrors("tensor<int32, [2]>(1)"), ElementsAre("4:28 literal-count"));
  EXPECT_THAT(valueErrors("tensor<int32, [1]>(1)"), ElementsAre("4:28 literal-depth"));
  EXPECT_THAT(valueErrors("int32([1])"), ElementsAre("4:15 literal-depth"));
  EXPECT_THAT(valueErrors("int32()"), ElementsAre("4:15 syntax-error"));
  EXPECT_THAT(valueErrors("int32(1, 2)"), ElementsAre("4:16 syntax-error"));
  EXPECT_THAT(valueErrors("tensor<int32, [1, 1]>([[[1]]])"), ElementsAre("4:33 literal-depth"));
  EXPECT_THAT(valueErrors("tensor<int32, [2]>([1])"), ElementsAre("4:30 literal-row"));
  EXPECT_THAT(valueErrors("tensor<int32, [2, 2]>([[1, 2], [3]])"), ElementsAre("4:42 literal-row"));
  EXPECT_THAT(valueErrors("tensor<int32, [2]>([1, 2, 3])"), ElementsAre("4:35 literal-count"));
  EXPECT_THAT(valueErrors("tensor<int32, [2]>([1, 2]"), ElementsAre("4:27 unclosed-bracket"));
  EXPECT_THAT(valueErrors("tensor<int32, [2]>([1, 2)"), ElementsAre("4:33 syntax-error"));
  EXPECT_THAT(valueErrors("tensor<int32, [2]>([1 2])"), ElementsAre("4:31 syntax-error"));
  EXPECT_THAT(valueErrors("tensor<int32, [2]>([1, ])"), ElementsAre("4:32 syntax-error"));
  EXPECT_THAT(valueErrors("tensor<int32, [2]>([, 1])"), ElementsAre("4:29 syntax-error"));
  EXPECT_THAT(valueErrors("tensor<int32, [?, ?]>([[1]])"), ElementsAre("4:31 literal-shape"));
  EXPECT_THAT(valueErrors("tensor<int32, ?>([1])"), ElementsAre("4:26 literal-shape"));
  EXPECT_THAT(valueErrors("tensor<int32, [...]>([1])"), ElementsAre("4:30 literal-shape"));
  EXPECT_THAT(valueErrors("tensor<int32, [2, ?]>([[1, 2], [3]])"), ElementsAre("4:42 literal-row"));
  EXPECT_THAT(valueErrors("tensor<int32, [4611686018427387904, 4]>([1])"), ElementsAre("4:49 literal-shape"));
}

TEST(Errors, FlatLiterals) {
  Parsed flat(programOf("c()[v = tensor<int32, [2, 2]>([1, 2, 3, 4])];\n"));
  EXPECT_THAT(flat.places(), ElementsAre("4:42 flat-literal"));
  ASSERT_TRUE(flat.ok());
  EXPECT_THAT(flat.print(), HasSubstr("tensor<int32, [2, 2]>([[1, 2], [3, 4]])"));
  EXPECT_THAT(valueErrors("tensor<int32, [2, 2]>([1, 2, 3])"), ElementsAre("4:39 literal-depth"));
  EXPECT_THAT(valueErrors("tensor<int32, [2, 2]>([1, 2, [3, 4]])"), ElementsAre("4:38 literal-depth"));
  EXPECT_THAT(valueErrors("tensor<int32, [2, 2]>([[1, 2], 3])"), ElementsAre("4:40 literal-depth"));
}

TEST(Errors, ABillionElements) {
  EXPECT_THAT(Parsed(programOf("c()[v = tensor<fp32, [1000000000]>([1, 2, 3])];\n")).messages(),
              HasSubstr("a constant of type tensor<fp32, [1000000000]> has 1000000000 elements, found 3 [literal-count]"));
  EXPECT_THAT(valueErrors("tensor<string, [1000000000]>([\"a,b\", \"c\"])"), ElementsAre("4:38 literal-count"));
  // Printing a tensor without elements must not take what its other dimensions claim, either.
  EXPECT_LT(reprint(programOf("c()[v = tensor<fp32, [1000000000, 0]>([])];\n")).size(), 200u);
}

TEST(Errors, Numbers) {
  EXPECT_THAT(valueErrors("int8(128)"), ElementsAre("4:14 integer-out-of-range"));
  EXPECT_THAT(valueErrors("int8(-129)"), ElementsAre("4:14 integer-out-of-range"));
  EXPECT_THAT(valueErrors("uint8(-1)"), ElementsAre("4:15 integer-out-of-range"));
  EXPECT_THAT(valueErrors("uint1(2)"), ElementsAre("4:15 integer-out-of-range"));
  EXPECT_THAT(valueErrors("int4(8)"), ElementsAre("4:14 integer-out-of-range"));
  EXPECT_THAT(valueErrors("uint64(18446744073709551616)"), ElementsAre("4:16 integer-out-of-range"));
  EXPECT_THAT(valueErrors("int64(-9223372036854775809)"), ElementsAre("4:15 integer-out-of-range"));
  EXPECT_THAT(valueErrors("int32(1.5)"), ElementsAre("4:15 not-a-number"));
  EXPECT_THAT(valueErrors("int32(one)"), ElementsAre("4:15 not-a-number"));
  EXPECT_THAT(valueErrors("int32(0x)"), ElementsAre("4:15 not-a-number"));
  EXPECT_THAT(valueErrors("int32(\"1\")"), ElementsAre("4:15 not-a-number"));
  EXPECT_THAT(valueErrors("bool(2)"), ElementsAre("4:14 not-a-number"));
  EXPECT_THAT(valueErrors("string(a)"), ElementsAre("4:16 not-a-number"));
  EXPECT_THAT(valueErrors("fp16(65520)"), ElementsAre("4:14 float-overflow"));
  EXPECT_THAT(valueErrors("fp32(1e39)"), ElementsAre("4:14 float-overflow"));
  EXPECT_THAT(valueErrors("fp32(1.2.3)"), ElementsAre("4:14 not-a-number"));
  EXPECT_THAT(valueErrors("fp16(nan(0x12345))"), ElementsAre("4:14 not-a-number"));
  EXPECT_THAT(valueErrors("tensor<fp16, [2]>([0x1p+0, 0y1])"), ElementsAre("4:36 not-a-number"));
}

TEST(Errors, Escapes) {
  EXPECT_THAT(valueErrors(R"(string("a\qb"))"), ElementsAre("4:18 unknown-escape"));
  EXPECT_THAT(valueErrors(R"(string("\xg0"))"), ElementsAre("4:17 unknown-escape"));
  EXPECT_THAT(valueErrors(R"(string("\ud800"))"), ElementsAre("4:17 unknown-escape"));
  EXPECT_THAT(errorsOf("int32 `a\\qb` = c();\n"), ElementsAre("4:9 unknown-escape"));
  EXPECT_THAT(valueErrors(R"(tensor<fp16, [1]>(BLOBFILE(path = string("\q"), offset = uint64(64))))"), ElementsAre("4:51 unknown-escape"));
}

TEST(Errors, Compounds) {
  EXPECT_THAT(valueErrors("list<int32, 3>([1, 2])"), ElementsAre("4:24 literal-count"));
  EXPECT_THAT(valueErrors("list<int32, 2>((1, 2))"), ElementsAre("4:24 syntax-error"));
  EXPECT_THAT(valueErrors("tuple<int32, bool>((1))"), ElementsAre("4:28 literal-count"));
  EXPECT_THAT(valueErrors("tuple<int32>((1, 2))"), ElementsAre("4:22 literal-count"));
  EXPECT_THAT(valueErrors("dict<string, int32>({\"a\", 1})"), ElementsAre("4:30 syntax-error"));
  EXPECT_THAT(valueErrors("dict<string, int32>({{\"a\"}})"), ElementsAre("4:34 syntax-error"));
  EXPECT_THAT(valueErrors("dict<string, int32>({{1, 1}})"), ElementsAre("4:31 not-a-number"));
  EXPECT_THAT(valueErrors("list<int32, 1>([int8(1)])"), ElementsAre("4:25 element-type"));
  EXPECT_THAT(valueErrors("list<int32, 1>([foo])"), ElementsAre("4:25 unknown-element-type"));
  EXPECT_THAT(valueErrors("state<fp16>(1)"), ElementsAre("4:21 literal-kind"));
  EXPECT_THAT(valueErrors("list<foo<1,2>, 1>(anything)"), ElementsAre());
}

TEST(Errors, BlobFiles) {
  EXPECT_THAT(valueErrors("fp16(BLOBFILE(path = string(\"w\"), path = string(\"w\")))"), ElementsAre("4:43 blobfile-fields"));
  EXPECT_THAT(valueErrors("fp16(BLOBFILE(path = string(\"w\"), size = uint64(1)))"), ElementsAre("4:43 blobfile-fields"));
  EXPECT_THAT(valueErrors("fp16(BLOBFILE(path = string(\"w\")))"), ElementsAre("4:41 syntax-error"));
  EXPECT_THAT(valueErrors("fp16(BLOBFILE(path = int32(1), offset = uint64(1)))"), ElementsAre("4:30 element-type"));
  EXPECT_THAT(valueErrors("fp16(BLOBFILE(path = \"w\", offset = -1))"), ElementsAre("4:44 integer-out-of-range"));
  EXPECT_THAT(valueErrors("fp16(BLOBFILE(path = \"w\", offset = 1.5))"), ElementsAre("4:44 integer-out-of-range"));
}

TEST(Errors, TruncationsNeverCrash) {
  std::string text = programOf("tensor<fp16, [2]> x, string s = op<ios17>(a = (y, fp16(0x1p+0)), b = z)[name = string(\"a\\n\"), "
                               "d = dict<string, list<int32, 2>>({{\"k\", [1, 2]}})] (int32 i) { } -> (i), { } -> ();\n");
  for (size_t length = 0; length != text.size(); ++length)
    EXPECT_FALSE(Parsed(text.substr(0, length)).ok());
}

} // namespace
} // namespace mil::test
