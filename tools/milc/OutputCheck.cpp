#include "OutputCheck.h"
#include "RunInputs.h"
#include "mil/Support/ReadLog.h"

using namespace mil;

namespace milc {

void OutputCheck::addTo(CLI::App &app) {
  option =
      app.add_option("--check", samples,
                     "Read the output back, run it and its source on N random inputs (default: 1), and fail unless all results are equal");
  option->type_name("[N]")->expected(0, 1)->default_str("1")->check(CLI::Range(1, 1000000));
}

std::optional<int> OutputCheck::refuse(const CommandLine &line, llvm::StringRef path) const {
  if (!*this || !isStream(path))
    return std::nullopt;
  return line.refuse(*option, "an output written to a stream can't be read back");
}

Status OutputCheck::run(llvm::StringRef path, llvm::ArrayRef<CheckedFunction> functions, DiagnosticEngine &diags, bool prints) const {
  ReadLog::Pause pause;
  CheckOptions options;
  options.samples = std::max(1u, samples);
  options.exact = true;
  for (const CheckedFunction &function : functions) {
    Context context;
    Result<std::unique_ptr<ModelRunner>> source = ModelRunner::make(*function.source, function.function, diags);
    Result<Runnable> written = source ? openRunnable(path, function.written, context, {}, diags) : Result<Runnable>(failure());
    if (!written)
      return failure();
    Status same =
        function.isSlice ? checkSlice(**source, *written->runner, options, diags) : checkRuns(**source, *written->runner, options, diags);
    if (!same)
      return failure();
  }
  if (prints)
    llvm::outs() << "checked: " << functions.size() << (functions.size() == 1 ? " function computes" : " functions compute")
                 << " the same results as before, on " << options.samples << (options.samples == 1 ? " random input" : " random inputs")
                 << "\n";
  return success();
}

} // namespace milc
