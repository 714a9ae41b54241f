// Outputs of several files: replaced as one, and finished or undone after a kill at any step.
#include "Temporary.h"
#include "TestFolder.h"
#include "mil/Support/Outputs.h"
#include <csignal>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace mil;
namespace fs = std::filesystem;
using Names = std::set<std::string>;

namespace {

/// Writes a group: the main file m.mil names its part, whose content and that of the companion are `content`.
Status write(const TestFolder &folder, const std::string &partName, const std::string &content, bool force, DiagnosticEngine &diags,
             const OutputGroup::OldParts &oldParts = nullptr) {
  auto group = OutputGroup::create(folder.path("m.mil"), "weights", force, diags);
  if (!group)
    return failure();
  auto companion = (*group)->addCompanion(folder.path("m.json"), diags);
  auto part = (*group)->addPart(diags), dropped = (*group)->addPart(diags);
  if (!companion || !part || !dropped)
    return failure();
  std::ofstream((*group)->partPath(*part).str()) << content;
  auto named = (*group)->namePart(*part, partName, diags);
  if (!named)
    return failure();
  EXPECT_TRUE(*named);
  (*group)->stream() << "weights/" << partName << " " << content;
  **companion << content;
  return (*group)->commit(diags, oldParts);
}

Result<std::vector<std::string>> oneOld() { return std::vector<std::string>{"one.bin"}; }

TEST(OutputGroup, AppearsAsOne) {
  TestFolder folder;
  DiagnosticEngine diags;
  ASSERT_TRUE(write(folder, "one.bin", "first", false, diags));
  EXPECT_EQ(folder.names(), (Names{"m.mil", "m.json", "weights", "weights/one.bin"}));
  EXPECT_EQ(folder.read("m.mil"), "weights/one.bin first");
  EXPECT_EQ(folder.read("m.json"), "first");
  EXPECT_FALSE(write(folder, "two.bin", "second", false, diags));
  EXPECT_EQ(slugsOf(diags), Slugs{"output-exists"});
  ASSERT_TRUE(write(folder, "two.bin", "second", true, diags, oneOld));
  EXPECT_EQ(folder.names(), (Names{"m.mil", "m.json", "weights", "weights/two.bin"}));
  EXPECT_EQ(folder.read("m.json"), "second");
}

TEST(OutputGroup, LeavesNothingWhenDropped) {
  TestFolder folder;
  DiagnosticEngine diags;
  {
    auto group = OutputGroup::create(folder.path("m.mil"), "weights", false, diags);
    ASSERT_TRUE(group);
    ASSERT_TRUE((*group)->addPart(diags) && (*group)->addCompanion(folder.path("m.json"), diags));
    EXPECT_TRUE((*group)->namePart(0, "one.bin", diags));
    EXPECT_EQ(folder.names().count("weights/one.bin"), 1u);
  }
  EXPECT_EQ(folder.names(), Names{});
}

TEST(OutputGroup, APartNeverTakesANameInUse) {
  TestFolder folder;
  DiagnosticEngine diags;
  folder.write("weights/one.bin", "of another");
  {
    auto group = OutputGroup::create(folder.path("m.mil"), "weights", true, diags);
    ASSERT_TRUE(group && (*group)->addPart(diags));
    auto named = (*group)->namePart(0, "one.bin", diags);
    ASSERT_TRUE(named);
    EXPECT_FALSE(*named);
    named = (*group)->namePart(0, "two.bin", diags);
    ASSERT_TRUE(named);
    EXPECT_TRUE(*named);
  }
  EXPECT_EQ(slugsOf(diags), Slugs{});
  EXPECT_EQ(folder.names(), (Names{"weights", "weights/one.bin"}));
  EXPECT_EQ(folder.read("weights/one.bin"), "of another");
}

/// Begins an output that reuses one.bin, the part of the old one.
std::unique_ptr<OutputGroup> beginReusing(const TestFolder &folder, DiagnosticEngine &diags) {
  EXPECT_TRUE(write(folder, "one.bin", "first", false, diags));
  auto group = OutputGroup::create(folder.path("m.mil"), "weights", true, diags);
  EXPECT_TRUE(group && (*group)->addPart(diags));
  std::ofstream((*group)->partPath(0).str()) << "first";
  EXPECT_TRUE((*group)->reusePart(0, "one.bin", diags));
  (*group)->stream() << "weights/one.bin again";
  return std::move(*group);
}

TEST(OutputGroup, ReusesWhatIsThere) {
  TestFolder folder;
  DiagnosticEngine diags;
  ASSERT_TRUE(beginReusing(folder, diags)->commit(diags));
  EXPECT_EQ(folder.read("m.mil"), "weights/one.bin again");
  EXPECT_EQ(folder.read("weights/one.bin"), "first");
}

TEST(OutputGroup, RestoresWhatItReusesWhenAnotherOutputRemovesIt) {
  TestFolder folder;
  DiagnosticEngine diags;
  auto group = beginReusing(folder, diags);
  ASSERT_TRUE(write(folder, "two.bin", "second", true, diags, oneOld));
  ASSERT_EQ(folder.names().count("weights/one.bin"), 0u);
  ASSERT_TRUE(group->commit(diags));
  group.reset();
  EXPECT_EQ(folder.read("m.mil"), "weights/one.bin again");
  EXPECT_EQ(folder.read("weights/one.bin"), "first");
}

TEST(OutputGroup, FailsWhenAnotherOutputHasReplacedWhatItReuses) { // cannot-write
  TestFolder folder;
  DiagnosticEngine diags;
  auto group = beginReusing(folder, diags);
  fs::remove(folder.path("weights/one.bin"));
  folder.write("weights/one.bin", "of another");
  EXPECT_FALSE(group->commit(diags));
  group.reset();
  EXPECT_EQ(slugsOf(diags), Slugs{"cannot-write"});
  EXPECT_EQ(folder.names(), (Names{"m.mil", "m.json", "weights", "weights/one.bin"}));
  EXPECT_EQ(folder.read("m.mil"), "weights/one.bin first");
  EXPECT_EQ(folder.read("weights/one.bin"), "of another");
}

TEST(OutputGroup, ReportsWhatCannotBeWritten) {
  TestFolder folder;
  DiagnosticEngine diags;
  fs::create_directory(folder.path("m.json"));
  EXPECT_FALSE(write(folder, "one.bin", "first", true, diags)); // a companion that is a folder
  folder.write("weights", "a file where the folder should be");
  fs::remove(folder.path("m.json"));
  EXPECT_FALSE(write(folder, "one.bin", "first", true, diags));
  EXPECT_FALSE(OutputGroup::create("/dev/null", "weights", true, diags));
  EXPECT_EQ(slugsOf(diags), Slugs(3, "cannot-write"));
  EXPECT_EQ(folder.names(), Names{"weights"});
}

/// The name that a process which is gone gave a temporary.
std::string abandoned(const std::string &name, const std::string &suffix, uint64_t serial = 0) {
  static const pid_t gone = [] {
    pid_t child = ::fork();
    if (child == 0)
      ::_exit(0);
    ::waitpid(child, nullptr, 0);
    return child;
  }();
  return TemporaryName{name, gone, serial, suffix}.str();
}

TEST(Leftovers, WhatWasCommittedIsFinished) {
  TestFolder folder;
  folder.write("m.mil", "new");
  folder.write("m.json", "old");
  folder.write("weights/old.bin", "old");
  folder.write("weights/new.bin", "new");
  folder.write(abandoned("m.json", "next"), "new");
  fs::create_hard_link(folder.path("weights/old.bin"), folder.path(abandoned("weights-0", "old")));
  fs::create_hard_link(folder.path("weights/new.bin"), folder.path(abandoned("weights-0", "part")));
  finishInterrupted(folder.path("m.mil"));
  EXPECT_EQ(folder.names(), (Names{"m.mil", "m.json", "weights", "weights/new.bin"}));
  EXPECT_EQ(folder.read("m.json"), "new");
}

TEST(Leftovers, WhatWasNotCommittedIsUndone) {
  TestFolder folder;
  folder.write("m.mil", "old");
  folder.write("m.json", "old");
  folder.write("weights/old.bin", "old");
  folder.write("weights/new.bin", "new");
  folder.write(abandoned("m.mil", "tmp"), "new");
  folder.write(abandoned("m.json", "next"), "new");
  fs::create_hard_link(folder.path("weights/old.bin"), folder.path(abandoned("weights-0", "old")));
  fs::create_hard_link(folder.path("weights/new.bin"), folder.path(abandoned("weights-0", "part")));
  Names before = folder.names();
  finishInterrupted(folder.path("m.mil")); // readers leave that to writers
  EXPECT_EQ(folder.names(), before);
  clearLeftovers(folder.path());
  EXPECT_EQ(folder.names(), (Names{"m.mil", "m.json", "weights", "weights/old.bin"}));
  EXPECT_EQ(folder.read("m.json"), "old");
}

TEST(Leftovers, AnInterruptedReplacementIsFinishedOrUndone) {
  for (bool isNewThere : {false, true})
    for (bool isInPlace : {false, true}) {
      TestFolder folder;
      folder.write(abandoned("m", "tmp.old") + "/old", "");
      if (isNewThere)
        folder.write(abandoned("m", "tmp") + "/new", "");
      if (isInPlace)
        folder.write("m/new", "");
      finishInterrupted(folder.path("m"));
      EXPECT_EQ(folder.names(), (isNewThere || isInPlace ? Names{"m", "m/new"} : Names{"m", "m/old"}));
    }
}

TEST(Leftovers, WhatIsInUseStays) {
  TestFolder folder;
  DiagnosticEngine diags;
  int ready[2], done[2];
  ASSERT_TRUE(::pipe(ready) == 0 && ::pipe(done) == 0);
  pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    auto file = OutputFile::create(folder.path("a"), false, diags);
    (void)!::write(ready[1], "x", 1);
    char byte;
    (void)!::read(done[0], &byte, 1);
    ::_exit(file && (*file)->commit(diags) ? 0 : 1);
  }
  char byte;
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  clearLeftovers(folder.path());
  ASSERT_EQ(::write(done[1], "x", 1), 1);
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  EXPECT_EQ(folder.names(), Names{"a"});
}

TEST(Leftovers, NamesAreTakenApart) {
  std::optional<TemporaryName> name = TemporaryName::parse(".m.mil.milc-12-3.tmp.old");
  ASSERT_TRUE(name);
  EXPECT_EQ(name->name, "m.mil");
  EXPECT_EQ(name->process, 12);
  EXPECT_EQ(name->serial, 3u);
  EXPECT_EQ(name->suffix, "tmp.old");
  EXPECT_EQ(name->str(), ".m.mil.milc-12-3.tmp.old");
  for (std::string other : {"m.mil.milc-12-3.tmp", ".milc-1-2.tmp", ".m.milc--1-2.tmp", ".m.milc-1.tmp", ".m.milc-x-2.tmp", ".m", ""})
    EXPECT_FALSE(TemporaryName::parse(other)) << other;
}

} // namespace
