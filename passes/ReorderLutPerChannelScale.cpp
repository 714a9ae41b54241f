// reorder_lut_per_channel_scale: scales of output channels are applied to what a weight is used for, not to the weight.
//
//   t = constexpr_lut_to_dense(…);  w = constexpr_blockwise_shift_scale(data = t, scale = s);  y = linear(x, weight = w, bias = b)
//     =>   y = mul(x = linear(x, weight = t, bias = b / s), y = s), s reshaped
//
// The same for conv, and for either operand of matmul. All that reads w must be of these, and may not return it; w has floats without
// offset; s is finite, has no 0, and differs only along the output channels, for which every reader must take the same dimension; biases
// are plain constants.
//
// Reassociates: within some roundings of the element type.
// Source: coremltools' common::reorder_lut_per_channel_scale.
#include "mil/IR/ConstantQueries.h"
#include "mil/Pass/Matchers.h"
#include "mil/Pass/Rewriter.h"
#include "mil/Tensor/Kernels.h"

using namespace mil;
using namespace mil::match;

namespace {
struct ReorderLutPerChannelScale : PatternPass {
  ReorderLutPerChannelScale() : PatternPass({"constexpr_blockwise_shift_scale"}) {}

  bool startFunction(Function &function) override { return function.opset() >= Opset::IOS18; }

  bool rewrite(Operation &op, Rewriter &rewriter) override {
    if (!matches(op, "data", m_op("constexpr_lut_to_dense")) || op.argument("offset") || !isFloat(op.operand("data")->type().dtype()))
      return false;
    const Literal *literal = op.constant("scale");
    Value *weight = op.input("data");
    if (!literal || weight->type() != op.result()->type())
      return false;
    llvm::SmallVector<std::pair<Operation *, Value *>, 2> replaced;
    std::optional<Tensor> scale;
    for (Operand &use : op.result()->uses()) {
      std::optional<size_t> channels = use.user() ? channelDimension(*use.user(), use) : std::nullopt;
      if (!channels || !variesOnlyAlong(literal->type(), *channels))
        return false;
      if (!scale)
        scale = factors(*literal, weight->type().dim(int(*channels)), rewriter);
      if (!scale)
        return false;
      replaced.push_back({use.user(), scaledAfter(*use.user(), use, weight, *scale, rewriter)});
      if (!replaced.back().second)
        return false;
    }
    for (auto [user, value] : replaced)
      if (!rewriter.replace(*user, value, Rewriter::Compressed::Move))
        return false;
    return !replaced.empty();
  }

  /// The dimension of a weight that has the output channels of an operation.
  static std::optional<size_t> channelDimension(const Operation &user, const Operand &use) {
    if ((user.is("linear") || user.is("conv")) && &use == user.operand("weight"))
      return 0;
    if (!user.is("matmul") || use.type().rank() != 2 || user.input("x") == user.input("y"))
      return std::nullopt;
    if (&use == user.operand("y"))
      return isTrue(user, "transpose_y") ? 0 : 1;
    return isTrue(user, "transpose_x") ? 1 : 0;
  }

  static bool variesOnlyAlong(Type scale, size_t dimension) {
    for (size_t i = 0; i < scale.rank(); ++i)
      if (i != dimension && scale.dims()[i] != 1)
        return false;
    return dimension < scale.rank();
  }

  /// A factor for each channel; nullopt when one is 0 or not finite.
  static std::optional<Tensor> factors(const Literal &literal, int64_t channels, Rewriter &rewriter) {
    std::optional<Tensor> scale = rewriter.tensor(&literal);
    for (int64_t i = 0; scale && i < scale->count(); ++i)
      if (scale->number(i) == 0 || !std::isfinite(scale->number(i)))
        return std::nullopt;
    if (!scale || scale->count() < 1 || channels % scale->count() != 0)
      return std::nullopt;
    llvm::SmallVector<int64_t, 64> from;
    for (int64_t i = 0; i < channels; ++i)
      from.push_back(i * scale->count() / channels);
    return take(std::move(*scale).withDims({int64_t(scale->count())}), 0, from);
  }

  static Value *scaledAfter(Operation &user, const Operand &use, Value *weight, const Tensor &scale, Rewriter &rewriter) {
    bool isMatmul = user.is("matmul"), isLeft = isMatmul && &use == user.operand("x");
    // matmul's product may be a vector, and have no dimension for the rows of a matrix on its left.
    size_t rank = user.result()->type().hasRank() ? user.result()->type().rank() : 0;
    if (rank < (user.is("conv") ? 3u : isLeft ? 2u : 1u))
      return nullptr;
    rewriter.setInsertionPoint(&user);
    ArgumentSpec bias = ArgumentSpec::none("bias");
    if (user.argument("bias")) {
      std::optional<Tensor> b = rewriter.tensor(user.constant("bias"));
      const Literal *divided = nullptr;
      if (b && b->dims() == scale.dims())
        divided = rewriter.literal(mapPairs(*b, scale, b->dims(), b->dtype(), [](auto b, auto s) { return double(b) / double(s); }));
      bias = ArgumentSpec("bias", divided);
    }
    Value *product = rewriter.makeLike(user, {ArgumentSpec(isLeft ? "x" : isMatmul ? "y" : "weight", weight), bias});
    llvm::SmallVector<int64_t, 6> dims = {1, scale.count()};
    if (user.is("conv"))
      dims.resize(rank, 1);
    else if (isLeft)
      dims = {scale.count(), 1};
    else if (rank == 1)
      dims = {scale.count()};
    return rewriter.make("mul", {{"x", product}, {"y", rewriter.literal(scale.withDims(dims))}});
  }
};
} // namespace

MIL_PASS(reorder_lut_per_channel_scale, ReorderLutPerChannelScale)
