#include "LowRank.h"
#include "Factors.h"
#include "mil/IR/ConstantQueries.h"
#include "mil/Link/DiagnosticKinds.h"
#include "mil/Ops/Catalogue.h"
#include "mil/Tensor/Tensor.h"

namespace mil {

namespace {

class LowRankInputs {
public:
  LowRankInputs(UnifiedFunction &unified, const UnifiedSources &sources, WeightInputs &inputs, const LowRankOptions &options,
                std::vector<LowRankWeight> &found)
      : unified(unified), sources(sources), inputs(inputs), options(options), found(found) {}

  /// Makes inputs of the factors of one weight; whether it could be done.
  Result<bool> add(const DifferingConstant &constant) {
    if (!canBeFactored(constant))
      return false;
    Type type = constant.type();
    int64_t rows = type.dim(0), columns = *type.elementCount() / rows, full = std::min(rows, columns);
    if (options.maxRank && *options.maxRank > full)
      return refuse(constant, 1,
                    "its rank is at most " + std::to_string(full) + ", less than the " + std::to_string(*options.maxRank) + " requested");
    // Factors that are larger than the weight would save nothing.
    int64_t most = std::min(options.maxRank.value_or(64), std::max<int64_t>(1, rows * columns / (rows + columns)));
    LowRankWeight &weight = found.emplace_back();
    weight = {constant.name, rows, columns, 0, 0};
    std::vector<Factors> factors(constant.values.size());
    for (size_t i = 1; i < factors.size(); ++i) {
      double error = 0;
      auto result = factorDifference(*constant.values[0], *constant.values[i], most, options.tolerance, error);
      weight.error = std::max(weight.error, error);
      if (Factors *ones = std::get_if<Factors>(&result)) {
        weight.rank = std::max(weight.rank, ones->rank);
        factors[i] = std::move(*ones);
        continue;
      }
      switch (std::get<NoFactors>(result)) {
      case NoFactors::Unreadable:
        return refuse(constant, i, "its values can't be read");
      case NoFactors::NotFinite:
        return refuse(constant, i, "the difference has NaN or infinite elements");
      case NoFactors::HighRank:
        break;
      }
      weight.rank = 0;
      if (!options.strict)
        return false;
      return refuse(constant, i,
                    "a difference of rank " + std::to_string(most) + " has the error " + printed(error) + ", more than the " +
                        printed(options.tolerance) + " allowed");
    }
    return write(constant, factors, weight.rank);
  }

private:
  static std::string printed(double value) {
    char text[32];
    snprintf(text, sizeof text, "%.2g", value);
    return text;
  }

  Result<bool> refuse(const DifferingConstant &constant, size_t i, const std::string &why) {
    const ConstantPlace &place = constant.places.front();
    return reportOn(*place.op, unified.diags(), diag::UnifyConstant, constant.name, place.name, place.op->type(), sources.functions[i].name,
                    why);
  }

  bool canBeFactored(const DifferingConstant &constant) const {
    Type type = constant.type();
    if (!type.isTensor() || !constant.hasOneType() || !type.hasStaticShape() || type.rank() < 2 || *type.elementCount() == 0)
      return false;
    DType dtype = type.dtype();
    bool isLegal = dtype == DType::Float32 || (dtype == DType::Float16 && unified.function().opset() >= Opset::IOS16);
    return isLegal && llvm::all_of(constant.places, [&](const ConstantPlace &place) { return isProduct(place, type); });
  }

  /// Whether an operation is a product of x and the constant, which may be a value as well.
  static bool isProduct(const ConstantPlace &place, Type type) {
    Operation *op = place.op;
    if (place.isAttribute)
      return false;
    if (op->is("linear"))
      return place.name == "weight";
    if (op->is("matmul"))
      return place.name == "y" && type.rank() == 2 && (!op->argument("transpose_y") || op->constant("transpose_y"));
    if (!op->is("conv") || place.name != "weight")
      return false;
    const OpVersion *version = versionOf(*op);
    const Parameter *weight = version ? version->parameter("weight") : nullptr;
    return weight && !weight->constant && isOne(*op, "groups") && isOne(*op, "dilations");
  }

  /// Whether an argument that is 1 unless given is 1.
  static bool isOne(const Operation &op, llvm::StringRef argument) {
    const Literal *literal = op.constant(argument);
    return !op.argument(argument) || (literal && isAllOnes(*literal));
  }

  /// The factors of all functions in one shape; those that have fewer, or none, have zeros. The one that reads x has the weight's window.
  const Literal *literal(llvm::ArrayRef<float> values, Type weight, int64_t rank, bool isUp) {
    int64_t rows = weight.dim(0), columns = *weight.elementCount() / rows;
    Tensor tensor(weight.dtype(), {isUp ? rows : rank, isUp ? rank : columns});
    int64_t own = values.empty() ? 0 : int64_t(values.size()) / (isUp ? rows : columns);
    std::vector<double> row;
    for (int64_t i = 0; own && i < (isUp ? rows : own); ++i) {
      llvm::ArrayRef<float> line = values.slice(size_t(i * (isUp ? own : columns)), size_t(isUp ? own : columns));
      row.assign(line.begin(), line.end());
      tensor.write(i * tensor.dim(1), llvm::ArrayRef<double>(row));
    }
    Tensor::Dims dims(tensor.dims());
    if (isUp)
      dims.append(weight.rank() - 2, 1);
    else
      dims.assign(weight.dims().begin(), weight.dims().end()), dims[0] = rank;
    Context &context = unified.context();
    return tensor.toLiteral(context, Type::tensor(context, weight.dtype(), dims));
  }

  Result<bool> write(const DifferingConstant &constant, llvm::ArrayRef<Factors> factors, int64_t rank) {
    Type type = constant.type();
    llvm::SmallVector<const Literal *, 4> downs, ups;
    for (const Factors &each : factors) {
      downs.push_back(literal(each.down, type, rank, false));
      ups.push_back(literal(each.up, type, rank, true));
    }
    Value *down = inputs.addInput(constant.name + "_down", downs), *up = inputs.addInput(constant.name + "_up", ups);
    Rewriter &rewriter = unified.rewriter();
    for (const ConstantPlace &place : constant.places) {
      Operation *op = unified.copyOf(place.op);
      std::string name = op->result()->name().str().str();
      rewriter.setInsertionPoint(op);
      Value *base = rewriter.makeLike(*op, {});
      auto [low, change] = product(*op, *down, *up);
      Value *sum = change ? rewriter.make("add", {{"x", base}, {"y", change}}) : nullptr;
      if (!sum || !rewriter.replace(*op, sum, Rewriter::Compressed::Move))
        return refuse(constant, 1, "the product with its factors can't be expressed");
      unified.setCopy(*place.op, *base->definingOp());
      unified.rename(*base, rewriter.fresh(name + "_base").str());
      unified.rename(*low, rewriter.fresh(name + "_down").str());
      unified.rename(*change, rewriter.fresh(name + "_change").str());
    }
    return true;
  }

  /// x times the factors, one after the other: both products.
  std::pair<Value *, Value *> product(Operation &op, Value &down, Value &up) {
    Rewriter &rewriter = unified.rewriter();
    if (op.is("conv")) {
      Value *low = rewriter.makeLike(op, {{"weight", &down}, ArgumentSpec::none("bias")});
      size_t window = down.type().rank() - 2;
      llvm::SmallVector<int64_t, 6> ones(window, 1), zeros(2 * window, 0);
      Value *change = low ? rewriter.make("conv", {{"x", low},
                                                   {"weight", &up},
                                                   {"strides", rewriter.ints(ones)},
                                                   {"pad_type", rewriter.string("valid")},
                                                   {"pad", rewriter.ints(zeros)},
                                                   {"dilations", rewriter.ints(ones)},
                                                   {"groups", rewriter.i32(1)}})
                          : nullptr;
      return {low, change};
    }
    auto times = [&](Value *x, Value &y, bool transposeX, bool transposeY) {
      return rewriter.make("matmul",
                           {{"x", x}, {"y", &y}, {"transpose_x", rewriter.flag(transposeX)}, {"transpose_y", rewriter.flag(transposeY)}});
    };
    // The rows of a weight are what is computed, or what x has, in a matmul that doesn't transpose it.
    bool rowsAreOut = op.is("linear") || isTrue(op, "transpose_y");
    bool transposeX = op.is("matmul") && isTrue(op, "transpose_x");
    Value *low = times(op.input("x"), rowsAreOut ? down : up, transposeX, rowsAreOut);
    return {low, low ? times(low, rowsAreOut ? up : down, false, rowsAreOut) : nullptr};
  }

  UnifiedFunction &unified;
  const UnifiedSources &sources;
  WeightInputs &inputs;
  const LowRankOptions &options;
  std::vector<LowRankWeight> &found;
};

} // namespace

Status addLowRank(UnifiedFunction &unified, const UnifiedSources &sources, WeightInputs &inputs, const LowRankOptions &options,
                  std::vector<DifferingConstant> &constants, std::vector<LowRankWeight> &found) {
  LowRankInputs lowRank(unified, sources, inputs, options, found);
  std::vector<DifferingConstant> whole;
  for (DifferingConstant &constant : constants) {
    Result<bool> isDone = lowRank.add(constant);
    if (!isDone)
      return failure();
    if (!*isDone)
      whole.push_back(std::move(constant));
  }
  constants = std::move(whole);
  return success();
}

} // namespace mil
