#include "mil/IR/Literal.h"
#include <cmath>
#include <gtest/gtest.h>

using namespace mil;

namespace {

struct LiteralTest : testing::Test {
  Context context;
  const Literal *tensor(DType element, std::vector<int64_t> dims, std::vector<uint8_t> bytes) {
    return Literal::tensor(context, Type::tensor(context, element, dims), bytes);
  }
};

TEST_F(LiteralTest, ScalarsReadBack) {
  EXPECT_EQ(Literal::int32(context, -7)->asInt(), -7);
  EXPECT_EQ(Literal::boolean(context, true)->asBool(), true);
  EXPECT_EQ(Literal::string(context, "x\0y")->asString(), llvm::StringRef("x"));
  EXPECT_EQ(Literal::number(context, DType::Float16, -0.5)->asDouble(), -0.5);
  EXPECT_EQ(Literal::number(context, DType::Float16, 1e9)->asDouble(), INFINITY);
  EXPECT_EQ(Literal::number(context, DType::Int4, -8)->asInt(), -8);
  EXPECT_EQ(Literal::number(context, DType::UInt64, 0x1p63)->asDouble(), 0x1p63);
  EXPECT_EQ(Literal::number(context, DType::Float32, 0.1)->asDouble(), double(0.1f));
  EXPECT_EQ(Literal::int32s(context, {1, -2, 3})->asInts(), (llvm::SmallVector<int64_t, 8>{1, -2, 3}));
  EXPECT_EQ(Literal::int32s(context, {1, 2})->asInt(), std::nullopt);
  EXPECT_EQ(Literal::string(context, "a")->asInt(), std::nullopt);
}

TEST_F(LiteralTest, SubByteElementsAreUnpacked) {
  const Literal *four = tensor(DType::Int4, {3}, {0xE1, 0x03}); // 1, -2, 3
  EXPECT_EQ(four->asInts(), (llvm::SmallVector<int64_t, 8>{1, -2, 3}));
  // 3 bits: 1, 2, 3, 4, 5: 001 010 011 100 101, least significant bit first
  unsigned bits = 1 | 2 << 3 | 3 << 6 | 4 << 9 | 5 << 12;
  const Literal *three = tensor(DType::UInt3, {5}, {uint8_t(bits), uint8_t(bits >> 8)});
  EXPECT_EQ(three->asInts(), (llvm::SmallVector<int64_t, 8>{1, 2, 3, 4, 5}));
  EXPECT_EQ(three->elementCount(), 5u);
}

TEST_F(LiteralTest, EqualityIsOfBits) {
  const Literal *nan = Literal::number(context, DType::Float32, NAN);
  EXPECT_TRUE(nan->equals(*Literal::number(context, DType::Float32, NAN)));
  const Literal *zero = Literal::number(context, DType::Float32, 0.0), *minus = Literal::number(context, DType::Float32, -0.0);
  EXPECT_FALSE(zero->equals(*minus));
  EXPECT_FALSE(zero->equals(*Literal::number(context, DType::Int32, 0)));
  EXPECT_EQ(zero->hash(), Literal::number(context, DType::Float32, 0.0)->hash());
  const Literal *flat = tensor(DType::UInt8, {4}, {1, 2, 3, 4});
  const Literal *square = flat->withType(context, Type::tensor(context, DType::UInt8, {2, 2}));
  EXPECT_FALSE(flat->equals(*square));
  EXPECT_EQ(flat->bytes().data(), square->bytes().data());
}

TEST_F(LiteralTest, CompoundsCompareByElements) {
  Type type = Type::list(context, Type::scalar(context, DType::String), 2);
  auto list = [&](llvm::StringRef a, llvm::StringRef b) {
    return Literal::list(context, type, {Literal::string(context, a), Literal::string(context, b)});
  };
  EXPECT_TRUE(list("cat", "dog")->equals(*list("cat", "dog")));
  EXPECT_EQ(list("cat", "dog")->hash(), list("cat", "dog")->hash());
  EXPECT_FALSE(list("cat", "dog")->equals(*list("dog", "cat")));
}

TEST_F(LiteralTest, BlobsAreEqualWhenTheyAreTheSame) {
  Type type = Type::tensor(context, DType::UInt8, 4);
  auto bytes = ownedBlob(BlobDType::UInt8, 4, {1, 2, 3, 4});
  const Literal *a = Literal::blob(context, type, bytes.get(), "@model_path/a", 64);
  EXPECT_TRUE(a->equals(*Literal::blob(context, type, bytes.get(), "@model_path/b", 128)));
  EXPECT_EQ(a->elementCount(), 4u);
  EXPECT_EQ(a->blobPath(), "@model_path/a");
  // Unresolved ones by their reference in the program.
  const Literal *lost = Literal::blob(context, type, nullptr, "@model_path/a", 64);
  EXPECT_FALSE(lost->equals(*a));
  EXPECT_TRUE(lost->equals(*Literal::blob(context, type, nullptr, "@model_path/a", 64)));
  EXPECT_FALSE(lost->equals(*Literal::blob(context, type, nullptr, "@model_path/a", 128)));
}

TEST_F(LiteralTest, ExtrasAreKept) {
  const Literal *plain = Literal::int32(context, 1);
  const Literal *documented = plain->withExtras(context, "one", "\x08\x01");
  EXPECT_EQ(documented->docString(), "one");
  EXPECT_EQ(documented->protoExtra(), "\x08\x01");
  EXPECT_FALSE(plain->equals(*documented));
  EXPECT_EQ(documented->asInt(), 1);
}

} // namespace
