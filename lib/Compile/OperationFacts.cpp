#include "mil/Compile/OperationFacts.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/MathExtras.h"

using namespace llvm;

namespace mil {

namespace {

/// In which opset each op is said to be defined, by the opset of the function: a column each for ios15, ios16, ios17 and ios18. 5: the
/// first definition, which has no prefix; a dot: not known. Source: metadata.json of released models; the names that the runtime gives
/// operations in published measurements, for some of ios18.
struct Row {
  StringLiteral op;
  char columns[5];
};
constexpr Row rows[] = {
    {"abs", "..78"},
    {"add", "5678"},
    {"batch_norm", "56.8"},
    {"cast", "5678"},
    {"clip", "567."},
    {"concat", "5578"},
    {"constexpr_affine_dequantize", ".66."},
    {"constexpr_blockwise_shift_scale", "...8"},
    {"constexpr_lut_to_dense", ".6.8"},
    {"constexpr_sparse_to_dense", ".6.."},
    {"conv", "5678"},
    {"conv_transpose", ".6.8"},
    {"dequantize", "..7."},
    {"einsum", "...6"},
    {"equal", "...8"},
    {"expand_dims", "5578"},
    {"fill", "...5"},
    {"floor", "..7."},
    {"floor_div", "..7."},
    {"gather", "5.78"},
    {"gather_along_axis", "..7."},
    {"gelu", "5.68"},
    {"greater", "..7."},
    {"greater_equal", "..78"},
    {"identity", "..5."},
    {"instance_norm", "..7."},
    {"layer_norm", "5678"},
    {"leaky_relu", ".6.8"},
    {"less", "..7."},
    {"linear", "5678"},
    {"log", "..7."},
    {"logical_and", "..7."},
    {"logical_not", "..7."},
    {"lstm", "5678"},
    {"matmul", "5678"},
    {"max_pool", "56.8"},
    {"maximum", "..78"},
    {"minimum", "..7."},
    {"mul", "5678"},
    {"pad", "5555"},
    {"pow", "5678"},
    {"range_1d", "..55"},
    {"read_state", "...8"},
    {"real_div", "56.8"},
    {"reduce_argmax", ".67."},
    {"reduce_max", "56.."},
    {"reduce_mean", "5..6"},
    {"reduce_sum", "5.66"},
    {"relu", "5668"},
    {"reshape", "5678"},
    {"rsqrt", "...8"},
    {"scaled_dot_product_attention", "...8"},
    {"scatter", "..7."},
    {"select", "..55"},
    {"shape", "..55"},
    {"sigmoid", "5668"},
    {"silu", "5.68"},
    {"sin", ".67."},
    {"slice_by_index", "5578"},
    {"slice_update", "...8"},
    {"softmax", "5.68"},
    {"softplus", "5..."},
    {"split", "5.55"},
    {"sqrt", "56.."},
    {"square", ".6.."},
    {"squeeze", "5578"},
    {"stack", "5.5."},
    {"sub", "5678"},
    {"tanh", "5..8"},
    {"tile", "..55"},
    {"topk", "..78"},
    {"transpose", "5578"},
    {"upsample_bilinear", "5..6"},
    {"upsample_nearest_neighbor", "5..."},
    {"write_state", "...8"},
};

/// The digit of an opset in the table: 5 for ios15 and before.
int digitOf(Opset opset) {
  switch (opset) {
  case Opset::IOS16:
    return 6;
  case Opset::IOS17:
    return 7;
  case Opset::IOS18:
  case Opset::IOS26:
  case Opset::Unknown:
    return 8;
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
      if (const Literal *value = op.constantValue(); value && value->isBlob())
        insertName(storage, precisionName(value->type()));
    } else if (op.is("constexpr_affine_dequantize")) {
      ofType(op, "quantized_data");
    } else if (op.is("constexpr_sparse_to_dense")) {
      storage.insert("Sparse");
      guessIfNew(op, "nonzero_data");
    } else if (op.is("constexpr_lut_to_dense")) {
      palettized(op);
    } else if (op.isConstexpr()) {
      guesses.insert("storagePrecision of " + op.type().str().str());
      ofType(op, "data");
    }
  }

private:
  void ofType(const Operation &op, StringRef parameter) {
    if (const Literal *data = parameterOf(op, parameter))
      insertName(storage, precisionName(data->type()));
  }

  /// The forms since iOS18 take arguments.
  void guessIfNew(const Operation &op, StringRef parameter) {
    if (!op.attribute(parameter))
      guesses.insert("storagePrecision of " + op.type().str().str() + " as of iOS18");
  }

  void palettized(const Operation &op) {
    guessIfNew(op, "lut");
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
      byName[row.op] = StringRef(row.columns, 4);
    return byName;
  }();
  int digit = digitOf(opset);
  auto found = table.find(op);
  StringRef columns = found == table.end() ? "...." : found->second;
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

void OperationFacts::add(const Function &function, Guesses &guesses) {
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
    op.forEachOperand([&](const Operand &operand) { computes(operand.type()); });
    for (const Value &result : op.results())
      computes(result.type());
  });
  for (const auto &entry : counts)
    histogram[histogramName(entry.getKey(), function.opset(), guesses)] += entry.getValue();
}

} // namespace mil
