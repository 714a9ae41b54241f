#include "RunFlames.h"
#include "mil/Support/Files.h"
#include "mil/View/Charts.h"

using namespace mil;

bool milc::writeFlames(const OperationTimes &times, unsigned repeats, llvm::StringRef path, bool force, DiagnosticEngine &diags) {
  Result<std::unique_ptr<OutputFile>> file = OutputFile::create(path, force, diags);
  if (!file)
    return false;
  llvm::MapVector<const Function *, TimedFunction> functions; // several in a pipeline
  for (const auto &[op, seconds] : times) {
    TimedFunction &timed = functions[op->function()];
    timed.function = op->function();
    timed.seconds[op] = seconds;
  }
  std::vector<TimedFunction> all;
  all.reserve(functions.size());
  for (auto &[function, timed] : functions)
    all.push_back(std::move(timed));
  drawFlames("Time of a run, mean of " + std::to_string(repeats), all, (*file)->stream());
  return bool((*file)->commit(diags));
}
