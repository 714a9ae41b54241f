// The page: one HTML file that shows models, without network access and other files.
//
//   ViewedModel viewed{model, "model.mlpackage"};
//   if (!writePage(viewed, out, diags))
//     return failure();
//
// The page consists of a fixed script (lib/View/page, embedded into the library at build time) and data, which the script treats as text:
// nothing of a model becomes markup or script, and the content security policy of the page blocks all other scripts and all requests.
//
// The page has statistics, a histogram and the first values of each weight, from samples of its elements. The texts of operations are in
// compressed chunks, which the page decompresses when it shows one. Cost: linear in the operations, and a bounded number of reads per
// weight.
#pragma once

#include "mil/Diff/Diff.h"
#include "mil/View/Report.h"

namespace mil {

/// Options of a page.
struct PageOptions {
  /// The initial view of the page.
  enum class Start : uint8_t { Graph, Map } start = Start::Graph;
  /// Figures of operations for colouring.
  std::vector<Report> reports;
  /// The measure for the initial colours, from one of the reports; empty: the kinds of operations.
  std::string colour;
};

/// A model and its displayed name.
struct ViewedModel {
  const Model *model;
  std::string name;
};

/// Whether the page was embedded (building it needs Node.js and npm). Otherwise writePage reports an error.
bool hasPage();

/// Writes the page of a model.
Status writePage(const ViewedModel &viewed, llvm::raw_ostream &out, DiagnosticEngine &diags, const PageOptions &options = {});
/// Writes the page of two models of one context side by side, with what changed from the first to the second.
Status writePage(const ViewedModel &before, const ViewedModel &after, llvm::raw_ostream &out, DiagnosticEngine &diags,
                 const PageOptions &options = {});

} // namespace mil
