// One table: FLOPs by operation, else by family. Unknown sizes are NaN, and so are figures computed from them.
#include "mil/Ops/Costs.h"
#include "llvm/ADT/StringSwitch.h"
#include <cmath>
#include <map>

using namespace mil;

namespace {

using Flops = double (*)(const Args &a);

// ---- Sizes ------------------------------------------------------------------

double elementsOf(Type type) {
  if (type.isState())
    type = type.element();
  if (!type.isTensor())
    return 0;
  std::optional<int64_t> count = type.elementCount();
  return count ? double(*count) : NAN;
}
double elements(const Args &a, llvm::StringRef name) { return a[name] ? elementsOf(a[name].type()) : 0; }
double results(const Args &a) { return elementsOf(a.resultType()); }
double dimension(const Args &a, llvm::StringRef name, int i) {
  Arg arg = a[name];
  if (!arg || !arg.type().isTensor() || !arg.type().hasRank() || arg.rank() < size_t(i < 0 ? -i : i + 1))
    return NAN;
  int64_t size = arg.dim(i);
  return size < 0 ? NAN : double(size);
}

// ---- FLOPs ------------------------------------------------------------------

double none(const Args &) { return 0; }
double onePerResult(const Args &a) { return results(a); }
double onePerElement(const Args &a) { return elements(a, "x"); }
double convolution(const Args &a) {
  double outputs = dimension(a, "weight", 0);
  return outputs == 0 ? 0 : 2 * results(a) * elements(a, "weight") / outputs;
}
double transposedConvolution(const Args &a) {
  double inputs = dimension(a, "weight", 0);
  return inputs == 0 ? 0 : 2 * elements(a, "x") * elements(a, "weight") / inputs;
}
double linear(const Args &a) { return 2 * results(a) * dimension(a, "weight", 1); }
double matmul(const Args &a) {
  bool isVector = a["x"].type().isTensor() && a["x"].type().hasRank() && a["x"].rank() == 1;
  return 2 * results(a) * dimension(a, "x", a.flag("transpose_x") && !isVector ? -2 : -1);
}
/// Each label is a loop; a dimension of 1 goes with any size.
double einsum(const Args &a) {
  std::optional<llvm::StringRef> equation = a.string("equation");
  if (!equation)
    return NAN;
  llvm::SmallVector<llvm::StringRef, 2> operands;
  equation->split("->").first.split(operands, ',');
  std::map<char, double> sizes;
  for (size_t i = 0; i < operands.size() && i < a["values"].size(); ++i) {
    llvm::StringRef labels = operands[i].trim();
    Arg operand = a["values"][i];
    if (!operand.type().isTensor() || !operand.type().hasRank() || operand.rank() != labels.size())
      return NAN;
    for (size_t d = 0; d < labels.size(); ++d) {
      double size = operand.dim(int(d)) < 0 ? NAN : double(operand.dim(int(d)));
      double &known = sizes.try_emplace(labels[d], 1).first->second;
      known = std::isnan(size) || size > known ? size : known;
    }
  }
  double loops = 2;
  for (auto [label, size] : sizes)
    loops *= size;
  return loops;
}
double attention(const Args &a) {
  double scores = results(a) / dimension(a, "value", -1) * dimension(a, "key", -2);
  return 2 * scores * (dimension(a, "query", -1) + dimension(a, "value", -1));
}
double recurrent(const Args &a) {
  double weights = 0;
  for (llvm::StringRef name : {"weight_ih", "weight_hh", "weight_ih_back", "weight_hh_back"})
    if (a.version().parameter(name))
      weights += elements(a, name);
  return 2 * dimension(a, "x", 0) * dimension(a, "x", 1) * weights;
}
double pool(const Args &a) {
  std::optional<Dims> window = a.integers("kernel_sizes");
  double size = window ? 1 : NAN;
  for (int64_t each : window.value_or(Dims()))
    size *= double(each);
  return results(a) * size;
}
double bilinear(const Args &a) { return 8 * results(a); }

Flops flopsOf(llvm::StringRef op, llvm::StringRef family) {
  Flops byName = llvm::StringSwitch<Flops>(op)
                     .Case("conv", convolution)
                     .Case("conv_transpose", transposedConvolution)
                     .Case("linear", linear)
                     .Case("matmul", matmul)
                     .Case("einsum", einsum)
                     .Case("scaled_dot_product_attention", attention)
                     .Cases("lstm", "gru", "rnn", recurrent)
                     .Cases("cast", "identity", none)
                     .Cases("resize_bilinear", "upsample_bilinear", "crop_resize", "affine", "resample", bilinear)
                     .Case("cumsum", onePerElement)
                     .Cases("quantize", "dequantize", onePerResult)
                     .Default(nullptr);
  return byName ? byName
                : llvm::StringSwitch<Flops>(family)
                      .Cases("reduction", "normalization", onePerElement)
                      .Cases("activation", "elementwise_unary", "elementwise_binary", onePerResult)
                      .Case("pool", pool)
                      .Default(none);
}

// ---- Bytes ------------------------------------------------------------------

double bytesOf(Type type) {
  Type tensor = type.isState() ? type.element() : type;
  return tensor.isTensor() && tensor.dtype() != DType::String ? elementsOf(type) * bitWidth(tensor.dtype()) / 8 : 0;
}

/// What a compressed constant takes as it is stored: the constants that it is made of, through several steps.
double storedBytes(const Operation &compressed) {
  constexpr size_t mostSteps = 16; // a hostile program has many; real ones have three
  llvm::SmallVector<const Operation *, 4> steps{&compressed};
  double bytes = 0;
  for (size_t i = 0; i < steps.size() && i < mostSteps; ++i) {
    for (const Attribute &attribute : steps[i]->attributes())
      bytes += attribute.name.str() == "name" ? 0 : bytesOf(attribute.value->type());
    steps[i]->forEachOperand([&](const Operand &operand) {
      const Operation *maker = operand.value() ? operand.value()->definingOp() : nullptr;
      if (maker && maker->isConstexpr())
        steps.push_back(maker);
      else
        bytes += bytesOf(operand.type());
    });
  }
  return bytes;
}

double readBytes(const Arg::Bound &bound) {
  const Operation *maker = bound.value ? bound.value->definingOp() : nullptr;
  return maker && maker->isConstexpr() ? storedBytes(*maker) : bytesOf(bound.type);
}

/// How much of its arguments an operation reads.
enum class Reading : uint8_t { All, AsWritten, Nothing };

Reading readingOf(llvm::StringRef op) {
  return llvm::StringSwitch<Reading>(op)
      .Cases("gather", "gather_along_axis", "gather_nd", "slice_by_index", "slice_by_size", "crop", "list_read", Reading::AsWritten)
      .Cases("shape", "fill", "fill_like", "list_length", "make_list", Reading::Nothing)
      .Default(Reading::All);
}

bool isViewNamed(llvm::StringRef op) {
  return llvm::StringSwitch<bool>(op)
      .Cases("reshape", "reshape_like", "squeeze", "expand_dims", "flatten2d", "identity", true)
      .Default(false);
}

double bytesMoved(const Args &call) {
  llvm::StringRef op = call.version().op;
  if (isViewNamed(op) || op == "read_state")
    return 0;
  double written = 0, read = 0;
  for (size_t i = 0; i < call.resultCount(); ++i)
    written += bytesOf(call.resultType(i));
  switch (readingOf(op)) {
  case Reading::All:
    for (const Arg::Bound &bound : call.bindings())
      read += bound.type.isState() ? 0 : readBytes(bound);
    break;
  case Reading::AsWritten:
    read = written;
    break;
  case Reading::Nothing:
    break;
  }
  return op == "write_state" || op == "coreml_update_state" ? 2 * read : read + written;
}

} // namespace

bool mil::isView(const Operation &op) { return isViewNamed(op.type()) && op.resultCount() == 1; }

OperationCost mil::costOf(const Args &call) {
  const OpDefinition *definition = Catalogue::get().find(call.version().op);
  if (!definition || !call.resultCount() || definition->family == "constexpr" || !call.blocks().empty() || definition->name == "const")
    return {};
  OperationCost cost{flopsOf(definition->name, definition->family)(call), bytesMoved(call)};
  if (std::isnan(cost.flops) || std::isnan(cost.bytes))
    return {0, 0, false};
  return cost;
}

OperationCost mil::costOf(const Operation &op) {
  if (op.is("const") || op.isConstexpr() || !op.blocks().empty())
    return {};
  const OpVersion *version = Catalogue::get().lookup(op.type(), opsetOf(op));
  std::optional<Args> call = version ? Args::bind(op, *version, nullptr) : std::nullopt;
  if (!call)
    return {};
  llvm::SmallVector<Type, 1> types;
  for (const Value &result : op.results())
    types.push_back(result.type());
  call->setResultTypes(types);
  return costOf(*call);
}
