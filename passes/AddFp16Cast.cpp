// add_fp16_cast: what is computed in fp32 is computed in fp16.
//
//   y = tanh(x)        =>   h = cast(x, dtype = "fp16");  t = tanh(h);  y = cast(t, dtype = "fp32")
//
// Every operation with fp32 arguments that may be fp16 gets them so, and gives its results back as fp32: cast_optimization then cancels the
// casts between two operations, so that inputs and outputs of functions are left. Constants are converted, once each; a value is cast once,
// right after it was made.
//
// Not operations of `skip_ops_by_type` and `skip_ops`, casts, control flow, lists and state accesses; not one with a constant argument
// beyond 65504, fp16's largest number. From iOS17 on alpha, beta and epsilon of activations and elementwise operations stay fp32, as the
// operations allow.
//
// In constants, numbers from 1e38 on mean infinity and become 65504; infinities stay. In those of fewer than 400 elements, numbers
// that would become 0 become fp16's smallest, so that an epsilon stays one. Large constants are converted when they are written, in
// windows.
//
// Changes results: everything is rounded to 11 bits.
// Source: coremltools' common::add_fp16_cast.
#include "patterns/FloatCast.h"
#include "llvm/ADT/STLExtras.h"
#include <cmath>
#include <cstring>

using namespace mil;

namespace {

constexpr double largest = 65504, infinityFrom = 1e38, smallest = 0x1p-24;
constexpr int64_t smallCount = 400, streamedCount = 1 << 16;
constexpr size_t window = 1 << 16; // elements

/// The fp16 number for one of fp32 that is at most `largest`, or stands for infinity.
double halved(double value, bool keepNonzero) {
  if (std::abs(value) >= infinityFrom && std::isfinite(value))
    return std::copysign(largest, value);
  if (keepNonzero && value != 0 && std::abs(value) <= smallest / 2)
    return std::copysign(smallest, value);
  return value;
}

/// Calls `visit(place, values)` for the elements [from, from + count) of a constant, window by window; false when it can't be read.
template <typename F> bool forEachWindow(const Literal &literal, uint64_t from, uint64_t count, DiagnosticEngine &diags, F visit) {
  std::vector<float> values;
  for (uint64_t at = from, end = from + count; at < end; at += values.size()) {
    values.resize(size_t(std::min<uint64_t>(window, end - at)));
    llvm::MutableArrayRef<uint8_t> bytes(reinterpret_cast<uint8_t *>(values.data()), values.size() * 4);
    if (literal.isTensor())
      std::memcpy(bytes.data(), literal.bytes().data() + at * 4, bytes.size());
    else if (!literal.blob() || !literal.blob()->read(at * 4, bytes, diags))
      return false;
    visit(at - from, llvm::ArrayRef<float>(values));
  }
  return true;
}

/// fp16 of an fp32 constant, `count` elements from `from` on.
bool halve(const Literal &literal, uint64_t from, uint64_t count, bool keepNonzero, DiagnosticEngine &diags, Tensor &into) {
  return forEachWindow(literal, from, count, diags, [&](uint64_t at, llvm::ArrayRef<float> values) {
    std::vector<double> wide;
    for (float value : values)
      wide.push_back(halved(value, keepNonzero));
    into.write(int64_t(at), wide);
  });
}

struct AddFp16Cast : FloatCastPass {
  Option<std::vector<std::string>> skipped{*this, "skip_ops_by_type", "Leave operations of these types in fp32"};
  Option<std::vector<std::string>> kept{
      *this, "skip_ops",
      "Leave operations with these names in fp32, as found by milc precision; a name is that of the operation or of its first result"};

  AddFp16Cast() : FloatCastPass(DType::Float32, DType::Float16) {}

  llvm::ArrayRef<std::string> names() const override { return *kept; }

  bool isWanted(const Operation &op, Rewriter &rewriter) override {
    return !llvm::is_contained(*skipped, op.type().str().str()) && !isNamed(op) && fits(op, rewriter);
  }

  /// Parameters that fp16 operations take as fp32.
  bool stays(const Operation &op, Opset opset, const OpVersion &version, const Parameter &parameter) const override {
    if (DTypeSet types = version.typesOf(parameter); !types.empty() && !types.contains(DType::Float16))
      return true;
    const OpDefinition *definition = Catalogue::get().find(op.type());
    bool named = parameter.name == "alpha" || parameter.name == "beta" || parameter.name == "epsilon";
    const Parameter *x = version.parameter("x");
    return named && opset >= Opset::IOS17 && (definition->family == "activation" || definition->family == "elementwise_unary") && x &&
           x->variable != parameter.variable;
  }

  /// Whether all constant arguments are numbers of fp16.
  bool fits(const Operation &op, Rewriter &rewriter) {
    bool fit = true;
    op.forEachOperand([&](const Operand &operand) {
      const Literal *literal = fit ? constantOf(operand) : nullptr;
      fit = fit && (!literal || !isOfFrom(literal->type()) || converted(*literal, rewriter));
    });
    for (const Attribute &attribute : op.attributes())
      fit = fit && (!isOfFrom(attribute.value->type()) || converted(*attribute.value, rewriter));
    return fit;
  }

  /// fp16 of a constant; null when it has a number that is too large, or can't be read.
  const Literal *convert(const Literal &literal, Rewriter &rewriter) const override {
    std::optional<int64_t> count = literal.type().elementCount();
    if (!count || (!literal.isTensor() && !literal.isBlob()))
      return nullptr;
    bool fits = true;
    bool isRead = forEachWindow(literal, 0, uint64_t(*count), rewriter.diags(), [&](uint64_t, llvm::ArrayRef<float> values) {
      for (float value : values)
        fits = fits && !(std::abs(value) > largest && std::abs(value) < infinityFrom);
    });
    if (!isRead || !fits)
      return nullptr;
    Context &context = rewriter.context();
    Type type = literal.type().withDType(context, DType::Float16);
    if (literal.isBlob() && *count >= streamedCount)
      return streamed(literal, type, uint64_t(*count), context);
    Tensor tensor(DType::Float16, type.dims());
    if (!halve(literal, 0, uint64_t(*count), *count < smallCount, rewriter.diags(), tensor))
      return nullptr;
    return tensor.toLiteral(context, type);
  }

  /// A constant that is converted when it is written.
  static const Literal *streamed(const Literal &literal, Type type, uint64_t count, Context &context) {
    auto produce = [&literal](uint64_t offset, llvm::MutableArrayRef<uint8_t> out) {
      uint64_t first = offset / 2, end = (offset + out.size() + 1) / 2;
      Tensor part(DType::Float16, int64_t(end - first));
      DiagnosticEngine quiet;
      if (!halve(literal, first, end - first, false, quiet, part))
        return false;
      std::memcpy(out.data(), part.bytes().data() + offset % 2, out.size());
      return true;
    };
    std::shared_ptr<const Blob> blob = streamedBlob(BlobDType::Float16, count, produce);
    context.keepAlive(blob);
    return Literal::blob(context, type, blob.get(), literal.blobPath(), literal.blobOffset());
  }
};
} // namespace

MIL_PASS(add_fp16_cast, AddFp16Cast,
         "Converts constants immediately; coremltools adds a cast that const_elimination folds. Keeps infinities. If a "
         "value was cast from fp16 to fp32, its users get the fp16 value; coremltools adds a cast that cast_optimization "
         "removes.")
