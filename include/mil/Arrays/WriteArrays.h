// Writes files of arrays: .npz (not compressed) and .safetensors.
//
//   Result<std::unique_ptr<OutputFile>> file = OutputFile::create("out.npz", force, diags);
//   if (!writeArrays({arrayOf("x", tensor)}, ArrayFormat::Npz, **file, diags) || !(*file)->commit(diags)) ...
//
// Arrays are read one window at a time, once each, so memory doesn't depend on their size. (Twice for an .npz that is written to a pipe,
// because the checksum precedes the bytes.) The output is reproducible: the same arrays give the same file.
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
  /// If not 0: elements are strings of this many UTF-32 characters, padded with zeros, and dtype is uint32. Only for .npz.
  size_t characters = 0;
  /// Passes all bytes of the elements to a function, in order; errors are reported.
  std::function<Status(llvm::function_ref<void(llvm::ArrayRef<uint8_t>)> take)> read;
};

/// A tensor as an array. Floats that NumPy doesn't support become fp32, integers of less than 8 bits become 8-bit ones.
ArraySource arrayOf(std::string name, const Tensor &tensor);
ArraySource arrayOf(std::string name, const StringTensor &strings);

/// Writes arrays to a file that the caller commits. Names must be unique, and the format must support the element types.
[[nodiscard]] Status writeArrays(llvm::ArrayRef<ArraySource> arrays, ArrayFormat format, OutputFile &file, DiagnosticEngine &diags);

/// Writes values by name to an .npz file, atomically. The scores of a classifier are written as two arrays: `name`, fp64, and
/// `name_labels`. Values other than tensors, strings and scores are skipped.
[[nodiscard]] Status writeArrays(llvm::StringRef path, const std::map<std::string, RuntimeValue, std::less<>> &values, bool force,
                                 DiagnosticEngine &diags);

} // namespace mil
