// concat_to_pixel_shuffle: four images interleaved by rows and by columns.
//
//   h = concat((a, b), axis = 2, interleave);  i = concat((c, d), axis = 2, interleave);  y = concat((h, i), axis = 3, interleave)
//     =>   y = pixel_shuffle(concat((a, c, b, d), axis = 1, interleave = true), upscale_factor = 2)
//
// For a, b, c, d of one type of rank 4. Not when h or i is read elsewhere or returned.
//
// Exact.
// Source: coremltools' common::concat_to_pixel_shuffle.
#include "mil/Pass/Matchers.h"
#include "mil/Pass/Rewriter.h"
#include "llvm/ADT/STLExtras.h"

using namespace mil;
using namespace mil::match;

namespace {
struct ConcatToPixelShuffle : PatternPass {
  ConcatToPixelShuffle() : PatternPass({"concat"}) {}

  bool rewrite(Operation &op, Rewriter &rewriter) override {
    std::optional<llvm::SmallVector<Value *, 2>> columns = interleaved(op, 3);
    if (!columns)
      return false;
    llvm::SmallVector<Value *, 4> images;
    for (Value *column : *columns) {
      Operation *concat = column->definingOp();
      std::optional<llvm::SmallVector<Value *, 2>> rows = concat && usedOnce(column) ? interleaved(*concat, 2) : std::nullopt;
      if (!rows)
        return false;
      llvm::append_range(images, *rows);
    }
    if (llvm::any_of(images, [&](Value *image) { return image->type() != images.front()->type(); }))
      return false;
    std::swap(images[1], images[2]);
    Value *channels =
        rewriter.make("concat", {{"values", llvm::ArrayRef(images)}, {"axis", rewriter.i32(1)}, {"interleave", rewriter.flag(true)}});
    return rewriter.replace(op, rewriter.make("pixel_shuffle", {{"x", channels}, {"upscale_factor", rewriter.i32(2)}}));
  }

  /// The two tensors of rank 4 that a concat interleaves along an axis.
  static std::optional<llvm::SmallVector<Value *, 2>> interleaved(Operation &op, int64_t axis) {
    Type type = op.result()->type();
    const Argument *values = op.argument("values");
    const Literal *literal = op.constant("axis"), *interleave = op.constant("interleave");
    std::optional<int64_t> found = literal ? literal->asInt() : std::nullopt;
    if (!op.is("concat") || !type.hasRank() || type.rank() != 4 || !values || values->bindings().size() != 2 || !interleave ||
        interleave->asBool() != true || (found != axis && found != axis - 4))
      return std::nullopt;
    llvm::SmallVector<Value *, 2> both;
    for (Operand &operand : values->bindings())
      if (Value *value = operand.value())
        both.push_back(value);
    return both.size() == 2 ? std::optional(both) : std::nullopt;
  }
};
} // namespace

MIL_PASS(concat_to_pixel_shuffle, ConcatToPixelShuffle,
         "Accepts negative axes and works in nested blocks. Does not change concats that have other users.")
