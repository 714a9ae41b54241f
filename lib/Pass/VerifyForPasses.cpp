#include "mil/IR/Walk.h"
#include "mil/Pass/DiagnosticKinds.h"
#include "mil/Pass/PassManager.h"
#include "mil/Verify/Verify.h"
#include "llvm/ADT/STLExtras.h"

namespace mil {

Status verifyForPasses(const Model &model, DiagnosticEngine &diags) {
  std::vector<const Program *> programs;
  forEachProgram(model, [&](Program &program, const Model &) { programs.push_back(&program); });
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
