#include "Weights.h"
#include "llvm/ADT/STLExtras.h"

using namespace mil;

namespace {

struct Channels {
  size_t outputs, inputs;
  bool operator==(const Channels &) const = default;
};

/// The channels of a weight as one operation sees them.
Channels channelsFor(const Operation &user, const Operand &use) {
  if (user.is("conv_transpose"))
    return {1, 0};
  if (!user.is("matmul"))
    return {0, 1};
  bool isLeft = &use == user.operand("x");
  const Literal *flag = user.constant(isLeft ? "transpose_x" : "transpose_y");
  bool transposed = flag && flag->asBool() == true;
  size_t last = use.type().rank() - 1;
  return isLeft == transposed ? Channels{last, last - 1} : Channels{last - 1, last};
}

bool isNamed(llvm::StringRef name, const std::vector<std::string> &names) { return llvm::is_contained(names, name); }

} // namespace

std::optional<Weight> Weight::of(const Operation &constant, const WeightOptions &options, bool integers) {
  const Literal *literal = constant.constantValue();
  Type type = literal ? literal->type() : Type();
  if (!type || !type.isTensor() || !type.hasStaticShape() || type.rank() < 2 || constant.resultCount() != 1)
    return std::nullopt;
  bool isFloat = type.dtype() == DType::Float16 || type.dtype() == DType::Float32;
  bool isByte = type.dtype() == DType::Int8 || type.dtype() == DType::UInt8;
  std::optional<int64_t> count = type.elementCount();
  if (!(isFloat || (integers && isByte)) || !count || *count <= std::max<int64_t>(options.threshold, 9))
    return std::nullopt;
  if (!literal->isTensor() && !(literal->isBlob() && literal->blob()))
    return std::nullopt;

  const Value &value = *constant.result();
  if (isNamed(value.name().str(), *options.skipped) || isNamed(constant.opName(), *options.skipped))
    return std::nullopt;
  std::optional<Channels> channels;
  bool agree = true;
  for (const Operand &use : value.uses()) {
    const Operation *user = use.user();
    if (!user)
      continue;
    if (isCompressed(*user) || isNamed(user->opName(), *options.skipped) || isNamed(user->type().str(), *options.skippedTypes) ||
        (user->resultCount() && isNamed(user->result()->name().str(), *options.skipped)))
      return std::nullopt;
    Channels seen = channelsFor(*user, use);
    agree = agree && (!channels || *channels == seen);
    channels = seen;
  }
  if (!channels)
    return std::nullopt;
  Weight weight{literal, std::nullopt, std::nullopt};
  if (agree)
    weight.outputs = channels->outputs, weight.inputs = channels->inputs;
  return weight;
}
