#include "mil/Compress/Weights.h"
#include "mil/IR/ConstantQueries.h"
#include "mil/IR/WeightRule.h"
#include "mil/Pass/Rewriter.h"
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
  bool transposed = isTrue(user, isLeft ? "transpose_x" : "transpose_y");
  size_t last = use.type().rank() - 1;
  return isLeft == transposed ? Channels{last, last - 1} : Channels{last - 1, last};
}

/// How deep constexpr_* may be chained.
constexpr unsigned maxChain = 16;

void addReaders(const Value &weight, WeightReaders &readers, std::optional<Channels> &channels, bool &agree, unsigned depth) {
  for (const Operand &use : weight.uses()) {
    const Operation *user = use.user();
    if (!user)
      continue;
    if (user->isConstexpr()) {
      for (const Value &result : user->results())
        if (depth < maxChain)
          addReaders(result, readers, channels, agree, depth + 1);
      continue;
    }
    if (!llvm::is_contained(readers.operations, user))
      readers.operations.push_back(user);
    Channels seen = channelsFor(*user, use);
    agree = agree && (!channels || *channels == seen);
    channels = seen;
    readers.isStructured &= (user->is("conv") || user->is("linear")) && &use == user->operand("weight");
    if (user->is("conv") || user->is("conv_transpose"))
      if (const Literal *groups = user->constant("groups"))
        readers.groups = std::max<int64_t>(readers.groups, groups->asInt().value_or(1));
  }
}

} // namespace

WeightReaders mil::readersOf(const Value &weight) {
  WeightReaders readers;
  readers.isStructured = true;
  std::optional<Channels> channels;
  bool agree = true;
  addReaders(weight, readers, channels, agree, 0);
  readers.isStructured &= !readers.operations.empty();
  if (channels && agree)
    readers.outputs = channels->outputs, readers.inputs = channels->inputs;
  return readers;
}

bool mil::isWeight(const Operation &constant) {
  const Literal *literal = constant.constantValue();
  Type type = literal ? literal->type() : Type();
  if (!type || !type.isTensor() || !type.hasStaticShape() || type.rank() < 2 || constant.resultCount() != 1)
    return false;
  bool isFloat = type.dtype() == DType::Float16 || type.dtype() == DType::Float32;
  bool isByte = type.dtype() == DType::Int8 || type.dtype() == DType::UInt8;
  if (!(isFloat || isByte) || uint64_t(type.elementCount().value_or(0)) < leastWeightElements)
    return false;
  if (!literal->isTensor() && !(literal->isBlob() && literal->blob()))
    return false;
  bool isRead = false;
  for (const Operand &use : constant.result()->uses()) {
    if (use.user() && use.user()->isConstexpr())
      return false;
    isRead |= use.user() != nullptr;
  }
  return isRead;
}

WeightView mil::viewOf(const Value &weight, const WeightReaders &readers) {
  WeightView view;
  view.values = WeightValues::of(weight);
  view.outputs = readers.outputs, view.inputs = readers.inputs;
  view.groups = readers.groups;
  view.isStructured = readers.isStructured;
  return view;
}
