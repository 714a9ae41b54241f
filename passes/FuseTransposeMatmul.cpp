// fuse_transpose_matmul: matmul transposes its operands itself.
//
//   t = transpose(x, perm = [0, …, n - 1, n - 2]);  z = matmul(t, y, transpose_x = f)   =>   z = matmul(x, y, transpose_x = !f)
//
// The same for y. Only perms that swap the last two dimensions and nothing else, written with negative numbers or not. The transpose stays
// where others read it.
//
// Exact.
// Source: coremltools' common::fuse_transpose_matmul.
#include "mil/Pass/Matchers.h"
#include "mil/Pass/Rewriter.h"

using namespace mil;
using namespace mil::match;

namespace {
struct FuseTransposeMatmul : PatternPass {
  FuseTransposeMatmul() : PatternPass({"matmul"}) {}

  bool rewrite(Operation &op, Rewriter &rewriter) override {
    llvm::SmallVector<ArgumentSpec, 4> changed;
    for (auto [operand, flag] : {std::pair("x", "transpose_x"), std::pair("y", "transpose_y")}) {
      Value *source;
      const Literal *perm;
      if (!matches(op, operand, m_op("transpose", m_value(source), m_arg("perm", m_const(perm)))) || !swapsLastTwo(*perm))
        continue;
      const Literal *transposed = op.constant(flag);
      if (op.argument(flag) && (!transposed || !transposed->asBool()))
        continue;
      changed.push_back(ArgumentSpec(operand, source));
      changed.push_back(ArgumentSpec(flag, rewriter.flag(!(transposed && *transposed->asBool()))));
    }
    return !changed.empty() && rewriter.replace(op, rewriter.makeLike(op, changed));
  }

  static bool swapsLastTwo(const Literal &perm) {
    std::optional<llvm::SmallVector<int64_t, 8>> axes = perm.asInts();
    if (!axes || axes->size() < 2)
      return false;
    int64_t rank = int64_t(axes->size());
    for (int64_t i = 0; i < rank; ++i) {
      int64_t axis = (*axes)[size_t(i)] < 0 ? (*axes)[size_t(i)] + rank : (*axes)[size_t(i)];
      if (axis != (i == rank - 2 ? rank - 1 : i == rank - 1 ? rank - 2 : i))
        return false;
    }
    return true;
  }
};
} // namespace

MIL_PASS(fuse_transpose_matmul, FuseTransposeMatmul)
