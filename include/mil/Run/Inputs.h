// Values for inputs: zeros, ones, random ones, literals, pictures.
//
//   Result<NamedValues> inputs = randomInputs(*runner, 0, diags);
#pragma once

#include "mil/Run/ModelRunner.h"

namespace mil {

/// The values of an input that is filled.
enum class FillKind : uint8_t { Zeros, Ones, Random };

/// A tensor of an input's type. `dims` are its sizes if some are unknown in the type. Random floats are between -1 and 1, or between 0 and
/// 1 if they are the argument of a logarithm or root (whole numbers from 0 to 255 for images); integers are small; integers that are
/// indices of gather, scatter, one_hot and the like are in their range. The numbers depend on the seed and the name of the input. Fails
/// (reported) if the tensor takes more memory than a run may use, because a model can request any size.
Result<Tensor> makeInput(const ModelRunner &runner, const RunPort &port, llvm::ArrayRef<int64_t> dims, FillKind kind, uint64_t seed,
                         DiagnosticEngine &diags);
/// Random tensors of one seed for all inputs, with the default sizes of the model. Fails (reported) if an input has no known shape.
Result<NamedValues> randomInputs(const ModelRunner &runner, uint64_t seed, DiagnosticEngine &diags);

/// A number or bool, or nested lists of them, in JSON. A scalar fills the whole shape of the type if it is static. nullopt on error, with a
/// message.
std::optional<Tensor> parseInput(llvm::StringRef json, Type type, std::string &why);

/// Reads a PNG or JPEG file for an image input: scaled to its size (unless that is flexible), in the layout of the described colour space:
/// [1, 3, height, width] or [1, 1, height, width], whole numbers from 0 to 255.
Result<Tensor> readPicture(llvm::StringRef path, const RunPort &port, Context &context, DiagnosticEngine &diags);

} // namespace mil
