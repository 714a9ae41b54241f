// Every construct of the language: what is accepted, and how it is printed.

#include "TextFixture.h"
#include "mil/IR/Builder.h"
#include "gmock/gmock.h"

namespace mil::test {
namespace {

using ::testing::HasSubstr;

/// How one operation comes out; diagnostics when it doesn't.
std::string operation(llvm::StringRef text, const char *dialect = "1.3") {
  Parsed parsed(("program(" + llvm::Twine(dialect) + ") { func f<ios18>() {\n" + text + "\n} -> (); }").str());
  if (!parsed.ok())
    return parsed.messages();
  std::string out;
  llvm::raw_string_ostream stream(out);
  printOperation(parsed.program->functions()[0]->body().back(), stream);
  return out;
}

/// How `type(value)` comes out.
std::string value(llvm::StringRef text, const char *dialect = "1.3") {
  llvm::StringRef printed;
  std::string whole = operation(("c()[v = " + text + "];").str(), dialect);
  printed = whole;
  if (!printed.consume_front("c()[v = ") || !printed.consume_back("];"))
    return whole;
  return printed.str();
}

TEST(Syntax, Frame) {
  std::string canonical = "program(1.3)\n[buildInfo = dict<string, string>({{\"a\", \"b\"}})]\n{\n"
                          "    func first<ios17>(fp16 a, tensor<int32, [?]> b) [k = int32(1)] {\n"
                          "            fp16 c = relu(x = a);\n"
                          "        } -> (c, b);\n"
                          "    func second<ios18>() {\n        } -> ();\n}";
  EXPECT_EQ(reprint(canonical), canonical);
  // Layout is free; functions and parameters are sorted.
  EXPECT_EQ(reprint("\xEF\xBB\xBFprogram(1.9)[buildInfo=dict<string,tensor<string,[]>>({{\"a\",\"b\"}})]{func second<CoreML8>(){}->();\r\n"
                    "func first<ios17>(tensor<int32,[?]>b,tensor<fp16,[]>a)[k=tensor<int32,[]>(1)]{fp16 c=relu(x=a);}->(c,b);}\n"),
            canonical);
  EXPECT_EQ(reprint("program(1) [] { }"), "program(1.0)\n{\n}");
  EXPECT_EQ(reprint("program(1.0)[buildInfo = dict<string, string>({})] { }"),
            "program(1.0)\n[buildInfo = dict<tensor<string, []>, tensor<string, []>>({})]\n{\n}");
}

TEST(Syntax, Opsets) {
  for (auto [read, printed] : {std::pair("ios13", "ios13"),
                               {"CoreML4", "ios14"},
                               {"CoreML5", "ios15"},
                               {"ios19", "ios26"},
                               {"CoreML9", "ios26"},
                               {"CoreML12", "CoreML12"},
                               {"`my set`", "`my set`"},
                               {" /* c */ ios18 ", "ios18"}})
    EXPECT_EQ(reprint("program(1.3) { func f<" + std::string(read) + ">() {} -> (); }"),
              "program(1.3)\n{\n    func f<" + std::string(printed) + ">() {\n        } -> ();\n}");
}

TEST(Syntax, KeepOrder) {
  Parsed parsed("program(1.3) { func b<ios18>(int32 y, int32 x) {} -> (); func a<ios18>() {} -> (); }");
  PrintOptions options;
  options.keepOrder = true;
  EXPECT_THAT(parsed.print(options), HasSubstr("b<ios18>(int32 y, int32 x)"));
  EXPECT_LT(parsed.print(options).find("func b"), parsed.print(options).find("func a"));
  EXPECT_GT(parsed.print().find("func b"), parsed.print().find("func a"));
}

TEST(Syntax, Comments) {
  EXPECT_EQ(operation("// a line\nint32 /* two\nlines */ x /**/ = // c\n c(/*)*/ a /*:*/ = int32(/*1*/ 1 //)\n));"),
            "int32 x = c(a = int32(1));");
}

TEST(Syntax, Operations) {
  EXPECT_EQ(operation("op();"), "op();");
  EXPECT_EQ(operation("op()[];"), "op();");
  EXPECT_EQ(operation("op<ios17>();"), "op<ios17>();");
  EXPECT_EQ(operation("int32 a, string b = op(z = int32(1), y = int32(2))[q = int32(3), p = int32(4)];"),
            "int32 a, string b = op(y = int32(2), z = int32(1))[p = int32(4), q = int32(3)];");
  EXPECT_EQ(operation("(int32 a, string b) = op();"), "int32 a, string b = op();");
  EXPECT_EQ(operation("op(a = (), b = (int32(1)), c = (int32(1), int32(2)));"), "op(a = (), b = int32(1), c = (int32(1), int32(2)));");
  EXPECT_EQ(operation("int32 a = c(); op(values = (a, int32(1), a), x = a, y = (a));"), "op(values = (a, int32(1), a), x = a, y = a);");
}

TEST(Syntax, Names) {
  EXPECT_EQ(operation("int32 `a.b` = c(); `op type`(`1` = `a.b`, `x` = int32(1));"), "`op type`(`1` = `a.b`, x = int32(1));");
  EXPECT_EQ(operation(R"(int32 `q\`\\\"\n\x01` = c();)"), R"(int32 `q\`\\"\n\x01` = c();)");
  // Words of the language are names where only a name can stand; they are printed quoted.
  EXPECT_EQ(operation("op(state = int32(1), tensor = int32(2), fp16 = int32(3), func = int32(4), program = int32(5), list=int32(6));"),
            "op(`fp16` = int32(3), `func` = int32(4), `list` = int32(6), `program` = int32(5), `state` = int32(1), `tensor` = int32(2));");
  EXPECT_EQ(operation("int32 a@b = c();"), "int32 a@b = c();");
}

TEST(Syntax, Types) {
  auto type = [](llvm::StringRef text, const char *dialect = "1.3") { return operation((text + " x = c();").str(), dialect); };
  const char *same[] = {"fp16",
                        "tensor<fp16, [1, ?, 0, ...]>",
                        "tensor<int4, ?>",
                        "list<tensor<fp32, [?, 514]>, 1>",
                        "list<string, ?>",
                        "tuple<>",
                        "tuple<fp16, tuple<bool>>",
                        "dict<string, fp64>",
                        "state<tensor<fp16, [1]>>",
                        "state<fp16>",
                        "tensor<fp8e4m3fn, [1]>",
                        "tensor<bf16, [9223372036854775807]>",
                        "tensor_buffer<fp16, shape=[16, 1, 64], strides=[64, 64, 1]>",
                        "list<tensor_buffer<fp16,a=[1]>,2>"};
  for (const char *each : same)
    EXPECT_EQ(type(each), std::string(each) + " x = c();");
  EXPECT_EQ(type("tensor < fp16 , [ 1,2 ] >"), "tensor<fp16, [1, 2]> x = c();");
  EXPECT_EQ(type("tensor<fp16, []>"), "fp16 x = c();");
  EXPECT_EQ(type("dict<string, list<fp64, 2>>", "1.0"), "dict<tensor<string, []>, list<tensor<fp64, []>, 2>> x = c();");
  EXPECT_EQ(type("state<fp16>", "1.0"), "state<tensor<fp16, []>> x = c();");
}

TEST(Syntax, Scalars) {
  const char *same[] = {"int8(-128)",
                        "uint8(255)",
                        "int4(-8)",
                        "uint1(1)",
                        "uint6(63)",
                        "int64(-9223372036854775808)",
                        "uint64(18446744073709551615)",
                        "bool(true)",
                        "bool(false)",
                        "fp16(0x1p-24)",
                        "fp32(0x1.010102p-8)",
                        "fp16(-inf)",
                        "fp16(inf)",
                        "fp16(nan)",
                        "fp32(-0x0p+0)",
                        "fp16(nan(0x7e01))",
                        "fp64(0x1.5555555555555p-2)",
                        "bf16(0x1.8p+1)",
                        "fp8e5m2(0x1.4p+3)"};
  for (const char *each : same)
    EXPECT_EQ(value(each), each);
  for (auto [read, printed] : {std::pair("int32(0x10)", "int32(16)"),
                               {"int32(-0x80000000)", "int32(-2147483648)"},
                               {"int32(+7)", "int32(7)"},
                               {"bool(1)", "bool(true)"},
                               {"bool(0)", "bool(false)"},
                               {"fp16(-0.5)", "fp16(-0x1p-1)"},
                               {"fp16(1)", "fp16(0x1p+0)"},
                               {"fp32(1e-3)", "fp32(0x1.0624dep-10)"},
                               {"fp32(0X1.8P1)", "fp32(0x1.8p+1)"},
                               {"fp32(-0)", "fp32(-0x0p+0)"},
                               {"fp16(infinity)", "fp16(inf)"},
                               {"fp32(-nan)", "fp32(nan(0xffc00000))"},
                               {"fp16(0x1.1000000000000p-20)", "fp16(0x1.1p-20)"},
                               {"tensor<fp16, []>( /* c */ 2.5 )", "fp16(0x1.4p+1)"}})
    EXPECT_EQ(value(read), printed);
  EXPECT_EQ(value("fp16(2)", "1.0"), "tensor<fp16, []>(0x1p+1)");
}

TEST(Syntax, Tensors) {
  const char *same[] = {"tensor<int32, [2]>([1, 1])",
                        "tensor<fp16, [2, 2]>([[0x1p+0, 0x0p+0], [inf, nan]])",
                        "tensor<bool, [3]>([true, false, true])",
                        "tensor<string, [2]>([\"a\", \"b\"])",
                        "tensor<int4, [3]>([-8, 7, -1])",
                        "tensor<uint3, [2, 4]>([[1, 2, 3, 4], [5, 6, 7, 0]])",
                        "tensor<uint6, [5]>([63, 1, 2, 3, 4])",
                        "tensor<int32, [1, 1, 1, 2]>([[[[1, 2]]]])",
                        "tensor<int32, [2, 3, 2]>([[[1, 2], [3, 4], [5, 6]], [[7, 8], [9, 10], [11, 12]]])",
                        "tensor<int32, [0]>([])",
                        "tensor<fp32, [2, 0]>([[], []])",
                        "tensor<fp32, [0, 3]>([])",
                        "tensor<string, [2, 0, 3]>([[], []])",
                        "tensor<int32, [?]>([1, 2, 3])",
                        "tensor<int32, [2, ?]>([[1], [2]])",
                        "tensor<int32, [?, 2]>([[1, 2], [3, 4], [5, 6]])",
                        "tensor<int32, [?]>([])"};
  for (const char *each : same)
    EXPECT_EQ(value(each), each);
  EXPECT_EQ(value("tensor<fp32, [2, 0]>([])"), "tensor<fp32, [2, 0]>([[], []])");
  EXPECT_EQ(value("tensor<int32,[2]>( [ 1 ,// one\n2/**/ ] )"), "tensor<int32, [2]>([1, 2])");
}

TEST(Syntax, Strings) {
  const char *same[] = {R"(string(""))",
                        R"(string("a(b)[c]{d}<e>//f/*g"))",
                        R"(string("\"\\\n\r\t\x00\x1f\x7f"))",
                        "string(\"\xC3\xA4\xE2\x82\xAC\xF0\x9F\x8E\xB5\")",
                        R"(string("\xff\xc3"))",
                        "string(\"`'/\")"};
  for (const char *each : same)
    EXPECT_EQ(value(each), each);
  EXPECT_EQ(value(R"(string("\/\'\0\u00e4\ud83c\udfb5\x41"))"), "string(\"/'\\x00\xC3\xA4\xF0\x9F\x8E\xB5"
                                                                "A\")");
  EXPECT_EQ(value(R"(tensor<string, []>("x"))"), R"(string("x"))");
  EXPECT_EQ(value(R"(string("x"))", "1.0"), R"(tensor<string, []>("x"))");
}

TEST(Syntax, Compounds) {
  const char *same[] = {
      R"(list<string, 2>(["cat", "dog"]))",
      "list<int64, ?>([3, 5])",
      "list<tensor<int32, [2]>, 2>([[1, 2], [3, 4]])",
      "list<int32, 0>([])",
      "tuple<>(())",
      "tuple<int32>((1))",
      "tuple<int32, tuple<bool, string>>((1, (true, \"x\")))",
      "dict<string, int32>({})",
      R"(dict<string, tensor<int32, [?]>>({{"a", [1]}, {"b", []}}))",
      "list<tensor<fp16, [2]>, 1>([tensor<fp16, [2]>(BLOBFILE(path = string(\"w\"), offset = uint64(64)))])",
      R"(tuple<tuple<string, dict<string, tensor<int32, [?]>>>, tuple<string, dict<string, list<tensor<int32, [2]>, ?>>>>((("DefaultShapes", {{"a", [1, 4]}}), ("RangeDims", {{"a", [[1, 4], [4, 4]]}}))))",
      "foo<a, b>(any(thing) \"at)all\")"};
  for (const char *each : same)
    EXPECT_EQ(value(each), each);
  EXPECT_EQ(value("list<int32, 2>([int32(1), tensor<int32, []>(2)])"), "list<int32, 2>([1, 2])");
  EXPECT_EQ(value("dict<string, int32>({{string(\"a\"), int32(1)}})", "1.0"), "dict<tensor<string, []>, tensor<int32, []>>({{\"a\", 1}})");
}

TEST(Syntax, BlobFiles) {
  EXPECT_EQ(value("tensor<fp16, [9]>(BLOBFILE(offset=uint64(0x40),path=tensor<string, []>(\"@model_path/w.bin\")))"),
            "tensor<fp16, [9]>(BLOBFILE(path = string(\"@model_path/w.bin\"), offset = uint64(64)))");
  EXPECT_EQ(value("fp16(BLOBFILE(path = \"a\\\"b\", offset = 18446744073709551615))", "1.0"),
            "tensor<fp16, []>(BLOBFILE(path = tensor<string, []>(\"a\\\"b\"), offset = tensor<uint64, []>(18446744073709551615)))");
}

TEST(Syntax, BlobsAreResolved) {
  DiagnosticEngine diags;
  BlobResolver blobs("/nonexistent");
  ParseOptions options;
  options.blobs = &blobs;
  Parsed missing(programOf("c()[v = fp16(BLOBFILE(path = string(\"@model_path/w.bin\"), offset = uint64(64)))];\n"), options);
  EXPECT_FALSE(missing.ok());
  EXPECT_THAT(missing.places(), testing::ElementsAre("4:14 missing-weights"));
}

TEST(Syntax, NestedBlocks) {
  std::string text = "program(1.3)\n{\n    func f<ios18>(bool p, tensor<fp32, [2]> x) {\n"
                     "            tensor<fp32, [2]> y = cond(pred = p)[name = string(\"cond_0\")] {\n"
                     "                    tensor<fp32, [2]> a = relu(x = x)[name = string(\"a\")];\n"
                     "                } -> (a), {\n"
                     "                }[k = int32(1)] -> (x);\n"
                     "            int32 i_out = while_loop(loop_vars = y) (int32 i_x, int32 h_x) {\n"
                     "                    bool c = less(x = i_x, y = h_x);\n"
                     "                    cond(pred = c) {\n"
                     "                            int32 z = const();\n"
                     "                        } -> ();\n"
                     "                } -> (c), (int32 i_x) {\n"
                     "                } -> (i_x);\n"
                     "        } -> (y);\n}";
  EXPECT_EQ(reprint(text), text);
}

TEST(Syntax, PlacesAndElision) {
  Parsed parsed(programOf("c()[v = tensor<int32, [2]>([1, 2]), w = tensor<int32, [1, 1]>([[1]]), "
                          "x = fp16(BLOBFILE(path = string(\"w\"), offset = uint64(64)))];\n"));
  ASSERT_TRUE(parsed.ok());
  PrintOptions options;
  options.elideAbove = 1;
  EXPECT_THAT(parsed.print(options), HasSubstr("c()[v = tensor<int32, [2]>([…]), w = tensor<int32, [1, 1]>([[1]]), x"));
  options.elideAbove = 0;
  options.place = [](const Literal &literal) -> std::optional<BlobPlace> {
    if (literal.isBlob() || literal.elementCount() == 2)
      return BlobPlace{"new.bin", 128};
    return std::nullopt;
  };
  EXPECT_THAT(parsed.print(options),
              HasSubstr("c()[v = tensor<int32, [2]>(BLOBFILE(path = string(\"new.bin\"), offset = uint64(128))), w = tensor<int32, "
                        "[1, 1]>([[1]]), x = fp16(BLOBFILE(path = string(\"new.bin\"), offset = uint64(128)))]"));
}

TEST(Syntax, LocationsPointAtOperations) {
  Parsed parsed("program(1.3) {\n  func f<ios18>() {\n    int32 a = c();\n  } -> ();\n}");
  ASSERT_TRUE(parsed.ok());
  Function *function = parsed.program->functions()[0];
  auto place = parsed.diags.sources().lineColumn(function->body().front().location());
  EXPECT_EQ(place.line, 3u);
  EXPECT_EQ(place.column, 5u);
  EXPECT_EQ(parsed.diags.sources().lineColumn(function->location()).column, 8u);
}

TEST(Syntax, MappedFilesAreReadLikeText) {
  DiagnosticEngine diags;
  Context context;
  std::string path = testing::TempDir() + "mapped.mil", text = programOf("            int32 a = c()[v = int32(1)];\n");
  {
    std::error_code error;
    llvm::raw_fd_ostream out(path, error);
    ASSERT_FALSE(error);
    out << text;
  }
  auto file = MappedFile::open(path, diags);
  ASSERT_TRUE(bool(file));
  auto program = parseProgram(**file, context, diags);
  ASSERT_TRUE(bool(program));
  EXPECT_EQ(programText(**program), text);
}

} // namespace
} // namespace mil::test
