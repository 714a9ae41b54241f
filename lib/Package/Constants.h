// The constants of a model that matter to its weight files: blobs, and tensors in memory that are to become blobs.
#pragma once

#include "mil/Package/Package.h"

namespace mil {

struct Constants {
  /// Literals whose bytes go to weight files, each once, in the order of their first use: blobs, and tensors that are to be moved.
  std::vector<const Literal *> stored;
  uint64_t referencedBytes = 0; ///< of all uses of those
  /// Uses of blobs whose files are missing, and the path of the first.
  size_t missing = 0;
  std::string missingPath;
};

/// Collects them. Tensors of `moveFrom` elements and more are moved if every place that uses them allows it; 0: none.
Constants collectConstants(const Model &model, uint64_t moveFrom);

} // namespace mil
