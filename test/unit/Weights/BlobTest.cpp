#include "mil/Weights/Blob.h"
#include "WeightFiles.h"

using namespace mil;

namespace {

TEST(BlobDType, NamesAndWidths) {
  EXPECT_EQ(name(BlobDType::Float16), "fp16");
  EXPECT_EQ(name(BlobDType::Int4), "int4");
  EXPECT_EQ(name(BlobDType::UInt6), "uint6");
  EXPECT_EQ(name(BlobDType::Float8E5M2), "fp8e5m2");
  EXPECT_EQ(bitWidth(BlobDType::BFloat16), 16u);
  EXPECT_EQ(bitWidth(BlobDType::UInt3), 3u);
  for (uint32_t code = 1; code != 18; ++code)
    EXPECT_NE(bitWidth(BlobDType(code)), 0u) << code;
  for (uint32_t code : {0u, 18u, 0xFFFFFFFFu})
    EXPECT_EQ(bitWidth(BlobDType(code)), 0u) << code;
}

TEST(BlobDType, PackedSizes) {
  EXPECT_EQ(packedSize(BlobDType::UInt3, 3), 2u);
  EXPECT_EQ(packedSize(BlobDType::UInt3, 8), 3u);
  EXPECT_EQ(packedSize(BlobDType::Int4, 3), 2u);
  EXPECT_EQ(packedSize(BlobDType::UInt1, 9), 2u);
  EXPECT_EQ(packedSize(BlobDType::Float32, 0), 0u);
  EXPECT_EQ(packedSize(BlobDType::UInt1, UINT64_MAX), uint64_t(1) << 61);
  EXPECT_EQ(packedSize(BlobDType::UInt8, UINT64_MAX), UINT64_MAX);
  EXPECT_EQ(packedSize(BlobDType::Float16, UINT64_MAX / 2), UINT64_MAX - 1);
  EXPECT_EQ(packedSize(BlobDType::Float16, UINT64_MAX / 2 + 1), std::nullopt);
  EXPECT_EQ(packedSize(BlobDType::Float32, uint64_t(1) << 62), std::nullopt);
}

TEST(Blob, MemoryIsReadInPlace) {
  std::vector<uint8_t> bytes{1, 2, 3, 4};
  auto borrowed = borrowedBlob(BlobDType::UInt16, 2, bytes);
  auto owned = ownedBlob(BlobDType::UInt16, 2, bytes);
  EXPECT_EQ(borrowed->memory().data(), bytes.data());
  EXPECT_NE(owned->memory().data(), bytes.data());
  for (auto &blob : {borrowed, owned}) {
    EXPECT_EQ(blob->size(), 4u);
    EXPECT_EQ(blob->elementCount(), 2u);
    EXPECT_EQ(blob->paddingBits(), 0u);
    EXPECT_FALSE(blob->fileRange().isKnown());
    DiagnosticEngine diags;
    uint8_t part[2];
    ASSERT_TRUE(blob->read(1, part, diags));
    EXPECT_EQ(part[0], 2);
    EXPECT_EQ(part[1], 3);
  }
}

TEST(Blob, SubByteBlobsKnowTheirPadding) {
  EXPECT_EQ(ownedBlob(BlobDType::UInt3, 3, {1, 2})->paddingBits(), 7u);
  EXPECT_EQ(ownedBlob(BlobDType::UInt3, 3, {1, 2})->elementCount(), 3u);
  EXPECT_EQ(ownedBlob(BlobDType::Int4, 3, {1, 2})->paddingBits(), 4u);
  EXPECT_EQ(ownedBlob(BlobDType::UInt6, 4, {1, 2, 3})->paddingBits(), 0u);
  EXPECT_EQ(ownedBlob(BlobDType::UInt1, 17, {1, 2, 3})->elementCount(), 17u);
}

TEST(Blob, LiesInAnyFile) {
  TestFolder folder;
  DiagnosticEngine diags;
  std::string path = folder.write("model", "headabcdtail");
  auto blob = fileBlob(BlobDType::Float32, 1, path, 4, diags);
  ASSERT_TRUE(blob);
  EXPECT_EQ(contentOf(**blob), "abcd");
  EXPECT_EQ((*blob)->fileRange().offset, 4u);
  EXPECT_FALSE(fileBlob(BlobDType::Float32, 3, path, 4, diags));
  EXPECT_FALSE(fileBlob(BlobDType::Float32, UINT64_MAX, path, 0, diags));
  EXPECT_FALSE(fileBlob(BlobDType::UInt8, 1, path, UINT64_MAX, diags));
  EXPECT_FALSE(fileBlob(BlobDType::UInt8, 1, folder.path("missing"), 0, diags));
  EXPECT_EQ(slugsOf(diags), Slugs(4, "cannot-read"));
}

TEST(Blob, IsMadeOnDemand) {
  DiagnosticEngine diags;
  auto blob = streamedBlob(BlobDType::UInt8, 10, [](uint64_t offset, llvm::MutableArrayRef<uint8_t> out) {
    for (uint8_t &byte : out)
      byte = uint8_t('0' + offset++);
    return offset <= 8;
  });
  std::vector<uint8_t> part(3);
  ASSERT_TRUE(blob->read(4, part, diags));
  EXPECT_EQ(std::string(part.begin(), part.end()), "456");
  EXPECT_FALSE(blob->read(7, part, diags));
  EXPECT_EQ(slugsOf(diags), Slugs{"blob-not-produced"});
}

} // namespace
