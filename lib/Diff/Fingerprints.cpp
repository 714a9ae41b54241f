#include "Fingerprints.h"
#include "llvm/ADT/Hashing.h"
#include "llvm/Support/xxhash.h"

namespace mil {

static constexpr uint64_t smallestWeight = 32, window = 256;

Result<uint64_t> Fingerprints::of(const Operation &op, DiagnosticEngine &diags) {
  llvm::SmallVector<std::pair<Name, const Literal *>, 4> weights;
  for (const Argument &argument : op.arguments())
    for (const Operand &operand : argument.bindings())
      if (const Literal *literal = constantOf(operand))
        weights.push_back({argument.name, literal});
  for (const Attribute &attribute : op.attributes())
    weights.push_back({attribute.name, attribute.value});
  uint64_t all = 0;
  for (auto [name, literal] : weights) {
    Result<uint64_t> one = of(*literal, diags);
    if (!one)
      return failure();
    if (*one)
      all = llvm::hash_combine(all, name.pointer(), *one);
  }
  return all;
}

Result<uint64_t> Fingerprints::of(const Literal &literal, DiagnosticEngine &diags) {
  if (!literal.isTensor() && !(literal.isBlob() && literal.blob()))
    return uint64_t(0);
  auto [it, isNew] = known.try_emplace(&literal, 0);
  if (!isNew)
    return it->second;
  uint64_t size = literal.isTensor() ? literal.bytes().size() : literal.blob()->size();
  if (size < smallestWeight)
    return uint64_t(0);
  uint8_t bytes[window];
  llvm::MutableArrayRef<uint8_t> begin(bytes, size_t(std::min(size, window)));
  if (literal.isTensor())
    llvm::copy(literal.bytes().take_front(begin.size()), bytes);
  else if (!literal.blob()->read(0, begin, diags))
    return failure();
  return it->second = llvm::hash_combine(unsigned(literal.type().dtype()), size, llvm::xxh3_64bits(begin)) | 1;
}

} // namespace mil
