#include "RunFlames.h"
#include "mil/Support/Files.h"
#include "mil/View/Charts.h"
#include "llvm/ADT/MapVector.h"

using namespace mil;

bool milc::writeFlames(ModelRunner &runner, const NamedValues &inputs, const States &states, unsigned repeats, llvm::StringRef path,
                       bool force, DiagnosticEngine &diags) {
  Result<std::unique_ptr<OutputFile>> file = OutputFile::create(path, force, diags);
  if (!file)
    return false;
  llvm::MapVector<const Function *, TimedFunction> functions; // several in a pipeline
  for (unsigned i = 0; i < repeats; ++i) {
    States copy = states;
    RunCosts costs;
    if (!runner.run(inputs, copy, diags, nullptr, &costs))
      return false;
    for (const RunCosts::Step &step : costs.steps) {
      const Function *function = step.op->function();
      TimedFunction &timed = functions[function];
      timed.function = function;
      timed.seconds[step.op] += step.seconds / repeats;
    }
  }
  std::vector<TimedFunction> all;
  for (auto &[function, timed] : functions)
    all.push_back(std::move(timed));
  drawFlames("Time of a run, the mean of " + std::to_string(repeats), all, (*file)->stream());
  return bool((*file)->commit(diags));
}
