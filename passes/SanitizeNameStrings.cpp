// sanitize_name_strings: all values and operations have names that are identifiers.
//
//   `3` = relu(x)[name = "3"]        =>   var_3 = relu(x)[name = "op_3"]
//
// As sanitize_input_output_names does it, for every value of a function and for the names of its operations, whose digits get `op_` in
// front. Inputs and outputs are renamed in the description, too.
//
// Source: coremltools' mil_backend::sanitize_name_strings.
#include "mil/IR/Names.h"
#include "mil/Pass/Interface.h"
#include "mil/Pass/Pass.h"

using namespace mil;

namespace {
struct SanitizeNameStrings : FunctionPass {
  PassResult runOnFunction(Function &function, PassRun &run) override {
    Context &context = function.program().context();
    NameScope values(function), operations(context);
    function.body().walk([&](const Operation &op) { operations.add(context.intern(op.opName())); });
    uint64_t renamed = 0;
    auto sanitize = [&](Value &value) {
      if (isIdentifier(value.name()))
        return;
      renameInterface(function, isInterface(value) ? run.model : nullptr, value, values.fresh(sanitizedIdentifier(value.name())));
      ++renamed;
    };
    for (Value *input : function.inputs())
      sanitize(*input);
    function.body().walk([&](Operation &op) {
      for (Value &result : op.results())
        sanitize(result);
      for (Block *block : op.blocks())
        for (Value *input : block->inputs())
          sanitize(*input);
      if (op.opName().empty() || isIdentifier(op.opName()))
        return;
      op.setAttribute(context.intern("name"), Literal::string(context, operations.fresh(sanitizedIdentifier(op.opName(), "op_"))));
      ++renamed;
    });
    if (renamed)
      run.count("names changed", renamed);
    return changedIf(renamed != 0);
  }

  /// Block outputs are the first in a value's list of uses.
  static bool isInterface(const Value &value) { return (value.inputOf() && value.inputOf()->bodyOf()) || value.isBlockOutput(); }
};
} // namespace

MIL_PASS(sanitize_name_strings, SanitizeNameStrings)
