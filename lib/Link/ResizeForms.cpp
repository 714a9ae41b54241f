// resize_bilinear and upsample_bilinear are a linear resize, which samples at the same places, given the sizes of x and of the result.
// resize_nearest_neighbor and upsample_nearest_neighbor take element floor(i · I / O), and resize the one that is nearest to
// (i + ½) · I / O - ½, which is the same where O is a multiple of I.
#include "ResizeForms.h"
#include "mil/IR/ConstantQueries.h"
#include "mil/Tensor/Tensor.h"
#include "llvm/ADT/STLExtras.h"

namespace mil {

bool isResizedSize(const Operation &op, llvm::StringRef argument) {
  return (argument.starts_with("target_size_") && (op.is("resize_bilinear") || op.is("resize_nearest_neighbor"))) ||
         (argument.starts_with("scale_factor_") && (op.is("upsample_bilinear") || op.is("upsample_nearest_neighbor")));
}

bool isNearest(const Operation &op) { return op.is("resize_nearest_neighbor") || op.is("upsample_nearest_neighbor"); }

bool areMultiples(llvm::ArrayRef<int64_t> sizes, llvm::ArrayRef<int64_t> of) {
  return llvm::all_of(llvm::zip(sizes, of), [](auto pair) { return std::get<1>(pair) > 0 && std::get<0>(pair) % std::get<1>(pair) == 0; });
}

const char *whyFixed(const Operation &op, llvm::StringRef argument) {
  bool isOld = isResizedSize(op, argument) && op.function()->opset() < Opset::IOS17;
  return isOld ? "this argument must be a constant before ios17, which has resize" : "this argument must be a constant";
}

/// How a linear one samples, as resize names it; empty if an argument isn't known.
static std::string samplingOf(const Operation &op) {
  if (op.is("resize_bilinear")) {
    const Literal *mode = op.constant("sampling_mode");
    return !op.argument("sampling_mode") ? "DEFAULT" : mode ? mode->asString().value_or("").str() : "";
  }
  bool aligned = !op.argument("align_corners") || isTrue(op, "align_corners");
  bool half = op.argument("half_pixel_centers") ? isTrue(op, "half_pixel_centers") : !aligned;
  return aligned ? "ALIGN_CORNERS" : half ? "UNALIGN_CORNERS" : "DEFAULT";
}

Operation *writeResize(Operation &op, const SizeExpression &height, const SizeExpression &width, Sizes &sizes, Rewriter &rewriter) {
  std::string mode = isNearest(op) ? "UNALIGN_CORNERS" : samplingOf(op);
  if (rewriter.opset() < Opset::IOS17 || mode.empty())
    return nullptr;
  Value *shape = sizes.vector({height, width});
  if (!shape)
    return nullptr;
  rewriter.setInsertionPoint(&op);
  Context &context = rewriter.context();
  const Literal *two = Tensor::scalar(DType::UInt32, 2).toLiteral(context, Type::scalar(context, DType::UInt32));
  Operation *resize = rewriter.create("resize", {{"x", op.operand("x")},
                                                 {"shape", shape},
                                                 {"resized_dims", two},
                                                 {"interpolation_mode", rewriter.string(isNearest(op) ? "NEAREST_NEIGHBOR" : "LINEAR")},
                                                 {"sampling_mode", rewriter.string(mode)}});
  if (!resize)
    return nullptr;
  resize->result()->setType(op.result()->type());
  return rewriter.replace(op, resize->result()) ? resize : nullptr;
}

} // namespace mil
