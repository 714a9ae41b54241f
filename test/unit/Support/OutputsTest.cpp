#include "mil/Support/Outputs.h"
#include "Temporary.h"
#include "TestFolder.h"
#include <csignal>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __linux__
#include <linux/fs.h>
#include <sys/ioctl.h>
#endif

using namespace mil;
namespace fs = std::filesystem;
using Names = std::set<std::string>;

namespace {

TEST(OutputFile, AppearsOnCommitOnly) {
  TestFolder folder;
  DiagnosticEngine diags;
  auto file = OutputFile::create(folder.path("a"), false, diags);
  ASSERT_TRUE(file);
  (*file)->stream() << "bytes";
  EXPECT_FALSE(fs::exists(folder.path("a")));
  EXPECT_EQ(fs::path((*file)->temporaryPath().str()).parent_path(), folder.path());
  ASSERT_TRUE((*file)->commit(diags));
  EXPECT_EQ(folder.read("a"), "bytes");
  EXPECT_EQ(folder.names(), Names{"a"});
}

TEST(OutputFile, LeavesNothingWhenDropped) {
  TestFolder folder;
  DiagnosticEngine diags;
  {
    auto file = OutputFile::create(folder.path("a"), false, diags);
    ASSERT_TRUE(file);
    (*file)->stream() << std::string(100'000, 'x');
  }
  EXPECT_EQ(folder.names(), Names{});
}

TEST(OutputFile, ReplacesByForceAndOnCommitOnly) { // output-exists
  TestFolder folder;
  DiagnosticEngine diags;
  std::string path = folder.write("a", "old");
  EXPECT_FALSE(OutputFile::create(path, false, diags));
  EXPECT_EQ(slugsOf(diags), Slugs{"output-exists"});
  auto file = OutputFile::create(path, true, diags);
  ASSERT_TRUE(file);
  (*file)->stream() << "new";
  (*file)->stream().flush();
  EXPECT_EQ(folder.read("a"), "old");
  ASSERT_TRUE((*file)->commit(diags));
  EXPECT_EQ(folder.read("a"), "new");
  EXPECT_EQ(folder.names(), Names{"a"});
}

TEST(OutputFile, DoesNotReplaceWhatWasCreatedMeanwhile) {
  TestFolder folder;
  DiagnosticEngine diags;
  {
    auto file = OutputFile::create(folder.path("a"), false, diags);
    ASSERT_TRUE(file);
    folder.write("a", "of another");
    EXPECT_FALSE((*file)->commit(diags));
  }
  EXPECT_EQ(slugsOf(diags), Slugs{"output-exists"});
  EXPECT_EQ(folder.read("a"), "of another");
  EXPECT_EQ(folder.names(), Names{"a"});
}

TEST(OutputFile, ReplacesALinkAndNotWhatItLeadsTo) {
  TestFolder folder;
  DiagnosticEngine diags;
  folder.write("real/a", "old");
  fs::create_symlink("real/a", folder.path("link"));
  fs::create_symlink("nowhere", folder.path("dangling"));
  EXPECT_FALSE(OutputFile::create(folder.path("link"), false, diags));
  EXPECT_FALSE(OutputFile::create(folder.path("dangling"), false, diags));
  EXPECT_EQ(slugsOf(diags), Slugs(2, "output-exists"));
  for (std::string name : {"link", "dangling"}) {
    auto file = OutputFile::create(folder.path(name), true, diags);
    ASSERT_TRUE(file);
    (*file)->stream() << "new";
    ASSERT_TRUE((*file)->commit(diags));
    EXPECT_FALSE(fs::is_symlink(folder.path(name)));
    EXPECT_EQ(folder.read(name), "new");
  }
  EXPECT_EQ(folder.read("real/a"), "old");
  EXPECT_FALSE(fs::exists(folder.path("nowhere")));
}

TEST(OutputFile, HasTheModeThatTheUmaskGives) {
  TestFolder folder;
  DiagnosticEngine diags;
  mode_t before = ::umask(027);
  auto file = OutputFile::create(folder.path("a"), false, diags);
  ::umask(before);
  ASSERT_TRUE(file && (*file)->commit(diags));
  EXPECT_EQ(fs::status(folder.path("a")).permissions(), fs::perms(0640));
}

TEST(OutputFile, TakesLongNames) {
  TestFolder folder;
  DiagnosticEngine diags;
  std::string name(255, 'n');
  auto file = OutputFile::create(folder.path(name), false, diags);
  ASSERT_TRUE(file && (*file)->commit(diags));
  EXPECT_EQ(folder.names(), Names{name});
}

TEST(OutputFile, ReportsWhatCannotBeWritten) { // cannot-write
  TestFolder folder;
  DiagnosticEngine diags;
  EXPECT_FALSE(OutputFile::create(folder.path(), true, diags));
  EXPECT_FALSE(OutputFile::create(folder.path("none/a"), true, diags));
  EXPECT_FALSE(OutputFile::create(folder.write("file", "") + "/a", true, diags));
  EXPECT_EQ(slugsOf(diags), Slugs(3, "cannot-write"));
}

TEST(OutputFile, WritesToDevicesDirectly) {
  DiagnosticEngine diags;
  auto null = OutputFile::create("/dev/null", false, diags);
  ASSERT_TRUE(null);
  (*null)->stream() << "gone";
  EXPECT_TRUE((*null)->commit(diags));
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
}

TEST(OutputFile, ReportsAFullDisk) {
  DiagnosticEngine diags;
  auto full = OutputFile::create("/dev/full", false, diags);
  ASSERT_TRUE(full);
  (*full)->stream() << std::string(1'000'000, 'x');
  EXPECT_FALSE((*full)->commit(diags));
  { // dropped with bytes that can't be written: must not end the process
    auto dropped = OutputFile::create("/dev/full", false, diags);
    ASSERT_TRUE(dropped);
    (*dropped)->stream() << "x";
  }
  EXPECT_EQ(slugsOf(diags), Slugs{"cannot-write"});
}

TEST(OutputFile, WritesStandardOutput) {
  TestFolder folder;
  DiagnosticEngine diags;
  std::string path = folder.write("out", "");
  ::fflush(stdout);
  int fd = ::open(path.c_str(), O_WRONLY), before = ::dup(STDOUT_FILENO);
  ::dup2(fd, STDOUT_FILENO);
  auto file = OutputFile::create("-", false, diags);
  bool committed = false;
  if (file) {
    (*file)->stream() << "to stdout";
    committed = bool((*file)->commit(diags));
  }
  ::dup2(before, STDOUT_FILENO);
  ::close(before);
  ::close(fd);
  EXPECT_TRUE(committed);
  EXPECT_EQ(folder.read("out"), "to stdout");
}

TEST(OutputFile, KnowsStreams) {
  TestFolder folder;
  ASSERT_EQ(::mkfifo(folder.path("pipe").c_str(), 0600), 0);
  fs::create_symlink("pipe", folder.path("link"));
  folder.write("file", "");
  for (std::string path : {"-", "/dev/null", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/2"})
    EXPECT_TRUE(isStream(path)) << path;
  EXPECT_TRUE(isStream(folder.path("pipe")));
  EXPECT_TRUE(isStream(folder.path("link")));
  for (std::string path : {folder.path("file"), folder.path("none"), folder.path()})
    EXPECT_FALSE(isStream(path)) << path;
  for (std::string path : {"-", "/dev/stdout", "/dev/fd/1"})
    EXPECT_TRUE(isStandardOutput(path)) << path;
  EXPECT_FALSE(isStandardOutput("/dev/fd/2"));
}

void fill(const OutputFolder &output, const std::string &content) {
  fs::create_directories(output.path().str() + "/Data/inner");
  std::ofstream(output.path().str() + "/Data/inner/file") << content;
}

TEST(OutputFolder, AppearsOnCommitOnly) {
  TestFolder folder;
  DiagnosticEngine diags;
  auto output = OutputFolder::create(folder.path("m.mlpackage") + "//", false, diags);
  ASSERT_TRUE(output);
  fill(**output, "x");
  EXPECT_FALSE(fs::exists(folder.path("m.mlpackage")));
  ASSERT_TRUE((*output)->commit(diags));
  EXPECT_EQ(folder.names(), (Names{"m.mlpackage", "m.mlpackage/Data", "m.mlpackage/Data/inner", "m.mlpackage/Data/inner/file"}));
}

TEST(OutputFolder, LeavesNothingWhenDropped) {
  TestFolder folder;
  DiagnosticEngine diags;
  {
    auto output = OutputFolder::create(folder.path("m"), false, diags);
    ASSERT_TRUE(output);
    fill(**output, "x");
  }
  EXPECT_EQ(folder.names(), Names{});
}

TEST(OutputFolder, ReplacesByForceAndOnCommitOnly) {
  TestFolder folder;
  DiagnosticEngine diags;
  folder.write("m/old", "old");
  EXPECT_FALSE(OutputFolder::create(folder.path("m"), false, diags));
  EXPECT_EQ(slugsOf(diags), Slugs{"output-exists"});
  auto output = OutputFolder::create(folder.path("m"), true, diags);
  ASSERT_TRUE(output);
  fill(**output, "new");
  EXPECT_EQ(folder.read("m/old"), "old");
  ASSERT_TRUE((*output)->commit(diags));
  EXPECT_EQ(folder.names(), (Names{"m", "m/Data", "m/Data/inner", "m/Data/inner/file"}));
}

TEST(OutputFolder, DoesNotReplaceWhatWasCreatedMeanwhile) {
  TestFolder folder;
  DiagnosticEngine diags;
  {
    auto output = OutputFolder::create(folder.path("m"), false, diags);
    ASSERT_TRUE(output);
    folder.write("m/other", "");
    EXPECT_FALSE((*output)->commit(diags));
  }
  EXPECT_EQ(slugsOf(diags), Slugs{"output-exists"});
  EXPECT_EQ(folder.names(), (Names{"m", "m/other"}));
}

TEST(OutputFolder, ReplacesNoLink) {
  TestFolder folder;
  DiagnosticEngine diags;
  folder.write("real/old", "old");
  fs::create_directory_symlink("real", folder.path("link"));
  EXPECT_FALSE(OutputFolder::create(folder.path("link"), true, diags));
  EXPECT_EQ(slugsOf(diags), Slugs{"cannot-write"});
  EXPECT_EQ(folder.read("link/old"), "old");
}

TEST(OutputFolder, FoldersHaveTheModesThatTheUmaskGives) {
  TestFolder folder;
  DiagnosticEngine diags;
  mode_t before = ::umask(022);
  auto output = OutputFolder::create(folder.path("m"), false, diags);
  bool made = output && makeFolders((*output)->path().str() + "/a/b", diags) && (*output)->commit(diags);
  ::umask(before);
  ASSERT_TRUE(made);
  for (std::string name : {"m", "m/a", "m/a/b"})
    EXPECT_EQ(fs::status(folder.path(name)).permissions(), fs::perms(0755)) << name;
}

/// Keeps a folder from being emptied, by anyone: root is kept by a flag of the file system. False where that can't be done.
bool lock(const std::string &path, bool on) {
  if (::geteuid() != 0)
    return ::chmod(path.c_str(), on ? 0555 : 0755) == 0;
#ifdef __linux__
  int fd = ::open(path.c_str(), O_RDONLY), flags = 0;
  bool done = fd >= 0 && ::ioctl(fd, FS_IOC_GETFLAGS, &flags) == 0;
  flags = on ? flags | FS_IMMUTABLE_FL : flags & ~FS_IMMUTABLE_FL;
  done = done && ::ioctl(fd, FS_IOC_SETFLAGS, &flags) == 0;
  if (fd >= 0)
    ::close(fd);
  return done;
#else
  return false;
#endif
}

TEST(OutputFolder, TellsWhatItCannotRemove) { // old-output-left
  TestFolder folder;
  DiagnosticEngine diags;
  folder.write("m/inner/old", "old");
  if (!lock(folder.path("m/inner"), true))
    GTEST_SKIP() << "nothing can be kept from being removed here";
  auto output = OutputFolder::create(folder.path("m"), true, diags);
  ASSERT_TRUE(output);
  std::string left = (*output)->path().str();
  fill(**output, "new");
  EXPECT_TRUE((*output)->commit(diags));
  EXPECT_EQ(slugsOf(diags), Slugs{"old-output-left"});
  EXPECT_EQ(folder.read("m/Data/inner/file"), "new");
  EXPECT_TRUE(lock(left + "/inner", false));
}

TEST(OutputFolder, ReportsWhatCannotBeWritten) {
  TestFolder folder;
  DiagnosticEngine diags;
  EXPECT_FALSE(OutputFolder::create(folder.write("file", ""), true, diags));
  EXPECT_FALSE(OutputFolder::create(folder.path("none/m"), true, diags));
  EXPECT_FALSE(OutputFolder::create("/", true, diags));
  EXPECT_FALSE(OutputFolder::create("none/..", false, diags));
  EXPECT_EQ(slugsOf(diags), Slugs(4, "cannot-write"));
  EXPECT_EQ(folder.names(), Names{"file"});
}

/// Begins outputs in a child process and lets a signal end it.
void dieBy(int signal, const TestFolder &folder) {
  pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    DiagnosticEngine diags;
    auto file = OutputFile::create(folder.path("a"), true, diags);
    auto output = OutputFolder::create(folder.path("m"), true, diags);
    if (!file || !output)
      ::_exit(1);
    (*file)->stream() << "partial";
    (*file)->stream().flush();
    fill(**output, "partial");
    for (int i = 0; i != 300; ++i)
      std::ofstream((*output)->path().str() + "/file" + std::to_string(i)) << i;
    fs::create_symlink(folder.path("kept"), (*output)->path().str() + "/link");
    ::raise(signal);
    ::_exit(2);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(WTERMSIG(status), signal);
}

TEST(Outputs, SignalsRemoveWhatWasBegun) {
  for (int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE, SIGALRM, SIGVTALRM, SIGPROF, SIGXCPU, SIGUSR1, SIGUSR2}) {
    TestFolder folder;
    folder.write("a", "old");
    folder.write("m/old", "old");
    folder.write("kept/file", "not below the output");
    dieBy(signal, folder);
    EXPECT_EQ(folder.names(), (Names{"a", "m", "m/old", "kept", "kept/file"}));
    EXPECT_EQ(folder.read("a"), "old");
  }
}

TEST(Outputs, AKillLeavesTheOldOutputWhole) {
  TestFolder folder;
  folder.write("a", "old");
  folder.write("m/old", "old");
  dieBy(SIGKILL, folder);
  EXPECT_EQ(folder.read("a"), "old");
  EXPECT_EQ(folder.read("m/old"), "old");
  EXPECT_GT(folder.names().size(), 3u);
  // The next output finds what it left.
  DiagnosticEngine diags;
  auto file = OutputFile::create(folder.path("b"), false, diags);
  ASSERT_TRUE(file && (*file)->commit(diags));
  EXPECT_EQ(folder.names(), (Names{"a", "b", "m", "m/old"}));
}

TEST(Outputs, SignalsWaitDuringAPause) {
  TestFolder folder;
  pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    {
      SignalPause pause;
      ::raise(SIGTERM);
      folder.write("reached", "");
    }
    ::_exit(2);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
  EXPECT_EQ(folder.names(), Names{"reached"});
}

TEST(Outputs, AFileSizeLimitIsAnErrorLikeAFullDisk) {
  TestFolder folder;
  pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    ::signal(SIGXFSZ, SIG_IGN);
    struct rlimit limit{10'000, 10'000};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    DiagnosticEngine diags;
    {
      auto file = OutputFile::create(folder.path("a"), false, diags);
      if (!file)
        ::_exit(1);
      (*file)->stream() << std::string(1'000'000, 'x');
      if ((*file)->commit(diags))
        ::_exit(2);
    }
    ::_exit(slugsOf(diags) == Slugs{"cannot-write"} ? 0 : 3);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
  EXPECT_EQ(folder.names(), Names{});
}

} // namespace
