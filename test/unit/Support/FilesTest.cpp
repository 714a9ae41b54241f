#include "TestFolder.h"
#include "mil/Support/Outputs.h"
#include <fcntl.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

using namespace mil;

namespace {

/// Puts another descriptor in the place of one of the standard streams until the end of the scope.
class Redirected {
public:
  Redirected(int stream, int to) : stream(stream), before(::dup(stream)) { ::dup2(to, stream); }
  ~Redirected() {
    ::dup2(before, stream);
    ::close(before);
  }

private:
  int stream, before;
};

TEST(MappedFile, GivesTheBytesAndRegistersTheSource) {
  TestFolder folder;
  DiagnosticEngine diags;
  auto file = MappedFile::open(folder.write("a.mil", "hello"), diags);
  ASSERT_TRUE(file);
  EXPECT_EQ((*file)->bytes(), "hello");
  EXPECT_EQ(diags.sources().text((*file)->file()), "hello");
  EXPECT_EQ(diags.sources().name((*file)->file()), folder.path("a.mil"));
}

TEST(MappedFile, AnEmptyFileIsEmpty) {
  TestFolder folder;
  DiagnosticEngine diags;
  auto file = MappedFile::open(folder.write("a", ""), diags);
  ASSERT_TRUE(file);
  EXPECT_TRUE((*file)->bytes().empty());
}

TEST(MappedFile, ReleasedPagesReadTheSame) {
  TestFolder folder;
  DiagnosticEngine diags;
  std::string bytes(100'000, 'x');
  for (size_t i = 0; i != bytes.size(); ++i)
    bytes[i] = char(i * 31);
  auto file = MappedFile::open(folder.write("a", bytes), diags);
  ASSERT_TRUE(file);
  (*file)->release(0, bytes.size());
  (*file)->release(50'000, 10);
  (*file)->release(5'000, SIZE_MAX);
  EXPECT_EQ((*file)->bytes(), bytes);
}

TEST(MappedFile, ReportsWhatCannotBeRead) { // cannot-read
  TestFolder folder;
  DiagnosticEngine diags;
  EXPECT_FALSE(MappedFile::open(folder.path(), diags));
  EXPECT_FALSE(MappedFile::open(folder.path("missing"), diags));
  EXPECT_FALSE(MappedFile::open(folder.write("file", "") + "/below", diags));
  EXPECT_EQ(slugsOf(diags), (Slugs{"cannot-read", "cannot-read", "cannot-read"}));
  EXPECT_EQ(diags.diagnostics()[0].message, "cannot read '" + folder.path() + "': it is a folder");
}

TEST(MappedFile, ReadsPipesToTheirEnd) {
  TestFolder folder;
  DiagnosticEngine diags;
  std::string sent(300'000, 'q'), pipe = folder.path("pipe");
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  std::thread writer([&] { std::ofstream(pipe) << sent; });
  auto file = MappedFile::open(pipe, diags);
  writer.join();
  ASSERT_TRUE(file);
  EXPECT_EQ((*file)->bytes(), sent);
}

TEST(File, DoesNotWaitForPipes) {
  TestFolder folder;
  DiagnosticEngine diags;
  ASSERT_EQ(::mkfifo(folder.path("pipe").c_str(), 0600), 0);
  EXPECT_FALSE(File::open(folder.path("pipe"), diags));
  EXPECT_FALSE(copyFile(folder.path("pipe"), folder.path("copy"), diags));
  EXPECT_FALSE(File::open("/dev/zero", diags));
  EXPECT_EQ(slugsOf(diags), Slugs(3, "cannot-read"));
}

TEST(MappedFile, AFileThatIsMadeShorterReadsAsZerosAndIsReported) {
  TestFolder folder;
  DiagnosticEngine diags;
  // To nothing, to a page, and to a part of its last page, which isn't a memory fault.
  for (size_t left : {0, 4096, 19'999}) {
    std::string path = folder.write("a.mil", std::string(20'000, 'x'));
    auto file = MappedFile::open(path, diags);
    ASSERT_TRUE(file);
    EXPECT_TRUE(checkWhole(**file, diags));
    std::filesystem::resize_file(path, left);
    EXPECT_EQ(size_t((*file)->bytes().count('x')), left);
    EXPECT_EQ(size_t((*file)->bytes().count('\0')), 20'000 - left);
    EXPECT_FALSE(checkWhole(**file, diags));
  }
  EXPECT_EQ(slugsOf(diags), Slugs(3, "cannot-read"));
}

TEST(MappedFile, ReadsStandardInput) {
  TestFolder folder;
  DiagnosticEngine diags;
  int fd = ::open(folder.write("in", "from stdin").c_str(), O_RDONLY);
  Redirected input(STDIN_FILENO, fd);
  auto file = MappedFile::open("-", diags);
  ::close(fd);
  ASSERT_TRUE(file);
  EXPECT_EQ((*file)->bytes(), "from stdin");
  EXPECT_EQ(diags.sources().name((*file)->file()), "<stdin>");
}

TEST(File, ReadsByPosition) {
  TestFolder folder;
  DiagnosticEngine diags;
  auto file = File::open(folder.write("a", "0123456789"), diags);
  ASSERT_TRUE(file);
  uint8_t bytes[4];
  ASSERT_TRUE((*file)->read(3, bytes, diags));
  EXPECT_EQ(std::string(bytes, bytes + 4), "3456");
  EXPECT_FALSE((*file)->read(7, bytes, diags));
  EXPECT_FALSE((*file)->read(UINT64_MAX, bytes, diags));
  EXPECT_FALSE(File::open(folder.path(), diags));
  EXPECT_FALSE(File::open("/dev/null", diags));
  EXPECT_EQ(slugsOf(diags), Slugs(4, "cannot-read"));
}

TEST(File, HardLinksHaveOneIdentity) {
  TestFolder folder;
  DiagnosticEngine diags;
  std::string one = folder.write("a", "x"), other = folder.write("b", "x"), linked = folder.path("c");
  std::filesystem::create_hard_link(one, linked);
  auto a = File::open(one, diags), b = File::open(other, diags), c = File::open(linked, diags);
  ASSERT_TRUE(a && b && c);
  EXPECT_EQ((*a)->identity(), (*c)->identity());
  EXPECT_FALSE((*a)->identity() == (*b)->identity());
}

TEST(CopyFile, CopiesAndReplaces) {
  TestFolder folder;
  DiagnosticEngine diags;
  std::string bytes(3'000'000, 'z');
  bytes += "end";
  std::string from = folder.write("a", bytes), to = folder.write("b", std::string(5'000'000, 'o'));
  ASSERT_TRUE(copyFile(from, to, diags));
  EXPECT_EQ(folder.read("b"), bytes);
  EXPECT_EQ(folder.read("a"), bytes);
}

TEST(CopyFile, CopiesWhenTheKernelCannot) {
  TestFolder folder;
  DiagnosticEngine diags;
  ASSERT_TRUE(copyFile("/proc/self/status", folder.path("status"), diags)); // claims to be empty
  EXPECT_NE(folder.read("status").find("Pid:"), std::string::npos);
}

TEST(CopyFile, NeverOntoItself) { // output-is-input
  TestFolder folder;
  DiagnosticEngine diags;
  std::string from = folder.write("a", "bytes");
  std::filesystem::create_hard_link(from, folder.path("b"));
  EXPECT_FALSE(copyFile(from, from, diags));
  EXPECT_FALSE(copyFile(from, folder.path("b"), diags));
  EXPECT_EQ(slugsOf(diags), (Slugs{"output-is-input", "output-is-input"}));
  EXPECT_EQ(folder.read("a"), "bytes");
}

TEST(CopyFile, ReportsBothSides) {
  TestFolder folder;
  DiagnosticEngine diags;
  std::string from = folder.write("a", "bytes");
  EXPECT_FALSE(copyFile(folder.path("missing"), folder.path("b"), diags));
  EXPECT_FALSE(copyFile(from, folder.path("no/b"), diags));
  EXPECT_FALSE(copyFile(from, "/dev/full", diags));
  EXPECT_EQ(slugsOf(diags), (Slugs{"cannot-read", "cannot-write", "cannot-write"}));
  EXPECT_EQ(folder.names(), std::set<std::string>{"a"});
}

std::string within(const std::string &root, const std::string &relative) {
  std::string why;
  auto path = pathWithin(root, relative, why);
  EXPECT_EQ(bool(path), why.empty());
  return path ? *path : "refused: " + why;
}

TEST(PathWithin, JoinsPathsBelowTheRoot) {
  TestFolder folder;
  folder.write("weights/weight.bin", "");
  std::string root = folder.path();
  EXPECT_EQ(within(root, "weights/weight.bin"), root + "/weights/weight.bin");
  EXPECT_EQ(within(root, "none/such/file"), root + "/none/such/file");
  EXPECT_EQ(within(root, "weights/weight.bin/below"), root + "/weights/weight.bin/below");
  EXPECT_EQ(within("/none/such/root", "a"), "/none/such/root/a");
  EXPECT_EQ(within(root, "..a/b.."), root + "/..a/b..");
}

TEST(PathWithin, RefusesPathsThatLeaveByTheirText) {
  TestFolder folder;
  EXPECT_EQ(within(folder.path(), "/etc/passwd"), "refused: it is absolute");
  EXPECT_EQ(within(folder.path(), "../a"), "refused: it contains '..'");
  EXPECT_EQ(within(folder.path(), "a/../../b"), "refused: it contains '..'");
  EXPECT_EQ(within(folder.path(), "a/.."), "refused: it contains '..'");
  EXPECT_EQ(within(folder.path(), ""), "refused: it is empty");
  EXPECT_EQ(within(folder.path(), std::string("a\0b", 3)), "refused: it contains a null character");
}

/// What is said of a part that leads out.
std::string linkOut(const std::string &part) {
  return "refused: " + part + " is a symbolic link out of the folder (cp -RL copies a model with the targets of its links)";
}

TEST(PathWithin, FollowsLinksInsideOnly) {
  TestFolder folder, outside;
  outside.write("secret", "");
  folder.write("in/file", "");
  namespace fs = std::filesystem;
  fs::create_symlink("in", folder.path("inner"));
  fs::create_symlink(outside.path(), folder.path("out"));
  fs::create_symlink(outside.path("secret"), folder.path("in/secret"));
  fs::create_symlink("..", folder.path("up"));
  fs::create_symlink("nowhere", folder.path("dangling"));
  fs::create_symlink("loop", folder.path("loop"));
  EXPECT_EQ(within(folder.path(), "inner/file"), folder.path("inner/file"));
  EXPECT_EQ(within(folder.path(), "out/secret"), linkOut("'out'"));
  EXPECT_EQ(within(folder.path(), "out/none"), linkOut("'out'"));
  EXPECT_EQ(within(folder.path(), "inner/secret"), linkOut("'secret'"));
  EXPECT_EQ(within(folder.path(), "up/x"), linkOut("'up'"));
  EXPECT_EQ(within(folder.path(), "dangling").substr(0, 38), "refused: 'dangling' cannot be followed");
  EXPECT_EQ(within(folder.path(), "loop/x").substr(0, 34), "refused: 'loop' cannot be followed");
  // A link to the root itself is how people reach it; only what is below matters. A sibling with the root's name as prefix is outside.
  fs::create_symlink(folder.path(), outside.path("model"));
  EXPECT_EQ(within(outside.path("model"), "in/file"), outside.path("model/in/file"));
  fs::create_directory(folder.path("in-other"));
  fs::create_symlink(folder.path("in-other"), folder.path("in/sibling"));
  EXPECT_EQ(within(folder.path("in"), "sibling"), linkOut("'sibling'"));
}

// A snapshot in the cache consists of links to the files of its repository; they may lead to nothing else.
TEST(PathWithin, FollowsLinksOfACacheToItsRepository) {
  namespace fs = std::filesystem;
  TestFolder folder;
  std::string snapshot = folder.path("models--a--b/snapshots/1f2e/m.mlpackage");
  folder.write("models--a--b/snapshots/1f2e/m.mlpackage/Data/file", "");
  folder.write("models--a--b/blobs/c0ffee", "");
  folder.write("models--a--b/blobs/below/file", "");
  folder.write("models--a--b/refs/main", "");
  folder.write("models--c--d/blobs/c0ffee", "");
  folder.write("secret", "");
  auto link = [&](const char *to, const char *name) { fs::create_symlink(to, snapshot + "/" + name); };
  link("../../../blobs/c0ffee", "weights");
  link("../../../blobs", "all");
  link("../../../blobs/below/file", "deep");
  link("../../../blobs/elsewhere", "elsewhere");
  fs::create_symlink(folder.path("secret"), folder.path("models--a--b/blobs/elsewhere"));
  link("../../../refs/main", "refs");
  link("../../../../models--c--d/blobs/c0ffee", "other");
  EXPECT_EQ(within(snapshot, "weights"), snapshot + "/weights");
  EXPECT_EQ(within(snapshot, "all"), linkOut("'all'"));
  EXPECT_EQ(within(snapshot, "all/c0ffee"), linkOut("'all'"));
  EXPECT_EQ(within(snapshot, "deep"), linkOut("'deep'"));
  EXPECT_EQ(within(snapshot, "elsewhere"), linkOut("'elsewhere'"));
  EXPECT_EQ(within(snapshot, "refs"), linkOut("'refs'"));
  EXPECT_EQ(within(snapshot, "other"), linkOut("'other'"));
  // The user may name the snapshot by a link, too.
  fs::create_symlink(snapshot, folder.path("named"));
  EXPECT_EQ(within(folder.path("named"), "weights"), folder.path("named/weights"));
  // Any other folder with these names is no cache.
  fs::create_directories(folder.path("b/snapshots/1f2e"));
  folder.write("b/blobs/c0ffee", "");
  fs::create_symlink("../../blobs/c0ffee", folder.path("b/snapshots/1f2e/weights"));
  EXPECT_EQ(within(folder.path("b/snapshots/1f2e"), "weights"), linkOut("'weights'"));
}

} // namespace
