#include "mil/IR/Cloning.h"

namespace mil {

namespace {

Value *mapped(Value *value, const ValueMap &map) {
  Value *found = map.lookup(value);
  return found ? found : value;
}

/// Copies everything but nested blocks.
Operation *cloneAlone(const Operation &op, Program &into, ValueMap &map) {
  llvm::SmallVector<Operation::ResultSpec, 4> results;
  for (Value &result : op.results())
    results.push_back({result.name(), result.type()});
  Operation *copy = Operation::create(into, op.type(), results, op.location());
  copy->setOpsetTag(op.opsetTag());
  llvm::SmallVector<Binding, 8> bindings;
  for (const Argument &argument : op.arguments()) {
    bindings.clear();
    for (Operand &operand : argument.bindings()) {
      if (operand.value())
        bindings.push_back(mapped(operand.value(), map));
      else
        bindings.push_back(operand.literal());
    }
    copy->setArgument(argument.name, bindings);
  }
  for (const Attribute &attribute : op.attributes())
    copy->setAttribute(attribute.name, attribute.value);
  const Program &from = op.program();
  into.setProtoExtra(copy, from.protoExtra(&op));
  for (auto [old, made] : llvm::zip(op.results(), copy->results())) {
    into.setProtoExtra(&made, from.protoExtra(&old));
    map[&old] = &made;
  }
  return copy;
}

/// A block whose operations are being copied.
struct Frame {
  const Block *from;
  Block *into;
  Block::OpList::const_iterator next;
};

void enter(const Block &from, Block &into, ValueMap &map, llvm::SmallVectorImpl<Frame> &stack) {
  for (Value *input : from.inputs()) {
    if (map.contains(input))
      continue; // a specialisation reads the inputs of its function's body
    Value *copy = into.addInput(input->name(), input->type());
    into.program().setProtoExtra(copy, from.program().protoExtra(input));
    map[input] = copy;
  }
  for (const Attribute &attribute : from.attributes())
    into.setAttribute(attribute.name, attribute.value);
  into.program().setProtoExtra(&into, from.program().protoExtra(&from));
  stack.push_back({&from, &into, from.begin()});
}

void leave(const Frame &frame, const ValueMap &map) {
  llvm::SmallVector<Value *, 8> outputs;
  for (Operand &output : const_cast<Block *>(frame.from)->outputs())
    if (output.value())
      outputs.push_back(mapped(output.value(), map));
  frame.into->setOutputs(outputs);
}

/// Copies what the frames on the stack still have, deepest first; iterative, since nesting is the user's.
void run(llvm::SmallVectorImpl<Frame> &stack, ValueMap &map) {
  llvm::SmallVector<std::pair<const Block *, Block *>, 2> inner;
  while (!stack.empty()) {
    Frame &frame = stack.back();
    if (frame.next == frame.from->end()) {
      leave(frame, map);
      stack.pop_back();
      continue;
    }
    const Operation &op = *frame.next++;
    Operation *copy = cloneAlone(op, frame.into->program(), map);
    frame.into->append(copy);
    inner.clear();
    for (Block *block : op.blocks())
      inner.push_back({block, copy->addBlock()});
    for (auto [from, into] : llvm::reverse(inner))
      enter(*from, *into, map, stack);
  }
}

} // namespace

Operation *cloneOperation(const Operation &op, Program &into, ValueMap &map) {
  Operation *copy = cloneAlone(op, into, map);
  llvm::SmallVector<Frame, 4> stack;
  for (Block *block : op.blocks()) {
    enter(*block, *copy->addBlock(), map, stack);
    run(stack, map);
  }
  return copy;
}

void cloneBlock(const Block &from, Block &into, ValueMap &map) {
  llvm::SmallVector<Frame, 4> stack;
  enter(from, into, map, stack);
  run(stack, map);
}

Function *cloneFunction(const Function &function, Program &into, Name name) {
  Function *copy = into.addFunction(name, function.opsetName());
  copy->setLocation(function.location());
  ValueMap map;
  cloneBlock(function.body(), copy->body(), map);
  for (const Function::Specialization &other : function.specializations())
    cloneBlock(*other.block, *copy->addSpecialization(other.opset), map);
  for (const Attribute &attribute : function.attributes())
    copy->setAttribute(attribute.name, attribute.value);
  into.setProtoExtra(copy, function.program().protoExtra(&function));
  return copy;
}

} // namespace mil
