// raise_opset: raises all functions to the opset `target`, and rewrites operations that changed between their opset and the target.
//
//   func main<ios16>(…) { w = constexpr_lut_to_dense()[indices = uint8[M], lut = [16], shape = [4, 8]] … }
//     =>   func main<ios18>(…) { w = constexpr_lut_to_dense(indices = uint4[4, 8], lut = [1, 1, 16, 1]) … }
//
// Rewritten operations:
//   constexpr_lut_to_dense, constexpr_sparse_to_dense   (iOS18) arguments of their own types instead of packed bytes and a shape, with the
//                    same bits
//   crop_resize      (iOS17) boxes and the indices of their images instead of roi, for one image
//   clip             (iOS17) with bounds that are equal or in the wrong order: maximum, then minimum
//   gather, gather_nd, gather_along_axis   (iOS17) negative indices, which no longer count from the end, are made positive where they may
//                    occur
//
// All else means the same under the later opset, or is refused there: the operations that can't be raised are errors, each with what the
// target wants (non_maximum_suppression of before iOS17 gives a count that the later one doesn't, and has a threshold that it lacks;
// crop_resize of several images). Nothing is done then.
//
// So models of iOS15, which most public ones are, can have their weights compressed in the forms of iOS18, and models of several opsets be
// merged into a model for tools that require a single opset. Not the other way: an opset is never lowered.
//
// Exact.
#include "mil/Pass/DiagnosticKinds.h"
#include "mil/Pass/Rewriter.h"
#include "mil/Pass/StreamedConstants.h"
#include "mil/Passes/AllPasses.h"
#include "mil/Verify/Verify.h"
#include "patterns/NegativeIndices.h"
#include "llvm/ADT/STLExtras.h"

using namespace mil;

namespace {

/// Rewrites operations from the forms that an older opset has into those of the function's, which is set already.
class RaiseForms : public PatternPass {
public:
  explicit RaiseForms(Opset from)
      : PatternPass({"constexpr_lut_to_dense", "constexpr_sparse_to_dense", "crop_resize", "clip", "gather_along_axis"}), from(from) {}

  bool rewrite(Operation &op, Rewriter &rewriter) override {
    bool past17 = from < Opset::IOS17 && rewriter.opset() >= Opset::IOS17, past18 = from < Opset::IOS18 && rewriter.opset() >= Opset::IOS18;
    if (past18 && op.is("constexpr_lut_to_dense"))
      return lut(op, rewriter);
    if (past18 && op.is("constexpr_sparse_to_dense"))
      return sparse(op, rewriter);
    if (past17 && op.is("crop_resize"))
      return cropResize(op, rewriter);
    if (past17 && op.is("clip"))
      return clip(op, rewriter);
    return past17 && op.is("gather_along_axis") && guardAlongAxis(op, rewriter);
  }

private:
  /// The same bytes as a constant of another type; null without them.
  static const Literal *retyped(Context &context, const Literal *constant, Type type) {
    return constant ? streamedBytes(
                          context, type,
                          [constant](uint64_t offset, llvm::MutableArrayRef<uint8_t> out) { return readBytes(*constant, offset, out); })
                    : nullptr;
  }

  /// The element type of indices into a table of so many entries.
  static DType indexType(int64_t entries) {
    switch (entries) {
    case 2:
      return DType::UInt1;
    case 4:
      return DType::UInt2;
    case 16:
      return DType::UInt4;
    case 64:
      return DType::UInt6;
    case 256:
      return DType::UInt8;
    default:
      return DType::Invalid;
    }
  }

  static bool lut(Operation &op, Rewriter &rewriter) {
    const Literal *table = op.attribute("lut"), *indices = op.attribute("indices");
    Type type = op.result()->type();
    if (!table || !indices || !type.hasStaticShape() || !table->type().isTensor() || table->type().rank() != 1)
      return false;
    int64_t entries = table->type().dims()[0];
    DType bits = indexType(entries);
    if (bits == DType::Invalid || packedSize(bits, uint64_t(*type.elementCount())) != uint64_t(*indices->type().elementCount()))
      return false;
    Context &context = rewriter.context();
    llvm::SmallVector<int64_t, 6> dims(type.rank(), 1);
    dims.append({entries, 1});
    Operation *made = rewriter.createTyped("constexpr_lut_to_dense", type,
                                           {{"indices", retyped(context, indices, Type::tensor(context, bits, type.dims()))},
                                            {"lut", retyped(context, table, table->type().withDims(context, dims))}});
    return made && rewriter.replace(op, made, Rewriter::Compressed::Move);
  }

  static bool sparse(Operation &op, Rewriter &rewriter) {
    const Literal *mask = op.attribute("mask"), *data = op.attribute("nonzero_data");
    Type type = op.result()->type();
    if (!mask || !data || !type.hasStaticShape() ||
        packedSize(DType::UInt1, uint64_t(*type.elementCount())) != uint64_t(*mask->type().elementCount()))
      return false;
    Context &context = rewriter.context();
    Operation *made =
        rewriter.createTyped("constexpr_sparse_to_dense", type,
                             {{"mask", retyped(context, mask, Type::tensor(context, DType::UInt1, type.dims()))}, {"nonzero_data", data}});
    return made && rewriter.replace(op, made, Rewriter::Compressed::Move);
  }

  /// roi [N, 1, 4 or 5, 1, 1], with the index of the image first if there are 5, into boxes [N, 4]. Of one image, whose index is 0.
  static bool cropResize(Operation &op, Rewriter &rewriter) {
    Value *x = op.input("x"), *roi = op.input("roi");
    Type old = op.result()->type();
    if (!x || !roi || !x->type().hasRank() || x->type().rank() != 4 || x->type().dims()[0] != 1 || !roi->type().hasStaticShape() ||
        roi->type().rank() != 5 || old.rank() != 5)
      return false;
    int64_t count = roi->type().dims()[0], size = roi->type().dims()[2];
    Value *boxes = rewriter.make("reshape", {{"x", roi}, {"shape", rewriter.ints({count, size})}});
    if (size == 5)
      boxes = rewriter.make("slice_by_index", {{"x", boxes}, {"begin", rewriter.ints({0, 1})}, {"end", rewriter.ints({count, 5})}});
    llvm::SmallVector<int64_t> zeros(size_t(count), 0);
    Value *cropped =
        rewriter.makeLike(op, {ArgumentSpec::none("roi"), ArgumentSpec("boxes", boxes), ArgumentSpec("box_indices", rewriter.ints(zeros))});
    return rewriter.replace(op, rewriter.make("expand_dims", {{"x", cropped}, {"axes", rewriter.ints({1})}}));
  }

  /// Of bounds that the later opset refuses.
  static bool clip(Operation &op, Rewriter &rewriter) {
    const Literal *alpha = op.constant("alpha"), *beta = op.constant("beta");
    std::optional<double> low = alpha ? alpha->asDouble() : std::nullopt, high = beta ? beta->asDouble() : std::nullopt;
    Value *x = op.input("x");
    if (!low || !high || *low < *high || !x)
      return false;
    DType type = x->type().dtype();
    Value *raised = rewriter.make("maximum", {{"x", x}, {"y", rewriter.number(type, *low)}});
    return rewriter.replace(op, rewriter.make("minimum", {{"x", raised}, {"y", rewriter.number(type, *high)}}));
  }

  /// As guard_negative_gather_indices does for the other two.
  static bool guardAlongAxis(Operation &op, Rewriter &rewriter) {
    Value *x = op.input("x"), *indices = op.input("indices");
    const Literal *literal = op.constant("axis");
    std::optional<int64_t> axis = literal ? literal->asInt() : std::optional<int64_t>(0);
    if (!x || !indices || !axis || !x->type().hasRank() || !indices->type().isTensor() || !isSignedInteger(indices->type().dtype()) ||
        isGuarded(indices) || areNeverNegative(indices, rewriter))
      return false;
    int64_t rank = int64_t(x->type().rank()), dim = *axis < 0 ? *axis + rank : *axis;
    if (dim < 0 || dim >= rank)
      return false;
    if (indices->type().dtype() != DType::Int32)
      indices = rewriter.make("cast", {{"x", indices}, {"dtype", rewriter.string("int32")}});
    int64_t known = x->type().dims()[size_t(dim)];
    Value *size = known >= 0 ? rewriter.constant(rewriter.i32(known))
                             : rewriter.make("slice_by_index", {{"x", rewriter.make("shape", ArgumentSpec("x", x))},
                                                                {"begin", rewriter.ints({dim})},
                                                                {"end", rewriter.ints({dim + 1})},
                                                                {"squeeze_mask", rewriter.flags({true})}});
    return rewriter.replace(op, rewriter.makeLike(op, {ArgumentSpec("indices", countedFromFront(indices, size, rewriter))}));
  }

  /// The pattern driver looks at what it made again.
  static bool isGuarded(const Value *indices) {
    const Operation *select = indices->definingOp();
    const Value *condition = select && select->is("select") ? select->input("cond") : nullptr;
    return condition && condition->definingOp() && condition->definingOp()->is("greater_equal");
  }

  Opset from;
};

struct RaiseOpset : Pass {
  /// An opset by its name.
  struct TargetOpset : Option<std::string> {
    using Option::Option;
    bool parse(llvm::StringRef text) override { return opsetFromName(text) >= Opset::IOS15 && Option::parse(text); }
    llvm::StringRef kind() const override { return "an opset (ios15, ios16, ios17, ios18 or ios26)"; }
  };
  TargetOpset target{*this, "target", "The new opset of all functions; no opset is lowered", "ios18"};

  PassResult run(PassRun &run) override {
    Opset opset = opsetFromName(*target);
    llvm::SmallVector<std::pair<Function *, Opset>> raised;
    for (Function *function : run.program.functions())
      if (function->opset() < opset && function->opset() != Opset::Unknown)
        raised.emplace_back(function, function->opset());
    if (raised.empty())
      return PassResult::Unchanged;
    for (auto [function, from] : raised)
      if (!raise(*function, from, opset, run))
        return PassResult::Failed;
    if (!check(run))
      return PassResult::Failed;
    if (opset >= Opset::IOS18)
      run.program.setDialect13(true);
    if (run.model)
      run.model->specificationVersion = std::max(run.model->specificationVersion, specificationVersion(opset));
    run.count("functions raised", raised.size());
    return PassResult::Changed;
  }

  static Status raise(Function &function, Opset from, Opset to, PassRun &run) {
    function.setOpsetName(run.program.context().intern(protoName(to)));
    if (RaiseForms(from).runOnFunction(function, run) == PassResult::Failed)
      return failure();
    if (from >= Opset::IOS17 || to < Opset::IOS17)
      return success();
    std::unique_ptr<Pass> guard = allPasses().find("guard_negative_gather_indices")->make();
    return static_cast<FunctionPass &>(*guard).runOnFunction(function, run) == PassResult::Failed ? failure() : success();
  }

  /// Lists the operations that can't be raised.
  Status check(PassRun &run) const {
    DiagnosticEngine quiet;
    if (verifyOperations(run.program, quiet))
      return success();
    for (const Diagnostic &found : quiet.diagnostics())
      if (found.severity == Severity::Error)
        run.diags.report(found.location, diag::NotRaised, *target, found.message).in(found.context);
    return failure();
  }
};
} // namespace

MIL_PASS(raise_opset, RaiseOpset)
