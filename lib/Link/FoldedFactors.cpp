#include "FoldedFactors.h"
#include "mil/IR/ConstantQueries.h"
#include "mil/IR/Walk.h"
#include "mil/Pass/StreamedConstants.h"
#include "mil/Tensor/Tensor.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Twine.h"

namespace mil {

namespace {

/// A weight as a matrix [rows, columns], the factor that has its rows, [rows, rank], and the one that has its columns, [rank, columns].
struct FactoredWeight {
  Operation *base = nullptr, *sum = nullptr;
  llvm::StringRef argument; ///< of `base`: the weight
  const Literal *weight = nullptr, *ofRows = nullptr, *ofColumns = nullptr;
};

const Operation *onlyReader(const Value &value) { return value.hasOneUse() ? value.firstUse()->user() : nullptr; }

/// Finds what `change`, the last product of an adapter, belongs to.
std::optional<FactoredWeight> factoredWeight(Operation &change) {
  llvm::StringRef name = change.opName();
  bool isConv = change.is("conv");
  if (!name.consume_back("_change") || (!isConv && !change.is("matmul")))
    return std::nullopt;
  llvm::StringRef second = isConv ? "weight" : "y";
  Value *low = change.input("x");
  Operation *first = low ? low->definingOp() : nullptr;
  auto *sum = const_cast<Operation *>(onlyReader(*change.result()));
  if (!first || first->type() != change.type() || onlyReader(*low) != &change || !sum || !sum->is("add"))
    return std::nullopt;
  Value *other = sum->input("x") == change.result() ? sum->input("y") : sum->input("x");
  Operation *base = other ? other->definingOp() : nullptr;
  if (!base || onlyReader(*other) != sum || base->opName() != (name + "_base").str() || base->input("x") != first->input("x"))
    return std::nullopt;
  bool isSameKind = isConv ? base->is("conv") : base->is("linear") || base->is("matmul");
  FactoredWeight found{base, sum, base->is("matmul") ? "y" : "weight", nullptr, nullptr, nullptr};
  if (!isSameKind || !(found.weight = base->constant(found.argument)))
    return std::nullopt;
  const Literal *x = first->constant(second), *y = change.constant(second);
  bool rowsAreOut = !base->is("matmul") || isTrue(*base, "transpose_y");
  found.ofRows = rowsAreOut ? y : x, found.ofColumns = rowsAreOut ? x : y;
  return found.ofRows && found.ofColumns ? std::optional(found) : std::nullopt;
}

/// W + U · D, made in windows; W itself where they are zeros. Null when the shapes don't go together.
const Literal *sumOf(const FactoredWeight &factored, Context &context) {
  constexpr uint64_t most = uint64_t(1) << 28;
  Type type = factored.weight->type();
  std::optional<Tensor> ofRows = Tensor::fromLiteral(*factored.ofRows, most, nullptr),
                        ofColumns = Tensor::fromLiteral(*factored.ofColumns, most, nullptr);
  if (!ofRows || !ofColumns || !isFloat(type.dtype()) || ofRows->rank() < 2 || type.rank() < 2)
    return nullptr;
  int64_t rows = type.dim(0), columns = rows ? *type.elementCount() / rows : 0, rank = ofRows->dim(1);
  if (columns == 0 || rank == 0 || ofRows->count() != rows * rank || ofColumns->count() != rank * columns)
    return nullptr;
  auto isZero = [](const Tensor &tensor) { return llvm::all_of(tensor.bytes(), [](uint8_t byte) { return byte == 0; }); };
  if (isZero(*ofRows) || isZero(*ofColumns))
    return factored.weight;
  auto doubles = [](const Tensor &tensor) {
    std::vector<double> values(size_t(tensor.count()));
    tensor.read(0, values);
    return values;
  };
  return streamedConstant(
      context, type,
      [weight = factored.weight, type, columns, rank, up = doubles(*ofRows), down = doubles(*ofColumns)](int64_t from, auto out) {
        unsigned width = bitWidth(type.dtype()) / 8;
        Tensor base(type.dtype(), {int64_t(out.size())});
        if (!readBytes(*weight, uint64_t(from) * width, base.bytes()))
          return false;
        base.read(0, out);
        for (int64_t at = from, end = from + int64_t(out.size()); at < end;) {
          int64_t row = at / columns, column = at % columns, count = std::min(end - at, columns - column);
          double *to = out.data() + (at - from);
          for (int64_t k = 0; k < rank; ++k) {
            double factor = up[size_t(row * rank + k)];
            const double *line = down.data() + k * columns + column;
            for (int64_t i = 0; i < count && factor != 0; ++i)
              to[i] += factor * line[i];
          }
          at += count;
        }
        return true;
      });
}

} // namespace

size_t foldFactors(Function &function, Rewriter &rewriter) {
  Context &context = function.program().context();
  std::vector<FactoredWeight> all;
  function.body().walk([&](Operation &op) {
    if (std::optional<FactoredWeight> found = factoredWeight(op))
      all.push_back(*found);
  });
  size_t folded = 0;
  for (const FactoredWeight &each : all) {
    std::string original = each.base->opName().drop_back(llvm::StringLiteral("_base").size()).str();
    Operand &operand = each.base->argument(each.argument)->operands[0];
    const Literal *sum = sumOf(each, context);
    if (!sum)
      continue;
    std::string name = operand.value() ? operand.value()->name().str().str() : original + "_weight";
    rewriter.setInsertionPoint(each.base);
    if (sum != each.weight)
      operand.set(rewriter.constant(sum, name + "_bound"));
    Value *result = each.base->result();
    if (!rewriter.replace(*each.sum, result, Rewriter::Compressed::Move))
      continue;
    each.base->setAttribute(context.intern("name"), Literal::string(context, original));
    ++folded;
  }
  return folded;
}

} // namespace mil
