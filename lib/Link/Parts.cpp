#include "mil/Link/Parts.h"
#include "mil/Link/DiagnosticKinds.h"
#include "mil/Run/DiagnosticKinds.h"
#include "mil/Support/Files.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/JSON.h"

using namespace mil;

static std::string listingOf(llvm::StringRef folder) { return (folder + "/parts.json").str(); }

bool mil::isPartsFolder(llvm::StringRef path) { return llvm::sys::fs::is_directory(path) && llvm::sys::fs::exists(listingOf(path)); }

static std::vector<PartList::Value> valuesOf(const llvm::json::Object &function, llvm::StringRef key) {
  std::vector<PartList::Value> values;
  if (const llvm::json::Array *list = function.getArray(key))
    for (const llvm::json::Value &each : *list)
      if (const llvm::json::Object *value = each.getAsObject())
        values.push_back({value->getString("name").value_or("").str(), value->getString("value").value_or("").str(),
                          value->getBoolean("output").value_or(false)});
  return values;
}

Result<PartList> mil::readParts(llvm::StringRef folder, DiagnosticEngine &diags) {
  Result<std::unique_ptr<MappedFile>> file = MappedFile::open(listingOf(folder), diags);
  if (!file)
    return failure();
  auto bad = [&](llvm::StringRef what) { return diags.report(Location::ofFile((*file)->file()), diag::PartsListBad, what); };
  llvm::Expected<llvm::json::Value> json = llvm::json::parse((*file)->bytes());
  if (!json) {
    llvm::consumeError(json.takeError());
    return bad("it is not JSON");
  }
  const llvm::json::Array *parts = json->getAsObject() ? json->getAsObject()->getArray("parts") : nullptr;
  if (!parts || parts->empty())
    return bad("it lists no parts");
  PartList result;
  for (const llvm::json::Value &each : *parts) {
    const llvm::json::Object *part = each.getAsObject();
    const llvm::json::Array *functions = part ? part->getArray("functions") : nullptr;
    if (!functions)
      return bad("a part lists no functions");
    std::string why;
    Result<std::string> path = pathWithin(folder, part->getString("file").value_or(""), why);
    if (!path)
      return bad(why);
    result.files.push_back(*path);
    std::vector<PartList::Function> &list = result.functions.emplace_back();
    for (const llvm::json::Value &described : *functions)
      if (const llvm::json::Object *function = described.getAsObject())
        list.push_back({function->getString("name").value_or("").str(), valuesOf(*function, "inputs"), valuesOf(*function, "outputs")});
  }
  return result;
}

Result<PartChain> mil::chainParts(const PartList &parts, llvm::ArrayRef<const Model *> models, llvm::StringRef function,
                                  DiagnosticEngine &diags) {
  PartChain chain;
  std::string wanted = function.str();
  if (wanted.empty() && !models.empty() && models[0]->description)
    wanted = models[0]->description->defaultFunctionName;
  for (size_t i = 0; i < models.size(); ++i) {
    const std::vector<PartList::Function> &listed = parts.functions[i];
    auto found = wanted.empty() ? listed.begin() : llvm::find_if(listed, [&](const PartList::Function &f) { return f.name == wanted; });
    const Function *body = found == listed.end() || !models[i]->program ? nullptr : models[i]->program->function(found->name);
    if (!body)
      return diags.report(Location::ofFile(models[i]->sourceFile), diag::RunFunctionMissing, wanted, "those of parts.json");
    RunStage stage{body, models[i]->description ? models[i]->description->function(found->name) : nullptr};
    for (const PartList::Value &input : found->inputs)
      stage.inputNames[input.name] = input.value;
    for (const PartList::Value &output : found->outputs) {
      stage.outputNames[output.name] = output.value;
      if (output.isOutput)
        chain.outputs.push_back(output.value);
    }
    chain.stages.push_back(std::move(stage));
  }
  return chain;
}
