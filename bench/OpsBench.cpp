// The cost of applying the definitions of operations, on programs of a thousand to a million operations:
//
//   parse    the program's text, for comparison
//   verify   verifyOperations: signatures, rules, types
//   infer    inferFunction: every type again
#include "TransformerProgram.h"
#include "mil/Ops/Infer.h"
#include "mil/Text/Parser.h"
#include "mil/Text/Printer.h"
#include "mil/Verify/Verify.h"
#include <benchmark/benchmark.h>

using namespace mil;

static void parse(benchmark::State &state) {
  std::string text;
  {
    Context context;
    llvm::raw_string_ostream out(text);
    printProgram(*bench::TransformerProgram(context, size_t(state.range(0))).take(), out);
  }
  for (auto _ : state) {
    Context context;
    DiagnosticEngine diags(llvm::errs());
    if (!parseProgram(text, diags.sources().add("program.mil", text), context, diags))
      state.SkipWithError("the text can't be read");
  }
  state.SetItemsProcessed(int64_t(state.iterations()) * state.range(0));
}

static void verify(benchmark::State &state) {
  Context context;
  std::unique_ptr<Program> program = bench::TransformerProgram(context, size_t(state.range(0))).take();
  DiagnosticEngine diags(llvm::errs());
  for (auto _ : state)
    if (!verifyOperations(*program, diags))
      state.SkipWithError("the program breaks a rule");
  state.SetItemsProcessed(int64_t(state.iterations()) * state.range(0));
}

static void infer(benchmark::State &state) {
  Context context;
  std::unique_ptr<Program> program = bench::TransformerProgram(context, size_t(state.range(0))).take();
  DiagnosticEngine diags(llvm::errs());
  for (auto _ : state)
    if (!inferFunction(*program->function("main"), diags, /*keepPrecise=*/false))
      state.SkipWithError("a rule failed");
  state.SetItemsProcessed(int64_t(state.iterations()) * state.range(0));
}

BENCHMARK(parse)->RangeMultiplier(10)->Range(1000, 1000000)->Unit(benchmark::kMillisecond);
BENCHMARK(verify)->RangeMultiplier(10)->Range(1000, 1000000)->Unit(benchmark::kMillisecond);
BENCHMARK(infer)->RangeMultiplier(10)->Range(1000, 1000000)->Unit(benchmark::kMillisecond);
