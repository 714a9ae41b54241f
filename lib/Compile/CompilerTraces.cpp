#include "mil/Compile/CompilerTraces.h"
#include "FlexibleShapes.h"
#include "mil/IR/Walk.h"
#include <map>

using namespace llvm;

namespace mil {

static constexpr StringLiteral buildInfoName = "buildInfo", flexibleShapesName = "FlexibleShapeInformation";

/// buildInfo without the compiler's keys; null when nothing is left.
static const Literal *withoutCompilerKeys(Context &context, const Literal &buildInfo) {
  SmallVector<const Literal *> kept;
  ArrayRef<const Literal *> all = buildInfo.elements();
  for (size_t i = 0; i + 1 < all.size(); i += 2)
    if (!all[i]->asString().value_or("").starts_with("coremlc-"))
      kept.append({all[i], all[i + 1]});
  if (kept.size() == all.size())
    return &buildInfo;
  return kept.empty() ? nullptr : Literal::dict(context, buildInfo.type(), kept);
}

WithoutCompilerTraces::WithoutCompilerTraces(const Model &model) {
  forEachProgram(model, [this](Program &program, const Model &) {
    Context &context = program.context();
    const Literal *buildInfo = program.attribute(buildInfoName);
    if (buildInfo && buildInfo->kind() == Literal::Kind::Dict) {
      const Literal *kept = withoutCompilerKeys(context, *buildInfo);
      if (kept != buildInfo)
        buildInfos.push_back({&program, buildInfo});
      if (!kept)
        program.removeAttribute(buildInfoName);
      else if (kept != buildInfo)
        program.setAttribute(context.intern(buildInfoName), kept);
    }
    for (Function *function : program.functions())
      if (const Literal *shapes = function->attribute(flexibleShapesName)) {
        flexibleShapes.push_back({function, shapes});
        function->removeAttribute(flexibleShapesName);
      }
  });
}

WithoutCompilerTraces::~WithoutCompilerTraces() {
  for (auto [program, value] : buildInfos)
    program->setAttribute(program->context().intern(buildInfoName), value);
  for (auto [function, value] : flexibleShapes)
    function->setAttribute(function->program().context().intern(flexibleShapesName), value);
}

/// buildInfo with the compiler's versions, sorted by key.
static const Literal *withCompilerKeys(Context &context, const Literal *buildInfo, const CompileOptions &options) {
  std::map<std::string, const Literal *> entries;
  ArrayRef<const Literal *> all;
  if (buildInfo && buildInfo->kind() == Literal::Kind::Dict)
    all = buildInfo->elements();
  for (size_t i = 0; i + 1 < all.size(); i += 2)
    if (auto key = all[i]->asString())
      entries[key->str()] = all[i + 1];
  entries["coremlc-component-MIL"] = Literal::string(context, options.milVersion);
  entries["coremlc-version"] = Literal::string(context, options.compilerVersion);
  SmallVector<const Literal *> elements;
  for (const auto &[key, value] : entries)
    elements.append({Literal::string(context, key), value});
  Type string = Type::scalar(context, DType::String);
  return Literal::dict(context, Type::dict(context, string, string), elements);
}

static void setOrRemove(auto &owner, Context &context, StringRef name, const Literal *value) {
  if (value)
    owner.setAttribute(context.intern(name), value);
  else
    owner.removeAttribute(name);
}

WithCompilerTraces::WithCompilerTraces(const Model &model, const CompileOptions &options)
    : program(*model.program), buildInfo(program.attribute(buildInfoName)), dialect13(program.dialect13()) {
  Context &context = program.context();
  program.setDialect13(model.specificationVersion >= specificationVersion(Opset::IOS18));
  setOrRemove(program, context, buildInfoName, withCompilerKeys(context, buildInfo, options));
  for (Function *function : program.functions()) {
    const FunctionDescription *description = model.description->function(function->name());
    flexibleShapes.push_back({function, function->attribute(flexibleShapesName)});
    opsets.push_back(function->opsetName());
    if (function->opset() == Opset::IOS26)
      function->setOpsetName(context.intern("ios19"));
    setOrRemove(*function, context, flexibleShapesName, description ? flexibleShapeInformation(*function, *description) : nullptr);
  }
}

WithCompilerTraces::~WithCompilerTraces() {
  Context &context = program.context();
  program.setDialect13(dialect13);
  setOrRemove(program, context, buildInfoName, buildInfo);
  for (auto [i, entry] : enumerate(flexibleShapes)) {
    entry.first->setOpsetName(opsets[i]);
    setOrRemove(*entry.first, context, flexibleShapesName, entry.second);
  }
}

} // namespace mil
