#include "mil/Weights/BlobFile.h"
#include "WeightFiles.h"

using namespace mil;

namespace {

struct Opened {
  TestFolder folder;
  DiagnosticEngine diags;
  std::shared_ptr<BlobFile> file;

  explicit Opened(const std::string &bytes) {
    if (auto result = BlobFile::open(folder.write("weight.bin", bytes), diags))
      file = *result;
  }
  /// The slug that asking for the blob at `offset` reports; empty when it is there.
  std::string slugAt(uint64_t offset) {
    DiagnosticEngine asked;
    bool found = bool(file->blobAt(offset, {}, asked));
    EXPECT_EQ(found, asked.diagnostics().empty());
    return found ? "" : asked.diagnostics().front().kind.slug().str();
  }
};

TEST(BlobFile, FindsItsBlobs) {
  Opened opened(weightFile({{1, "abcd"}, {8, "xy", 4}, {17, std::string(64, 'e')}, {2, ""}}));
  ASSERT_TRUE(opened.file);
  EXPECT_EQ(opened.file->declaredCount(), 4u);
  auto offsets = opened.file->recordOffsets(opened.diags);
  ASSERT_TRUE(offsets);
  EXPECT_EQ(*offsets, (std::vector<uint64_t>{64, 192, 320, 448}));
  auto half = opened.file->blobAt(64, {}, opened.diags), int4 = opened.file->blobAt(192, {}, opened.diags);
  ASSERT_TRUE(half && int4);
  EXPECT_EQ((*half)->dtype(), BlobDType::Float16);
  EXPECT_EQ((*half)->elementCount(), 2u);
  EXPECT_EQ(contentOf(**half), "abcd");
  EXPECT_EQ((*half)->fileRange().offset, 128u);
  EXPECT_EQ((*int4)->dtype(), BlobDType::Int4);
  EXPECT_EQ((*int4)->elementCount(), 3u);
  EXPECT_EQ(*opened.file->blobAt(64, {}, opened.diags), *half);
  auto empty = opened.file->blobAt(448, {}, opened.diags);
  ASSERT_TRUE(empty);
  EXPECT_EQ((*empty)->elementCount(), 0u);
}

TEST(BlobFile, RefusesBadHeaders) { // foreign-file, weight-file-too-short, weight-file-version
  Opened empty(""), cut(weightHeader(0).substr(0, 63)), old(weightHeader(0, 1)), future(weightHeader(0, 3)), none(weightHeader(0));
  EXPECT_FALSE(empty.file);
  EXPECT_EQ(slugsOf(empty.diags), Slugs{"foreign-file"});
  EXPECT_EQ(slugsOf(cut.diags), Slugs{"weight-file-too-short"});
  EXPECT_EQ(slugsOf(old.diags), Slugs{"weight-file-version"});
  EXPECT_EQ(slugsOf(future.diags), Slugs{"weight-file-version"});
  EXPECT_TRUE(none.file);
  std::string text;
  llvm::raw_string_ostream out(text);
  old.diags.print(old.diags.diagnostics()[0], out);
  EXPECT_EQ(text, old.folder.path("weight.bin") +
                      ": error: unsupported weight file version 1; the supported version is 2 [weight-file-version]\n");
}

TEST(BlobFile, RefusesOffsetsWithoutABlob) {
  Opened opened(weightFile({{1, "abcd"}, {1, "ef"}}));
  ASSERT_TRUE(opened.file);
  EXPECT_EQ(opened.slugAt(65), "blob-misaligned");
  EXPECT_EQ(opened.slugAt(UINT64_MAX), "blob-misaligned");
  EXPECT_EQ(opened.slugAt(0), "blob-outside-file");
  EXPECT_EQ(opened.slugAt(256), "blob-outside-file"); // 2 bytes are there
  EXPECT_EQ(opened.slugAt(uint64_t(1) << 63), "blob-outside-file");
  EXPECT_EQ(opened.slugAt(UINT64_MAX - 63), "blob-outside-file");
  EXPECT_EQ(opened.slugAt(128), "blob-no-sentinel");
  EXPECT_EQ(opened.slugAt(192), "");
}

/// What asking for the only blob of a file reports after `change` was made to its record (at 64).
std::string slugAfter(const TestRecord &record, std::function<void(std::string &)> change) {
  std::string bytes = weightFile({record});
  change(bytes);
  Opened opened(bytes);
  return opened.file ? opened.slugAt(64) : "not opened";
}

TEST(BlobFile, ChecksRecords) {
  TestRecord good{1, "abcdefgh"};
  EXPECT_EQ(slugAfter(good, [](std::string &) {}), "");
  EXPECT_EQ(slugAfter(good, [](std::string &b) { put32(b, 64, 0xDEADBEEE); }), "blob-no-sentinel");
  for (uint32_t code : {0u, 18u, 0xFFFFFFFFu})
    EXPECT_EQ(slugAfter(good, [&](std::string &b) { put32(b, 68, code); }), "blob-unknown-type");
  EXPECT_EQ(slugAfter(good, [](std::string &b) { put64(b, 72, 10); }), "blob-data-outside-file");
  EXPECT_EQ(slugAfter(good, [](std::string &b) { b.pop_back(); }), "blob-data-outside-file");
  EXPECT_EQ(slugAfter(good, [](std::string &b) { put64(b, 72, UINT64_MAX - 127); }), "blob-data-outside-file"); // offset + size is 0
  EXPECT_EQ(slugAfter(good, [](std::string &b) { put64(b, 80, UINT64_MAX - 7); }), "blob-data-outside-file");
  EXPECT_EQ(slugAfter(good, [](std::string &b) { put64(b, 80, 137); }), "blob-data-outside-file");
  EXPECT_EQ(slugAfter(good, [](std::string &b) { put64(b, 72, 7); }), "blob-uneven");
  EXPECT_EQ(slugAfter(good, [](std::string &b) { put64(b, 80, 130), put64(b, 72, 6); }), ""); // data may lie elsewhere
}

TEST(BlobFile, IgnoresThePaddingOfByteTypes) {
  EXPECT_EQ(slugAfter({1, "abcd"}, [](std::string &b) { put64(b, 88, 0xABABABABABABABAB); }), "");
  EXPECT_EQ(slugAfter({3, "abc"}, [](std::string &b) { put64(b, 88, 5), put64(b, 96, 77); }), "");
  Opened opened(weightFile({{4, "abc", 3}}));
  auto blob = opened.file->blobAt(64, {}, opened.diags);
  ASSERT_TRUE(blob);
  EXPECT_EQ((*blob)->paddingBits(), 0u);
  EXPECT_EQ((*blob)->elementCount(), 3u);
}

TEST(BlobFile, ChecksThePaddingOfSubByteTypes) { // blob-uneven
  struct Case {
    uint32_t type;
    size_t size;
    uint64_t padding;
    bool good;
  } cases[] = {{8, 2, 4, true},   {8, 2, 3, false}, {8, 2, 8, false},  {11, 1, 0, true}, {10, 1, 6, true}, {10, 1, 5, false},
               {9, 1, 7, true},   {9, 1, 8, false}, {9, 0, 0, true},   {9, 0, 1, false}, {12, 2, 7, true}, {12, 2, 1, true},
               {12, 2, 2, false}, {13, 1, 2, true}, {13, 1, 0, false}, {13, 3, 0, true}, {13, 3, 6, true}, {8, 2, UINT64_MAX - 3, false}};
  for (const Case &c : cases)
    EXPECT_EQ(slugAfter({c.type, std::string(c.size, 'x'), c.padding}, [](std::string &) {}), c.good ? "" : "blob-uneven")
        << c.type << " " << c.size << " " << c.padding;
}

TEST(BlobFile, ReportsAtThePlaceThatRefersToTheBlob) {
  Opened opened(weightHeader(0));
  uint32_t source = opened.diags.sources().add("model.mil", "const");
  EXPECT_FALSE(opened.file->blobAt(64, Location(source, 2), opened.diags));
  EXPECT_EQ(opened.diags.diagnostics()[0].location, Location(source, 2));
}

TEST(BlobFile, WalksOnlyFilesThatTheirBlobsFill) { // weight-file-untiled
  auto walk = [](const std::string &bytes) {
    Opened opened(bytes);
    EXPECT_FALSE(opened.file->recordOffsets(opened.diags));
    return slugsOf(opened.diags);
  };
  std::string good = weightFile({{1, "abcd"}, {1, "ef"}}), bytes = good;
  put32(bytes, 0, 3);
  EXPECT_EQ(walk(bytes), Slugs{"weight-file-untiled"});
  put32(bytes, 0, UINT32_MAX);
  EXPECT_EQ(walk(bytes), Slugs{"weight-file-untiled"});
  put32(bytes, 0, 1);
  EXPECT_EQ(walk(bytes), Slugs{"weight-file-untiled"});
  bytes = good;
  put64(bytes, 80, 64); // data on the record itself: must not walk in circles
  EXPECT_EQ(walk(bytes), Slugs{"weight-file-untiled"});
  bytes = good;
  put32(bytes, 192, 0);
  EXPECT_EQ(walk(bytes), Slugs{"blob-no-sentinel"});
}

TEST(BlobFile, AFileThatShrankIsAnError) {
  Opened opened(weightFile({{1, std::string(5000, 'x')}}));
  auto blob = opened.file->blobAt(64, {}, opened.diags);
  ASSERT_TRUE(blob);
  std::filesystem::resize_file(opened.folder.path("weight.bin"), 1000);
  std::vector<uint8_t> bytes(5000);
  EXPECT_FALSE((*blob)->read(0, bytes, opened.diags));
  EXPECT_EQ(slugsOf(opened.diags), Slugs{"cannot-read"});
}

} // namespace
