#include "mil/Pass/DiagnosticKinds.h"
#include "mil/Pass/PassManager.h"
#include "mil/Verify/Verify.h"
#include "llvm/ADT/STLExtras.h"

namespace mil {

/// The programs of a model, those of a pipeline's models included. Recursive on pipelines, whose nesting is bounded.
static void addPrograms(const Model &model, std::vector<const Program *> &programs) {
  if (model.program)
    programs.push_back(model.program.get());
  if (model.pipeline)
    for (const std::unique_ptr<Model> &stage : model.pipeline->models)
      addPrograms(*stage, programs);
}

Status verifyForPasses(const Model &model, DiagnosticEngine &diags) {
  std::vector<const Program *> programs;
  addPrograms(model, programs);
  if (programs.empty())
    diags.report(Location::ofFile(model.sourceFile), diag::OptNoProgram);
  DiagnosticEngine all;
  if (llvm::all_of(programs, [&](const Program *each) { return verifyStructure(*each, all) && verifyOperations(*each, all); }))
    return success();
  for (const Diagnostic &diagnostic : all.diagnostics())
    if (diagnostic.severity == Severity::Error)
      DiagnosticEngine::InFlight(diags, diagnostic).flush();
  return diags.report(Location::ofFile(model.sourceFile), diag::OptRefused);
}

} // namespace mil
