#include "PassCheck.h"
#include "mil/Arrays/WriteArrays.h"
#include "mil/Pass/DiagnosticKinds.h"
#include "mil/Support/Files.h"
#include "mil/Text/Printer.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"

using namespace mil;

namespace milc {

std::function<Status(const PassInfo *, const Program &, const Model *, DiagnosticEngine &)> PassCheck::function() {
  return [this](const PassInfo *pass, const Program &program, const Model *model, DiagnosticEngine &diags) {
    if (pass)
      return after(*pass, program, model, diags);
    steps.begin(program, model);
    return success();
  };
}

/// The error that a pass may cause: smaller for passes that only move operations, where fast kernels may still sum in another order.
static CheckOptions optionsFor(const PassInfo &pass, unsigned samples) {
  CheckOptions options;
  options.samples = samples;
  if (pass.keeps == Keeps::Bits)
    options.tolerance = 1e-4, options.halfTolerance = 2e-2;
  else if (pass.keeps == Keeps::Half)
    options.tolerance = options.halfTolerance;
  return options;
}

Status PassCheck::after(const PassInfo &pass, const Program &program, const Model *model, DiagnosticEngine &diags) {
  if (pass.keeps == Keeps::Nothing) {
    steps.begin(program, model);
    return success();
  }
  CheckFailure failure;
  if (steps.step(program, model, optionsFor(pass, samples), diags, &failure))
    return success();
  if (!report.empty() && !failure.output.empty() && !writeReport(pass, failure, diags))
    return mil::failure();
  return diags.report({}, diag::PassChangedValues, pass.name);
}

static Status writeText(const std::string &path, llvm::function_ref<void(llvm::raw_ostream &)> write, DiagnosticEngine &diags) {
  Result<std::unique_ptr<OutputFile>> file = OutputFile::create(path, false, diags);
  if (!file)
    return failure();
  write((*file)->stream());
  return (*file)->commit(diags);
}

Status PassCheck::writeReport(const PassInfo &pass, const CheckFailure &failure, DiagnosticEngine &diags) const {
  Result<std::unique_ptr<OutputFolder>> folder = OutputFolder::create(report, false, diags);
  if (!folder)
    return mil::failure();
  std::string in = (*folder)->path().str() + "/";
  PrintOptions print;
  print.elideAbove = 64;
  llvm::json::Object summary{{"pass", pass.name},
                             {"function", llvm::json::fixUTF8(failure.function)},
                             {"output", llvm::json::fixUTF8(failure.output)},
                             {"operation", llvm::json::fixUTF8(failure.operation)},
                             {"difference", llvm::formatv("{0}", failure.difference).str()},
                             {"inputs", "inputs.npz"},
                             {"before", "before.mil"},
                             {"after", "after.mil"}};
  auto writeSummary = [&](llvm::raw_ostream &out) { out << llvm::formatv("{0:2}", llvm::json::Value(std::move(summary))) << "\n"; };
  if (!writeText(in + "report.json", writeSummary, diags) ||
      !writeText(
          in + "before.mil", [&](llvm::raw_ostream &out) { printProgram(steps.before(), out, print); }, diags) ||
      !writeText(
          in + "after.mil", [&](llvm::raw_ostream &out) { printProgram(steps.after(), out, print); }, diags) ||
      !writeArrays(in + "inputs.npz", failure.inputs, false, diags))
    return mil::failure();
  return (*folder)->commit(diags);
}

} // namespace milc
