// Files of named arrays: .npz of NumPy and .safetensors of Hugging Face, written and read in bounded windows.
//
// .npz is a zip archive, not compressed, with a file NAME.npy for each array: "\x93NUMPY", version 1.0 or 2.0, the length of a header, the
// header as a Python dictionary {'descr': '<f2', 'fortran_order': False, 'shape': (4, 64), }, and the elements. Source: NumPy's
// description of the format (numpy.lib.format) and PKWARE's of zip (APPNOTE.TXT 6.3), zip64 included.
//
// .safetensors is the length of a header in 8 bytes, the header as JSON {"NAME": {"dtype": "F16", "shape": [4, 64], "data_offsets": [0,
// 512]}}, and the bytes, which the arrays fill without gaps. Source: the description of the format in its repository.
//
// Element types are those of arrays at a model's interface: fp16, fp32, int32, int8.
#pragma once

#include "mil/Link/Bind.h"
#include "llvm/Support/raw_ostream.h"

namespace mil {

/// Writes arrays to a stream. `out` takes positions, so that checksums can follow the bytes that they are of.
Status writeNpz(llvm::ArrayRef<NamedArray> arrays, llvm::raw_pwrite_stream &out, DiagnosticEngine &diags);
Status writeSafetensors(llvm::ArrayRef<NamedArray> arrays, llvm::raw_pwrite_stream &out, DiagnosticEngine &diags);

/// An array as its file describes it.
struct StoredArray {
  std::string name;
  DType dtype = DType::Invalid;
  llvm::SmallVector<int64_t, 6> dims;
  uint64_t offset = 0; ///< of its bytes in the file
};
/// What a file holds; every array lies within the file. `why` is what is wrong with it otherwise.
Result<std::vector<StoredArray>> listNpz(const File &file, std::string &why, DiagnosticEngine &diags);
Result<std::vector<StoredArray>> listSafetensors(const File &file, std::string &why, DiagnosticEngine &diags);

/// Bytes of an array of a shape; nullopt when they overflow or the shape has a negative size.
std::optional<uint64_t> byteSize(DType dtype, llvm::ArrayRef<int64_t> dims);

/// Hands the bytes of a constant to `take`, window by window.
Status forEachWindow(const Literal &value, llvm::function_ref<void(llvm::ArrayRef<uint8_t>)> take, DiagnosticEngine &diags);

} // namespace mil
