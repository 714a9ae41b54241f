// milc ops: what is known of MIL's operations.
#include "CommandLine.h"
#include "mil/Ops/Describe.h"

using namespace mil;

int milc::runOps(int argc, char **argv) {
  CommandLine line(
      "ops",
      "Show the operations of MIL: all of them by family, or one whole, with its inputs, their types, defaults and choices, opset "
      "by opset.",
      "  milc ops\n"
      "  milc ops conv\n"
      "  milc ops --json > ops.json");
  std::string name;
  bool json = false, markdown = false;
  line.app.add_option("name", name, "An operation")->type_name("NAME");
  CLI::Option *asJson = line.app.add_flag("--json", json, "As JSON");
  CLI::Option *asMarkdown = line.app.add_flag("--markdown", markdown, "All operations as the table of docs/ops.md");
  asMarkdown->excludes(asJson);
  if (auto status = line.parse(argc, argv))
    return *status;

  const OpDefinition *op = nullptr;
  if (!name.empty() && !(op = Catalogue::get().find(name))) {
    llvm::errs() << "milc: unknown operation '" << name << "'\n";
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
