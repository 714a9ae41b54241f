// Printing the catalogue: one op in detail, a table of all ops, and everything as JSON.
#pragma once

#include "mil/Ops/Catalogue.h"
#include "llvm/Support/raw_ostream.h"

namespace mil {

/// One op in detail: its summary, and for each version the parameters with their domains and defaults, the results and the blocks.
void describeOp(const OpDefinition &op, llvm::raw_ostream &out);
/// A list of all ops by family, one line each.
void listOps(llvm::raw_ostream &out);
/// One op, or all (null), as JSON: {"ops": [{"name", "family", "summary", "versions": [{"since", "inputs": […], …}]}]}.
void opsAsJson(const OpDefinition *op, llvm::raw_ostream &out);
/// The content of docs/ops.md.
void opsAsMarkdown(llvm::raw_ostream &out);

} // namespace mil
