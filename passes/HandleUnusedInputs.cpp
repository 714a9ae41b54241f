// handle_unused_inputs: inputs of functions that nothing reads get an `identity`.
//
//   func main(x, y) { z = relu(x) } -> (z)        =>   func main(x, y) { y_tmp = identity(y);  z = relu(x) } -> (z)
//
// Core ML's compiler requires every input to be read. Not states.
//
// Source: coremltools' nn_backend::handle_unused_inputs.
#include "mil/Pass/Rewriter.h"

using namespace mil;

namespace {
struct HandleUnusedInputs : FunctionPass {
  PassResult runOnFunction(Function &function, PassRun &run) override {
    Rewriter rewriter(function, run);
    Block &body = function.body();
    uint64_t added = 0;
    if (body.empty())
      rewriter.setInsertionPointToEnd(body);
    else
      rewriter.setInsertionPoint(&body.front());
    for (Value *input : function.inputs()) {
      if (input->hasUses() || !input->type().isTensor())
        continue;
      Operation *copy = rewriter.createTyped("identity", input->type(), ArgumentSpec("x", input));
      copy->result()->setName(rewriter.fresh(input->name().str().str() + "_tmp"));
      copy->setAttribute(rewriter.context().intern("name"), Literal::string(rewriter.context(), copy->result()->name()));
      ++added;
    }
    if (added)
      run.count("inputs read", added);
    return changedIf(added != 0);
  }
};
} // namespace

MIL_PASS(handle_unused_inputs, HandleUnusedInputs)
