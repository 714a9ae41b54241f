// A folder of its own for a test, removed with all it holds at the end.
#pragma once

#include "mil/Support/Diagnostics.h"
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <set>
#include <sstream>
#include <string>

namespace mil {

class TestFolder {
public:
  TestFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "milc-test-XXXXXX").string();
    EXPECT_NE(::mkdtemp(pattern.data()), nullptr);
    root = std::filesystem::canonical(pattern);
  }
  ~TestFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(root, ignored);
  }
  TestFolder(const TestFolder &) = delete;

  std::string path(const std::string &name = {}) const { return name.empty() ? root.string() : (root / name).string(); }
  /// Writes a file, with the folders above it; returns its path.
  std::string write(const std::string &name, const std::string &bytes) const {
    std::filesystem::create_directories((root / name).parent_path());
    std::ofstream(path(name), std::ios::binary) << bytes;
    return path(name);
  }
  std::string read(const std::string &name) const {
    std::ifstream in(path(name), std::ios::binary);
    EXPECT_TRUE(in.good()) << name;
    std::stringstream bytes;
    bytes << in.rdbuf();
    return bytes.str();
  }
  /// Everything below, hidden names as well.
  std::set<std::string> names() const {
    std::set<std::string> found;
    for (auto &entry : std::filesystem::recursive_directory_iterator(root))
      found.insert(std::filesystem::relative(entry.path(), root).string());
    return found;
  }

private:
  std::filesystem::path root;
};

/// The slugs of all that was reported, in order, for comparing with what was expected.
inline std::vector<std::string> slugsOf(const DiagnosticEngine &diags) {
  std::vector<std::string> slugs;
  for (const Diagnostic &diagnostic : diags.diagnostics())
    slugs.push_back(diagnostic.kind.slug().str());
  return slugs;
}

using Slugs = std::vector<std::string>;

} // namespace mil
