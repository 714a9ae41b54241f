#include "mil/Tensor/Kernels.h"
#include <cmath>
#include <gtest/gtest.h>

using namespace mil;

namespace {

Tensor numbers(llvm::ArrayRef<int64_t> dims) {
  Tensor tensor(DType::Float32, dims);
  for (int64_t i = 0; i < tensor.count(); ++i)
    tensor.write(i, llvm::ArrayRef(std::sin(double(i))));
  return tensor;
}

/// What every kind of kernel computes of `x`, a matrix.
std::vector<Tensor> results(const Tensor &x) {
  auto sum = [](auto row) {
    double total = 0;
    for (auto value : row)
      total += double(value);
    return total;
  };
  auto center = [&](auto row) {
    double middle = sum(row) / double(row.size());
    for (auto &value : row)
      value -= decltype(+value)(middle);
  };
  std::vector<Tensor> all;
  all.push_back(map(x, [](auto value) { return std::exp(double(value)); }));
  all.push_back(mapPairs(x, all[0], x.dims(), DType::Float32, [](auto a, auto b) { return double(a) * double(b); }));
  all.push_back(reduce(x, {1}, x.dims().take_front(), DType::Float32, sum));
  all.push_back(mapRows(x, {0}, DType::Float32, center));
  return all;
}

} // namespace

TEST(LoopsTest, PartsInAnyOrderGiveTheSameBits) {
  Tensor x = numbers({130, 700});
  std::vector<Tensor> expected = results(x);
  size_t loops = 0;
  std::vector<Tensor> found;
  {
    LoopThreads backwards([&](size_t parts, llvm::function_ref<void(size_t)> work) {
      ++loops;
      for (size_t part = parts; part-- > 0;)
        work(part);
    });
    found = results(x);
  }
  EXPECT_EQ(loops, 4u);
  for (size_t i = 0; i < expected.size(); ++i)
    EXPECT_EQ(expected[i].bytes(), found[i].bytes()) << "kernel " << i;
  (void)results(x);
  EXPECT_EQ(loops, 4u) << "after its lifetime";
}

TEST(LoopsTest, OnePartNeedsNoThreads) {
  LoopThreads unused([](size_t, llvm::function_ref<void(size_t)>) { ADD_FAILURE() << "a loop of one part is divided"; });
  (void)results(numbers({2, 3}));
  (void)map(Tensor(DType::Float32, {0}), [](auto value) { return value; });
}

TEST(LoopsTest, TheInnermostObjectIsUsed) {
  size_t outerLoops = 0, innerLoops = 0;
  auto counting = [](size_t &loops) {
    return [&loops](size_t parts, llvm::function_ref<void(size_t)> work) {
      ++loops;
      for (size_t part = 0; part < parts; ++part)
        work(part);
    };
  };
  LoopThreads outer(counting(outerLoops));
  {
    LoopThreads inner(counting(innerLoops));
    forEachPart(3, [](size_t) {});
  }
  forEachPart(2, [](size_t) {});
  EXPECT_EQ(innerLoops, 1u);
  EXPECT_EQ(outerLoops, 1u);
}
