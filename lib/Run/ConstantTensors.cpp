#include "ConstantTensors.h"
#include "mil/IR/Program.h"
#include "mil/Ops/Elements.h"
#include "mil/Run/DiagnosticKinds.h"
#include "mil/Tensor/Kernels.h"
#include <sys/mman.h>
#include <sys/stat.h>

using namespace mil;

const ConstantTensors::Mapping *ConstantTensors::mappingOf(const Blob::FileRange &range) {
  for (const Mapping &mapping : mappings)
    if (mapping.file == range.file)
      return &mapping;
  struct stat about;
  if (::fstat(range.descriptor, &about) != 0 || about.st_size <= 0)
    return nullptr;
  size_t size = size_t(about.st_size);
  void *bytes = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, range.descriptor, 0);
  if (bytes == MAP_FAILED)
    return nullptr;
  std::shared_ptr<const uint8_t> owner(static_cast<const uint8_t *>(bytes),
                                       [size](const uint8_t *mapped) { ::munmap(const_cast<uint8_t *>(mapped), size); });
  return &mappings.emplace_back(Mapping{range.file, std::move(owner), size});
}

/// A view of the constant's bytes where they lie as tensors have them.
std::optional<Tensor> ConstantTensors::mapped(const Literal &literal) {
  Type type = literal.type();
  std::optional<int64_t> count = type.elementCount();
  if (!count || isSubByte(type.dtype()) || bitWidth(type.dtype()) == 0)
    return std::nullopt;
  uint64_t size = uint64_t(*count) * (bitWidth(type.dtype()) / 8);
  if (literal.isTensor() && literal.bytes().size() == size)
    return Tensor::over(type.dtype(), type.dims(), literal.bytes().data(), nullptr);
  if (!literal.isBlob() || !literal.blob() || literal.blob()->size() != size)
    return std::nullopt;
  if (llvm::ArrayRef<uint8_t> memory = literal.blob()->memory(); memory.size() == size)
    return Tensor::over(type.dtype(), type.dims(), memory.data(), nullptr);
  Blob::FileRange range = literal.blob()->fileRange();
  const Mapping *mapping = range.isKnown() ? mappingOf(range) : nullptr;
  if (!mapping || range.offset > mapping->size || size > mapping->size - range.offset || range.offset % (bitWidth(type.dtype()) / 8))
    return std::nullopt;
  return Tensor::over(type.dtype(), type.dims(), mapping->bytes.get() + range.offset, mapping->bytes);
}

const RuntimeValue *ConstantTensors::of(const Literal &literal, DiagnosticEngine &diags) {
  std::unique_ptr<RuntimeValue> &entry = known[&literal];
  if (entry)
    return entry.get();
  std::optional<Tensor> tensor = mapped(literal);
  if (!tensor)
    tensor = Tensor::fromLiteral(literal, UINT64_MAX, &diags);
  if (tensor)
    entry = std::make_unique<RuntimeValue>(std::move(*tensor));
  return entry.get();
}

const RuntimeValue *ConstantTensors::decompressed(const Value &value, Precision precision, DiagnosticEngine &diags) {
  std::unique_ptr<RuntimeValue> &entry = known[&value];
  if (entry)
    return entry.get();
  std::unique_ptr<ElementReader> reader = elementsOf(value);
  std::optional<Tensor> tensor = reader ? readAll(*reader, UINT64_MAX, diags) : std::nullopt;
  if (!tensor) {
    if (!reader)
      reportOn(*value.definingOp(), diags, diag::CannotDecompress, value.name().str());
    return nullptr;
  }
  // Kernels take it for the result of an operation, not for a constant in the type of its file.
  tensor = convert(*tensor, heldType(tensor->dtype(), precision));
  entry = std::make_unique<RuntimeValue>(std::move(*tensor));
  return entry.get();
}
