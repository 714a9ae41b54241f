// dedup_op_and_var_names: values of a function have names of their own, and so have its operations.
//
//   cond { y = relu(x)[name = "op"] } -> (y), { y = exp(x)[name = "op"] } -> (y)
//     =>   cond { y = relu(x)[name = "op"] } -> (y), { y_1 = exp(x)[name = "op_1"] } -> (y_1)
//
// MIL lets blocks beside each other use the same names; tools that look values up by name do not. Inputs and outputs of the function keep
// their names; of the others the first of a name, and those after get _1, _2, …, as long as nothing is called so. Names of operations are
// told apart among themselves.
//
// Source: coremltools' common::dedup_op_and_var_names.
#include "mil/Pass/Rewriter.h"
#include "llvm/ADT/DenseSet.h"

using namespace mil;

namespace {

/// Names of one kind: values, or operations.
class Names {
public:
  explicit Names(Context &context) : context(context) {}
  void known(Name name) { all.insert(name); }
  /// Keeps a name to whoever has it.
  void reserve(Name name) { taken.insert(name); }
  /// The name for what is called so: its own the first time, then another.
  Name unique(Name name) {
    if (taken.insert(name).second)
      return name;
    unsigned &suffix = suffixes[name];
    Name candidate;
    do
      candidate = context.intern(name.str().str() + "_" + std::to_string(++suffix));
    while (!all.insert(candidate).second);
    taken.insert(candidate);
    return candidate;
  }

private:
  Context &context;
  llvm::DenseSet<Name> all, taken;
  llvm::DenseMap<Name, unsigned> suffixes;
};

struct DedupOpAndVarNames : FunctionPass {
  PassResult runOnFunction(Function &function, PassRun &run) override {
    Context &context = function.program().context();
    Names values(context), operations(context);
    llvm::DenseSet<const Value *> interface;
    auto keep = [&](Value *value) {
      if (value && interface.insert(value).second)
        values.reserve(value->name());
    };
    for (Value *input : function.inputs())
      keep(input);
    for (Operand &output : function.outputs())
      keep(output.value());
    function.body().walk([&](Operation &op) {
      operations.known(context.intern(op.opName()));
      for (Value &result : op.results())
        values.known(result.name());
      for (Block *block : op.blocks())
        for (Value *input : block->inputs())
          values.known(input->name());
    });

    uint64_t renamed = 0;
    auto rename = [&](Value &value) {
      if (interface.contains(&value))
        return;
      Name name = values.unique(value.name());
      renamed += name != value.name();
      value.setName(name);
    };
    function.body().walk([&](Operation &op) {
      for (Value &result : op.results())
        rename(result);
      for (Block *block : op.blocks())
        for (Value *input : block->inputs())
          rename(*input);
      renamed += renameOperation(op, operations, context);
    });
    if (renamed)
      run.count("names changed", renamed);
    return changedIf(renamed != 0);
  }

  static bool renameOperation(Operation &op, Names &operations, Context &context) {
    if (op.opName().empty())
      return false;
    Name old = context.intern(op.opName()), name = operations.unique(old);
    if (name == old)
      return false;
    op.setAttribute(context.intern("name"), Literal::string(context, name));
    return true;
  }
};
} // namespace

MIL_PASS(dedup_op_and_var_names, DedupOpAndVarNames)
