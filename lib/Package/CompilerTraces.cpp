#include "CompilerTraces.h"
#include "Constants.h"

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

} // namespace mil
