// The page: one HTML file that shows models, without a network and without anything else beside it.
//
//   ViewedModel viewed{model, "model.mlpackage"};
//   if (!writePage(viewed, out, diags))
//     return failure();
//
// The page is a fixed program (lib/View/page, embedded into the library while building) and data, which is text to that program: nothing of
// a model becomes markup or script, and the page's own content security policy refuses any script but that one and every request.
//
// Of weights, samples are in the page: statistics, a histogram and the first values. The texts of operations are kept in compressed chunks,
// which the page opens when it shows one. Cost: linear in the operations, and a bounded number of reads a weight.
#pragma once

#include "mil/Diff/Diff.h"
#include "mil/View/Report.h"

namespace mil {

struct PageOptions {
  /// What the page opens with.
  enum class Start : uint8_t { Graph, Map } start = Start::Graph;
  /// Figures of operations to colour by.
  std::vector<Report> reports;
  /// The measure that colours the page at first, one of the reports'; empty: the kinds of operations.
  std::string colour;
};

/// A model and what it is called.
struct ViewedModel {
  const Model *model;
  std::string name;
};

/// Whether the page was embedded (it takes Node.js and npm while building). Without, writePage fails and says so.
bool hasPage();

/// Writes the page of a model.
Status writePage(const ViewedModel &viewed, llvm::raw_ostream &out, DiagnosticEngine &diags, const PageOptions &options = {});
/// Writes the page of two models of one context side by side, with what changed from the first to the second.
Status writePage(const ViewedModel &before, const ViewedModel &after, llvm::raw_ostream &out, DiagnosticEngine &diags,
                 const PageOptions &options = {});

} // namespace mil
