#include "WeightMeter.h"
#include "mil/IR/Walk.h"
#include "mil/IR/WeightRule.h"
#include "llvm/Support/MathExtras.h"

namespace mil {

/// The bytes of a constant in a weight file, including its record; 0 if they are unknown.
static uint64_t bytesInWeightFile(const Literal &literal) {
  constexpr uint64_t record = 64, alignment = 64;
  uint64_t bytes = 0;
  if (literal.isTensor())
    bytes = literal.bytes().size();
  else if (literal.blob())
    bytes = literal.blob()->size();
  else if (std::optional<int64_t> count = literal.type().elementCount())
    bytes = packedSize(literal.type().dtype(), uint64_t(*count)).value_or(0);
  return bytes ? record + llvm::alignTo(std::min(bytes, UINT64_MAX / 2), alignment) : 0;
}

uint64_t WeightMeter::add(const FunctionBody &body, unsigned step) {
  uint64_t before = sum;
  addOne(*body.steps()[step]);
  std::vector<Operation *> pending = body.companions(step);
  body.forEachRead(*body.steps()[step], [&](Value *value) {
    if (body.isConstant(value))
      pending.push_back(value->definingOp());
  });
  while (!pending.empty()) {
    Operation *op = pending.back();
    pending.pop_back();
    if (!constants.insert(op).second)
      continue;
    addOne(*op);
    op->forEachOperand([&](const Operand &operand) {
      if (Operation *definer = operand.value() ? operand.value()->definingOp() : nullptr)
        pending.push_back(definer);
    });
  }
  return sum - before;
}

void WeightMeter::addOne(const Operation &op) {
  auto count = [&](const Literal &literal, const LiteralPlace &place) {
    if (!literal.isBlob() && !(place.allowsBlob() && isMovable(literal)))
      return;
    uint64_t bytes = bytesInWeightFile(literal);
    const void *content = literal.isBlob() && literal.blob() ? static_cast<const void *>(literal.blob()) : &literal;
    if (bytes && contents.insert(content).second)
      sum += bytes;
  };
  forEachLiteral(op, count);
  for (const Block *block : op.blocks())
    forEachLiteral(*block, count);
}

} // namespace mil
