// Binding: replaces inputs by constants.
//
//   func main(x, W) { p = matmul(x = x, y = W, transpose_y = true);  y = add(x = p, y = b) }     with W = … of french.npz
//     =>   func main(x) { W = const(…);  y = linear(x = x, weight = W, bias = b) }
//
// Each array of the adapter replaces the input or state with its name; type and shape must be equal. Operations that unifying rewrote,
// because they required a constant, are restored (they are recognized by their names, see docs/unify.md), casts and reshapes of the
// constants are folded, and low-rank factors are added to their weight. So unifying and then binding gives the original function, except
// for the error of UnifyOptions::lowRank.
//
// Linear in the operations; values are read when the result is saved.
#pragma once

#include "mil/Link/Unify.h"

namespace mil {

/// Reads the arrays of an .npz or .safetensors file as constants; large ones stay in the file, unless they are compressed. Errors: those of
/// ArrayFile::open, wrong checksums, element types that inputs can't have, a file without arrays.
Result<std::vector<NamedArray>> readAdapter(llvm::StringRef path, Context &context, DiagnosticEngine &diags);

/// Binds arrays to inputs of the default function of a model; `opened` is changed. Other functions are removed, because a function that
/// fills states is no longer needed. Errors: the model is not an ML program; an array matches no input by name, type and shape.
Status bindModel(OpenedModel &opened, llvm::ArrayRef<NamedArray> arrays, DiagnosticEngine &diags);

} // namespace mil
