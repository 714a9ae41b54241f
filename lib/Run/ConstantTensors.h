// Constants of a program as tensors: views of mapped weight files and of literals, and decompressed constants.
#pragma once

#include "mil/IR/Operation.h"
#include "mil/Run/Precision.h"
#include "mil/Tensor/RuntimeValue.h"
#include "mil/Weights/Blob.h"
#include "llvm/ADT/DenseMap.h"

namespace mil {

class ConstantTensors {
public:
  /// The tensor of a literal of numbers. Null without a report if it contains something else, null with a report if it can't be read. It is
  /// read at the first call; the pointer stays valid.
  const RuntimeValue *of(const Literal &literal, DiagnosticEngine &diags);
  /// The result of a constexpr operation, or of a dequantize of constants, in the type in which values are held with `precision`; null
  /// after a report.
  const RuntimeValue *decompressed(const Value &value, Precision precision, DiagnosticEngine &diags);

private:
  std::optional<Tensor> mapped(const Literal &literal);
  struct Mapping {
    FileIdentity file;
    std::shared_ptr<const uint8_t> bytes;
    uint64_t size = 0;
  };
  const Mapping *mappingOf(const Blob::FileRange &range);
  std::vector<Mapping> mappings; ///< one per weight file
  llvm::DenseMap<const void *, std::unique_ptr<RuntimeValue>> known;
};

} // namespace mil
