// add_fp32_cast: what is computed in fp16 is computed in fp32.
//
//   y = mul(x, x)      =>   s = cast(x, dtype = "fp32");  t = mul(s, s);  y = cast(t, dtype = "fp16")
//
// The reverse of add_fp16_cast, for the operations in `ops`: those that overflow or lose too much in fp16 (`milc precision` finds them).
// Between two such operations the fp32 value is passed on, and a value that was cast from fp32 to fp16 is read before the cast, so that
// nothing is rounded in between; the same for casts to fp32 of their results. Constants are converted, large ones when they are written.
//
// Compressed weights stay compressed and are cast. Not casts, control flow, lists and state accesses.
//
// Changes results: they are rounded less often.
#include "mil/Ops/Elements.h"
#include "mil/Pass/StreamedConstants.h"
#include "patterns/FloatCast.h"

using namespace mil;

namespace {
struct AddFp32Cast : FloatCastPass {
  Option<std::vector<std::string>> raised{*this, "ops",
                                          "Only change operations with these names, as found by milc precision; a name is that of the "
                                          "operation or of its first result; empty: all"};

  AddFp32Cast() : FloatCastPass(DType::Float16, DType::Float32) {}

  llvm::ArrayRef<std::string> names() const override { return *raised; }

  bool rewrite(Operation &op, Rewriter &rewriter) override {
    return op.is("cast") ? rewriteCast(op, rewriter) : FloatCastPass::rewrite(op, rewriter);
  }

  /// y = cast(cast(s, dtype = "fp16"), dtype = "fp32") rounds s, which another operation in fp32 would read as it is.
  bool rewriteCast(Operation &cast, Rewriter &rewriter) {
    Value *x = cast.input("x"), *single = x ? castOf(x) : nullptr;
    return single && single != cast.result() && single->type() == cast.result()->type() && rewriter.replace(cast, single);
  }

  bool isWanted(const Operation &op, Rewriter &) override { return !op.isConstexpr() && (raised->empty() || isNamed(op)); }

  bool stays(const Operation &, Opset, const OpVersion &version, const Parameter &parameter) const override {
    DTypeSet types = version.typesOf(parameter);
    return !types.empty() && !types.contains(DType::Float32);
  }

  /// Null if the constant's file is missing.
  const Literal *convert(const Literal &literal, Rewriter &rewriter) const override {
    std::shared_ptr<ElementReader> elements = elementsOf(literal);
    if (!elements)
      return nullptr;
    auto read = [elements](int64_t from, llvm::MutableArrayRef<double> out) {
      DiagnosticEngine quiet; // whoever reads the result reports the failure
      return elements->read(from, out, quiet);
    };
    Type type = literal.type().withDType(rewriter.context(), DType::Float32);
    return streamedConstant(rewriter.context(), type, read);
  }
};
} // namespace

MIL_PASS(add_fp32_cast, AddFp32Cast)
