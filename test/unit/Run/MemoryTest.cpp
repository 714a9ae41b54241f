// The pool that runs take the memory of values from, and how it is counted.
#include "Memory.h"
#include <gtest/gtest.h>

using namespace mil;

namespace {

constexpr uint64_t megabyte = 1 << 20;

TEST(MemoryPoolTest, TakesBlocksAgain) {
  auto pool = std::make_shared<MemoryPool>();
  const uint8_t *first = pool->take(1000).get();
  EXPECT_EQ(pool->idle(), 1024u);
  EXPECT_EQ(pool->take(990).get(), first);
}

TEST(MemoryPoolTest, KeepsNoMoreThanWasInUse) {
  auto pool = std::make_shared<MemoryPool>();
  for (uint64_t size = 1; size < 200; ++size) { // each block of a size of its own: 19.9 GB in all
    std::shared_ptr<uint8_t> memory = pool->take(size * megabyte);
    ASSERT_TRUE(memory);
    EXPECT_LE(pool->idle(), size * megabyte + 64 * megabyte);
  }
}

TEST(MemoryMeterTest, CountsEachPieceOnce) {
  MemoryMeter meter(1000);
  Tensor tensor(DType::Float32, {100});
  Tensor view = tensor.withDims({10, 10});
  meter.add(tensor);
  meter.add(view);
  EXPECT_EQ(meter.liveBytes(), 400u);
  EXPECT_TRUE(meter.allows(600));
  EXPECT_FALSE(meter.allows(601));
  meter.remove(tensor);
  EXPECT_EQ(meter.liveBytes(), 400u);
  TensorList list;
  list.elements.resize(2, view);
  RuntimeValue value(std::move(list));
  meter.add(value);
  EXPECT_EQ(meter.liveBytes(), 400u + 2 * sizeof(std::optional<Tensor>));
  meter.remove(value);
  meter.remove(view);
  EXPECT_EQ(meter.liveBytes(), 0u);
}

} // namespace
