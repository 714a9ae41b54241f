#include "ModelPrograms.h"
#include "mil/Pass/DiagnosticKinds.h"
#include "mil/Verify/Verify.h"
#include "llvm/ADT/STLExtras.h"

using namespace mil;

/// The programs of a model, those of a pipeline's models included. Recursive on pipelines, whose nesting is bounded.
static void programsOf(const Model &model, std::vector<const Program *> &programs) {
  if (model.program)
    programs.push_back(model.program.get());
  if (model.pipeline)
    for (const std::unique_ptr<Model> &stage : model.pipeline->models)
      programsOf(*stage, programs);
}

Status milc::verifyFirst(const Model &model, DiagnosticEngine &diags) {
  std::vector<const Program *> programs;
  programsOf(model, programs);
  if (programs.empty())
    diags.report(Location::ofFile(model.sourceFile), diag::OptNoProgram);
  DiagnosticEngine quiet;
  if (llvm::all_of(programs, [&](const Program *each) { return verifyStructure(*each, quiet) && verifyOperations(*each, quiet); }))
    return success();
  for (const Diagnostic &diagnostic : quiet.diagnostics())
    if (diagnostic.severity == Severity::Error)
      diags.print(diagnostic, llvm::errs());
  return diags.report(Location::ofFile(model.sourceFile), diag::OptRefused);
}
