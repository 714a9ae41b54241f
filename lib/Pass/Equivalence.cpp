#include "mil/Pass/Equivalence.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/Support/xxhash.h"
#include <map>

namespace mil {

// ---- Constants --------------------------------------------------------------

void ConstantEquivalence::add(const Literal *literal) {
  if (leaders.try_emplace(literal, literal).second)
    order.push_back(literal);
}

/// The same element type and bytes.
static bool sameBytes(const Literal &a, const Literal &b) {
  return a.isTensor() && b.isTensor() && a.type().dtype() == b.type().dtype() && a.bytes() == b.bytes();
}

const Literal *ConstantEquivalence::firstEqualInMemory(const Literal *literal) {
  uint64_t hash = literal->isTensor() ? llvm::xxh3_64bits(literal->bytes()) + uint64_t(literal->type().dtype()) : literal->hash();
  llvm::SmallVector<const Literal *, 1> &bucket = byHash[hash];
  auto *found = llvm::find_if(bucket, [&](const Literal *other) { return sameBytes(*literal, *other) || literal->equals(*other); });
  if (found != bucket.end())
    return *found;
  bucket.push_back(literal);
  return literal;
}

Status ConstantEquivalence::unify(DiagnosticEngine &diags) {
  using Size = std::pair<BlobDType, uint64_t>;
  BlobPool pool;
  std::map<Size, bool> sizes; // of the blobs
  for (const Literal *literal : order)
    if (const Blob *blob = literal->isBlob() ? literal->blob() : nullptr) {
      pool.add(blob);
      sizes[{blob->dtype(), blob->size()}] = true;
    }

  // What is in memory is compared there, and the first of its kind with the blobs of its size.
  llvm::DenseMap<const Literal *, std::shared_ptr<const Blob>> inMemory;
  for (const Literal *literal : order) {
    if (literal->isBlob() && literal->blob())
      continue;
    const Literal *first = leaders[literal] = firstEqualInMemory(literal);
    std::optional<BlobDType> dtype = literal->isTensor() ? toBlobDType(literal->type().dtype()) : std::nullopt;
    if (first != literal || !dtype || !sizes.count({*dtype, literal->bytes().size()}))
      continue;
    auto &lent = inMemory[literal] = borrowedBlob(*dtype, literal->elementCount(), literal->bytes());
    pool.add(lent.get());
  }
  if (!pool.unify(diags))
    return failure();

  llvm::DenseMap<const Blob *, const Literal *> firsts;
  for (const Literal *literal : order) {
    const Blob *blob = literal->isBlob() ? literal->blob() : inMemory.lookup(literal).get();
    if (blob)
      leaders[literal] = firsts.try_emplace(pool.representative(blob), literal).first->second;
  }
  for (const Literal *literal : order)
    leaders[literal] = leaders[leaders[literal]];
  return success();
}

// ---- Operations -------------------------------------------------------------

std::string callKey(const Operation &op, llvm::function_ref<const void *(const Value *, const Literal *)> identityOf) {
  std::string key;
  auto add = [&](const void *pointer) { key.append(reinterpret_cast<const char *>(&pointer), sizeof pointer); };
  add(op.type().pointer());
  add(op.opsetTag().pointer());
  for (const Value &result : const_cast<Operation &>(op).results())
    add(result.type().pointer());
  for (const Argument &argument : op.arguments()) {
    add(argument.name.pointer());
    for (const Operand &operand : argument.bindings())
      add(identityOf(operand.value(), operand.literal()));
    add(nullptr);
  }
  add(nullptr);
  for (const Attribute &attribute : op.attributes())
    if (attribute.name != "name") {
      add(attribute.name.pointer());
      add(identityOf(nullptr, attribute.value));
    }
  return key;
}

void eraseWithConstants(Operation &op, llvm::function_ref<bool(const Operation &)> mayGo) {
  llvm::SmallPtrSet<Operation *, 8> read;
  llvm::SmallVector<Operation *, 8> constants;
  op.forEachOperand([&](const Operand &operand) {
    Operation *maker = operand.value() ? operand.value()->definingOp() : nullptr;
    if (maker && maker->is("const") && read.insert(maker).second)
      constants.push_back(maker);
  });
  op.erase();
  for (Operation *constant : constants)
    if (!constant->hasUses() && (!mayGo || mayGo(*constant)))
      constant->erase();
}

void replaceUses(Operation &op, Operation &by) {
  for (auto [result, other] : llvm::zip(op.results(), by.results()))
    result.replaceAllUsesWith(&other);
}

} // namespace mil
