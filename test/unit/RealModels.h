// Real models for the tests that need some: those in the folder MILC_CORPUS_DIR. Without one, those tests are skipped.
#pragma once

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringRef.h"
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace mil {

/// The paths under the folder that end in one of these, in order. A file in a folder with such a name is part of that one, and not another
/// model.
inline std::vector<std::string> realModels(std::initializer_list<llvm::StringRef> extensions) {
  std::vector<std::string> found;
  const char *folder = std::getenv("MILC_CORPUS_DIR");
  if (!folder || !std::filesystem::is_directory(folder))
    return found;
  for (auto at = std::filesystem::recursive_directory_iterator(folder); at != std::filesystem::recursive_directory_iterator(); ++at)
    if (llvm::is_contained(extensions, llvm::StringRef(at->path().extension().string()))) {
      found.push_back(at->path().string());
      at.disable_recursion_pending();
    }
  std::sort(found.begin(), found.end());
  return found;
}

} // namespace mil

/// Skips the test if there are no models.
#define SKIP_WITHOUT_MODELS(models)                                                                                                        \
  if ((models).empty())                                                                                                                    \
  GTEST_SKIP() << "MILC_CORPUS_DIR names no folder of real models"
