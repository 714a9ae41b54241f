#include "mil/Weights/Packing.h"
#include <gtest/gtest.h>
#include <random>

using namespace mil;

namespace {

const BlobDType subByteTypes[] = {BlobDType::UInt1, BlobDType::UInt2, BlobDType::UInt3,
                                  BlobDType::UInt4, BlobDType::UInt6, BlobDType::Int4};

std::vector<uint8_t> packed(BlobDType type, const std::vector<uint8_t> &elements) {
  std::vector<uint8_t> bytes(*packedSize(type, elements.size()), 0xAA);
  packElements(type, elements, bytes);
  return bytes;
}

TEST(Packing, PutsTheFirstElementIntoTheLowBits) {
  EXPECT_EQ(packed(BlobDType::Int4, {1, 0xFE, 3, 0xF8}), (std::vector<uint8_t>{0xE1, 0x83}));
  EXPECT_EQ(packed(BlobDType::UInt1, {1, 0, 0, 0, 0, 0, 0, 1, 1}), (std::vector<uint8_t>{0x81, 0x01}));
  EXPECT_EQ(packed(BlobDType::UInt2, {1, 2, 3}), (std::vector<uint8_t>{0x39}));
  EXPECT_EQ(packed(BlobDType::UInt3, {1, 2, 7}), (std::vector<uint8_t>{0xD1, 0x01})); // 7 straddles
  EXPECT_EQ(packed(BlobDType::UInt6, {1, 63}), (std::vector<uint8_t>{0xC1, 0x0F}));
  EXPECT_EQ(packed(BlobDType::UInt6, {}), std::vector<uint8_t>{});
}

/// Bit by bit, as the format is defined, against the kernels that take eight elements at once.
TEST(Packing, AgreesWithTheDefinition) {
  std::mt19937 random(1);
  for (BlobDType type : subByteTypes)
    for (size_t count = 0; count != 100; ++count) {
      unsigned width = bitWidth(type);
      std::vector<uint8_t> elements(count), expected(*packedSize(type, count));
      for (size_t i = 0; i != count; ++i) {
        elements[i] = uint8_t(random());
        for (unsigned bit = 0; bit != width; ++bit)
          expected[(i * width + bit) / 8] |= uint8_t((elements[i] >> bit & 1) << ((i * width + bit) % 8));
        elements[i] &= (1u << width) - 1;
        if (type == BlobDType::Int4 && elements[i] >= 8)
          elements[i] |= 0xF0;
      }
      EXPECT_EQ(packed(type, elements), expected);
      std::vector<uint8_t> unpacked(count, 0xAA);
      unpackElements(type, expected, unpacked);
      EXPECT_EQ(unpacked, elements);
    }
}

} // namespace
