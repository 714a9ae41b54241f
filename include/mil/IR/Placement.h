// Placement: where the constants of a program go when it is written.
//
// A literal names a blob by the place it was read from. An output may put it elsewhere, and may move tensors that are in memory to a weight
// file. Writers of text and protobuf ask a PlaceFn, which whoever writes the weight files provides.
#pragma once

#include "mil/IR/Literal.h"
#include <functional>
#include <optional>
#include <string>

namespace mil {

/// A place in a weight file of the output: the file's path as the program is to name it, and the offset of the blob's record.
struct BlobPlace {
  std::string path;
  uint64_t offset = 0;
};
/// Where a blob or an in-memory tensor goes. nullopt: blobs keep the path and offset they carry, tensors stay in the program.
using PlaceFn = std::function<std::optional<BlobPlace>(const Literal &literal)>;

} // namespace mil
