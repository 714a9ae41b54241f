#include "ModelSpecs.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/FileSystem.h"

using llvm::StringRef;

namespace milc {

ModelSpec parseModelSpec(StringRef text) {
  auto split = [](ModelSpec spec) {
    auto [path, function] = spec.path.rsplit(':');
    return function.contains('/') ? spec : ModelSpec{spec.name, path, function};
  };
  ModelSpec whole{"", text, ""}, named = whole;
  if (auto [name, rest] = text.split('='); name.size() < text.size() && !name.contains('/'))
    named = {name, rest, ""};
  for (const ModelSpec &spec : {whole, named, split(whole)}) {
    mil::ModelPath parts = mil::splitModelPath(spec.path);
    if (spec.path == "-" || (llvm::sys::fs::exists(parts.path) && !StringRef(parts.model).contains(':')))
      return spec;
  }
  return split(named);
}

mil::Status SpecifiedModels::open(const std::vector<std::string> &texts, mil::Context &context, mil::DiagnosticEngine &diags,
                                  const mil::OpenOptions &options) {
  for (const std::string &text : texts) {
    const ModelSpec &spec = specs.emplace_back(parseModelSpec(text));
    auto [it, isNew] = opened.try_emplace(spec.path);
    if (isNew) {
      mil::Result<mil::OpenedModel> model = mil::openModel(spec.path, context, diags, options);
      if (!model)
        return mil::failure();
      it->second = std::move(*model);
    }
    inputs.push_back({&it->second, spec.function.str(), spec.name.str()});
  }
  return mil::success();
}

bool SpecifiedModels::forEachModel(llvm::function_ref<bool(mil::Model &)> change) {
  llvm::StringSet<> done;
  for (const ModelSpec &spec : specs) // in the order in which they were given
    if (done.insert(spec.path).second && !change(*opened.find(spec.path)->second.model))
      return false;
  return true;
}

} // namespace milc
