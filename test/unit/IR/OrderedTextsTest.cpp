#include "mil/IR/OrderedTexts.h"
#include <gtest/gtest.h>

using namespace mil;

namespace {

std::string keysOf(const OrderedTexts &texts) {
  std::string keys;
  for (const auto &[key, text] : texts)
    keys += key;
  return keys;
}

TEST(OrderedTexts, KeepKeysInTheOrderInWhichTheyCame) {
  OrderedTexts texts = {{"c", "1"}, {"a", "2"}, {"b", "3"}};
  texts["a"] = "two";
  texts["d"] = "4";
  EXPECT_EQ(keysOf(texts), "cabd");
  EXPECT_EQ(texts.find("a")->second, "two");
  EXPECT_TRUE(texts.find("e") == texts.end());
  EXPECT_TRUE(texts.contains("d"));
}

TEST(OrderedTexts, EraseKeepsTheOrderOfTheRest) {
  OrderedTexts texts = {{"c", "1"}, {"a", "2"}, {"b", "3"}};
  texts.erase("none");
  texts.erase("c");
  texts.erase("b");
  EXPECT_EQ(keysOf(texts), "a");
  texts["c"] = "new";
  EXPECT_EQ(keysOf(texts), "ac");
  EXPECT_EQ(texts.find("c")->second, "new");
}

TEST(OrderedTexts, AreEqualInAnyOrder) {
  OrderedTexts texts = {{"a", "1"}, {"b", "2"}};
  EXPECT_EQ(texts, (OrderedTexts{{"b", "2"}, {"a", "1"}}));
  EXPECT_FALSE(texts == (OrderedTexts{{"a", "1"}, {"b", "3"}}));
  EXPECT_FALSE(texts == (OrderedTexts{{"a", "1"}}));
  EXPECT_FALSE(texts == (OrderedTexts{{"a", "1"}, {"c", "2"}}));
}

} // namespace
