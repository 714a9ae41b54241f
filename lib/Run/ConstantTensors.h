// Constants of a program as tensors: views of mapped weight files and of literals, and what compressed ones decompress to.
#pragma once

#include "mil/IR/Operation.h"
#include "mil/Run/Precision.h"
#include "mil/Tensor/RuntimeValue.h"
#include "mil/Weights/Blob.h"
#include "llvm/ADT/DenseMap.h"

namespace mil {

class ConstantTensors {
public:
  /// The tensor of a literal of numbers; null without a report when it holds something else, and after one when it can't be read. Read at
  /// the first call; the pointer stays.
  const RuntimeValue *of(const Literal &literal, DiagnosticEngine &diags);
  /// What a constexpr operation, or dequantize of constants, gives, as values are held with `precision`; null after a report.
  const RuntimeValue *decompressed(const Value &value, Precision precision, DiagnosticEngine &diags);

private:
  std::optional<Tensor> mapped(const Literal &literal);
  struct Mapping {
    FileIdentity file;
    std::shared_ptr<const uint8_t> bytes;
    uint64_t size = 0;
  };
  const Mapping *mappingOf(const Blob::FileRange &range);
  std::vector<Mapping> mappings; ///< one a weight file
  llvm::DenseMap<const void *, std::unique_ptr<RuntimeValue>> known;
};

} // namespace mil
