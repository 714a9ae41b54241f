#include "LowRank.h"
#include "Factors.h"
#include "mil/Link/DiagnosticKinds.h"
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
    if (!isWeightOfLinear(constant))
      return false;
    Type type = constant.type();
    int64_t rows = type.dim(0), columns = type.dim(1), full = std::min(rows, columns);
    if (options.maxRank && *options.maxRank > full)
      return refuse(constant, 1,
                    "its rank is at most " + std::to_string(full) + ", less than the " + std::to_string(*options.maxRank) + " asked for");
    // Factors that are larger than the weight are no gain.
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
        return refuse(constant, i, "the difference is no number everywhere");
      case NoFactors::HighRank:
        break;
      }
      weight.rank = 0;
      if (!options.strict)
        return false;
      return refuse(constant, i,
                    "a matrix of rank " + std::to_string(most) + " leaves " + printed(error) + " of it, more than the " +
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

  bool isWeightOfLinear(const DifferingConstant &constant) const {
    Type type = constant.type();
    bool isMatrix = type.isTensor() && constant.hasOneType() && type.hasStaticShape() && type.rank() == 2 && type.elementCount() > 0;
    DType dtype = type.dtype();
    bool isLegal = dtype == DType::Float32 || (dtype == DType::Float16 && unified.function().opset() >= Opset::IOS16);
    return isMatrix && isLegal && llvm::all_of(constant.places, [](const ConstantPlace &place) {
             return !place.isAttribute && place.op->is("linear") && place.name == "weight";
           });
  }

  /// The factors of all functions in one shape; those that have fewer, or none, have zeros.
  const Literal *literal(llvm::ArrayRef<float> values, int64_t rows, int64_t columns, int64_t rank, bool isUp, DType dtype) {
    Tensor tensor(dtype, {isUp ? rows : rank, isUp ? rank : columns});
    int64_t own = values.empty() ? 0 : int64_t(values.size()) / (isUp ? rows : columns);
    std::vector<double> row;
    for (int64_t i = 0; own && i < (isUp ? rows : own); ++i) {
      llvm::ArrayRef<float> line = values.slice(size_t(i * (isUp ? own : columns)), size_t(isUp ? own : columns));
      row.assign(line.begin(), line.end());
      tensor.write(i * tensor.dim(1), llvm::ArrayRef<double>(row));
    }
    Context &context = unified.context();
    return tensor.toLiteral(context, Type::tensor(context, dtype, tensor.dims()));
  }

  Result<bool> write(const DifferingConstant &constant, llvm::ArrayRef<Factors> factors, int64_t rank) {
    Type type = constant.type();
    llvm::SmallVector<const Literal *, 4> downs, ups;
    for (const Factors &each : factors) {
      downs.push_back(literal(each.down, type.dim(0), type.dim(1), rank, false, type.dtype()));
      ups.push_back(literal(each.up, type.dim(0), type.dim(1), rank, true, type.dtype()));
    }
    Value *down = inputs.addInput(constant.name + "_down", downs), *up = inputs.addInput(constant.name + "_up", ups);
    Rewriter &rewriter = unified.rewriter();
    auto product = [&](Value *x, Value *y) {
      return rewriter.make("matmul", {{"x", x}, {"y", y}, {"transpose_x", rewriter.flag(false)}, {"transpose_y", rewriter.flag(true)}});
    };
    for (const ConstantPlace &place : constant.places) {
      Operation *op = unified.copyOf(place.op);
      std::string name = op->result()->name().str().str();
      rewriter.setInsertionPoint(op);
      Value *base = rewriter.makeLike(*op, {});
      Value *low = product(op->input("x"), down), *change = low ? product(low, up) : nullptr;
      Value *sum = change ? rewriter.make("add", {{"x", base}, {"y", change}}) : nullptr;
      if (!sum || !rewriter.replace(*op, sum, Rewriter::Compressed::Move))
        return refuse(constant, 1, "its product with factors can't be written");
      unified.setCopy(*place.op, *base->definingOp());
      unified.rename(*base, rewriter.fresh(name + "_base").str());
      unified.rename(*low, rewriter.fresh(name + "_down").str());
      unified.rename(*change, rewriter.fresh(name + "_change").str());
    }
    return true;
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
