// A number for all that a program's text would show. Values are numbered by their address: between two looks at the same program, the same
// object stays the same value, and nothing of it may change unseen.
#include "mil/Pass/PassManager.h"
#include "llvm/ADT/Hashing.h"

namespace mil {

namespace {
/// hash_combine's result depends on the process alone, which is all that comparing within a run needs.
struct Hasher {
  uint64_t state = 0;
  template <typename... T> void add(const T &...parts) { state = llvm::hash_combine(state, parts...); }

  void addAttributes(llvm::ArrayRef<Attribute> attributes) {
    add(attributes.size());
    for (const Attribute &attribute : attributes)
      add(attribute.name.pointer(), attribute.value);
  }
  void addOperand(const Operand &operand) {
    add(operand.value(), operand.literal());
    if (operand.value())
      add(operand.value()->name().pointer());
  }
  void addValue(const Value &value) { add(&value, value.name().pointer(), value.type().pointer()); }

  void addFrame(const Block &block) {
    add(&block, block.inputs().size(), block.outputs().size());
    for (Value *input : block.inputs())
      addValue(*input);
    for (Operand &output : block.outputs())
      addOperand(output);
    addAttributes(block.attributes());
  }
  void addOperation(const Operation &op) {
    add(&op, op.type().pointer(), op.opsetTag().pointer(), op.block());
    for (Value &result : op.results())
      addValue(result);
    for (const Argument &argument : op.arguments()) {
      add(argument.name.pointer(), argument.bindings().size());
      for (Operand &operand : argument.bindings())
        addOperand(operand);
    }
    addAttributes(op.attributes());
    for (Block *block : op.blocks())
      addFrame(*block);
  }
  void addBody(const Block &block) {
    addFrame(block);
    block.walk([&](const Operation &op) { addOperation(op); });
  }
};
} // namespace

uint64_t fingerprint(const Program &program) {
  Hasher hash;
  hash.add(program.version(), program.dialect13(), program.docString());
  hash.addAttributes(program.attributes());
  for (const Function *function : program.functions()) {
    hash.add(function, function->name().pointer(), function->opsetName().pointer());
    hash.addAttributes(function->attributes());
    hash.addBody(function->body());
    for (const Function::Specialization &other : function->specializations()) {
      hash.add(other.opset.pointer());
      hash.addBody(*other.block);
    }
  }
  return hash.state;
}

} // namespace mil
