// Values for inputs: zeros, ones, random ones, literals, pictures.
#pragma once

#include "mil/Run/ModelRunner.h"

namespace mil {

enum class FillKind : uint8_t { Zeros, Ones, Random };

/// A tensor of an input's type. `dims` are its sizes where the type leaves some open. Random floats are from -1 to 1, or from 0 where they go
/// into a logarithm or a root (of images, whole
/// numbers from 0 to 255), bools either, integers small; integers that choose elements of a constant table, by gather and its kin, are
/// indices into it. They follow from the seed and the input's name. Fails, reported, when the tensor alone takes more memory than a run may:
/// models propose any sizes.
Result<Tensor> makeInput(const ModelRunner &runner, const RunPort &port, llvm::ArrayRef<int64_t> dims, FillKind kind, uint64_t seed,
                         DiagnosticEngine &diags);
/// Random tensors of one seed for all inputs, in the sizes that the model proposes. Fails, reported, when one has no known shape.
Result<NamedValues> randomInputs(const ModelRunner &runner, uint64_t seed, DiagnosticEngine &diags);

/// A number, bool or nested lists of them, as JSON has them. A scalar fills the whole shape of the type if that is static. nullopt with what
/// is wrong.
std::optional<Tensor> parseInput(llvm::StringRef json, Type type, std::string &why);

/// A PNG or JPEG file for an input that is an image: scaled to its size (or, where that is flexible, as it is), laid out as the
/// description's colour space says: [1, 3, height, width] or [1, 1, height, width], whole numbers from 0 to 255.
Result<Tensor> readPicture(llvm::StringRef path, const RunPort &port, Context &context, DiagnosticEngine &diags);

} // namespace mil
