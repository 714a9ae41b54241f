// inline_constants: small constants in weight files move into the program.
//
//   b = const(val = tensor<fp16, [2]>(BLOBFILE(path = string("@model_path/weights/weight.bin"), offset = uint64(64))))
//     =>   b = const(val = tensor<fp16, [2]>([1, 2]))
//
// Those of at most `max_elements` elements; blobs whose file is missing stay. A package that is written keeps tensors of ten elements and
// more in its weight file again, unless --externalize-from changes that.
//
// Exact.
#include "mil/IR/Walk.h"
#include "mil/Pass/Rewriter.h"

using namespace mil;

namespace {
struct InlineConstants : FunctionPass {
  Option<int64_t> maximum{*this, "max_elements", "Keep constants with more elements in the weight file", 100};

  PassResult runOnFunction(Function &function, PassRun &run) override {
    Context &context = function.program().context();
    uint64_t count = 0;
    bool failed = false;
    auto inlined = [&](const Literal *literal) -> const Literal * {
      const Blob *blob = literal->isBlob() ? literal->blob() : nullptr;
      if (failed || !blob || blob->elementCount() > uint64_t(std::max<int64_t>(maximum, 0)))
        return nullptr;
      std::vector<uint8_t> bytes(blob->size());
      if (!blob->read(0, bytes, run.diags)) {
        failed = true;
        return nullptr;
      }
      ++count;
      return Literal::tensor(context, literal->type(), bytes)->withExtras(context, literal->docString(), literal->protoExtra());
    };
    function.body().walk(
        [&](Operation &op) { replaceLiterals(op, [&](const Literal &literal, const LiteralPlace &) { return inlined(&literal); }); });
    if (count)
      run.count("constants moved into the program", count);
    return failed ? PassResult::Failed : changedIf(count != 0);
  }
};
} // namespace

MIL_PASS(inline_constants, InlineConstants)
