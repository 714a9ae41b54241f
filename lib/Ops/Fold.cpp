#include "mil/Ops/Fold.h"
#include "mil/Ops/DiagnosticKinds.h"
#include "llvm/ADT/DenseMap.h"
#include <mutex>

using namespace mil;

namespace {

/// What was folded in one context, which keeps it alive.
struct Folding {
  uint64_t bytes = 0;
  bool reported = false;
};

std::mutex foldingsMutex;

llvm::DenseMap<const Context *, Folding *> &foldings() {
  static llvm::DenseMap<const Context *, Folding *> all;
  return all;
}

Folding &foldingOf(Context &context) {
  std::lock_guard<std::mutex> lock(foldingsMutex);
  Folding *&folding = foldings()[&context];
  if (!folding) {
    auto forget = [&context](Folding *gone) {
      std::lock_guard<std::mutex> lock(foldingsMutex);
      foldings().erase(&context);
      delete gone;
    };
    folding = new Folding;
    context.keepAlive(std::shared_ptr<Folding>(folding, forget));
  }
  return *folding;
}

/// The bytes that results take, as far as their types tell.
uint64_t bytesOf(llvm::ArrayRef<Type> types) {
  uint64_t bytes = 0;
  for (Type type : types)
    if (std::optional<int64_t> count = type.hasStaticShape() ? type.elementCount() : std::nullopt)
      bytes += packedSize(type.dtype(), uint64_t(*count)).value_or(0);
  return bytes;
}

} // namespace

uint64_t mil::foldedBytes(const Context &context) {
  std::lock_guard<std::mutex> lock(foldingsMutex);
  const Folding *folding = foldings().lookup(&context);
  return folding ? folding->bytes : 0;
}

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
  Folding &folding = foldingOf(op.program().context());
  if (options.maxTotalBytes && folding.bytes + bytesOf(inferred.types) > options.maxTotalBytes) {
    if (!std::exchange(folding.reported, true))
      diags.report(op.location(), diag::FoldBudget, options.maxTotalBytes);
    return {};
  }
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
    folding.bytes += literals.back()->isTensor() ? literals.back()->bytes().size() : 0;
  }
  return literals;
}
