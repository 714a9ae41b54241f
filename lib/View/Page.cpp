#include "mil/View/Page.h"
#include "EmbeddedPage.h"
#include "PageData.h"
#include "mil/View/DiagnosticKinds.h"

namespace mil {

bool hasPage() { return !embeddedPage().empty(); }

/// Writes the page: the data that the script reads first is inserted before the script and the rest after it, so that a browser shows the
/// graph before it has read the whole file.
static Status write(llvm::ArrayRef<ViewedModel> models, const ModelDifference *difference, llvm::raw_ostream &out, DiagnosticEngine &diags,
                    const PageOptions &options) {
  if (!hasPage())
    return diags.report({}, diag::ViewNoPage);
  std::vector<PageData::Chunk> chunks = PageData(diags).write(models, difference, options);
  if (chunks.empty())
    return failure();
  auto write = [&](bool first) {
    for (const PageData::Chunk &chunk : chunks) // names and base64 of ours: nothing to escape
      if (chunk.isFirst == first)
        out << "<script type=\"application/octet-stream\" id=\"" << chunk.name << "\">" << chunk.content << "</script>\n";
  };
  auto [before, rest] = embeddedPage().split("<!-- data -->");
  auto [script, after] = rest.split("<!-- more -->");
  out << before;
  write(true);
  out << script;
  write(false);
  out << after;
  return success();
}

Status writePage(const ViewedModel &viewed, llvm::raw_ostream &out, DiagnosticEngine &diags, const PageOptions &options) {
  return write(viewed, nullptr, out, diags, options);
}

Status writePage(const ViewedModel &before, const ViewedModel &after, llvm::raw_ostream &out, DiagnosticEngine &diags,
                 const PageOptions &options) {
  if (!hasPage())
    return diags.report({}, diag::ViewNoPage);
  Result<ModelDifference> difference = diffModels(*before.model, *after.model, diags);
  if (!difference)
    return failure();
  return write({before, after}, &*difference, out, diags, options);
}

} // namespace mil
