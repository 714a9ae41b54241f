#include "patterns/ConvWeights.h"
#include "mil/Ops/Elements.h"
#include "mil/Pass/Matchers.h"
#include "mil/Pass/StreamedConstants.h"
#include "mil/Tensor/Kernels.h"
#include "llvm/ADT/STLExtras.h"

using namespace mil;

Operation *mil::convolutionFor(const Operand &operand) {
  Operation *op = operand.value() ? operand.value()->definingOp() : nullptr;
  return op && (op->is("conv") || op->is("conv_transpose")) && match::usedOnce(op->result()) ? op : nullptr;
}

/// The constant that an operand is bound to, or that a squeeze gives it, if nothing but the operand reads it.
static const Literal *ownConstant(const Operand &operand, Context &context) {
  const Operand *from = &operand;
  Operation *squeeze = operand.value() ? operand.value()->definingOp() : nullptr;
  if (squeeze && squeeze->is("squeeze") && match::usedOnce(operand.value()))
    from = squeeze->operand("x");
  const Literal *literal = constantOf(*from);
  if (!literal || (from->value() && !match::usedOnce(from->value())) || !operand.type().hasStaticShape())
    return nullptr;
  return from == &operand ? literal : literal->withType(context, operand.type());
}

std::optional<ConvWeights> ConvWeights::of(Operation &conv, Rewriter &rewriter) {
  const Operand *weight = conv.operand("weight");
  Type type = conv.result()->type();
  if (!weight || !weight->type().hasRank() || !type.hasRank() || type.dim(1) < 1)
    return std::nullopt;
  Tensor zeros(weight->type().dtype(), type.dim(1));
  std::optional<Tensor> bias = conv.argument("bias") ? rewriter.tensor(conv.operand("bias")) : zeros;
  if (!bias || bias->count() != type.dim(1))
    return std::nullopt;
  ConvWeights weights(conv, rewriter, std::move(*bias));
  weights.weight = ownConstant(*weight, rewriter.context());
  return weights;
}

bool ConvWeights::fits(const Tensor &values) const {
  return (values.dtype() == bias.dtype() || bias.dtype() == DType::Float32) && (values.count() == 1 || values.count() == channels());
}

// ---- The bias ---------------------------------------------------------------

bool ConvWeights::add(const Tensor &values) {
  if (fits(values))
    bias = mapPairs(bias, channelVector(values, channels()), channels(), bias.dtype(), [](auto b, auto v) { return b + v; });
  return fits(values);
}

bool ConvWeights::subtract(const Tensor &values) {
  if (fits(values))
    bias = mapPairs(bias, channelVector(values, channels()), channels(), bias.dtype(), [](auto b, auto v) { return b - v; });
  return fits(values);
}

// ---- The weight -------------------------------------------------------------

namespace {
/// To which channel of the result an element of a weight belongs: runs of elements belong to the same.
struct ChannelLayout {
  int64_t run = 1;
  bool transposed;
  int64_t outputs = 1, inputs = 1; ///< of transposed ones, the channels of a group

  ChannelLayout(const Operation &conv, Type weight, int64_t channels) : transposed(conv.is("conv_transpose")) {
    for (int64_t dim : weight.dims().drop_front(transposed ? 2 : 1))
      run *= dim;
    if (transposed) { // [inputs of all groups, outputs of one, kernel…]
      outputs = weight.dim(1);
      inputs = weight.dim(0) / (channels / outputs);
    }
  }
  int64_t channelOf(int64_t element) const {
    int64_t slice = element / run;
    return transposed ? slice / outputs / inputs * outputs + slice % outputs : slice;
  }
};
} // namespace

bool ConvWeights::multiply(const Tensor &values) {
  if (!weight || !fits(values) || !elementsOf(*weight)) // or the weight's file is missing
    return false;
  Tensor factors = convert(channelVector(values, channels()), DType::Float64);
  bias = mapPairs(bias, factors, channels(), bias.dtype(), [](auto b, auto v) { return b * v; });
  auto elements = [source = weight, layout = ChannelLayout(conv, weight->type(), channels()),
                   factors = std::move(factors)](int64_t from, llvm::MutableArrayRef<double> out) {
    std::unique_ptr<ElementReader> reader = elementsOf(*source);
    DiagnosticEngine silent; // the failure is reported when the result is read
    if (!reader || !reader->read(from, out, silent))
      return false;
    for (int64_t at = 0, end = int64_t(out.size()), run = layout.run; at < end;) {
      double factor = factors.number(layout.channelOf(from + at));
      for (int64_t runEnd = std::min(end, ((from + at) / run + 1) * run - from); at < runEnd; ++at)
        out[size_t(at)] *= factor;
    }
    return true;
  };
  weight = streamedConstant(rewriter.context(), weight->type(), std::move(elements));
  isScaled = true;
  return weight;
}

/// Whether no element is infinite or NaN. Reads all.
static bool isFinite(const Literal &weight, DiagnosticEngine &diags) {
  std::unique_ptr<ElementReader> reader = elementsOf(weight);
  std::vector<double> window;
  for (int64_t at = 0; reader && at < reader->count(); at += int64_t(window.size())) {
    window.resize(size_t(std::min<int64_t>(reader->count() - at, 1 << 14)));
    if (!reader->read(at, window, diags) || !llvm::all_of(window, [](double each) { return std::isfinite(each); }))
      return false;
  }
  return reader != nullptr;
}

Value *ConvWeights::make() const {
  ArgumentSpec newWeight("weight", conv.argument("weight"));
  if (isScaled) {
    if (!mil::isFinite(bias) || !::isFinite(*weight, rewriter.diags()))
      return nullptr;
    newWeight = ArgumentSpec("weight", weight);
  }
  return rewriter.makeLike(conv, {newWeight, ArgumentSpec("bias", rewriter.literal(bias))});
}
