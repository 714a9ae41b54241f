// The .npy format, for archives of such files.
#pragma once

#include "mil/Run/Arrays.h"

namespace mil {

struct NpyHeader {
  DType type = DType::Invalid;
  bool fortran = false;
  Tensor::Dims dims;
  size_t size = 0;    ///< of the header itself
  uint64_t bytes = 0; ///< that the elements take
};

/// The header at the beginning of `bytes`; nullopt with what is wrong.
std::optional<NpyHeader> parseNpyHeader(llvm::ArrayRef<uint8_t> bytes, std::string &why);

/// An array as it is written: its header and the bytes of a tensor.
struct NpyArray {
  std::string header;
  Tensor data;
};
std::string npyHeader(llvm::StringRef descr, llvm::ArrayRef<int64_t> dims);
NpyArray npyOf(const Tensor &tensor);
NpyArray npyOf(const StringTensor &strings);

} // namespace mil
