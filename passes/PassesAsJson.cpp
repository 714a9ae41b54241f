#include "mil/Passes/Documentation.h"
#include "mil/Support/JsonText.h"
#include <nlohmann/json.hpp>

using Json = nlohmann::ordered_json;

namespace mil {

static Json toJson(const PassInfo &info) {
  Json options = Json::array();
  std::unique_ptr<Pass> pass = info.make();
  for (PassOptionBase *option : pass->options())
    options.push_back({{"name", option->name()}, {"kind", option->kind()}, {"default", option->text()}, {"summary", option->summary()}});
  return {{"name", info.name}, {"summary", info.summary}, {"theme", info.theme}, {"differs", info.differs}, {"options", options}};
}

void passesAsJson(const PassRegistry &registry, llvm::raw_ostream &out) {
  Json passes = Json::array(), pipelines = Json::array();
  for (const PassInfo &info : registry.passes())
    passes.push_back(toJson(info));
  for (const NamedPipeline &pipeline : namedPipelines()) {
    Json names = Json::array();
    for (const PassCall &call : expand(pipeline, registry))
      names.push_back(call.name);
    pipelines.push_back({{"name", pipeline.name}, {"summary", pipeline.summary}, {"passes", names}});
  }
  out << jsonText(Json({{"passes", passes}, {"pipelines", pipelines}})) << "\n";
}

} // namespace mil
