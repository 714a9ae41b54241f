#include "mil/Pass/Rewriter.h"
#include "llvm/Support/MathExtras.h"
#include <cstring>

namespace mil {

/// Whether all elements have the bits of `first`.
static bool repeats(llvm::ArrayRef<uint8_t> bytes, llvm::ArrayRef<uint8_t> first) {
  for (size_t i = 0; i < bytes.size(); i += first.size())
    if (bytes.slice(i, first.size()) != first)
      return false;
  return true;
}

static double decode(DType type, llvm::ArrayRef<uint8_t> element) {
  uint64_t bits = 0;
  std::memcpy(&bits, element.data(), element.size());
  if (isFloat(type))
    return toDouble(floatFormat(type), bits);
  if (isSignedInteger(type))
    return double(llvm::SignExtend64(bits, unsigned(element.size() * 8)));
  return double(bits);
}

std::optional<double> splat(const Literal &literal, DiagnosticEngine &diags) {
  unsigned width = literal.type().isTensor() ? bitWidth(literal.type().dtype()) / 8 : 0;
  if (!width)
    return std::nullopt;
  DType type = literal.type().dtype();
  if (literal.isTensor()) {
    llvm::ArrayRef<uint8_t> bytes = literal.bytes();
    if (bytes.empty() || !repeats(bytes, bytes.take_front(width)))
      return std::nullopt;
    return decode(type, bytes.take_front(width));
  }
  const Blob *blob = literal.isBlob() ? literal.blob() : nullptr;
  if (!blob || blob->size() == 0 || blob->size() % width)
    return std::nullopt;
  // A small first window: most constants differ in their first elements.
  std::vector<uint8_t> window(std::min<uint64_t>(blob->size(), 256)), first;
  for (uint64_t at = 0; at < blob->size(); at += window.size()) {
    if (at)
      window.resize(std::min<uint64_t>(blob->size() - at, 1 << 20));
    if (!blob->read(at, window, diags))
      return std::nullopt;
    if (!at)
      first.assign(window.begin(), window.begin() + width);
    if (!repeats(window, first))
      return std::nullopt;
  }
  return decode(type, first);
}

std::optional<double> splat(const Operand &operand, DiagnosticEngine &diags) {
  const Literal *literal = constantOf(operand);
  return literal ? splat(*literal, diags) : std::nullopt;
}

} // namespace mil
