// The constants of a model that belong in its weight files: blobs, and tensors in memory that become blobs.
#pragma once

#include "mil/Package/Package.h"

namespace mil {

struct Constants {
  /// Literals whose bytes are written to weight files, each once, in the order of their first use: blobs, and tensors that are moved.
  std::vector<const Literal *> stored;
  uint64_t referencedBytes = 0; ///< the bytes of all their uses
  /// The number of uses of blobs whose files are missing, and the path of the first.
  size_t missing = 0;
  std::string missingPath;
};

/// Collects these constants. Tensors with at least `moveFrom` elements are moved if every place that uses them allows it; 0: none.
Constants collectConstants(const Model &model, uint64_t moveFrom);

} // namespace mil
