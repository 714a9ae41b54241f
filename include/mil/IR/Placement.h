// Placement: where constants are stored when a program is written.
//
// A blob literal contains the place it was read from. An output may store it elsewhere, and may move tensors from memory to a weight file.
// The writers of text and protobuf call a PlaceFn, which is provided by the writer of the weight files.
#pragma once

#include "mil/IR/Literal.h"
#include <functional>
#include <optional>
#include <string>

namespace mil {

/// A place in a weight file of the output: the path of the file as written in the program, and the offset of the blob's record.
struct BlobPlace {
  std::string path;
  uint64_t offset = 0;
};
/// Returns where a blob or an in-memory tensor is stored. nullopt: a blob keeps its path and offset, a tensor stays in the program.
using PlaceFn = std::function<std::optional<BlobPlace>(const Literal &literal)>;

} // namespace mil
