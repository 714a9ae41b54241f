#include "mil/Ops/Fold.h"

using namespace mil;

/// Whether a tensor of a type is small enough to compute.
static bool fits(Type type, uint64_t maxElements) {
  std::optional<int64_t> count = type.isTensor() ? type.elementCount() : std::nullopt;
  return count && uint64_t(*count) <= maxElements && bitWidth(type.dtype()) != 0;
}

llvm::SmallVector<const Literal *, 1> mil::foldOperation(const Operation &op, DiagnosticEngine &diags, const FoldOptions &options) {
  const OpVersion *version = versionOf(op);
  if (!version || !version->folds || version->effects)
    return {};
  std::optional<Args> args = Args::bind(op, *version, nullptr);
  if (!args || (!version->foldsWithoutValues && !args->allConstant()))
    return {};
  Inferred inferred = inferTypes(*args);
  if (inferred.outcome != Inferred::Outcome::Known || inferred.types.size() != op.resultCount())
    return {};
  // Dimensions that inference leaves open may still be known by the value: those are the folder's to check against its limit.
  for (Type type : inferred.types)
    if (!type.isTensor() || (type.hasStaticShape() && !fits(type, options.maxElements)))
      return {};
  args->setResultTypes(inferred.types);
  args->setFoldLimit(options.maxElements, &diags);
  Folded folded = version->evaluate(*args);
  if (folded.values.size() != op.resultCount())
    return {};

  Context &context = op.program().context();
  llvm::SmallVector<const Literal *, 1> literals;
  for (size_t i = 0; i < folded.values.size(); ++i) {
    const Tensor &value = *folded.values[i].tensor();
    Type type = Type::tensor(context, inferred.types[i].dtype(), value.dims());
    if (!agrees(type, inferred.types[i]))
      return {};
    literals.push_back(value.toLiteral(context, type));
  }
  return literals;
}
