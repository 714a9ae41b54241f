#include "WeightFiles.h"
#include "mil/Weights/BlobFile.h"
#include <sys/resource.h>
#include <sys/wait.h>

using namespace mil;

namespace {

std::shared_ptr<const Blob> halves(const std::string &bytes) { return ownedBlob(BlobDType::Float16, bytes.size() / 2, bytesOf(bytes)); }

std::shared_ptr<const Blob> streamed(const std::string &bytes) {
  return streamedBlob(BlobDType::UInt8, bytes.size(), [bytes](uint64_t offset, llvm::MutableArrayRef<uint8_t> out) {
    std::copy_n(bytes.begin() + std::ptrdiff_t(offset), out.size(), out.begin());
    return true;
  });
}

std::string patterned(size_t size, unsigned seed) {
  std::string bytes(size, '\0');
  for (char &byte : bytes)
    byte = char((seed = seed * 1664525 + 1013904223) >> 24);
  return bytes;
}

TEST(BlobWriter, WritesTheFormat) {
  TestFolder folder;
  DiagnosticEngine diags;
  auto writer = BlobWriter::create(folder.path("w"), diags);
  ASSERT_TRUE(writer);
  auto int4 = ownedBlob(BlobDType::Int4, 3, {0xE1, 0x03});
  auto first = (*writer)->append(*halves("abcd"), diags), second = (*writer)->append(*int4, diags),
       third = (*writer)->append(*halves(std::string(64, 'x')), diags), fourth = (*writer)->append(*halves(""), diags);
  ASSERT_TRUE(first && second && third && fourth);
  EXPECT_EQ(*first, 64u);
  EXPECT_EQ(*second, 192u);
  EXPECT_EQ(*third, 320u);
  EXPECT_EQ(*fourth, 448u);
  EXPECT_EQ((*writer)->size(), 512u);
  ASSERT_TRUE((*writer)->finish(diags));
  EXPECT_EQ(folder.read("w"), weightFile({{1, "abcd"}, {8, "\xE1\x03", 4}, {1, std::string(64, 'x')}, {1, ""}}));
}

TEST(BlobWriter, AnEmptyFileIsAHeader) {
  TestFolder folder;
  DiagnosticEngine diags;
  folder.write("w", std::string(1000, 'x'));
  auto writer = BlobWriter::create(folder.path("w"), diags);
  ASSERT_TRUE(writer && (*writer)->finish(diags));
  EXPECT_EQ(folder.read("w"), weightHeader(0));
}

TEST(BlobWriter, CopiesFromAnySource) {
  TestFolder folder;
  DiagnosticEngine diags;
  std::string big = patterned(5'000'001, 1);
  auto source = BlobFile::open(folder.write("source", weightFile({{3, "x"}, {3, big}})), diags);
  ASSERT_TRUE(source);
  auto record = (*source)->blobAt(192, {}, diags);
  ASSERT_TRUE(record);
  auto writer = BlobWriter::create(folder.path("w"), diags);
  ASSERT_TRUE(writer);
  uint64_t told = 0, calls = 0;
  (*writer)->setProgress(
      [&](uint64_t done, uint64_t total) {
        EXPECT_LE(done, total);
        told = done;
        ++calls;
      },
      3 * big.size());
  ASSERT_TRUE((*writer)->append(**record, diags));
  ASSERT_TRUE((*writer)->append(*ownedBlob(BlobDType::UInt8, big.size(), bytesOf(big)), diags));
  ASSERT_TRUE((*writer)->append(*streamed(big), diags));
  ASSERT_TRUE((*writer)->finish(diags));
  EXPECT_TRUE(folder.read("w") == weightFile({{3, big}, {3, big}, {3, big}}));
  EXPECT_EQ(told, 3 * big.size());
  EXPECT_GE(calls, 2u);
}

TEST(BlobWriter, AppendsToAFile) {
  TestFolder folder;
  DiagnosticEngine diags;
  std::string before = weightFile({{1, "abcd"}});
  folder.write("w", before);
  auto writer = BlobWriter::appendTo(folder.path("w"), diags);
  ASSERT_TRUE(writer);
  auto source = BlobFile::open(folder.path("w"), diags);
  ASSERT_TRUE(source);
  auto own = (*source)->blobAt(64, {}, diags);
  ASSERT_TRUE(own);
  auto offset = (*writer)->append(*halves("ef"), diags);
  ASSERT_TRUE(offset);
  EXPECT_EQ(*offset, 192u);
  ASSERT_TRUE((*writer)->append(**own, diags));
  ASSERT_TRUE((*writer)->finish(diags));
  EXPECT_EQ(folder.read("w"), weightFile({{1, "abcd"}, {1, "ef"}, {1, "abcd"}}));
}

TEST(BlobWriter, AppendsOnlyToWeightFiles) {
  TestFolder folder;
  DiagnosticEngine diags;
  EXPECT_FALSE(BlobWriter::appendTo(folder.path("missing"), diags));
  EXPECT_FALSE(BlobWriter::appendTo(folder.write("short", "short"), diags));
  EXPECT_FALSE(BlobWriter::appendTo(folder.write("old", weightHeader(0, 1)), diags));
  EXPECT_EQ(slugsOf(diags), (Slugs{"cannot-read", "weight-file-too-short", "weight-file-version"}));
  EXPECT_EQ(folder.read("short"), "short");
}

TEST(BlobWriter, CountsToTheLimitOfTheFormat) { // weight-file-full
  TestFolder folder;
  DiagnosticEngine diags;
  auto writer = BlobWriter::appendTo(folder.write("w", weightHeader(UINT32_MAX - 1)), diags);
  ASSERT_TRUE(writer);
  EXPECT_TRUE((*writer)->append(*halves("ab"), diags));
  EXPECT_FALSE((*writer)->append(*halves("cd"), diags));
  EXPECT_EQ(slugsOf(diags), Slugs{"weight-file-full"});
}

TEST(BlobWriter, ReportsWhatCannotBeReadOrWritten) {
  TestFolder folder;
  DiagnosticEngine diags;
  EXPECT_FALSE(BlobWriter::create(folder.path("none/w"), diags));
  EXPECT_FALSE(BlobWriter::create("/dev/full", diags));
  auto source = BlobFile::open(folder.write("source", weightFile({{3, patterned(3'000'000, 2)}})), diags);
  auto writer = BlobWriter::create(folder.path("w"), diags);
  ASSERT_TRUE(source && writer);
  auto record = (*source)->blobAt(64, {}, diags);
  ASSERT_TRUE(record);
  std::filesystem::resize_file(folder.path("source"), 1'000'000);
  EXPECT_FALSE((*writer)->append(**record, diags));
  auto fails = streamedBlob(BlobDType::UInt8, 10, [](uint64_t, llvm::MutableArrayRef<uint8_t>) { return false; });
  EXPECT_FALSE((*writer)->append(*fails, diags));
  EXPECT_EQ(slugsOf(diags), (Slugs{"cannot-write", "cannot-write", "cannot-read", "blob-not-produced"}));
}

/// Appends in a child process whose files may have 100 kB; returns what the child reported.
TEST(BlobWriter, AFullDiskIsAnError) {
  TestFolder folder;
  folder.write("source", weightFile({{3, patterned(3'000'000, 2)}}));
  for (bool fromFile : {true, false}) {
    pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      ::signal(SIGXFSZ, SIG_IGN);
      struct rlimit limit{100'000, 100'000};
      ::setrlimit(RLIMIT_FSIZE, &limit);
      DiagnosticEngine diags;
      auto source = BlobFile::open(folder.path("source"), diags);
      auto writer = BlobWriter::create(folder.path("w"), diags);
      auto record = (*source)->blobAt(64, {}, diags);
      bool appended = bool((*writer)->append(fromFile ? **record : *streamed(patterned(3'000'000, 3)), diags));
      ::_exit(!appended && slugsOf(diags) == Slugs{"cannot-write"} ? 0 : 1);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << fromFile;
  }
}

} // namespace
