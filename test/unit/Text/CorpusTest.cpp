// Real models, where a folder of them is given (MILC_CORPUS_DIR): every compiled model's text is printed back byte for byte.

#include "TextFixture.h"
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace fs = std::filesystem;

namespace mil::test {
namespace {

std::string contents(const fs::path &path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(Corpus, CompiledModelsPrintAsTheyWere) {
  const char *folder = std::getenv("MILC_CORPUS_DIR");
  if (!folder || !*folder)
    GTEST_SKIP() << "no corpus";
  size_t files = 0;
  for (const fs::directory_entry &entry : fs::recursive_directory_iterator(folder)) {
    if (entry.path().extension() != ".mil")
      continue;
    ++files;
    std::string text = contents(entry.path());
    Parsed parsed(text);
    bool invalid = entry.path().filename().string().starts_with("INVALID");
    EXPECT_EQ(parsed.ok(), !invalid) << entry.path() << "\n" << parsed.messages();
    if (!parsed.ok())
      continue;
    std::string printed = parsed.print();
    // What people wrote is laid out as they liked; printing it settles after once.
    bool compiled = entry.path().filename() == "model.mil";
    if (compiled && !text.empty() && text.back() == '\n')
      text.pop_back();
    EXPECT_EQ(printed, compiled ? text : reprint(printed)) << entry.path();
  }
  EXPECT_GT(files, 0u);
}

} // namespace
} // namespace mil::test
