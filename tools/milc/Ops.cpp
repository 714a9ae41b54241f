// milc ops: the definitions of MIL's operations.
#include "CommandLine.h"
#include "mil/Ops/Describe.h"
#include "mil/Support/Printable.h"
#include "mil/Support/Suggestions.h"

using namespace mil;

int milc::runOps(int argc, char **argv) {
  CommandLine line("ops",
                   "List the operations of MIL by family, or describe one: its inputs with types, defaults and choices, for each opset.",
                   "  milc ops\n"
                   "  milc ops conv\n"
                   "  milc ops --json > ops.json");
  std::string name;
  bool json = false, markdown = false;
  line.app.add_option("OP", name, "Operation to describe")->type_name("");
  CLI::Option *asJson = line.app.add_flag("--json", json, "Print JSON");
  CLI::Option *asMarkdown = line.app.add_flag("--markdown", markdown, "Print all operations as the table in docs/ops.md");
  asMarkdown->excludes(asJson);
  if (auto status = line.parse(argc, argv))
    return *status;

  const OpDefinition *op = nullptr;
  if (!name.empty() && !(op = Catalogue::get().find(name))) {
    NearestName nearest(name);
    for (const OpDefinition *known : Catalogue::get().ops())
      nearest.consider(known->name);
    llvm::errs() << "milc: unknown operation '" << printable(name) << "'" << suggestion(nearest.name()) << "\n";
    return exitBadInput;
  }
  if (markdown)
    opsAsMarkdown(llvm::outs());
  else if (json)
    opsAsJson(op, llvm::outs());
  else if (op)
    describeOp(*op, llvm::outs());
  else
    listOps(llvm::outs());
  return finish(DiagnosticEngine());
}
