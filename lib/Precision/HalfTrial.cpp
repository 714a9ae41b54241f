#include "HalfTrial.h"
#include "mil/IR/Cloning.h"
#include "mil/Pass/PassManager.h"
#include "mil/Passes/AllPasses.h"
#include "llvm/ADT/StringExtras.h"

using namespace mil;

std::string mil::halfPasses(llvm::ArrayRef<std::string> kept, llvm::ArrayRef<std::string> raised) {
  std::string passes = "add_fp16_cast";
  if (!kept.empty())
    passes += "{skip_ops=" + llvm::join(kept, ",") + "}";
  if (!raised.empty())
    passes += ",add_fp32_cast{ops=" + llvm::join(raised, ",") + "}";
  return passes + ",cast_optimization,dead_code_elimination";
}

Result<RewrittenCopy> mil::rewriteCopy(const Function &function, llvm::StringRef passes, DiagnosticEngine &diags) {
  RewrittenCopy copy;
  copy.program = std::make_unique<Program>(function.program().context());
  copy.function = cloneFunction(function, *copy.program, function.name());
  Result<PassList> list = parsePasses(passes, allPasses(), diags);
  PassManager manager(allPasses());
  if (!list || !manager.add(*list, diags) || !manager.run(*copy.program, diags))
    return failure();
  return copy;
}

Result<std::unique_ptr<HalfTrial>> HalfTrial::make(const Function &function, const FunctionDescription *description, llvm::StringRef passes,
                                                   const RunOptions &options, DiagnosticEngine &diags) {
  Result<RewrittenCopy> copy = rewriteCopy(function, passes, diags);
  if (!copy)
    return failure();
  std::unique_ptr<HalfTrial> trial(new HalfTrial());
  trial->copy = std::move(*copy);
  std::vector<RunStage> stages{{.function = trial->copy.function, .description = description}};
  Result<std::unique_ptr<ModelRunner>> runner = ModelRunner::make(std::move(stages), {}, diags, options);
  if (!runner)
    return failure();
  trial->made = std::move(*runner);
  return trial;
}

Result<std::map<std::string, Tensor>> mil::numbersOf(ModelRunner &runner, const NamedValues &inputs, DiagnosticEngine &diags,
                                                     RunObserver *observer) {
  States states = runner.newStates();
  Result<NamedValues> outputs = runner.run(inputs, states, diags, observer);
  if (!outputs)
    return failure();
  std::map<std::string, Tensor> numbers;
  for (auto &[name, value] : *outputs)
    if (std::optional<Tensor> tensor = numbersOf(value))
      numbers.insert_or_assign(name, std::move(*tensor));
  return numbers;
}
