// Writes files of arrays: .npz (not compressed) and .safetensors.
//
//   Result<std::unique_ptr<OutputFile>> file = OutputFile::create("out.npz", force, diags);
//   if (!writeArrays({arrayOf("x", tensor)}, ArrayFormat::Npz, **file, diags) || !(*file)->commit(diags)) ...
//
// Arrays give their bytes a window at a time, once each, so memory doesn't follow their size. (Twice for an .npz that goes to a pipe: the
// checksum stands in front of the bytes.) The same arrays make the same file: no clock, no order of a hash table.
#pragma once

#include "mil/Arrays/ArrayFile.h"
#include "mil/Tensor/RuntimeValue.h"
#include <functional>

namespace mil {

/// An array to write.
struct ArraySource {
  std::string name;
  DType dtype = DType::Invalid;
  Tensor::Dims dims;
  /// Elements are strings of as many UTF-32 characters, padded with zeros, and dtype is uint32. In .npz only.
  size_t characters = 0;
  /// Hands all bytes of the elements to a function, in order; reports what fails.
  std::function<Status(llvm::function_ref<void(llvm::ArrayRef<uint8_t>)> take)> read;
};

/// A tensor as an array. Floats that NumPy doesn't have become fp32, integers of less than 8 bits 8 of them.
ArraySource arrayOf(std::string name, const Tensor &tensor);
ArraySource arrayOf(std::string name, const StringTensor &strings);

/// Writes arrays, whose names differ and whose formats' types they have, to a file that the caller commits.
[[nodiscard]] Status writeArrays(llvm::ArrayRef<ArraySource> arrays, ArrayFormat format, OutputFile &file, DiagnosticEngine &diags);

/// Writes values by name to an .npz file, whole or not at all. The scores of a classifier are two arrays: `name`, fp64, and
/// `name_labels`. Values other than tensors, strings and scores are left out.
[[nodiscard]] Status writeArrays(llvm::StringRef path, const std::map<std::string, RuntimeValue, std::less<>> &values, bool force,
                                 DiagnosticEngine &diags);

} // namespace mil
