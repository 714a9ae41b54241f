#include "mil/Pass/StreamedConstants.h"
#include "mil/IR/Context.h"
#include "mil/Tensor/Kernels.h"
#include <gtest/gtest.h>

using namespace mil;

namespace {

class StreamedConstants : public testing::Test {
protected:
  Context context;
  DiagnosticEngine diags;

  Type type(DType dtype, llvm::ArrayRef<int64_t> dims) { return Type::tensor(context, dtype, dims); }
  /// Elements that all differ from their neighbours.
  const Literal *counted(DType dtype, llvm::ArrayRef<int64_t> dims) {
    Tensor tensor(dtype, dims);
    for (int64_t i = 0; i < tensor.count(); ++i)
      tensor.write(i, llvm::ArrayRef<int64_t>(i * 7 % 120));
    return tensor.toLiteral(context, type(dtype, dims));
  }
  void expectSame(const Literal *constant, const Tensor &wanted, llvm::ArrayRef<uint64_t> widths) {
    ASSERT_TRUE(constant);
    std::optional<Tensor> tensor = Tensor::fromLiteral(*constant, 1 << 20, &diags);
    ASSERT_TRUE(tensor);
    EXPECT_EQ(tensor->dims(), wanted.dims());
    EXPECT_EQ(tensor->bytes(), wanted.bytes());
    if (!constant->isBlob())
      return;
    for (uint64_t width : widths) {
      std::vector<uint8_t> bytes(constant->blob()->size());
      for (uint64_t at = 0; at < bytes.size(); at += width)
        ASSERT_TRUE(
            constant->blob()->read(at, llvm::MutableArrayRef(bytes).slice(at, std::min<uint64_t>(width, bytes.size() - at)), diags));
      EXPECT_EQ(llvm::ArrayRef(bytes), wanted.bytes()) << width;
    }
  }
};

TEST_F(StreamedConstants, SmallOnesAreMadeAtOnce) {
  const Literal *constant = streamedConstant(context, type(DType::UInt3, {3}), [](int64_t from, llvm::MutableArrayRef<double> out) {
    for (size_t i = 0; i < out.size(); ++i)
      out[i] = double(from) + double(i) + 1;
    return true;
  });
  ASSERT_TRUE(constant && constant->isTensor());
  EXPECT_EQ(constant->bytes(), llvm::ArrayRef<uint8_t>({0b11'010'001, 0b0}));
  EXPECT_FALSE(streamedConstant(context, type(DType::UInt3, {3}), [](int64_t, llvm::MutableArrayRef<double>) { return false; }));
}

TEST_F(StreamedConstants, WindowsDontMatter) {
  constexpr int64_t count = 90001;
  for (DType dtype : {DType::UInt6, DType::UInt3, DType::Float16, DType::Float32}) {
    const Literal *constant = streamedConstant(context, type(dtype, {2 * count}), [](int64_t from, llvm::MutableArrayRef<double> out) {
      for (size_t i = 0; i < out.size(); ++i)
        out[i] = double((from + int64_t(i)) * 5 % 8);
      return true;
    });
    ASSERT_TRUE(constant && constant->isBlob()) << name(dtype).str();
    std::vector<uint8_t> whole(constant->blob()->size()), parts(whole.size());
    ASSERT_TRUE(constant->blob()->read(0, whole, diags));
    for (uint64_t at = 0, width = 1; at < parts.size(); at += width, width = width % 1021 + 3)
      ASSERT_TRUE(constant->blob()->read(at, llvm::MutableArrayRef(parts).slice(at, std::min<uint64_t>(width, parts.size() - at)), diags));
    EXPECT_EQ(whole, parts);
    std::optional<Tensor> tensor = Tensor::fromLiteral(*constant, 1 << 20, &diags);
    ASSERT_TRUE(tensor);
    for (int64_t i = 0; i < tensor->count(); ++i)
      ASSERT_EQ(tensor->number(i), double(i * 5 % 8)) << i;
  }
}

TEST_F(StreamedConstants, FailuresAreReported) {
  const Literal *constant =
      streamedConstant(context, type(DType::Int8, {100000}), [](int64_t, llvm::MutableArrayRef<double>) { return false; });
  ASSERT_TRUE(constant && constant->isBlob());
  std::vector<uint8_t> bytes(10);
  EXPECT_FALSE(constant->blob()->read(0, bytes, diags));
  EXPECT_TRUE(diags.hadError());
}

TEST_F(StreamedConstants, PermutingIsWhatTheKernelDoes) {
  struct Case {
    Tensor::Dims dims, perm;
  };
  for (const Case &each : {Case{{3, 4}, {1, 0}}, Case{{300, 400}, {1, 0}}, Case{{40, 50, 60}, {2, 0, 1}}, Case{{40, 50, 60}, {0, 2, 1}},
                           Case{{40, 50, 60}, {1, 0, 2}}, Case{{7, 8, 9, 10, 30}, {4, 1, 3, 0, 2}}, Case{{100000}, {0}}})
    for (DType dtype : {DType::Int8, DType::Float16, DType::Float32}) {
      const Literal *source = counted(dtype, each.dims);
      Tensor wanted = permute(*Tensor::fromLiteral(*source, 1 << 20, &diags), each.perm);
      expectSame(permutedConstant(context, *source, each.perm), wanted, {1 << 16, 4099, 1001});
    }
  EXPECT_FALSE(permutedConstant(context, *counted(DType::UInt4, {2, 2}), {1, 0}));
}

} // namespace
