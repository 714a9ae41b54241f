#include "Descriptions.h"
#include "llvm/ADT/StringMap.h"

using namespace llvm;

namespace mil {

ModelDescription describeProgram(const Program &program) {
  ModelDescription description;
  ArrayRef<Function *> functions = program.functions();
  if (functions.size() == 1 && functions.front()->name() == "main") {
    description.main = describeFunction(*functions.front());
    description.main.name.clear();
    return description;
  }
  for (const Function *function : functions) {
    description.functions.push_back(describeFunction(*function));
    description.functions.back().name = function->name().str().str();
  }
  if (!functions.empty())
    description.defaultFunctionName = program.function("main") ? "main" : functions.front()->name().str().str();
  return description;
}

namespace {

/// Where each of `wanted` stands in `have`; nullopt unless both hold the same names, each once.
std::optional<SmallVector<unsigned>> positions(ArrayRef<StringRef> wanted, ArrayRef<StringRef> have) {
  if (wanted.size() != have.size())
    return std::nullopt;
  StringMap<unsigned> places;
  for (auto [i, name] : enumerate(have))
    if (!places.try_emplace(name, unsigned(i)).second)
      return std::nullopt;
  SmallVector<unsigned> order;
  for (StringRef name : wanted) {
    auto found = places.find(name);
    if (found == places.end())
      return std::nullopt;
    order.push_back(found->second);
    places.erase(found);
  }
  return order;
}

/// Whether functions and inputs stand in the order in which text prints them.
bool isSorted(const Program &program) {
  auto byName = [](const auto *a, const auto *b) { return a->name() < b->name(); };
  return is_sorted(program.functions(), byName) &&
         all_of(program.functions(), [&](const Function *function) { return is_sorted(function->inputs(), byName); });
}

} // namespace

std::optional<SmallVector<unsigned>> inputOrder(const Function &function, const FunctionDescription &description) {
  SmallVector<StringRef> wanted, have;
  for (const auto *features : {&description.inputs, &description.states})
    for (const FeatureDescription &feature : *features)
      wanted.push_back(feature.name);
  for (const Value *input : function.inputs())
    have.push_back(input->name().str());
  return positions(wanted, have);
}

void orderFunctions(Program &program, const ModelDescription &description) {
  SmallVector<StringRef> wanted, have;
  for (const FunctionDescription &function : description.functions)
    wanted.push_back(function.name);
  for (const Function *function : program.functions())
    have.push_back(function->name().str());
  if (auto order = positions(wanted, have)) {
    SmallVector<Function *> functions;
    for (unsigned place : *order)
      functions.push_back(program.functions()[place]);
    program.reorderFunctions(functions);
  }
}

void restoreOrder(Program &program, const ModelDescription &description) {
  orderFunctions(program, description);
  for (Function *function : program.functions())
    if (const FunctionDescription *described = description.function(function->name()))
      if (auto inputs = inputOrder(*function, *described))
        function->body().reorderInputs(*inputs);
}

int deriveSpecificationVersion(const Model &model) {
  int required = requiredSpecificationVersion(model);
  const Literal *buildInfo = model.program ? model.program->attribute("buildInfo") : nullptr;
  bool compiled = buildInfo && buildInfo->kind() == Literal::Kind::Dict &&
                  any_of(buildInfo->elements(), [](const Literal *text) { return text->asString() == "coremlc-version"; });
  return compiled && model.program->dialect13() ? std::max(required, specificationVersion(Opset::IOS18)) : required;
}

bool textTellsAll(const Model &model) {
  return model.program && model.description && isSorted(*model.program) && *model.description == describeProgram(*model.program) &&
         model.specificationVersion == deriveSpecificationVersion(model);
}

} // namespace mil
