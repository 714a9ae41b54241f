#include "mil/Link/DiagnosticKinds.h"
#include "mil/Link/Split.h"
#include "mil/Package/DiagnosticKinds.h"
#include "mil/Support/JsonText.h"
#include "mil/Support/Paths.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include <nlohmann/json.hpp>

using llvm::StringRef;
using Json = nlohmann::ordered_json;

namespace mil {

static constexpr StringRef listingName = "parts.json";

static std::string fileOf(const SplitPart &part) { return part.name + ".mlpackage"; }

static Json toJson(const SplitPart::Function &function, llvm::ArrayRef<SplitPart> parts) {
  Json inputs = Json::array(), outputs = Json::array();
  for (const SplitPart::Input &input : function.inputs)
    inputs.push_back({{"name", input.name}, {"value", input.value}, {"from", input.from ? Json(fileOf(parts[*input.from])) : Json()}});
  for (const SplitPart::Output &output : function.outputs)
    outputs.push_back({{"name", output.name}, {"value", output.value}, {"output", output.ofWhole}});
  return {
      {"name", function.name}, {"operations", function.operations}, {"inputs", inputs}, {"outputs", outputs}, {"states", function.states}};
}

static std::string listing(llvm::ArrayRef<SplitPart> parts, llvm::ArrayRef<SaveResult> saved) {
  Json list = Json::array();
  for (const auto &[part, result] : llvm::zip_equal(parts, saved)) {
    Json functions = Json::array();
    for (const SplitPart::Function &function : part.functions)
      functions.push_back(toJson(function, parts));
    list.push_back({{"file", fileOf(part)}, {"weightBytes", result.weightBytes}, {"functions", functions}});
  }
  return jsonText(Json{{"parts", list}}) + "\n";
}

Status checkPartsFolder(StringRef folder, DiagnosticEngine &diags, const SaveOptions &options) {
  if (options.force && llvm::sys::fs::exists(folder) && !llvm::sys::fs::exists(below(folder, listingName)))
    return diags.report({}, diag::SplitFolderForeign, folder);
  return checkOutputFolder(folder, options.force, diags);
}

Result<std::vector<SaveResult>> saveParts(const SplitPlan &plan, const OpenedModel &opened, StringRef folder, DiagnosticEngine &diags,
                                          const SaveOptions &options) {
  if (!refuseInputs(folder, &opened, diags) || !checkPartsFolder(folder, diags, options))
    return failure();
  Result<std::unique_ptr<OutputFolder>> output = OutputFolder::create(folder, options.force, diags);
  if (!output)
    return failure();
  SaveOptions each = options;
  each.layout = SaveOptions::Layout::Share;
  std::vector<SaveResult> saved;
  for (size_t i = 0; i < plan.parts().size(); ++i) {
    std::unique_ptr<Model> part = plan.makePart(i);
    Result<SaveResult> result = saveModel(*part, below((*output)->path(), fileOf(plan.parts()[i])), diags, each, &opened);
    if (!result)
      return failure();
    saved.push_back(*result);
  }
  Result<std::unique_ptr<OutputFile>> list = OutputFile::create(below((*output)->path(), listingName), false, diags);
  if (!list)
    return failure();
  (*list)->stream() << listing(plan.parts(), saved);
  if (!(*list)->commit(diags) || !(*output)->commit(diags))
    return failure();
  return saved;
}

} // namespace mil
