#include "Masks.h"
#include "mil/IR/Literal.h"
#include "mil/Verify/DiagnosticKinds.h"
#include "mil/Weights/Blob.h"
#include "llvm/ADT/bit.h"
#include <vector>

using namespace mil;

/// The ones of a mask; nullopt if it can't be read.
static std::optional<uint64_t> onesOf(const Blob &mask) {
  constexpr uint64_t window = 1 << 20;
  DiagnosticEngine silent;
  std::vector<uint8_t> bytes;
  uint64_t ones = 0;
  for (uint64_t at = 0; at < mask.size(); at += bytes.size()) {
    bytes.resize(size_t(std::min(window, mask.size() - at)));
    if (!mask.read(at, bytes, silent))
      return std::nullopt;
    if (at + bytes.size() == mask.size())
      bytes.back() &= uint8_t(0xFF >> mask.paddingBits());
    for (uint8_t byte : bytes)
      ones += uint64_t(llvm::popcount(byte));
  }
  return ones;
}

bool mil::checkMaskInFile(const Operation &op, DiagnosticEngine &diags) {
  llvm::StringRef type = op.type().str();
  bool isTable = type == "constexpr_lut_to_sparse", isScaled = type == "constexpr_sparse_blockwise_shift_scale";
  if (!isTable && !isScaled && type != "constexpr_sparse_to_dense")
    return true;
  llvm::StringRef maskName = isTable ? "indices_mask" : isScaled ? "data_mask" : "mask";
  llvm::StringRef dataName = isTable ? "indices_nonzero_data" : "nonzero_data";
  const Literal *held = op.attribute(dataName), *mask = op.attribute(maskName) ? op.attribute(maskName) : op.constant(maskName);
  const Operand *bound = op.operand(dataName);
  Type data = held ? held->type() : bound ? bound->type() : Type();
  std::optional<int64_t> elements = data && data.isTensor() ? data.elementCount() : std::nullopt;
  std::optional<uint64_t> ones = mask && mask->isBlob() && mask->blob() && elements ? onesOf(*mask->blob()) : std::nullopt;
  if (!ones || *ones == uint64_t(*elements))
    return true;
  diags.report(op.location(), diag::MaskCount, op.type().str(), maskName, *ones, dataName, *elements).in(op.describe());
  return false;
}
