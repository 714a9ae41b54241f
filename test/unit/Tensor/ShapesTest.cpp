#include "mil/Tensor/Shapes.h"
#include <gmock/gmock.h>

using namespace mil::shapes;
using testing::ElementsAre;

namespace {

constexpr int64_t huge = INT64_MAX;

TEST(Shapes, Broadcast) {
  EXPECT_THAT(*broadcast({2, 1, 3}, {4, 1}), ElementsAre(2, 4, 3));
  EXPECT_THAT(*broadcast({unknown}, {4}), ElementsAre(4));
  EXPECT_THAT(*broadcast({unknown}, {1}), ElementsAre(unknown));
  EXPECT_THAT(*broadcast({4, unknown}, {unknown}), ElementsAre(4, unknown));
  EXPECT_THAT(*broadcast({}, {3}), ElementsAre(3));
  EXPECT_FALSE(broadcast({2}, {3}));
}

TEST(Shapes, ProductsDontOverflow) {
  EXPECT_EQ(product({}), 1);
  EXPECT_EQ(product({3, unknown}), unknown);
  EXPECT_EQ(product({huge, 2, 0}), 0);
  EXPECT_EQ(product({huge, 2}), std::nullopt);
  EXPECT_EQ(add(huge, 1), std::nullopt);
  EXPECT_EQ(multiply(huge, unknown), unknown);
}

TEST(Shapes, Axes) {
  EXPECT_EQ(normalizeAxis(-3, 3), 0);
  EXPECT_EQ(normalizeAxis(2, 3), 2);
  EXPECT_EQ(normalizeAxis(3, 3), std::nullopt);
  EXPECT_EQ(normalizeAxis(-4, 3), std::nullopt);
  EXPECT_EQ(normalizeAxis(0, 0), std::nullopt);
}

TEST(Shapes, SamePaddingKeepsCeilOfInOverStride) {
  for (int64_t in = 1; in < 12; ++in)
    for (int64_t size = 1; size < 5; ++size)
      for (int64_t stride = 1; stride < 4; ++stride)
        for (Padding padding : {Padding::Same, Padding::SameLower}) {
          Window window = *padded({.size = size, .stride = stride, .dilation = 2}, padding, in);
          EXPECT_EQ(windowPositions(in, window), (in + stride - 1) / stride);
          int64_t odd = padding == Padding::Same ? window.padAfter - window.padBefore : window.padBefore - window.padAfter;
          EXPECT_TRUE(odd == 0 || odd == 1);
        }
}

TEST(Shapes, Windows) {
  EXPECT_EQ(windowPositions(7, {.size = 3, .stride = 2}), 3);
  EXPECT_EQ(windowPositions(2, {.size = 3}), std::nullopt);
  EXPECT_EQ(windowPositions(unknown, {.size = 3}), unknown);
  EXPECT_EQ(windowPositionsCeil(6, {.size = 3, .stride = 2}), 3);
  EXPECT_EQ(windowPositionsCeil(4, {.size = 2, .stride = 3, .padBefore = 1, .padAfter = 1}), 2);
  EXPECT_EQ(windowPositions(5, {.size = huge, .dilation = huge}), std::nullopt);
  EXPECT_EQ(windowPositions(huge, {.size = 1, .padBefore = huge}), std::nullopt);
  EXPECT_EQ(transposedWindowSize(3, {.size = 3, .stride = 2}), 7);
  EXPECT_EQ(transposedWindowSize(huge, {.size = 3, .stride = 2}), std::nullopt);
}

TEST(Shapes, Reshape) {
  EXPECT_THAT(*reshape({2, 3, 4}, {6, -1}, ReshapeZero::CopyLeft), ElementsAre(6, 4));
  EXPECT_THAT(*reshape({2, 3}, {0, 3}, ReshapeZero::CopyLeft), ElementsAre(2, 3));
  EXPECT_FALSE(reshape({2, 3, 4}, {0, -1}, ReshapeZero::CopyLeft));
  EXPECT_THAT(*reshape({2, 3, 4}, {-1, 0}, ReshapeZero::CopyRight), ElementsAre(6, 4));
  EXPECT_THAT(*reshape({unknown, 4}, {-1, 2}, ReshapeZero::CopyRight), ElementsAre(unknown, 2));
  EXPECT_THAT(*reshape({1}, {}, ReshapeZero::CopyRight), ElementsAre());
  EXPECT_FALSE(reshape({2, 3}, {4, -1}, ReshapeZero::CopyRight));
  EXPECT_FALSE(reshape({2, 3}, {5}, ReshapeZero::CopyRight));
  EXPECT_FALSE(reshape({2, 3}, {-1, -1}, ReshapeZero::CopyRight));
  EXPECT_FALSE(reshape({2, 3}, {-2, -3}, ReshapeZero::CopyRight));
  EXPECT_FALSE(reshape({huge, huge}, {-1}, ReshapeZero::CopyRight));
}

TEST(Shapes, SlicesOfEveryKind) {
  // Against a walk, for all small slices whose bounds lie within the dimension.
  for (int64_t size = 2; size < 5; ++size)
    for (int64_t begin = -size; begin < size; ++begin)
      for (int64_t end = -size; end <= size; ++end)
        for (int64_t stride : {1, 2, 3}) {
          int64_t from = begin < 0 ? begin + size : begin, to = end < 0 ? end + size : end, walked = 0;
          for (int64_t i = from; i < to; i += stride)
            ++walked;
          std::optional<SliceResult> result = slice(size, {.begin = begin, .end = end, .stride = stride});
          if (begin >= 0 && end >= 0 && end < begin) {
            EXPECT_FALSE(result);
            continue;
          }
          ASSERT_TRUE(result);
          EXPECT_EQ(result->size, walked);
          if (walked) {
            EXPECT_EQ(result->first, from);
          }
        }
}

TEST(Shapes, SlicesThatDifferFromNumpy) {
  EXPECT_EQ(slice(1, {.begin = 0, .end = -1})->size, 1);
  EXPECT_FALSE(slice(1, {.begin = 0, .end = -1})->foldable);
  EXPECT_EQ(slice(unknown, {.begin = 2, .end = 3})->size, 1);
  EXPECT_EQ(slice(unknown, {.begin = 2, .end = 4})->size, unknown);
  EXPECT_EQ(slice(unknown, {.begin = -1, .endMask = true})->size, 1);
  EXPECT_EQ(slice(5, {.stride = -2, .beginMask = true, .endMask = true})->size, 3);
  EXPECT_EQ(slice(5, {.stride = -2, .beginMask = true, .endMask = true})->first, 4);
  EXPECT_EQ(slice(5, {.begin = 1})->size, unknown);
}

} // namespace
