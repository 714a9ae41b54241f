// Real models, where a folder of them is given (MILC_CORPUS_DIR): every compiled model's text is printed back byte for byte.

#include "../RealModels.h"
#include "TextFixture.h"
#include <fstream>

namespace fs = std::filesystem;

namespace mil::test {
namespace {

std::string contents(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(Corpus, CompiledModelsPrintAsTheyWere) {
  std::vector<std::string> models = realModels({".mil"});
  SKIP_WITHOUT_MODELS(models);
  for (const std::string &path : models) {
    std::string text = contents(path), name = fs::path(path).filename();
    Parsed parsed(text);
    bool invalid = name.starts_with("INVALID");
    EXPECT_EQ(parsed.ok(), !invalid) << path << "\n" << parsed.messages();
    if (!parsed.ok())
      continue;
    std::string printed = parsed.print();
    // What people wrote is laid out as they liked; printing it settles after once.
    bool compiled = name == "model.mil";
    if (compiled && !text.empty() && text.back() == '\n')
      text.pop_back();
    EXPECT_EQ(printed, compiled ? text : reprint(printed)) << path;
  }
}

} // namespace
} // namespace mil::test
