// mil-fold: prints a program with every operation that folds replaced by constants, and the types of the others as they are inferred.
//
// Usage: mil-fold FILE [MAX_ELEMENTS]
// Operations that break their op's rules stay as they are, silently: `milc verify` is for them.
#include "mil/IR/Builder.h"
#include "mil/Ops/Fold.h"
#include "mil/Text/Parser.h"
#include "mil/Text/Printer.h"

using namespace mil;

static void foldBlock(Block &block, DiagnosticEngine &diags, const FoldOptions &options) {
  for (auto next = block.begin(); next != block.end();) {
    Operation &op = *next++;
    for (Block *nested : op.blocks())
      foldBlock(*nested, diags, options);
    Inferred inferred = inferTypes(op, nullptr);
    if (inferred.outcome == Inferred::Outcome::Known && inferred.types.size() == op.resultCount())
      for (size_t i = 0; i < op.resultCount(); ++i)
        op.result(i)->setType(inferred.types[i]);
    llvm::SmallVector<const Literal *, 1> values = foldOperation(op, diags, options);
    if (values.empty())
      continue;
    Builder builder = Builder::before(&op);
    for (size_t i = 0; i < values.size(); ++i) {
      Name name = op.result(i)->name();
      op.result(i)->replaceAllUsesWith(builder.constant(name, values[i]));
    }
    op.erase();
  }
}

int main(int argc, char **argv) {
  if (argc < 2) {
    llvm::errs() << "usage: mil-fold FILE [MAX_ELEMENTS]\n";
    return 2;
  }
  DiagnosticEngine diags(llvm::errs());
  Context context;
  Result<std::unique_ptr<MappedFile>> text = MappedFile::open(argv[1], diags);
  if (!text)
    return 1;
  Result<std::unique_ptr<Program>> program = parseProgram(**text, context, diags);
  if (!program)
    return 1;
  FoldOptions options;
  if (argc > 2 && llvm::StringRef(argv[2]).getAsInteger(10, options.maxElements))
    return 2;
  for (Function *function : (*program)->functions())
    foldBlock(function->body(), diags, options);
  PrintOptions print;
  print.keepOrder = true;
  printProgram(**program, llvm::outs(), print);
  llvm::outs() << "\n";
  return diags.hadError();
}
