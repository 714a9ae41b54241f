// How long pipelines take on programs of a thousand to a million operations. `Pipelines --benchmark_filter=optimize` for one of them.
#include "TransformerProgram.h"
#include "mil/Pass/PassManager.h"
#include "mil/Passes/AllPasses.h"
#include <benchmark/benchmark.h>

using namespace mil;

static void pipeline(benchmark::State &state, const char *name) {
  size_t operations = size_t(state.range(0));
  for (auto _ : state) {
    state.PauseTiming();
    Context context;
    DiagnosticEngine diags(llvm::errs());
    std::unique_ptr<Program> program = bench::TransformerProgram(context, operations).take();
    PassInstrumentation watch;
    watch.checkUnchanged = false;
    PassManager manager(allPasses(), watch);
    Result<PassList> passes = parsePipeline(name, allPasses(), diags);
    if (!passes || !manager.add(*passes, diags)) {
      state.SkipWithError("no such pipeline");
      return;
    }
    state.ResumeTiming();
    if (!manager.run(*program, diags))
      state.SkipWithError("a pass failed");
    state.PauseTiming();
    program.reset();
    state.ResumeTiming();
  }
  state.SetItemsProcessed(int64_t(state.iterations()) * state.range(0));
}

BENCHMARK_CAPTURE(pipeline, optimize, "optimize")->RangeMultiplier(10)->Range(1000, 1000000)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(pipeline, default, "default")->RangeMultiplier(10)->Range(1000, 1000000)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(pipeline, cleanup, "cleanup")->RangeMultiplier(10)->Range(1000, 1000000)->Unit(benchmark::kMillisecond);
