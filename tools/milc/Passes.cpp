// milc passes: lists the passes and pipelines.
#include "CommandLine.h"
#include "mil/Pass/DiagnosticKinds.h"
#include "mil/Passes/AllPasses.h"
#include "mil/Passes/Documentation.h"
#include "mil/Support/Suggestions.h"
#include "llvm/Support/Format.h"

using namespace mil;

int milc::runPasses(int argc, char **argv) {
  CommandLine line("passes", "List the passes and pipelines of 'milc opt', or describe one of them.",
                   "  milc passes\n"
                   "  milc passes const_elimination\n"
                   "  milc passes cleanup\n"
                   "  milc passes --markdown > docs/passes.md");
  std::string name;
  bool markdown = false;
  line.app.add_option("PASS", name, "Pass or pipeline to describe")->type_name("");
  line.app.add_flag("--markdown", markdown, "Print docs/passes.md");
  if (auto status = line.parse(argc, argv))
    return *status;

  DiagnosticEngine diags(llvm::errs());
  const PassRegistry &registry = allPasses();
  if (markdown) {
    writePassManual(registry, llvm::outs());
  } else if (name.empty()) {
    listPasses(registry, llvm::outs());
  } else if (const PassInfo *pass = registry.find(name)) {
    describePass(*pass, llvm::outs());
  } else if (const NamedPipeline *pipeline = findPipeline(name)) {
    describePipeline(*pipeline, registry, llvm::outs());
  } else {
    const PassInfo *near = registry.nearest(name);
    diags.report({}, diag::UnknownPass, name, suggestion(near ? near->name : ""));
  }
  return finish(diags);
}
