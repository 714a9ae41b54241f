// MIL text: how fast it is read and printed, and what memory that takes.
//
//   Ops/stock      the usual ANTLR pipeline: input stream, generated lexer, token stream, tree, a rule for every construct; no IR
//   Ops/parse      parseProgram: tokens, grammar, names, types, IR
//   Ops/print      printProgram
//   Literals/…     one enormous inline constant of fp32 or int32
//
// The text is made here, in the style of compiled models. Rates are of text; `bytes/byte` is memory in use after reading, for the program
// and its context, per byte of text.

#include "StockMILLexer.h"
#include "StockMILParser.h"
#include "mil/Text/Parser.h"
#include "mil/Text/Printer.h"
#include "llvm/Support/FormatVariadic.h"
#include <benchmark/benchmark.h>
#include <fstream>
#include <malloc.h>
#include <random>

using namespace mil;

namespace {

/// About `bytes` of operations as they are in a compiled convolutional network.
std::string operationText(size_t bytes) {
  std::string text = "program(1.3)\n[buildInfo = dict<string, string>({{\"coremlc-component-MIL\", \"3520.4.1\"}, {\"coremlc-version\", "
                     "\"3520.5.1\"}})]\n{\n    func main<ios18>(tensor<fp16, [1, 64, 80, 80]> x_0) {\n";
  text.reserve(bytes + 2000);
  size_t i = 0;
  for (; text.size() < bytes; ++i)
    text +=
        llvm::formatv(
            "            string op_{1}_pad_type_0 = const()[name = string(\"op_{1}_pad_type_0\"), val = string(\"valid\")];\n"
            "            tensor<int32, [2]> op_{1}_strides_0 = const()[name = string(\"op_{1}_strides_0\"), val = tensor<int32, [2]>([1, "
            "1])];\n"
            "            fp16 op_{1}_scale_to_fp16 = const()[name = string(\"op_{1}_scale_to_fp16\"), val = fp16(0x1.8p-{3})];\n"
            "            tensor<fp16, [64, 64, 1, 1]> op_{1}_weight_to_fp16 = const()[name = string(\"op_{1}_weight_to_fp16\"), val = "
            "tensor<fp16, [64, 64, 1, 1]>(BLOBFILE(path = string(\"@model_path/weights/weight.bin\"), offset = uint64({2})))];\n"
            "            tensor<fp16, [1, 64, 80, 80]> op_{1}_cast_fp16 = conv(dilations = op_{1}_strides_0, groups = int32(1), pad_type = "
            "op_{1}_pad_type_0, strides = op_{1}_strides_0, weight = op_{1}_weight_to_fp16, x = x_{0})[name = "
            "string(\"op_{1}_cast_fp16\")];\n"
            "            tensor<fp16, [1, 64, 80, 80]> x_{1} = mul(x = op_{1}_cast_fp16, y = op_{1}_scale_to_fp16)[name = "
            "string(\"x_{1}\")];\n",
            i, i + 1, 64 + i * 8256, i % 14)
            .str();
  return text + llvm::formatv("        } -> (x_{0});\n}", i).str();
}

std::string literalText(size_t bytes, const char *type) {
  std::minstd_rand random(1);
  std::string elements;
  elements.reserve(bytes + 64);
  size_t count = 0;
  bool floats = llvm::StringRef(type) == "fp32";
  for (; elements.size() < bytes; ++count) {
    if (count)
      elements += ", ";
    char buffer[40];
    if (floats)
      std::snprintf(buffer, sizeof buffer, "%a", double(float(int(random())) * 0x1.000abep-31f));
    else
      std::snprintf(buffer, sizeof buffer, "%d", int(random() >> (random() % 24)));
    elements += buffer;
  }
  return llvm::formatv(
             "program(1.3)\n{{\n    func main<ios18>() {{\n            tensor<{0}, [{1}]> w = const()[val = tensor<{0}, [{1}]>([{2}])];\n"
             "        } -> (w);\n}",
             type, count, elements)
      .str();
}

constexpr size_t opsSize = size_t(10) << 20, literalSize = size_t(64) << 20;

void stock(benchmark::State &state) {
  std::string text = operationText(opsSize);
  for (auto _ : state) {
    antlr4::ANTLRInputStream input(text);
    stock::StockMILLexer lexer(&input);
    antlr4::CommonTokenStream tokens(&lexer);
    stock::StockMILParser parser(&tokens);
    benchmark::DoNotOptimize(parser.program());
    if (parser.getNumberOfSyntaxErrors() != 0)
      state.SkipWithError("syntax errors");
  }
  state.SetBytesProcessed(int64_t(state.iterations() * text.size()));
}
BENCHMARK(stock)->Name("Ops/stock")->Iterations(1)->Unit(benchmark::kMillisecond);

size_t memoryInUse() {
  struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

void parse(benchmark::State &state, const std::string &text) {
  double memory = 0;
  for (auto _ : state) {
    size_t before = memoryInUse();
    DiagnosticEngine diags;
    Context context;
    auto program = parseProgram(text, diags.sources().add("bench.mil", text), context, diags);
    if (!program)
      state.SkipWithError("not read");
    memory = double(memoryInUse() - before) / double(text.size());
  }
  state.SetBytesProcessed(int64_t(state.iterations() * text.size()));
  state.counters["bytes/byte"] = memory;
}

void print(benchmark::State &state, const std::string &text) {
  DiagnosticEngine diags;
  Context context;
  auto program = parseProgram(text, diags.sources().add("bench.mil", text), context, diags);
  for (auto _ : state) {
    llvm::raw_null_ostream out;
    printProgram(**program, out);
  }
  state.SetBytesProcessed(int64_t(state.iterations() * text.size()));
}

BENCHMARK_CAPTURE(parse, Ops, operationText(opsSize))->Name("Ops/parse")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(print, Ops, operationText(opsSize))->Name("Ops/print")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(parse, Floats, literalText(literalSize, "fp32"))->Name("Literals/fp32/parse")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(print, Floats, literalText(literalSize, "fp32"))->Name("Literals/fp32/print")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(parse, Integers, literalText(literalSize, "int32"))->Name("Literals/int32/parse")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(print, Integers, literalText(literalSize, "int32"))->Name("Literals/int32/print")->Unit(benchmark::kMillisecond);

} // namespace
