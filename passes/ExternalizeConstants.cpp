// externalize_constants: constants that the program holds itself go to the weight file.
//
//   w = const(val = tensor<fp16, [4096, 4096]>([…]))
//     =>   w = const(val = tensor<fp16, [4096, 4096]>(BLOBFILE(path = string("@model_path/weights/weight.bin"), offset = uint64(64))))
//
// The values of const, and arguments and attributes of constexpr_*, of at least `min_elements` elements and of a type that weight files
// hold (no bools, strings, or integers and floats of 64 bits). Where in which file they are is settled when the program is written; equal
// ones are stored once.
//
// Exact.
#include "mil/IR/Walk.h"
#include "mil/IR/WeightRule.h"
#include "mil/Pass/Rewriter.h"

using namespace mil;

namespace {
struct ExternalizeConstants : FunctionPass {
  Option<int64_t> minimum{*this, "min_elements", "Keep constants with fewer elements in the program", leastWeightElements};

  llvm::DenseMap<const Literal *, const Literal *> moved;

  PassResult runOnFunction(Function &function, PassRun &run) override {
    Context &context = function.program().context();
    uint64_t count = 0;
    auto externalized = [&](const Literal &literal, const LiteralPlace &place) -> const Literal * {
      if (!place.allowsBlob() || !isMovable(literal, uint64_t(std::max<int64_t>(minimum, 1))))
        return nullptr;
      const Literal *&blob = moved[&literal];
      if (!blob)
        blob = toBlob(literal, context);
      ++count;
      return blob;
    };
    function.body().walk([&](Operation &op) { replaceLiterals(op, externalized); });
    if (count)
      run.count("constants moved to the weight file", count);
    return changedIf(count != 0);
  }

  static const Literal *toBlob(const Literal &literal, Context &context) {
    // The bytes of literals exist as long as the context.
    std::shared_ptr<const Blob> blob = borrowedBlob(*toBlobDType(literal.type().dtype()), literal.elementCount(), literal.bytes());
    context.keepAlive(blob);
    return Literal::blob(context, literal.type(), blob.get(), "@model_path/weights/weight.bin", 0)
        ->withExtras(context, literal.docString(), literal.protoExtra());
  }
};
} // namespace

MIL_PASS(externalize_constants, ExternalizeConstants)
