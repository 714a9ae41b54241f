// Outputs that appear together, and what is left of them after a kill. test/faults tries each step.
#include "mil/Support/OutputSet.h"
#include "TestFolder.h"
#include "mil/Support/Outputs.h"
#include <sys/wait.h>
#include <unistd.h>

using namespace mil;
using Names = std::set<std::string>;

namespace {

Status writeFile(const std::string &path, const std::string &content, DiagnosticEngine &diags, bool force = true) {
  auto file = OutputFile::create(path, force, diags);
  if (!file)
    return failure();
  (*file)->stream() << content;
  return (*file)->commit(diags);
}

/// A folder with one file.
Status writeFolder(const std::string &path, const std::string &content, DiagnosticEngine &diags) {
  auto folder = OutputFolder::create(path, true, diags);
  if (!folder || !writeFile((*folder)->path().str() + "/file", content, diags))
    return failure();
  return (*folder)->commit(diags);
}

TEST(OutputSet, AppearsAsOne) {
  TestFolder folder, other;
  DiagnosticEngine diags;
  for (std::string content : {"old", "new"}) {
    OutputSet set;
    EXPECT_TRUE(writeFile(folder.path("a"), content, diags));
    EXPECT_TRUE(writeFolder(folder.path("model"), content, diags));
    EXPECT_TRUE(writeFile(other.path("b"), content, diags));
    if (content == "old")
      EXPECT_FALSE(std::filesystem::exists(folder.path("a")));
    else
      EXPECT_EQ(folder.read("a"), "old");
    EXPECT_TRUE(set.commit(diags));
    EXPECT_EQ(folder.read("a"), content);
    EXPECT_EQ(folder.read("model/file"), content);
    EXPECT_EQ(other.read("b"), content);
  }
  EXPECT_EQ(folder.names(), (Names{"a", "model", "model/file"}));
  EXPECT_EQ(other.names(), Names{"b"});
}

TEST(OutputSet, IsNothingWithoutCommit) {
  TestFolder folder;
  DiagnosticEngine diags;
  {
    OutputSet set;
    EXPECT_TRUE(writeFile(folder.path("a"), "x", diags));
    EXPECT_TRUE(writeFolder(folder.path("model"), "x", diags));
  }
  EXPECT_EQ(folder.names(), Names{});
}

TEST(OutputSet, OneThatCannotAppearKeepsTheOthersBack) {
  TestFolder folder, other;
  DiagnosticEngine diags;
  OutputSet set;
  EXPECT_TRUE(writeFile(folder.path("a"), "x", diags, /*force=*/false));
  EXPECT_TRUE(writeFile(other.path("b"), "x", diags, /*force=*/false));
  other.write("b", "someone's");
  EXPECT_FALSE(set.commit(diags));
  EXPECT_EQ(folder.names(), Names{});
  EXPECT_EQ(other.names(), Names{"b"});
  EXPECT_EQ(other.read("b"), "someone's");
}

/// What a kill leaves is finished or removed from the folder of the main output as from the other one's.
TEST(OutputSet, IsFinishedFromEitherFolder) {
  DiagnosticEngine diags;
  for (bool committed : {false, true})
    for (bool fromMain : {false, true}) {
      TestFolder folder, other;
      folder.write("a", committed ? "new" : "old");
      other.write("b", "old");
      // A number that no process has.
      pid_t gone = ::fork();
      if (gone == 0)
        ::_exit(0);
      ::waitpid(gone, nullptr, 0);
      std::string key = ".milc-" + std::to_string(gone) + "-7.";
      if (!committed)
        folder.write(".a" + key + "tmp", "new");
      other.write(".b" + key + "next", "new");
      std::filesystem::create_symlink(other.path(".b" + key + "next"), folder.path(".1" + key + "also"));
      std::filesystem::create_symlink(folder.path(".a" + key + "tmp"), other.path(".b" + key + "main"));
      finishInterrupted((fromMain ? folder : other).path(fromMain ? "a" : "b"));
      EXPECT_EQ(other.read("b"), committed ? "new" : "old");
      EXPECT_TRUE(writeFile((fromMain ? folder : other).path("c"), "x", diags));
      EXPECT_EQ(folder.read("a"), committed ? "new" : "old");
      EXPECT_EQ(folder.names(), fromMain ? (Names{"a", "c"}) : Names{"a"});
      EXPECT_EQ(other.names(), fromMain ? Names{"b"} : (Names{"b", "c"}));
    }
}

} // namespace
