#include "Constants.h"
#include "mil/IR/Walk.h"

using namespace llvm;

namespace mil {

namespace {

/// The element types that the reference moves to weight files.
bool isStorable(DType type, int specificationVersion) {
  switch (type) {
  case DType::Float16:
  case DType::Float32:
  case DType::Int8:
  case DType::UInt8:
    return true;
  case DType::Int16:
  case DType::UInt16:
  case DType::Int32:
  case DType::UInt32:
    return specificationVersion >= 9;
  default:
    return isSubByte(type);
  }
}

} // namespace

Constants collectConstants(const Model &model, uint64_t moveFrom) {
  struct Use {
    uint64_t count = 0;
    bool movable = true;
  };
  Constants constants;
  DenseMap<const Literal *, Use> uses;
  forEachProgram(model, [&](Program &program, const Model &owner) {
    forEachLiteral(program, [&](const Literal &literal, const LiteralPlace &place) {
      if (literal.isBlob() && !literal.blob()) {
        if (constants.missing++ == 0)
          constants.missingPath = literal.blobPath().str();
        return;
      }
      bool large = literal.isTensor() && moveFrom != 0 && literal.elementCount() >= moveFrom;
      if (!literal.isBlob() && !large)
        return;
      auto [use, isNew] = uses.try_emplace(&literal);
      if (isNew)
        constants.stored.push_back(&literal);
      ++use->second.count;
      use->second.movable &= literal.isBlob() || (place.allowsBlob() && isStorable(literal.type().dtype(), owner.specificationVersion));
    });
  });
  erase_if(constants.stored, [&](const Literal *literal) { return !uses[literal].movable; });
  for (const Literal *literal : constants.stored)
    constants.referencedBytes += uses[literal].count * (literal->isBlob() ? literal->blob()->size() : literal->bytes().size());
  return constants;
}

} // namespace mil
