#include "patterns/Weights.h"
#include "mil/Pass/DiagnosticKinds.h"
#include "mil/Pass/StreamedConstants.h"
#include "llvm/ADT/STLExtras.h"

using namespace mil;

namespace {

struct Channels {
  size_t outputs, inputs;
  bool operator==(const Channels &) const = default;
};

/// The channels of a weight as one operation sees them.
Channels channelsFor(const Operation &user, const Operand &use) {
  if (user.is("conv_transpose"))
    return {1, 0};
  if (!user.is("matmul"))
    return {0, 1};
  bool isLeft = &use == user.operand("x");
  const Literal *flag = user.constant(isLeft ? "transpose_x" : "transpose_y");
  bool transposed = flag && flag->asBool() == true;
  size_t last = use.type().rank() - 1;
  return isLeft == transposed ? Channels{last, last - 1} : Channels{last - 1, last};
}

bool isNamed(llvm::StringRef name, const std::vector<std::string> &names) { return llvm::is_contained(names, name); }

} // namespace

bool WeightOptions::isTooOld(Rewriter &rewriter, llvm::StringRef pass) {
  Function &function = rewriter.function();
  if (function.opset() >= Opset::IOS16)
    return false;
  if (!warned)
    rewriter.diags().report(function.location(), diag::PassSkipped, pass, function.name().str(), "compressed constants need iOS16");
  warned = true;
  return true;
}

std::optional<Weight> Weight::of(const Operation &constant, const WeightOptions &options, bool integers) {
  const Literal *literal = constant.constantValue();
  Type type = literal ? literal->type() : Type();
  if (!type || !type.isTensor() || !type.hasStaticShape() || type.rank() < 2 || constant.resultCount() != 1)
    return std::nullopt;
  bool isFloat = type.dtype() == DType::Float16 || type.dtype() == DType::Float32;
  bool isByte = type.dtype() == DType::Int8 || type.dtype() == DType::UInt8;
  std::optional<int64_t> count = type.elementCount();
  if (!(isFloat || (integers && isByte)) || !count || *count <= std::max<int64_t>(options.threshold, 9))
    return std::nullopt;
  if (!literal->isTensor() && !(literal->isBlob() && literal->blob()))
    return std::nullopt;

  const Value &value = *constant.result();
  if (isNamed(value.name().str(), *options.skipped) || isNamed(constant.opName(), *options.skipped))
    return std::nullopt;
  std::optional<Channels> channels;
  bool agree = true;
  for (const Operand &use : value.uses()) {
    const Operation *user = use.user();
    if (!user)
      continue;
    if (user->isConstexpr() || isNamed(user->opName(), *options.skipped) || isNamed(user->type().str(), *options.skippedTypes) ||
        (user->resultCount() && isNamed(user->result()->name().str(), *options.skipped)))
      return std::nullopt;
    Channels seen = channelsFor(*user, use);
    agree = agree && (!channels || *channels == seen);
    channels = seen;
  }
  if (!channels)
    return std::nullopt;
  Weight weight{literal, std::nullopt, std::nullopt};
  if (agree)
    weight.outputs = channels->outputs, weight.inputs = channels->inputs;
  return weight;
}

bool mil::refuse(const Operation &op, Rewriter &rewriter, llvm::StringRef pass, const char *why) {
  if (why && !rewriter.diags().hadError())
    reportOn(op, rewriter.diags(), diag::PassRefused, pass, rewriter.function().name().str(), why);
  return why != nullptr;
}

std::optional<std::vector<Range>> mil::rangesOf(ElementReader &elements, llvm::ArrayRef<int64_t> blocks, DiagnosticEngine &diags) {
  size_t count = 1;
  for (int64_t each : blocks)
    count *= size_t(each);
  BlockNumbers numbers(elements.dims(), blocks);
  std::vector<Range> ranges(count);
  std::vector<double> window;
  bool finite = true;
  for (int64_t at = 0; at < elements.count() && finite; at += int64_t(window.size())) {
    window.resize(size_t(std::min<int64_t>(1 << 14, elements.count() - at)));
    if (!elements.read(at, window, diags))
      return std::nullopt;
    numbers.forEachRun(at, int64_t(window.size()), [&](int64_t offset, int64_t n, int64_t block) {
      Range &range = ranges[size_t(block)];
      for (double value : llvm::ArrayRef(window).slice(size_t(offset), size_t(n))) {
        range.least = std::min(range.least, value);
        range.greatest = std::max(range.greatest, value);
        finite &= std::isfinite(value);
      }
    });
  }
  return finite ? std::optional(std::move(ranges)) : std::nullopt;
}

std::optional<Tensor::Dims> mil::blocksOfSize(llvm::ArrayRef<int64_t> dims, llvm::ArrayRef<int64_t> sizes) {
  Tensor::Dims blocks;
  for (auto [dim, size] : llvm::zip(dims, sizes)) {
    if (size && dim % size != 0)
      return std::nullopt;
    blocks.push_back(size ? dim / size : 1);
  }
  return blocks;
}

const Literal *mil::packedAsBytes(Context &context, const Literal *constant) {
  if (!constant)
    return nullptr;
  Type type = constant->type();
  std::optional<uint64_t> size = packedSize(type.dtype(), uint64_t(*type.elementCount()));
  return streamedBytes(context, Type::tensor(context, DType::UInt8, int64_t(*size)),
                       [constant](uint64_t offset, llvm::MutableArrayRef<uint8_t> out) { return readBytes(*constant, offset, out); });
}

const Literal *mil::shapeAsUInt32(Context &context, llvm::ArrayRef<int64_t> dims) {
  return Tensor::vector(DType::UInt32, dims).toLiteral(context, Type::tensor(context, DType::UInt32, int64_t(dims.size())));
}
