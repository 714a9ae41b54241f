#include "WeightFiles.h"
#include "mil/Weights/BlobFile.h"
#include <random>

using namespace mil;

namespace {

/// Bytes that count how often each of them is read.
class CountedBlob : public Blob {
public:
  explicit CountedBlob(std::string bytes, BlobDType type = BlobDType::UInt8, unsigned padding = 0)
      : Blob(type, bytes.size(), padding), content(std::move(bytes)), reads(content.size()) {}
  Status read(uint64_t offset, llvm::MutableArrayRef<uint8_t> out, DiagnosticEngine &) const override {
    largest = std::max(largest, out.size());
    EXPECT_LE(offset + out.size(), content.size());
    std::copy_n(content.begin() + std::ptrdiff_t(offset), out.size(), out.begin());
    for (size_t i = 0; i != out.size(); ++i)
      ++reads[offset + i];
    return success();
  }
  size_t bytesRead() const {
    return size_t(std::count_if(reads.begin(), reads.end(), [](uint8_t n) { return n != 0; }));
  }
  bool readTwice() const {
    return std::any_of(reads.begin(), reads.end(), [](uint8_t n) { return n > 1; });
  }

  std::string content;
  mutable std::vector<uint8_t> reads;
  mutable size_t largest = 0;
};

using Blobs = std::vector<std::unique_ptr<CountedBlob>>;

BlobPool unified(const Blobs &blobs) {
  BlobPool pool;
  DiagnosticEngine diags;
  for (auto &blob : blobs)
    pool.add(blob.get());
  EXPECT_TRUE(pool.unify(diags));
  return pool;
}

/// The index of each blob's representative.
std::vector<size_t> groupsOf(const Blobs &blobs) {
  BlobPool pool = unified(blobs);
  std::vector<size_t> groups;
  for (auto &blob : blobs)
    for (size_t i = 0; i != blobs.size(); ++i)
      if (pool.representative(blob.get()) == blobs[i].get())
        groups.push_back(i);
  return groups;
}

Blobs counted(const std::vector<std::string> &contents) {
  Blobs blobs;
  for (const std::string &content : contents)
    blobs.push_back(std::make_unique<CountedBlob>(content));
  return blobs;
}

TEST(BlobPool, EqualBytesAreOne) {
  EXPECT_EQ(groupsOf(counted({"aa", "bb", "aa", "cc", "bb", "aa"})), (std::vector<size_t>{0, 1, 0, 3, 1, 0}));
  EXPECT_EQ(groupsOf(counted({"", "x", "", "xx"})), (std::vector<size_t>{0, 1, 0, 3}));
}

TEST(BlobPool, TypeAndPaddingTellBlobsApart) {
  Blobs blobs;
  blobs.push_back(std::make_unique<CountedBlob>("ab", BlobDType::Float16));
  blobs.push_back(std::make_unique<CountedBlob>("ab", BlobDType::BFloat16));
  blobs.push_back(std::make_unique<CountedBlob>("ab", BlobDType::Int4, 0));
  blobs.push_back(std::make_unique<CountedBlob>("ab", BlobDType::Int4, 4));
  blobs.push_back(std::make_unique<CountedBlob>("ab", BlobDType::Float16));
  EXPECT_EQ(groupsOf(blobs), (std::vector<size_t>{0, 1, 2, 3, 0}));
}

TEST(BlobPool, OneBitAtTheEndTellsBlobsApart) {
  std::string bytes(3'000'000, 'x'), other = bytes;
  other.back() ^= 1;
  EXPECT_EQ(groupsOf(counted({bytes, other, bytes, other})), (std::vector<size_t>{0, 1, 0, 1}));
}

TEST(BlobPool, ReadsNothingWithoutATwinAndLittleOfThoseThatDiffer) {
  std::string bytes(1'000'000, 'x'), other = bytes;
  other[10] = 'y';
  Blobs blobs = counted({bytes, other, bytes + "z"});
  EXPECT_EQ(groupsOf(blobs), (std::vector<size_t>{0, 1, 2}));
  EXPECT_LE(blobs[0]->bytesRead(), 4096u);
  EXPECT_LE(blobs[1]->bytesRead(), 4096u);
  EXPECT_EQ(blobs[2]->bytesRead(), 0u);
}

TEST(BlobPool, ReadsEachByteOnceInBoundedWindows) {
  std::string bytes(3'000'000, 'x');
  std::vector<std::string> contents(12, bytes);
  for (size_t i = 6; i != 12; ++i)
    contents[i][i * 200'000] = char(i); // parted one by one
  Blobs blobs = counted(contents);
  BlobPool pool = unified(blobs);
  EXPECT_EQ(pool.distinct().size(), 7u);
  EXPECT_EQ(pool.totalBytes(), 12 * bytes.size());
  EXPECT_EQ(pool.distinctBytes(), 7 * bytes.size());
  for (auto &blob : blobs) {
    EXPECT_FALSE(blob->readTwice());
    EXPECT_LE(blob->largest, size_t(1) << 20);
  }
  EXPECT_EQ(blobs[0]->bytesRead(), bytes.size());
}

TEST(BlobPool, ManySmallBlobsAgreeWithAMap) {
  std::mt19937 random(3);
  for (int round = 0; round != 20; ++round) {
    std::vector<std::string> contents(200);
    for (std::string &content : contents) {
      content.assign(random() % 3 * 9'000, 'x');
      for (int edits = random() % 3; edits != 0 && !content.empty(); --edits)
        content[random() % 4 * (content.size() / 4)] = char('a' + random() % 3);
    }
    std::map<std::string, size_t> first;
    std::vector<size_t> expected;
    for (size_t i = 0; i != contents.size(); ++i)
      expected.push_back(first.try_emplace(contents[i], i).first->second);
    ASSERT_EQ(groupsOf(counted(contents)), expected);
  }
}

TEST(BlobPool, ManyMembersShareTheBuffer) {
  std::vector<std::string> contents;
  for (int i = 0; i != 12'000; ++i) {
    contents.emplace_back(3'000, 'x');
    contents.back()[2'000] = char(i % 5);
  }
  Blobs blobs = counted(contents);
  EXPECT_EQ(unified(blobs).distinct().size(), 5u);
  for (auto &blob : blobs)
    ASSERT_LE(blob->largest * blobs.size(), size_t(32) << 20);
}

TEST(BlobPool, OnePlaceIsOneBlobWithoutReading) {
  TestFolder folder;
  DiagnosticEngine diags;
  std::string path = folder.write("a", weightFile({{1, "abcd"}, {1, "abcd"}, {1, "efgh"}}));
  std::filesystem::create_hard_link(path, folder.path("b"));
  std::filesystem::create_symlink(path, folder.path("c"));
  BlobPool pool;
  std::vector<const Blob *> blobs;
  std::vector<std::shared_ptr<BlobFile>> files;
  for (const char *name : {"a", "b", "c"}) {
    auto file = BlobFile::open(folder.path(name), diags);
    ASSERT_TRUE(file);
    files.push_back(*file);
    for (uint64_t offset : {64, 192, 320}) {
      if (std::string(name) != "a" && offset == 192)
        continue;
      auto blob = (*file)->blobAt(offset, {}, diags);
      ASSERT_TRUE(blob);
      blobs.push_back(*blob);
      pool.add(*blob);
    }
  }
  auto inMemory = ownedBlob(BlobDType::Float16, 2, bytesOf("abcd"));
  auto again = borrowedBlob(BlobDType::Float16, 2, inMemory->memory());
  pool.add(inMemory.get());
  pool.add(again.get());
  ASSERT_TRUE(pool.unify(diags));
  std::vector<const Blob *> expected{blobs[0], blobs[0], blobs[2], blobs[0], blobs[2], blobs[0], blobs[2]};
  for (size_t i = 0; i != blobs.size(); ++i)
    EXPECT_EQ(pool.representative(blobs[i]), expected[i]) << i;
  EXPECT_EQ(pool.representative(again.get()), blobs[0]);
  EXPECT_EQ(pool.distinct(), (llvm::ArrayRef<const Blob *>{blobs[0], blobs[2]}));
}

TEST(BlobPool, LinksToOneFileAreNotRead) {
  TestFolder folder;
  DiagnosticEngine diags;
  std::string path = folder.write("a", weightFile({{1, "abcd"}}));
  std::filesystem::create_hard_link(path, folder.path("b"));
  auto a = BlobFile::open(path, diags), b = BlobFile::open(folder.path("b"), diags);
  ASSERT_TRUE(a && b);
  auto one = (*a)->blobAt(64, {}, diags), other = (*b)->blobAt(64, {}, diags);
  ASSERT_TRUE(one && other);
  std::filesystem::resize_file(path, 64); // reading would fail now
  BlobPool pool;
  pool.add(*one);
  pool.add(*other);
  pool.add(*one);
  ASSERT_TRUE(pool.unify(diags));
  EXPECT_EQ(pool.representative(*other), *one);
  EXPECT_EQ(pool.totalBytes(), 8u);
  EXPECT_EQ(pool.distinctBytes(), 4u);
}

TEST(BlobPool, FailsWhenABlobCannotBeRead) {
  DiagnosticEngine diags;
  auto good = ownedBlob(BlobDType::UInt8, 4, bytesOf("abcd"));
  auto bad = streamedBlob(BlobDType::UInt8, 4, [](uint64_t, llvm::MutableArrayRef<uint8_t>) { return false; });
  BlobPool pool;
  pool.add(good.get());
  pool.add(bad.get());
  EXPECT_FALSE(pool.unify(diags));
  EXPECT_EQ(slugsOf(diags), Slugs{"blob-not-produced"});
}

TEST(BlobPool, UnifiesAgainAfterMoreWereAdded) {
  DiagnosticEngine diags;
  Blobs blobs = counted({"aa", "bb", "aa"});
  BlobPool pool = unified(blobs);
  CountedBlob late("bb");
  pool.add(&late);
  uint64_t last = 0;
  pool.setProgress([&](uint64_t done, uint64_t total) { EXPECT_LE(last = done, total); });
  ASSERT_TRUE(pool.unify(diags));
  EXPECT_EQ(pool.representative(&late), blobs[1].get());
  EXPECT_EQ(pool.distinct().size(), 2u);
  EXPECT_EQ(last, 8u);
}

} // namespace
