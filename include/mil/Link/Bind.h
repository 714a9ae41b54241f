// Binding: inputs become constants.
//
//   func main(x, W) { p = matmul(x = x, y = W, transpose_y = true);  y = add(x = p, y = b) }     with W = … of french.npz
//     =>   func main(x) { W = const(…);  y = linear(x = x, weight = W, bias = b) }
//
// Each array of the adapter becomes the constant of the input, or state, of its name, exactly; its type and shape must be the input's. What
// unifying wrote in other operations, because an input stood where a constant has to, is written as it was (it says so in the names of the
// operations, see docs/unify.md), casts and reshapes of the constants are computed, and low-rank factors are added to their weight. So unifying
// and binding gives the source, up to what UnifyOptions::lowRank left out.
//
// Linear in the operations; values are read when the result is saved.
#pragma once

#include "mil/Link/Unify.h"

namespace mil {

/// Reads the arrays of an .npz or .safetensors file as constants; the bytes of large ones stay in the file, unless they are compressed.
/// Errors: those of ArrayFile::open, a checksum that differs, element types that inputs never have.
Result<std::vector<NamedArray>> readAdapter(llvm::StringRef path, Context &context, DiagnosticEngine &diags);

/// Binds arrays to inputs of the default function of a model; `opened` is changed. Other functions go: a function that fills states has
/// nothing to fill. Errors: no ML program; an array that no input has the name, type and shape of.
Status bindModel(OpenedModel &opened, llvm::ArrayRef<NamedArray> arrays, DiagnosticEngine &diags);

} // namespace mil
