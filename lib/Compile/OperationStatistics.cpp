#include "mil/Compile/OperationStatistics.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/MathExtras.h"

using namespace llvm;

namespace mil {

namespace {

/// The opset in which each op is counted as defined, by the opset of the function: a column each for ios15, ios16, ios17, ios18 and ios26.
/// 5: the first definition, which has no prefix; a dot: not known. Source: metadata.json of released models; the names that the runtime
/// gives the operations of models of one operation, for ios18.
struct Row {
  StringLiteral op;
  char columns[6];
};
constexpr Row rows[] = {
    {"abs", "..78."},
    {"acos", "...8."},
    {"add", "56789"},
    {"affine", "...8."},
    {"argsort", "...5."},
    {"asin", "...8."},
    {"atan", "...8."},
    {"atanh", "...8."},
    {"avg_pool", "...8."},
    {"band_part", "...5."},
    {"batch_norm", "5678."},
    {"batch_to_space", "...5."},
    {"cast", "56788"},
    {"ceil", "...8."},
    {"clip", "5678."},
    {"concat", "55789"},
    {"constexpr_affine_dequantize", ".66.."},
    {"constexpr_blockwise_shift_scale", "...89"},
    {"constexpr_lut_to_dense", ".668."},
    {"constexpr_sparse_to_dense", ".6..."},
    {"conv", "56788"},
    {"conv_transpose", ".6.8."},
    {"cos", "..78."},
    {"cosh", "...8."},
    {"crop_resize", "...8."},
    {"cumsum", "...6."},
    {"depth_to_space", "...5."},
    {"dequantize", "..789"},
    {"einsum", ".666."},
    {"elu", "..78."},
    {"equal", "..78."},
    {"erf", "...8."},
    {"exp", "...8."},
    {"exp2", "...8."},
    {"expand_dims", "55789"},
    {"fill", ".555."},
    {"fill_like", "..66."},
    {"floor", "..78."},
    {"floor_div", "..78."},
    {"gather", "56788"},
    {"gather_along_axis", "..788"},
    {"gather_nd", "...8."},
    {"gelu", "56688"},
    {"greater", "..78."},
    {"greater_equal", "..789"},
    {"gru", "...8."},
    {"identity", "..55."},
    {"instance_norm", "..78."},
    {"inverse", "...8."},
    {"l2_norm", "...8."},
    {"l2_pool", "...8."},
    {"layer_norm", "56788"},
    {"leaky_relu", ".678."},
    {"less", ".678."},
    {"less_equal", "...8."},
    {"linear", "5678."},
    {"linear_activation", "...8."},
    {"local_response_norm", "...8."},
    {"log", "..78."},
    {"logical_and", "..78."},
    {"logical_not", "..7.."},
    {"lstm", "5678."},
    {"matmul", "56788"},
    {"max_pool", "5668."},
    {"maximum", ".678."},
    {"minimum", "..78."},
    {"mod", "...8."},
    {"mul", "56789"},
    {"non_zero", "...5."},
    {"not_equal", "...8."},
    {"one_hot", "...5."},
    {"pad", "5555."},
    {"pixel_shuffle", "...5."},
    {"pixel_unshuffle", "...6."},
    {"pow", "5678."},
    {"quantize", "...8."},
    {"random_normal", "...8."},
    {"range_1d", "..55."},
    {"read_state", "...88"},
    {"real_div", "5678."},
    {"reduce_argmax", ".6788"},
    {"reduce_l1_norm", "...6."},
    {"reduce_l2_norm", ".6.6."},
    {"reduce_log_sum", "...6."},
    {"reduce_log_sum_exp", "...6."},
    {"reduce_max", "56.6."},
    {"reduce_mean", "5666."},
    {"reduce_min", "...6."},
    {"reduce_prod", "...6."},
    {"reduce_sum", "5.666"},
    {"reduce_sum_square", "...6."},
    {"relu", "5668."},
    {"relu6", "...8."},
    {"resample", "...8."},
    {"reshape", "56789"},
    {"resize", "...8."},
    {"resize_bilinear", "...6."},
    {"resize_nearest_neighbor", "...5."},
    {"reverse", "...8."},
    {"rnn", "...8."},
    {"round", "...8."},
    {"rsqrt", ".678."},
    {"scaled_dot_product_attention", "...8."},
    {"scaled_tanh", "...8."},
    {"scatter", "..78."},
    {"scatter_along_axis", "...8."},
    {"select", ".5559"},
    {"shape", ".555."},
    {"sigmoid", "5668."},
    {"sigmoid_hard", "...8."},
    {"sign", "...8."},
    {"silu", "5.68."},
    {"sin", ".678."},
    {"sinh", "...8."},
    {"slice_by_index", "55789"},
    {"slice_by_size", "...8."},
    {"slice_update", "...89"},
    {"sliding_windows", "...8."},
    {"softmax", "56688"},
    {"softplus", "5..8."},
    {"softsign", "...8."},
    {"space_to_batch", "...5."},
    {"space_to_depth", "...5."},
    {"split", "55559"},
    {"sqrt", "56.8."},
    {"square", ".6.8."},
    {"squeeze", "55789"},
    {"stack", "5.55."},
    {"sub", "56789"},
    {"tan", "...8."},
    {"tanh", "5..8."},
    {"thresholded_relu", "...8."},
    {"tile", ".5555"},
    {"topk", "..78."},
    {"transpose", "55789"},
    {"upsample_bilinear", "5..6."},
    {"upsample_nearest_neighbor", "5..5."},
    {"write_state", "...88"},
};

/// The digit of an opset in the table: 5 for ios15 and before.
int digitOf(Opset opset) {
  switch (opset) {
  case Opset::IOS16:
    return 6;
  case Opset::IOS17:
    return 7;
  case Opset::IOS18:
    return 8;
  case Opset::IOS26:
  case Opset::Unknown:
    return 9;
  default:
    return 5;
  }
}

/// The definition that is in force at an opset: what was seen there; or what was seen later, if it is that old; 0 when neither tells.
int definitionAt(StringRef columns, int digit) {
  for (char column : columns.drop_front(size_t(digit - 5)))
    if (column != '.' && column - '0' <= digit)
      return column - '0';
  return 0;
}

/// The newest definition known that `digit` may use; 5 when there is none.
int newestUpTo(StringRef columns, int digit) {
  int newest = 5;
  for (char column : columns)
    if (column != '.' && column - '0' <= digit)
      newest = std::max(newest, column - '0');
  return newest;
}

std::string camelCase(StringRef snake, bool firstUpper) {
  std::string text;
  bool upper = firstUpper;
  for (char c : snake) {
    if (c != '_')
      text += upper ? toUpper(c) : c;
    upper = c == '_';
  }
  return text;
}

/// "Float16"; empty for what counts as no precision: bool, strings, no tensor.
std::string precisionName(Type type) {
  while (type && (type.isState() || type.isList()))
    type = type.element();
  DType dtype = type && type.isTensor() ? type.dtype() : DType::Invalid;
  std::string bits = std::to_string(bitWidth(dtype));
  switch (dtype) {
  case DType::Invalid:
  case DType::Bool:
  case DType::String:
    return "";
  case DType::Float64:
    return "Double";
  case DType::BFloat16:
    return "BFloat16";
  default:
    return (isFloat(dtype) ? "Float" : isSignedInteger(dtype) ? "Int" : "UInt") + bits;
  }
}

void insertName(std::set<std::string> &names, std::string name) {
  if (!name.empty())
    names.insert(std::move(name));
}

/// A parameter of a constexpr op, which is an attribute in its older form and an argument in its newer one.
const Literal *parameterOf(const Operation &op, StringRef name) {
  const Literal *attribute = op.attribute(name);
  return attribute ? attribute : op.constant(name);
}

class StorageFacts {
public:
  StorageFacts(std::set<std::string> &storage, Guesses &guesses) : storage(storage), guesses(guesses) {}

  void add(const Operation &op) {
    if (op.is("const")) {
      ifStored(op.constantValue());
      return;
    }
    if (!op.isConstexpr())
      return;
    if (op.is("constexpr_lut_to_dense") || op.is("constexpr_lut_to_sparse"))
      palettized(op);
    if (op.is("constexpr_sparse_to_dense"))
      storage.insert("Sparse");
    if (op.type().str().contains("_sparse") && !op.attribute("mask"))
      guesses.insert("storagePrecision of sparse constants from iOS18 on");
    // The forms before iOS18 have attributes, of which only quantized data counts; those since then count all that is in a weight file.
    if (const Literal *data = op.is("constexpr_affine_dequantize") ? parameterOf(op, "quantized_data") : nullptr)
      insertName(storage, precisionName(data->type()));
    else if (const Literal *blocks = op.is("constexpr_blockwise_shift_scale") ? op.constant("data") : nullptr)
      insertName(storage, precisionName(blocks->type()));
    op.forEachOperand([&](const Operand &operand) { ifStored(operand.literal()); });
  }

private:
  void ifStored(const Literal *constant) {
    if (constant && constant->isBlob())
      insertName(storage, precisionName(constant->type()));
  }

  void palettized(const Operation &op) {
    const Literal *lut = parameterOf(op, "lut");
    if (!lut || !lut->type().isTensor() || lut->type().dims().empty())
      return;
    // [2^N], or since iOS18 […, 2^N, length of the vectors].
    ArrayRef<int64_t> dims = lut->type().dims();
    int64_t entries = dims.size() == 1 ? dims[0] : dims[dims.size() - 2];
    if (entries > 0)
      storage.insert("Palettized (" + std::to_string(Log2_64_Ceil(uint64_t(entries))) + " bits)");
  }

  std::set<std::string> &storage;
  Guesses &guesses;
};

} // namespace

std::string histogramName(StringRef op, Opset opset, Guesses &guesses) {
  static const StringMap<StringRef> table = [] {
    StringMap<StringRef> byName;
    for (const Row &row : rows)
      byName[row.op] = StringRef(row.columns, 5);
    return byName;
  }();
  int digit = digitOf(opset);
  auto found = table.find(op);
  StringRef columns = found == table.end() ? "....." : found->second;
  int version = definitionAt(columns, digit);
  if (version == 0) {
    guesses.insert("the version of " + op.str());
    version = newestUpTo(columns, digit);
  }
  return version == 5 ? camelCase(op, true) : "Ios1" + std::to_string(version) + "." + camelCase(op, false);
}

std::string printPrecision(const std::set<std::string> &types) {
  return types.size() < 2 ? join(types, "") : "Mixed (" + join(types, ", ") + ")";
}

void OperationStatistics::add(const Function &function, Guesses &guesses) {
  StorageFacts stored(storage, guesses);
  StringMap<size_t> counts;
  std::set<const void *> seen; // most values have one of a few types: each is named once
  auto computes = [&](Type type) {
    if (type && seen.insert(type.pointer()).second)
      insertName(compute, precisionName(type));
  };
  std::as_const(function.body()).walk([&](const Operation &op) {
    stored.add(op);
    if (op.is("const"))
      return;
    ++counts[op.type().str()];
    // What compressed constants are made of is stored, not computed with.
    bool isCompressed = op.isConstexpr();
    op.forEachOperand([&](const Operand &operand) {
      if (!isCompressed || operand.value())
        computes(operand.type());
    });
    for (const Value &result : op.results())
      computes(result.type());
  });
  for (const auto &entry : counts)
    histogram[histogramName(entry.getKey(), function.opset(), guesses)] += entry.getValue();
}

} // namespace mil
