// Arrays in files, as NumPy writes them: X.npy holds one, X.npz several by name.
//
//   Result<NamedArrays> inputs = readArrays("in.npz", diags);
//   Status done = writeArrays("out.npz", outputs, force, diags);
//
// An .npy file is a magic number, a header written as a Python dictionary (element type, order, shape) and the elements; an .npz file is a
// ZIP archive of such files, stored or deflated. The formats are described in NumPy's documentation (numpy.lib.format) and PKWARE's
// APPNOTE.TXT.
//
// Files come from anywhere. Read are little-endian numbers and bools in C order; refused, with what is wrong: pickled objects, big-endian
// numbers, Fortran order, headers that are not as NumPy writes them, fewer or more bytes than the shape says, archives whose names lead
// elsewhere, are there twice, or whose contents have another checksum, and more bytes than `maxBytes` once unpacked: sizes that are claimed
// are checked before memory is asked for.
#pragma once

#include "mil/Support/Diagnostics.h"
#include "mil/Tensor/RuntimeValue.h"
#include <map>

namespace mil {

using NamedArrays = std::map<std::string, Tensor, std::less<>>;

struct ArrayLimits {
  uint64_t maxBytes = uint64_t(16) << 30; ///< of all arrays of a file together
};

/// The array of an .npy file in memory; nullopt with what is wrong in `why`.
std::optional<Tensor> parseNpy(llvm::ArrayRef<uint8_t> bytes, std::string &why, const ArrayLimits &limits = {});
/// The arrays of an .npz file in memory, all of them or, unless it is empty, the one called `only`.
std::optional<NamedArrays> parseNpz(llvm::ArrayRef<uint8_t> bytes, std::string &why, llvm::StringRef only = "",
                                    const ArrayLimits &limits = {});

/// The array of an .npy file, or the one called `name` of an .npz file.
Result<Tensor> readArray(llvm::StringRef path, llvm::StringRef name, DiagnosticEngine &diags, const ArrayLimits &limits = {});
/// All arrays of an .npz file.
Result<NamedArrays> readArrays(llvm::StringRef path, DiagnosticEngine &diags, const ArrayLimits &limits = {});

/// Writes values by name, whole or not at all. Floats that NumPy doesn't have are written as fp32. Strings become an array of Unicode
/// strings; the scores of a classifier two: `name`, fp64, and `name_labels`. Other values than tensors, strings and scores are left out.
Status writeArrays(llvm::StringRef path, const std::map<std::string, RuntimeValue, std::less<>> &values, bool force,
                   DiagnosticEngine &diags);

} // namespace mil
